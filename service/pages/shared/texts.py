"""The pages' sentences in the language of the page: flask-babel, with the types it leaves out."""

from __future__ import annotations

from datetime import datetime

import flask_babel


class LazyText:
    """A sentence named at import and looked up when it is shown: in the reader's language."""

    __slots__ = ("_msgid",)

    def __init__(self, msgid: str) -> None:
        self._msgid = msgid

    def __str__(self) -> str:
        """Return the sentence in the language of the page."""
        return gettext(self._msgid)


def lazy_gettext(msgid: str) -> LazyText:
    """Return a sentence that is looked up later."""
    return LazyText(msgid)


def gettext(msgid: str, /, **params: object) -> str:
    """Return a sentence with its values filled in."""
    return str(flask_babel.gettext(msgid, **params))


def ngettext(one: str, many: str, num: int, /, **params: object) -> str:
    """Return the sentence for one or for many."""
    return str(flask_babel.ngettext(one, many, num, **params))


def format_decimal(number: float) -> str:
    """Return a number as the language writes it."""
    return str(flask_babel.format_decimal(number))


def format_moment(moment: datetime) -> str:
    """Return a moment as the language writes it, in the time of the Netherlands."""
    return str(flask_babel.format_datetime(moment, "d MMMM yyyy, HH:mm"))

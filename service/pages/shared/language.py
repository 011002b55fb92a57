"""The language a person reads, and its sentences: flask-babel, with the types it leaves out.

Dutch, unless they switched; the switch is remembered.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import flask_babel
from babel.dates import format_date
from flask import request, session

from matcher.vocabulary import Language

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
ARGUMENT = "taal"
SWITCH = "wissel"
"""Name of the button that sends a form only to have it shown in the other language."""
_KEY = "language"


def page_language() -> Language:
    """Return the language of the page at hand."""
    return "en" if request.args.get(ARGUMENT, session.get(_KEY)) == "en" else "nl"


def remember_language() -> None:
    """Keep a language that was switched to for the pages after this one."""
    if ARGUMENT in request.args:
        session[_KEY] = page_language()


def is_language_switch() -> bool:
    """Return whether the form at hand was sent to be read in the other language, and no more."""
    return SWITCH in request.form


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


# The days of the facts on a menu are few, and a page tells many of them.
@lru_cache(maxsize=1024)
def format_day(day: date, language: Language) -> str:
    """Return a day as a language writes it."""
    return format_date(day, "d MMMM yyyy", locale=language)

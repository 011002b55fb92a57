"""What a page is about: the answers of one company, and what was picked for it.

It travels with the page, in its links and forms: another company in another tab changes nothing
here. What this browser was told last stands in its cookie too, for an address without any.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_hex
from typing import Any

from flask import g, request, session
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import ServiceError
from service.pages.intake.answers import EXCLUDED, LIMITS, REGION, Cells
from service.web.sealing import opened, sealed

ARGUMENT = "voor"
"""Name under which it travels."""
_LAST, _WIPED = "talk", "wiped"
_MOST_WIPED = 20
_LATER = 20
"""Corrections after a page that may be known when somebody goes back to it and chooses there."""
_NOT_THE_COMPANY = {*LIMITS, EXCLUDED, REGION}


class NoQuestion(ServiceError):
    """What the page is about is not a whole question, or is gone from this browser."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The answers about one company as a page carries them."""

    thread: str
    """What its corrections have in common."""
    turn: int
    """How often the company was described otherwise since."""
    cells: Cells
    picks: tuple[str, ...] = ()
    """Cards that are ticked."""
    own_pick: str = ""
    """What the advisor would choose; empty is not knowing, or not asked."""

    @property
    def id(self) -> str:
        """The id that a conversation about these answers gets: tapped twice, it is one."""
        return self._id(self.turn)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that conversations in this talk can have, also after this page: newest first."""
        later = range(self.turn + _LATER, -1, -1)
        return (self.of_another.id, *(self._id(turn) for turn in later))

    @property
    def of_another(self) -> Talk:
        """The same answers, of a company that has nothing to do with what was recorded before.

        Asked twice it is the same talk: somebody who goes back makes no third company.
        """
        return replace(self, thread=_drawn_from(f"{self.id}/another"), turn=0)

    def _id(self, turn: int) -> str:
        return _drawn_from(f"{self.thread}/{turn}") if turn else self.thread


def _drawn_from(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def begun(cells: Cells, thread: str = "", own_pick: str = "") -> Talk:
    """Return a talk about a company that was not asked about before."""
    return Talk(thread or token_hex(16), 0, cells, own_pick=own_pick)


def answered(cells: Cells) -> Talk:
    """Return the talk at hand with other answers.

    Where they are of another company, or of this one corrected, nothing is picked any more.
    """
    before = at_hand()
    if before is None:
        return begun(cells)
    if _company(cells) == _company(before.cells):
        return replace(before, cells=cells)
    return Talk(before.thread, before.turn + 1, cells)


def _company(cells: Cells) -> Cells:
    return {name: cell for name, cell in cells.items() if name not in _NOT_THE_COMPANY}


def is_stale() -> bool:
    """Return whether the page that asks was about answers that are gone from this browser."""
    return bool(_sent()) and at_hand() is None


def at_hand() -> Talk | None:
    """Return what the request is about; what an address says, or else what was told last."""
    if "talk" not in g:
        sent = _sent()
        packed = session.get(_LAST) if sent is None else opened(sent)
        found = None if packed is None else _read(packed)
        g.talk = None if found is None or _mark(found) in session.get(_WIPED, ()) else found
    found_before: Talk | None = g.talk
    return found_before


def last_told() -> Talk | None:
    """Return what this browser was told last, whatever the page at hand is about."""
    packed = session.get(_LAST)
    return None if packed is None else _read(packed)


def needed() -> Talk:
    """Return what the request is about, or raise NoQuestion."""
    found = at_hand()
    if found is None:
        raise NoQuestion
    return found


def _sent() -> str | None:
    """Return what the form or the address carries: empty on a form that was empty, or nothing."""
    with suppress(RequestEntityTooLarge):  # of which the page says so, and asks here too
        if ARGUMENT in request.form:
            return request.form[ARGUMENT]
    return request.args.get(ARGUMENT)


def handle(talk: Talk) -> str:
    """Return a talk as links and forms carry it."""
    return sealed(_packed(talk))


def handle_at_hand() -> str:
    """Return what the links of the page at hand carry; empty where it is about no company."""
    if "handle" not in g:
        found = at_hand()
        g.handle = "" if found is None else handle(found)
    text: str = g.handle
    return text


def go_on_with(talk: Talk) -> None:
    """Let the links of this answer be about a talk, and an address without any too."""
    session[_LAST] = _packed(talk)
    show(talk)


def show(talk: Talk) -> None:
    """Let the links of this answer be about a talk."""
    g.talk, g.handle = talk, handle(talk)


def wipe() -> None:
    """Clear a talk from this browser: pages about it that are still open say so."""
    found = at_hand()
    session.pop(_LAST, None)
    g.talk, g.handle = None, ""
    if found is not None:
        session[_WIPED] = [*session.get(_WIPED, ()), _mark(found)][-_MOST_WIPED:]


def last_wiped() -> str:
    """Return what tells the times before and after something was wiped apart."""
    wiped = session.get(_WIPED, ())
    return wiped[-1] if wiped else ""


def _mark(talk: Talk) -> str:
    return talk.thread[:8]


def _packed(talk: Talk) -> list[Any]:
    return [talk.thread, talk.turn, talk.cells, list(talk.picks), talk.own_pick]


def _read(packed: list[Any]) -> Talk:
    thread, turn, cells, picks, own_pick = packed
    return Talk(thread, turn, dict(cells), tuple(picks), own_pick)

"""What somebody filled in: from form to cells, kept on their own device, read as a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from flask import session
from werkzeug.datastructures import MultiDict

from matcher.errors import Fault, InvalidProfile
from matcher.profile.form import read_cells
from matcher.profile.schema import PROFILE_FIELDS, Constraints, Profile
from matcher.tables.cells import as_typed, typed_number, written
from matcher.validation import read
from service.errors import ServiceError
from service.pages.intake import pressure

Cells = dict[str, str]
"""Field -> what was filled in: the sector as scheme and letter (``2025-F``), lists with bars."""

NEEDS_FIRST = ("need_1", "need_2", "need_3")
"""Fields that say which needs weigh most, where tapping cannot say it."""
LIMITS = ("max_hours_per_participant", "max_lead_weeks", "max_cost_band")
NONE = "geen"

_LISTS = {"needs", "transitions"}
_PLAIN = (
    *(n for n in PROFILE_FIELDS if n not in _LISTS and n != "sbi_version"),
    *pressure.FIELDS,
    *LIMITS,
)
_LONGEST = 30
_MOST_ITEMS = 14
_KEY = "answers"
_ONCE = "conversation"


def collect(form: MultiDict[str, str]) -> Cells:
    """Return the filled-in fields of the form, clipped to what a right answer can hold."""
    cells = {name: form.get(name, "").strip()[:_LONGEST] for name in _PLAIN}
    cells["needs"] = "|".join(_ordered_needs(form))
    cells["transitions"] = "|".join(_items(form, "transitions"))
    return {name: text for name, text in cells.items() if text}


def _items(form: MultiDict[str, str], name: str) -> list[str]:
    return [item[:_LONGEST] for item in form.getlist(name)[:_MOST_ITEMS] if item]


def _ordered_needs(form: MultiDict[str, str]) -> list[str]:
    """Return the needs, those called most important first; naming one also chooses it."""
    first = [form.get(name, "")[:_LONGEST] for name in NEEDS_FIRST]
    return list(dict.fromkeys(need for need in (*first, *_items(form, "needs")) if need))


def keep(cells: Cells) -> None:
    """Keep the answers in the session: a signed cookie on the device, nothing on the server."""
    if session.get(_KEY) != cells:
        session[_ONCE] = token_hex(16)
    session[_KEY] = cells


def kept() -> Cells:
    """Return the answers kept on this device, empty when there are none."""
    return dict(session.get(_KEY, {}))


def once() -> str:
    """Return the id that a conversation about these answers gets: tapped twice, it is one."""
    return str(session.get(_ONCE, ""))


def go_on_with(conversation: str) -> None:
    """Let what is chosen now be about a conversation that was recorded before."""
    session[_ONCE] = conversation


def forget() -> None:
    """Clear the answers from this device."""
    session.pop(_KEY, None)
    session.pop(_ONCE, None)


def cells_of(profile: Mapping[str, Any], constraints: Mapping[str, Any]) -> Cells:
    """Return a recorded profile and its limits as the form would have sent them."""
    cells = {name: written(value) for name, value in profile.items() if name != "sbi_version"}
    limits = {name: written(constraints[name]) for name in LIMITS if name in constraints}
    return cells | limits | {"sector": f"{profile['sbi_version']}-{profile['sector']}"}


class NoQuestion(ServiceError):
    """The answers on this device are not a whole question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A company and what is ruled out: what the engine is asked."""

    profile: Profile
    constraints: Constraints


def read_answers(cells: Mapping[str, str]) -> Asked | InvalidProfile:
    """Return the question in the answers, or all that is wrong with them."""
    faults = list(_own_faults(cells))
    profile = constraints = None
    try:
        profile = read_cells(_profile_cells(cells))
    except InvalidProfile as error:
        faults += error.faults
    limits = {name: typed_number(cells[name]) for name in LIMITS if name in cells}
    try:
        constraints = read(Constraints, limits, InvalidProfile)
    except InvalidProfile as error:
        faults += as_typed(error.faults, limits)
    if profile is None or constraints is None or faults:
        return InvalidProfile(faults)
    return Asked(profile, constraints)


def kept_question() -> Asked:
    """Return the question in the answers on this device, or raise NoQuestion."""
    read = read_answers(kept())
    if isinstance(read, InvalidProfile):
        raise NoQuestion
    return read


def _own_faults(cells: Mapping[str, str]) -> Iterator[Fault]:
    # A profile may leave the province out; who sits at the table knows it, so the page asks.
    if "province" not in cells:
        yield Fault("/province", "missing")
    yield from pressure.faults(cells)


def _profile_cells(cells: Mapping[str, str]) -> Cells:
    profile = {name: cells[name] for name in PROFILE_FIELDS if name in cells}
    scheme, _, letter = profile.pop("sector", "").partition("-")
    profile[pressure.CLASS] = pressure.meant(cells)
    return profile | {"sbi_version": scheme, "sector": letter}

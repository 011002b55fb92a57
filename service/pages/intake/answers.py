"""What somebody filled in: from form to cells, read as a question."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from matcher.errors import Fault, InvalidProfile
from matcher.profile.form import read_cells
from matcher.profile.schema import PROFILE_FIELDS, Constraints, Profile
from matcher.region import Home, Region
from matcher.tables.cells import as_typed, typed_number, written
from matcher.validation import read
from service.pages.intake import pressure
from service.pages.shared.region import current_region

Cells = dict[str, str]
"""Field -> what was filled in: the sector as scheme and letter (``2025-F``), lists with bars."""

NEEDS_FIRST = ("need_1", "need_2", "need_3")
"""Fields that say which needs weigh most, where tapping cannot say it."""
ORDER = "needs_order"
"""Field that says the order in which all of them were tapped."""
LIMITS = ("max_hours_per_participant", "max_lead_weeks", "max_cost_band")
NONE = "geen"

PROVINCE, REGION = "province", "region"
"""Where the company is: a province of the region, and its labour-market region where that is known.

The second is in no profile and is recorded nowhere: it only says which desk to call.
"""

EXCLUDED = "exclude"
"""Field of the approaches that need not be told: they were tried already."""

_LISTS = {"needs", "transitions"}
_PLAIN = (
    *(n for n in PROFILE_FIELDS if n not in _LISTS and n != "sbi_version"),
    *pressure.FIELDS,
    *LIMITS,
    REGION,
)
_LONGEST = 40
_MOST_ITEMS = 14
_MOST_CARDS = 100


def collect(form: MultiDict[str, str]) -> Cells:
    """Return the filled-in fields of the form, clipped to what a right answer can hold."""
    cells = {name: form.get(name, "").strip()[:_LONGEST] for name in _PLAIN}
    cells["needs"] = "|".join(_ordered_needs(form))
    cells["transitions"] = "|".join(_items(form, "transitions"))
    cells[EXCLUDED] = "|".join(_items(form, EXCLUDED, _MOST_CARDS))
    return {name: text for name, text in cells.items() if text}


def _items(form: MultiDict[str, str], name: str, most: int = _MOST_ITEMS) -> list[str]:
    return [item[:_LONGEST] for item in form.getlist(name)[:most] if item]


def _ordered_needs(form: MultiDict[str, str]) -> list[str]:
    """Return the needs, those called most important first; naming one also chooses it."""
    tapped = [need[:_LONGEST] for need in form.get(ORDER, "").split("|")[:_MOST_ITEMS]]
    first = [*tapped, *(form.get(name, "")[:_LONGEST] for name in NEEDS_FIRST)]
    return list(dict.fromkeys(need for need in (*first, *_items(form, "needs")) if need))


def cells_of(profile: Mapping[str, Any], constraints: Mapping[str, Any]) -> Cells:
    """Return a recorded profile and its limits as the form would have sent them."""
    cells = {name: written(value) for name, value in profile.items() if name != "sbi_version"}
    limits = {name: written(constraints[name]) for name in LIMITS if name in constraints}
    if constraints.get(EXCLUDED):
        limits[EXCLUDED] = written(constraints[EXCLUDED])
    return cells | limits | {"sector": f"{profile['sbi_version']}-{profile['sector']}"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A company and what is ruled out: what the engine is asked."""

    profile: Profile
    constraints: Constraints
    home: Home
    """Where it is, as far as that says who helps there."""


def listed(cells: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the items of an answer that is a list."""
    return tuple(item for item in cells.get(name, "").split("|") if item)


def on_menu(cells: Cells, ids: Container[str]) -> Cells:
    """Return answers that leave out approaches of this menu only: another may be live by now."""
    left_out = "|".join(card for card in listed(cells, EXCLUDED) if card in ids)
    known = {name: cell for name, cell in cells.items() if name != EXCLUDED}
    return known | ({EXCLUDED: left_out} if left_out else {})


def read_answers(cells: Mapping[str, str]) -> Asked | InvalidProfile:
    """Return the question in the answers, or all that is wrong with them."""
    faults = list(_own_faults(cells))
    region = current_region()
    profile = constraints = None
    try:
        profile = read_cells(_profile_cells(cells, region))
    except InvalidProfile as error:
        faults += error.faults
    limits: dict[str, object] = {n: typed_number(cells[n]) for n in LIMITS if n in cells}
    if EXCLUDED in cells:
        limits[EXCLUDED] = listed(cells, EXCLUDED)
    try:
        constraints = read(Constraints, limits, InvalidProfile)
    except InvalidProfile as error:
        faults += as_typed(error.faults, limits)
    if profile is None or constraints is None or faults:
        return InvalidProfile(faults)
    return Asked(profile, constraints, region.home(cells.get(PROVINCE), cells.get(REGION)))


def _own_faults(cells: Mapping[str, str]) -> Iterator[Fault]:
    # A profile may leave the province out; who sits at the table knows it, so the page asks.
    if PROVINCE not in cells:
        yield Fault("/province", "missing")
    yield from pressure.faults(cells)


def _profile_cells(cells: Mapping[str, str], region: Region) -> Cells:
    profile = {name: cells[name] for name in PROFILE_FIELDS if name in cells}
    if profile.get(PROVINCE) in region.places.provinces:
        profile[PROVINCE] = region.places.counts_as(profile[PROVINCE])
    scheme, _, letter = profile.pop("sector", "").partition("-")
    profile[pressure.CLASS] = pressure.meant(cells)
    return profile | {"sbi_version": scheme, "sector": letter}

"""Limits of time and money as sliders beside the answer: a few steps, the last one no limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.tables.cells import read_number
from service.pages.intake.answers import LIMITS, Cells
from service.pages.shared import words
from service.pages.shared.language import LazyText, gettext, ngettext
from service.pages.shared.language import lazy_gettext as _l

STEPS: Mapping[str, tuple[int, ...]] = {
    "max_hours_per_participant": (0, 4, 8, 16, 24, 40, 80),
    "max_lead_weeks": (1, 2, 4, 8, 12, 26),
    "max_cost_band": (0, 1, 2, 3),
}
_LABELS: Mapping[str, LazyText] = {
    "max_hours_per_participant": _l("Uren per persoon"),
    "max_lead_weeks": _l("Weken tot de start"),
    "max_cost_band": _l("Kosten eerste jaar"),
}


@dataclass(frozen=True, slots=True)
class Slider:
    """One limit."""

    name: str
    label: LazyText
    place: int
    last: int
    words: str
    """The limit that holds."""
    steps: tuple[str, ...]
    """What each place says."""


def sliders(cells: Mapping[str, str]) -> tuple[Slider, ...]:
    """Return the limits where the answers set them."""
    return tuple(_slider(name, cells.get(name, "")) for name in LIMITS)


def _slider(name: str, cell: str) -> Slider:
    steps = STEPS[name]
    said = (*(_said(name, step) for step in steps), gettext("geen grens"))
    amount = _number(cell)
    return Slider(
        name,
        _LABELS[name],
        _place(steps, amount),
        len(steps),
        said[-1] if amount is None else _said(name, amount),
        said,
    )


def _said(name: str, amount: float) -> str:
    if name == "max_cost_band":
        return words.lower_first(words.cost_limit(int(amount)))
    if name == "max_lead_weeks":
        return ngettext(
            "binnen %(weeks)s week",
            "binnen %(weeks)s weken",
            1 if amount == 1 else 2,
            weeks=words.number(amount),
        )
    if not amount:
        return gettext("geen uren")
    return gettext("hoogstens %(hours)s uur", hours=words.number(amount))


def _number(cell: str) -> float | None:
    number = read_number(cell)
    return None if isinstance(number, str) else number


def _place(steps: tuple[int, ...], amount: float | None) -> int:
    """Return the first step that lets through what a limit does; past all of them is no limit."""
    if amount is None:
        return len(steps)
    return sum(step < amount for step in steps)


def moved(cells: Mapping[str, str], form: Mapping[str, str]) -> Cells:
    """Return the answers with the limits where the sliders stand.

    A slider that was not moved keeps a limit between two steps as somebody typed it.
    """
    changed = dict(cells)
    for name, steps in STEPS.items():
        place = form.get(name, "")[:3]
        now = _place(steps, _number(cells.get(name, "")))
        if not place.isdecimal() or int(place) == now:
            continue
        changed.pop(name, None)
        if int(place) < len(steps):
            changed[name] = str(steps[int(place)])
    return changed

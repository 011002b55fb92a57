"""What the menu's conditions and the asker's own constraints make of one profile."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matcher.arrays import Bools
from matcher.design.cards import middle
from matcher.menu.card import Condition, Intervention, Menu, Text, as_one_text
from matcher.messages import say
from matcher.profile.schema import NO_CONSTRAINTS, Constraints, Profile
from matcher.ranking.result import Caution

MANY_HOURS = 20.0
"""Hours off the job per person from which borrowing staff is worth a thought [J]: half a week."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a card is not suitable, and the nearest answer that would make it so."""

    condition: str
    text: Text
    nearest_change: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Which cards suit, what to watch with each, and why the others do not."""

    suitable: Bools
    warnings: tuple[tuple[Caution, ...], ...]
    refusals: tuple[tuple[int, Refusal], ...]


Found = tuple[Verdict, Sequence[tuple[str, ...]]]
"""What suits a profile, and the ids that go with each card."""
MOST_CASES = 1024
"""So many kept cases are 5 MB; a menu with more starts over."""


def judge(menu: Menu, profile: Profile, constraints: Constraints) -> Verdict:
    """Return what suits a profile. Only a known answer excludes; an unknown one warns."""
    suitable = np.ones(len(menu), dtype=bool)
    warnings: list[tuple[Caution, ...]] = []
    refusals: list[tuple[int, Refusal]] = []
    for place, card in enumerate(menu):
        refusal = _refused(card, profile, constraints)
        if refusal is not None and not card.enabler:
            refusals.append((place, refusal))
        suitable[place] = refusal is None
        warnings.append(tuple(_warned(card, profile)))
    suitable.flags.writeable = False
    return Verdict(suitable, tuple(warnings), tuple(refusals))


def _refused(card: Intervention, profile: Profile, constraints: Constraints) -> Refusal | None:
    if card.id in constraints.exclude:
        return Refusal("exclude", refusal_text("exclude"))
    for condition in card.conditions:
        if condition.effect == "exclude" and condition.holds(profile) is False:
            return Refusal(condition.id, condition.text, _nearest(condition))
    limits = (
        ("max_hours_per_participant", card.hours_off_job, constraints.max_hours_per_participant),
        ("max_lead_weeks", card.lead_weeks, constraints.max_lead_weeks),
        ("max_cost_band", card.cost_band, constraints.max_cost_band),
    )
    for name, needed, limit in limits:
        if needed is not None and limit is not None and needed.min > limit:
            words = {"needed": f"{needed.min:g}", "limit": f"{limit:g}"}
            return Refusal(name, refusal_text(name, **words), {name: needed.min})
    return None


def refusal_text(name: str, **words: str) -> Text:
    """Return why a card does not suit, where no condition of the menu says so."""
    return Text(nl=say("nl", f"refusal.{name}", **words), en=say("en", f"refusal.{name}", **words))


def _nearest(condition: Condition) -> dict[str, object]:
    """Return the answer nearest to any that lets the condition hold."""
    if condition.operator in (">=", "<=", "=="):
        return {condition.field: condition.value}
    if condition.operator == "in" and isinstance(condition.value, list | tuple):
        return {condition.field: condition.value[0]}
    return {}


def _warned(card: Intervention, profile: Profile) -> Iterator[Caution]:
    for condition in card.conditions:
        holds = condition.holds(profile)
        if holds is None and condition.unknown is not None:
            text = condition.unknown
        elif holds is False and condition.effect == "warn":
            text = condition.text
        else:
            continue
        yield Caution(condition.id, condition.field, text)
    if (warning := as_one_text(card, "legal_warning")) is not None:
        yield Caution("legal", None, warning)


class Companions:
    """What goes with each card: its partners, and an enabler for many scarce hours."""

    def __init__(self, menu: Menu) -> None:
        self._enablers = [card for card in menu if card.enabler]
        self._partners = [card.goes_with for card in menu]
        self._heavy = [middle(card.hours_off_job, 0.0) >= MANY_HOURS for card in menu]

    def of(self, profile: Profile, constraints: Constraints) -> list[tuple[str, ...]]:
        """Return the ids that go with each card of the menu."""
        enablers: tuple[str, ...] = ()
        if profile.staffing_pressure in ("krap", "zeer_krap"):
            enablers = tuple(
                card.id for card in self._enablers if _refused(card, profile, constraints) is None
            )
        with_help = [
            (*partners, *(e for e in enablers if e not in partners)) if heavy else partners
            for partners, heavy in zip(self._partners, self._heavy, strict=True)
        ]
        if not constraints.exclude:
            return with_help
        excluded = set(constraints.exclude)
        return [tuple(card for card in ids if card not in excluded) for ids in with_help]


class Rules:
    """The conditions of a menu, asked of many profiles.

    What they find hangs on few answers, and a number counts only by the bounds it passes: the menu
    has some hundred cases. Each is kept once found. Safe to share between threads.
    """

    def __init__(self, menu: Menu) -> None:
        self._menu = menu
        self._companions = Companions(menu)
        conditions = [condition for card in menu for condition in card.conditions]
        exact = {c.field for c in conditions if c.operator not in (">=", "<=")}
        self._exact = sorted(exact | {"staffing_pressure"})
        bounds: dict[str, set[Any]] = {}
        for condition in conditions:
            if condition.field not in exact:
                bounds.setdefault(condition.field, set()).add(condition.value)
        self._bounds = {name: sorted(values) for name, values in bounds.items()}
        self._found: dict[tuple[object, ...], Found] = {}

    def of(self, profile: Profile, constraints: Constraints) -> Found:
        """Return what suits a profile, and the ids that go with each card of the menu."""
        if constraints != NO_CONSTRAINTS:
            return self._find(profile, constraints)
        answers = profile.__dict__
        case = tuple(
            [answers[name] if name in answers else getattr(profile, name) for name in self._exact]
            + [_passed(bounds, answers[name]) for name, bounds in self._bounds.items()]
        )
        found = self._found.get(case)
        if found is None:
            if len(self._found) >= MOST_CASES:
                self._found.clear()
            found = self._found[case] = self._find(profile, constraints)
        return found

    def _find(self, profile: Profile, constraints: Constraints) -> Found:
        return judge(self._menu, profile, constraints), self._companions.of(profile, constraints)


def _passed(bounds: Sequence[Any], answer: Any) -> tuple[int, int] | None:
    """Return how many bounds an answer is over, and how many it at least meets."""
    return None if answer is None else (bisect_left(bounds, answer), bisect_right(bounds, answer))

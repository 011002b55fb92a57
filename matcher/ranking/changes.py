"""What a version changes for the reference companies, and which reasons moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.model.fitted import Model
from matcher.profile.reference import Reference
from matcher.ranking.engine import Engine
from matcher.ranking.result import Ranking

N_MOVERS = 2
"""Reasons named per company: the ones that moved most."""


@dataclass(frozen=True)
class Predecessor:
    """What a version is compared with."""

    model: Model | None
    """None where there is none that loads: the estimate beforehand then stands in."""
    version: str | None
    """Its name, also where it did not load."""


@dataclass(frozen=True, slots=True)
class Change:
    """One reference company under two versions."""

    company: str
    before: tuple[str, ...]
    """The first three before; fewer when fewer suit."""
    now: tuple[str, ...]
    card: str | None
    """The card among the first three of either whose expected gain changed most."""
    gain_before: float
    gain_now: float
    movers: tuple[tuple[str, float], ...]
    """Reasons of that card and by how much each changed, in points, largest first."""

    @property
    def entered(self) -> tuple[str, ...]:
        """Cards that are new among the first three."""
        return tuple(card for card in self.now if card not in self.before)

    @property
    def first_changed(self) -> bool:
        """Whether another card comes first."""
        return self.before[:1] != self.now[:1]


def changes_between(
    before: Engine, now: Engine, companies: Sequence[Reference]
) -> tuple[Change, ...]:
    """Return what changed for each company, largest first.

    Both engines serve the same menu. The order is by how many cards are new among the first three,
    then whether the first is another, then how far the expected gain moved.
    """
    found = [_change(company, before, now) for company in companies]
    return tuple(
        sorted(
            found,
            key=lambda c: (-len(c.entered), not c.first_changed, -abs(c.gain_now - c.gain_before)),
        )
    )


def _change(company: Reference, before: Engine, now: Engine) -> Change:
    old = before.rank(company.profile, explain=len(before.menu))
    new = now.rank(company.profile, explain=len(now.menu))
    means, effects = (_means(old), _means(new)), (_effects(old), _effects(new))
    first = (_first(old), _first(new))
    shown = [card for card in dict.fromkeys((*first[1], *first[0])) if card in means[0]]
    shown = [card for card in shown if card in means[1]]
    if not shown:
        return Change(company.id, *first, None, 0.0, 0.0, ())
    card = max(shown, key=lambda c: abs(means[1][c] - means[0][c]))
    codes = dict.fromkeys((*effects[1][card], *effects[0][card]))
    moved = [(code, effects[1][card][code] - effects[0][card][code]) for code in codes]
    moved.sort(key=lambda mover: -abs(mover[1]))
    return Change(company.id, *first, card, means[0][card], means[1][card], tuple(moved[:N_MOVERS]))


def _first(ranking: Ranking) -> tuple[str, ...]:
    return tuple(line.intervention for line in ranking.recommendations[:3])


def _means(ranking: Ranking) -> dict[str, float]:
    return {line.intervention: line.expected_gain.mean for line in ranking.recommendations}


def _effects(ranking: Ranking) -> dict[str, defaultdict[str, float]]:
    table: dict[str, defaultdict[str, float]] = {}
    for line in ranking.recommendations:
        table[line.intervention] = defaultdict(float)
        for reason in line.reasons:
            table[line.intervention][reason.code] += reason.effect
    return table

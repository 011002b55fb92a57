"""What a model says of every card over many companies, where it knows little, what to try next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array
from matcher.disclosure import NOTHING, Told
from matcher.profile.schema import REQUIRED_FIELDS, Profile
from matcher.ranking.engine import Engine
from matcher.ranking.result import NotSuitable, Recommendation
from matcher.training.evidence import Evidence
from matcher.vocabulary import SECTOR_GROUPS, SectorGroup

MOST_COMPANIES = 300
"""Companies that are ranked at most, spread evenly over the trials: a mean needs no more."""
FEW_TRIALS = 5
"""A cell with fewer trials of its own is one that an experiment can still fill."""
N_PROPOSED, MOST_PER_CARD = 12, 2


@dataclass(frozen=True, slots=True)
class CardEffect:
    """What a card brings, averaged over companies, in points of the 1-6 scale."""

    card: str
    mean: float
    low: float
    high: float
    """The interval is that of one company, averaged: wider than the interval of the average."""
    trials: Told
    evidence: int
    enabler: bool


@dataclass(frozen=True)
class Coverage:
    """Trials by sector group and card."""

    groups: tuple[SectorGroup, ...]
    """The groups with companies in the trials."""
    cards: tuple[str, ...]
    told: tuple[tuple[Told, ...], ...]
    """Of each card in each group, as far as it may be told."""

    left_out: tuple[str, ...] = ()
    """Cards that go with another and have no place in a ranking."""

    @property
    def n_cells(self) -> int:
        """How many cells something is told of."""
        return sum(told != NOTHING for row in self.told for told in row)

    @property
    def n_never(self) -> int:
        """How many cells nobody ever tried, of those something is told of."""
        return sum(told.exact == 0 for row in self.told for told in row)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A cell that the next experiment should try."""

    card: str
    group: SectorGroup
    p_top3: float
    """Posterior probability of being among the best three, averaged over its companies."""
    mean: float
    half_width: float
    """Half of the 80 % interval of one company, averaged."""
    trials: Told


@dataclass(frozen=True)
class Outlook:
    """The three views."""

    n_companies: int
    effects: tuple[CardEffect, ...]
    """Largest mean first."""
    coverage: Coverage
    proposals: tuple[Proposal, ...]
    """What promises most to learn first: P(top 3) times the width of the interval."""


def outlook_of(engine: Engine, evidence: Evidence, fallback: Sequence[Profile]) -> Outlook:
    """Return what an engine says of the companies of the trials, or of others if there are none.

    One of which nobody knows what a question has to tell, such as its needs, cannot be ranked.
    """
    profiles = _companies(evidence) or [(profile, profile.sector_group) for profile in fallback]
    mean, half, top3 = _ranked(engine, [profile for profile, _ in profiles])
    of_group = [group for _, group in profiles]
    coverage = _coverage(engine)
    return Outlook(
        n_companies=len(profiles),
        effects=_effects(engine, mean, half),
        coverage=coverage,
        proposals=_proposals(coverage, of_group, engine, (mean, half, top3)),
    )


def _companies(evidence: Evidence) -> list[tuple[Profile, SectorGroup | None]]:
    _, first = np.unique(evidence.company, return_index=True)
    if len(first) > MOST_COMPANIES:
        first = first[np.linspace(0, len(first) - 1, MOST_COMPANIES).astype(np.int64)]
    places = np.isin(np.arange(len(evidence)), first)
    chosen = evidence.of(places).with_profiles()
    groups = [SECTOR_GROUPS[e.sector] if e.sector >= 0 else None for e in chosen.profiles]
    return [
        (profile, group)
        for profile, group in zip(chosen.companies(), groups, strict=True)
        if all(getattr(profile, name) is not None for name in REQUIRED_FIELDS)
    ]


def _ranked(engine: Engine, profiles: Sequence[Profile]) -> tuple[Array, Array, Array]:
    """Return mean, half of the interval and P(top 3), each (n_profiles, n_cards).

    A card that does not suit a company keeps its numbers and has no P(top 3): NaN.
    """
    place = {card: i for i, card in enumerate(engine.menu.ids)}
    shape = (len(profiles), len(place))
    mean, half, top3 = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
    for row, profile in enumerate(profiles):
        ranking = engine.rank(profile, explain=1)
        lines: list[Recommendation | NotSuitable] = [*ranking.recommendations]
        lines += [*ranking.not_suitable, *ranking.enablers]
        for line in lines:
            at, gain = (row, place[line.intervention]), line.expected_gain
            mean[at], half[at] = gain.mean, (gain.high - gain.low) / 2
        for best in ranking.recommendations:
            top3[row, place[best.intervention]] = best.p_top3
    return mean, half, top3


def _effects(engine: Engine, mean: Array, half: Array) -> tuple[CardEffect, ...]:
    middle, width = mean.mean(axis=0), half.mean(axis=0)
    effects = [
        CardEffect(
            card=card.id,
            mean=float(middle[i]),
            low=float(middle[i] - width[i]),
            high=float(middle[i] + width[i]),
            trials=engine.told_trials[i],
            evidence=card.evidence,
            enabler=card.enabler,
        )
        for i, card in enumerate(engine.menu)
    ]
    return tuple(sorted(effects, key=lambda effect: -effect.mean))


def _coverage(engine: Engine) -> Coverage:
    support = engine.model.support.sum(axis=(1, 2, 3))[: len(SECTOR_GROUPS)]
    present = np.flatnonzero(support).tolist()
    _, told = engine.model.told_trials(0)
    rankable = np.flatnonzero(engine.menu.is_rankable).tolist()
    return Coverage(
        groups=tuple(SECTOR_GROUPS[i] for i in present),
        cards=tuple(engine.menu.ids[i] for i in rankable),
        told=tuple(tuple(told[card][group] for group in present) for card in rankable),
        left_out=tuple(card.id for card in engine.menu if card.enabler),
    )


def _proposals(
    coverage: Coverage,
    of_group: Sequence[SectorGroup | None],
    engine: Engine,
    numbers: tuple[Array, Array, Array],
) -> tuple[Proposal, ...]:
    """Return the cells with few trials that are likelier than by lot to hold one of the best three.

    Those whose interval is wide come first: there an outcome can still change the order.
    """
    mean, half, top3 = numbers
    by_lot = 3 / max(len(coverage.cards), 3)
    cells: list[Proposal] = []
    for column, group in enumerate(coverage.groups):
        members = np.array([own == group for own in of_group])
        for row, card in enumerate(coverage.cards):
            at = engine.menu.ids.index(card)
            suits = members & ~np.isnan(top3[:, at])
            told = coverage.told[row][column]
            # What is told decides: a cell on the list would give its count away otherwise.
            if not suits.any() or (told.exact or 0) >= FEW_TRIALS:
                continue
            chance = float(top3[suits, at].mean())
            if chance > by_lot:
                middle, width = float(mean[suits, at].mean()), float(half[suits, at].mean())
                cells.append(Proposal(card, group, chance, middle, width, told))
    cells.sort(key=lambda cell: -cell.p_top3 * cell.half_width)
    chosen: list[Proposal] = []
    for cell in cells:
        if sum(other.card == cell.card for other in chosen) < MOST_PER_CARD:
            chosen.append(cell)
    return tuple(chosen[:N_PROPOSED])

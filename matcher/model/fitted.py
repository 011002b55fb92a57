"""The fitted model as plain values: what is saved, loaded and compiled for serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array
from matcher.design.encoding import Encoded, place_of_pressure, place_of_size
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.setup import Setup
from matcher.disclosure import Told, by_part
from matcher.menu.card import Menu
from matcher.model.trees import Trees
from matcher.regression.prior import Scales
from matcher.vocabulary import PRESSURES, SECTOR_GROUPS, SIZE_CLASSES

N_DRAWS = 256
"""Fixed draws of each posterior: P(best) and ties come from them, so they are the same each time.

An error of a probability near one half is at most .5 / sqrt(256) = .03.
"""
START_TIE_LEVEL = 0.75
"""From this probability of being better on, one card stands above another.

In 80 simulated worlds without differences (50 and 100 companies, 25 rankings each) it announced a
single first choice in .5 % of rankings, .70 in 1.7 %, .65 in 6.7 %. Most of them come from a world
or two in which chance favours one card for every company, so there is room to spare below 5 %.
"""
LEVEL = 0.8
"""Probability that a credible interval holds."""


@dataclass(frozen=True)
class FittedHead:
    """The posterior of one question."""

    mean: Array
    """(width,) coefficients in the order of the head's layout."""
    draws: NDArray[np.float32]
    """(width, N_DRAWS) draws of the coefficients."""
    block_sd: Mapping[str, float]
    """SD of a coefficient of each block of which no row tells anything, as of a new card's own."""
    group_sd: tuple[float, ...]
    noise_sd: float
    n_rows: int
    log_evidence: float

    @staticmethod
    def of(
        mean: Array, draws: Array, scales: Scales, n_rows: int = 0, log_evidence: float = 0.0
    ) -> FittedHead:
        """Return a head from what was believed of its coefficients and scales."""
        groups = tuple(scales.groups.values())
        drawn = draws.astype(np.float32)
        return FittedHead(mean, drawn, scales.blocks, groups, scales.noise, n_rows, log_evidence)

    @property
    def nuisance_variance(self) -> float:
        """Variance of a new company's and table's own level."""
        return float(sum(sd**2 for sd in self.group_sd))


@dataclass(frozen=True)
class Facts:
    """What the model was trained on."""

    trials: int = 0
    companies: int = 0
    tables: int = 0
    simulated: bool = False
    shows_differences: bool = False
    """The outcomes tell cards apart: log evidence against a model without differences > log 10."""
    log_bayes_factor: float = 0.0
    stopped_share: float = 0.25
    stopped_share_sd: float = 0.25
    tie_level: float = START_TIE_LEVEL
    interval_factor: float = 1.0
    gain_slope: float = 0.6
    control_change: float = 0.0
    n_controls: int = 0


@dataclass(frozen=True)
class Model:
    """Everything a ranking needs; immutable."""

    menu: Menu
    expert: Expert
    heads: Mapping[Head, FittedHead]
    support: NDArray[np.int32]
    """Trials counted by sector group, size class, pressure (the last of each: unknown) and card."""
    companies: NDArray[np.int32]
    """Companies counted by sector group, size class and pressure (the last of each: unknown)."""
    facts: Facts
    trees: Mapping[Head, Trees] | None = None
    """Boosted trees that add to each latent answer, where they were chosen."""

    @cached_property
    def setup(self) -> Setup:
        """Its menu and expert prior, and what they come to."""
        return Setup(self.menu, self.expert)

    def told_trials(self, *kept: int) -> tuple[list[Told], list[list[Told]]]:
        """Return what may be told of each card's trials, in all and in the groups of some axes.

        ``kept`` are axes of ``support``: 0 for sector groups, 1 for size classes. All that is told
        of trials by card comes from here: one door would give away what another hides.
        """
        lost = tuple(axis for axis in range(3) if axis not in kept)
        rows = self.support.sum(axis=lost).reshape(-1, self.support.shape[-1]).T.tolist()
        # Trials of cards that left the menu are told with those of all cards.
        gone = self.facts.trials - int(self.support.sum())
        totals, cells = by_part([*rows, [max(gone, 0)]])
        return totals[:-1], cells[:-1]


def cell_of(profile: Encoded) -> tuple[int, int, int]:
    """Return the cell of the support in which a profile falls: sector group, size, pressure.

    What is not known of a trial has the last place on its axis.
    """
    sector = profile.sector if profile.sector >= 0 else len(SECTOR_GROUPS)
    pressure = place_of_pressure(profile.answers.get("staffing_pressure"))
    return sector, place_of_size(profile.employees), pressure


def empty_support(n_cards: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return counts of no trials and no companies."""
    cells = (len(SECTOR_GROUPS) + 1, len(SIZE_CLASSES) + 1, len(PRESSURES) + 1)
    return np.zeros((*cells, n_cards), np.int32), np.zeros(cells, np.int32)


def expert_model(menu: Menu, expert: Expert) -> Model:
    """Return the model before any outcome: the expert prior answers, with its own uncertainty."""
    heads = {}
    for seed, (head, prior) in enumerate(Setup(menu, expert).priors.items()):
        draws = prior.draw(N_DRAWS, np.random.default_rng(seed))
        heads[head] = FittedHead.of(prior.mean, draws, prior.medians)
    support, companies = empty_support(len(menu))
    facts = Facts(stopped_share=expert.stopped.share, stopped_share_sd=expert.stopped.sd)
    return Model(menu, expert, heads, support, companies, facts)


def carried_to(model: Model, menu: Menu) -> Model:
    """Return the model for another menu.

    Known cards keep what was learned, new ones start at the prior, cards that left are dropped.
    """
    if menu.ids == model.menu.ids:
        return replace(model, menu=menu)
    fresh = expert_model(menu, model.expert)
    shared = [card for card in menu.ids if card in model.menu.by_id]
    here = [menu.ids.index(card) for card in shared]
    there = [model.menu.ids.index(card) for card in shared]
    heads = {}
    for head in HEADS:
        old, new = model.heads[head], fresh.heads[head]
        old_terms = model.setup.layouts[head].columns
        new_terms = fresh.setup.layouts[head].columns
        mean, draws = new.mean.copy(), new.draws.copy()
        for name, columns in new_terms.items():
            source = old_terms[name]
            if name not in ("cards", "sector x card", "profile x card"):
                mean[columns], draws[columns] = old.mean[source], old.draws[source]
                continue
            # A new card's own coefficients: prior draws at the scale that was learned.
            draws[columns] *= old.block_sd[name] / new.block_sd[name]
            to = np.arange(columns.start, columns.stop).reshape(-1, len(menu))[:, here].ravel()
            of = np.arange(source.start, source.stop).reshape(-1, len(model.menu))[:, there].ravel()
            mean[to], draws[to] = old.mean[of], old.draws[of]
        heads[head] = replace(old, mean=mean, draws=draws)
    support = np.zeros((*model.companies.shape, len(menu)), np.int32)
    support[..., here] = model.support[..., there]
    return replace(model, menu=menu, heads=heads, support=support)

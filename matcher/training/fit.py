"""From trials to a model: row by row where they are few, by sums where they are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from matcher.design.expert import Expert, Head
from matcher.menu.card import Menu
from matcher.model.fitted import Model
from matcher.regression.prior import Scales
from matcher.training.by_rows import fit_by_rows
from matcher.training.by_sums import fit_by_sums
from matcher.training.evidence import Evidence

_Fit = Callable[..., tuple[Model, Mapping[Head, Scales]]]

MOST_BY_ROWS = 1_500
"""Trials from which on sums take the place of a kernel, whose cost grows with their cube."""


def fit(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    *,
    expert_text: str = "",
    simulated: bool = False,
    seed: int = 0,
    start: Mapping[Head, Scales] | None = None,
    averaged: bool = True,
) -> tuple[Model, Mapping[Head, Scales]]:
    """Return the model fitted to the trials, and the scales of each head it was fitted at.

    ``start`` gives scales from which the search for new ones begins; ``averaged`` says whether the
    belief of few trials is averaged over the scales or taken at their best. Pure, and the same for
    the same trials and seed.
    """
    by_rows = len(evidence) <= MOST_BY_ROWS and len(evidence.profiles) == len(evidence)
    way: _Fit = partial(fit_by_rows, averaged=averaged) if by_rows else fit_by_sums
    told = {"expert_text": expert_text, "simulated": simulated}
    return way(evidence, menu, expert, **told, seed=seed, start=start)

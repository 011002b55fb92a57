"""From trials to a model: row by row where they are few, by sums where they are many."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.design.expert import Head
from matcher.design.setup import Setup
from matcher.model.fitted import Model
from matcher.regression.prior import Scales
from matcher.training.by_rows import fit_by_rows
from matcher.training.by_sums import fit_by_sums
from matcher.training.evidence import Evidence

MOST_BY_ROWS = 1_500
"""Trials from which on sums take the place of a kernel, whose cost grows with their cube."""


def fit(
    evidence: Evidence,
    setup: Setup,
    *,
    seed: int = 0,
    start: Mapping[Head, Scales] | None = None,
    averaged: bool = True,
    differences: bool = True,
) -> tuple[Model, Mapping[Head, Scales]]:
    """Return the model fitted to the trials, and the scales of each head it was fitted at.

    ``start`` gives scales from which the search for new ones begins; ``averaged`` says whether the
    belief of few trials is averaged over the scales or taken at their best; ``differences`` whether
    it is asked if the outcomes tell cards apart, which takes as long as the rest. Pure, and the
    same for the same trials and seed.
    """
    if len(evidence) <= MOST_BY_ROWS and len(evidence.profiles) == len(evidence):
        return fit_by_rows(
            evidence, setup, seed=seed, start=start, averaged=averaged, differences=differences
        )
    return fit_by_sums(evidence, setup, seed=seed, start=start, differences=differences)

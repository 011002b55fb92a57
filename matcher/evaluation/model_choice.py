"""Whether boosted trees are worth it: hierarchy and challenger at companies that neither knew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Array
from matcher.design.expert import HEADS, Head
from matcher.evaluation.calibration import errors, of_tried, told_of
from matcher.evaluation.cross_fitting import Held, Sample, cross_fit, sample_to_judge
from matcher.evaluation.findings import Challenge
from matcher.evaluation.intervals import bootstrapped, company_weights, surely
from matcher.model.fitted import Model
from matcher.regression.prior import Scales
from matcher.training.boosted import fit_challenger, fit_fold
from matcher.training.evidence import Evidence, answered

FEWEST_TRIALS = 2_000
"""Trials from which on a challenger is tried.

In the world "pockets" (docs/onderzoek.md), made for trees, it won at 3 000 companies (3 759
trials); at 1 500 no tree was worth growing.
"""
_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Contest:
    """Who answers, and what of it the evaluation goes on with."""

    finding: Challenge
    model: Model
    scales: Mapping[Head, Scales]
    sample: Sample
    """What was judged; with what the trees add to each of all trials where these were chosen."""
    held: Held


def contest(
    evidence: Evidence,
    model: Model,
    scales: Mapping[Head, Scales],
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Contest:
    """Return hierarchy or challenger: the challenger only where it is clearly better.

    ``model`` and ``scales`` are the hierarchy fitted to all trials. Better is a higher log score,
    of all that was seen of a trial, at companies held out: the mean over companies of the
    difference must be above 0 with 95 % certainty. Of many companies a sample is judged, the one
    that ``evaluate`` judges at the same seed.
    """
    setup, sample = model.setup, sample_to_judge(evidence, model.menu, seed)
    judged = sample.trials
    held = cross_fit(sample, setup, seed, scales, progress)
    challenger = fit_challenger(evidence, setup, scales=scales, seed=seed)
    progress("trees")
    grown = challenger.model.trees
    assert grown is not None
    n_trees: Mapping[str, int] = {head: trees.n for head, trees in grown.items()}
    if not any(n_trees.values()):
        finding = Challenge(
            n_trees, None, errors(judged, {"hierarchy": held.ours}, HEADS), chosen=False
        )
        return Contest(finding, model, scales, sample, held)
    theirs = cross_fit(sample, setup, seed, scales, progress, fit_fold)
    gap = log_scores(judged, theirs) - log_scores(judged, held)
    weights = company_weights(judged.company, np.random.default_rng([seed, 4]))
    difference = bootstrapped(gap, weights)
    chosen = surely("above", difference)
    both = errors(judged, {"hierarchy": held.ours, "trees": theirs.ours}, HEADS)
    finding = Challenge(n_trees, difference, both, chosen)
    if not chosen:
        return Contest(finding, model, scales, sample, held)
    # Whether cards differ at all was asked of the hierarchy alone.
    facts = replace(
        challenger.model.facts,
        log_bayes_factor=model.facts.log_bayes_factor,
        shows_differences=model.facts.shows_differences,
    )
    won = replace(challenger.model, facts=facts)
    sample = replace(sample, everyone=challenger.evidence)
    return Contest(finding, won, challenger.scales, sample, theirs)


def log_scores(evidence: Evidence, held: Held) -> Array:
    """Return the log probability (density) of all that was seen of each trial (n,)."""
    total = np.zeros(len(evidence))
    for head in HEADS:
        known, answer = answered(evidence, head)
        told = told_of(evidence, held.ours, head)
        if head == "gain":
            spread = of_tried(evidence, held.ours, "gain_variance") + held.noise
            spread = spread + evidence.gains.variance
            gap = answer - told
            score = -0.5 * (gap**2 / spread + np.log(spread) + _LOG_2PI)
        else:
            score = np.log(np.where(answer == 1, told, 1 - told))
        total[known] += score[known]
    return total

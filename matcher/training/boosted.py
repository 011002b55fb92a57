"""The challenger for many trials: the same hierarchy, centred on boosted trees.

Trees find what the hierarchy has no column for, such as three answers that only count together,
once there are trials enough. They are grown on what the hierarchy leaves of each trial, as it
would be without the trials of its company; and what they say of a trial in training comes from
trees that know nothing of its company (cross-fitting). The hierarchy is then fitted again, with
that as an offset.

Measured at 3 000 and 10 000 companies (worlds "thresholds", t, and "waves", w; one seed; all scales
learned from 500 trials): regret as a share of best minus random, and coverage of 80 % intervals.

====================================  =========  =========  =========  =========
regret (coverage)                     t, 3000    t, 10 000  w, 3000    w, 10 000
====================================  =========  =========  =========  =========
hierarchy alone                       .094 (79)  .120 (66)  .215 (64)  .120 (60)
trees first, hierarchy on the rest    .153 (55)  .128 (47)  .309 (58)  .125 (42)
hierarchy first, trees on the rest    .093 (79)  .120 (66)  .213 (65)  .110 (58)
the same, hierarchy fitted again      .092 (79)  .119 (66)  .207 (64)  .110 (59)
the same, trees of all the trials     .092 (79)  .119 (66)  .209 (64)  .119 (58)
====================================  =========  =========  =========  =========

So trees come second, and what is served is the mean of the folds' trees.

References
----------
J. H. Friedman, "Greedy function approximation: a gradient boosting machine", 2001.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr
from threadpoolctl import threadpool_limits

from matcher.arrays import Array, Ints
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.design.tree_columns import tree_columns
from matcher.model.fitted import Model
from matcher.model.trees import N_LEAVES, Trees, exported, mean_of
from matcher.regression.prior import Scales
from matcher.training.by_sums import (
    answers_of,
    fit_by_sums,
    fit_head,
    scales_of_some,
    shrink_of,
    stand_in,
)
from matcher.training.card_sums import CardRows
from matcher.training.evidence import Evidence
from matcher.training.folds import folds
from matcher.training.leave_out import residuals, without_own
from matcher.training.parallel import spread

N_FOLDS = 5
MOST_TREES = 60
LEARNING_RATE = 0.1
LEAST_IN_LEAF = 20


@dataclass(frozen=True)
class Challenger:
    """The hierarchy centred on trees."""

    model: Model
    evidence: Evidence
    """The trials, with what trees that do not know the company add to each."""
    scales: Mapping[Head, Scales]


@dataclass(frozen=True)
class _Question:
    """What trees may find of one question: the trials that answer it, sorted by company."""

    head: Head
    trials: Ints
    X: Array
    """(n_features, n)."""
    target: Array
    """What the hierarchy leaves, or stands for it, in latent points (n,)."""
    weight: Array
    sign: Array | None
    """Yes or no as 1 or -1, of a chance (n,)."""
    latent: Array
    """Of the hierarchy without the trial's company (n,)."""
    shrink: Array
    """(n,)."""

    def loss(self, stages: Array) -> Array:
        """Return the mean loss after each number of trees (n_stages,)."""
        if self.sign is None:
            loss: Array = (self.weight * (self.target - stages) ** 2).mean(axis=1)
        else:
            loss = -log_ndtr(self.sign * self.shrink * (self.latent + stages)).mean(axis=1)
        return loss


def fit_challenger(
    evidence: Evidence,
    setup: Setup,
    *,
    scales: Mapping[Head, Scales],
    seed: int = 0,
    side_by_side: bool = True,
) -> Challenger:
    """Return the challenger.

    ``scales`` are those of the hierarchy alone, fitted to the same trials. Whether cards differ at
    all is not asked again: the hierarchy alone tells. A caller that is itself one of many at work
    grows the trees in turn, not ``side_by_side``.
    """
    profiles = Profiles(evidence.everyone())
    X = tree_columns(profiles.of(slice(len(evidence))), setup.cards, evidence.cards)
    questions = [
        _question(CardRows(setup, head, evidence, profiles), scales[head], X) for head in HEADS
    ]
    held = folds(evidence.company, seed, N_FOLDS)
    work = [(question, part) for question in questions for part in held]
    each = spread(_grow, work, seed) if side_by_side else (_grow(one, seed) for one in work)
    grown = list(each)
    trees: dict[Head, Trees] = {}
    offsets: dict[Head, Array] = {}
    for question, start in zip(questions, range(0, len(work), N_FOLDS), strict=True):
        of_folds = grown[start : start + N_FOLDS]
        n_trees = _best(question, of_folds, held)
        kept = [one.first(n_trees) for one in of_folds]
        trees[question.head] = mean_of(kept)
        offsets[question.head] = _offset(kept, held, X)
    about = replace(evidence, offsets=offsets)
    model, own = fit_by_sums(about, setup, seed=seed, start=scales)
    return Challenger(replace(model, trees=trees), about, own)


def fit_fold(
    evidence: Evidence, setup: Setup, seed: int, start: Mapping[Head, Scales] | None
) -> Model:
    """Return the challenger of a fold, with scales of the fold's own, sought from ``start``."""
    scales = scales_of_some(evidence, setup, seed, start)
    return fit_challenger(evidence, setup, scales=scales, seed=seed, side_by_side=False).model


def _question(rows: CardRows, scales: Scales, X: Array) -> _Question:
    fit = fit_head(rows, scales)
    found = residuals(rows, fit)
    latent = without_own(rows, fit, found)
    order = found.rows
    if rows.gains is None:
        trials, kept = rows.parts.place[order], np.arange(len(order))
        sign, shrink = answers_of(rows)[order], shrink_of(rows, scales)[order]
        weight, target = stand_in(latent, sign, shrink)
    else:
        # Trees see one trial and one company: of a row that is no whole trial they cannot learn.
        trials, sign, shrink = rows.gains.single[order], None, np.ones(len(order))
        kept = np.flatnonzero(trials >= 0)
        target = found.latent + found.gap - latent
        weight = 1 / (found.variance + found.company_sd**2)
    weight = weight[kept] / weight[kept].mean()
    return _Question(
        rows.head,
        trials[kept],
        X[:, trials[kept]],
        target[kept],
        weight,
        None if sign is None else sign[kept],
        latent[kept],
        shrink[kept],
    )


def _grow(work: tuple[_Question, Ints], seed: int) -> Trees:
    """Return trees grown on the trials that are not held out."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # seconds to import

    question, held = work
    kept = ~np.isin(question.trials, held)
    model = HistGradientBoostingRegressor(
        max_iter=MOST_TREES,
        max_leaf_nodes=N_LEAVES,
        learning_rate=LEARNING_RATE,
        min_samples_leaf=LEAST_IN_LEAF,
        early_stopping=False,
        random_state=seed,
    )
    # One thread: the folds share the cores.
    with threadpool_limits(1, user_api="openmp"):
        model.fit(question.X[:, kept].T, question.target[kept], sample_weight=question.weight[kept])
    return exported(model)


def _best(question: _Question, grown: Sequence[Trees], held: Sequence[Ints]) -> int:
    """Return the number of trees that predicts the companies held out best; 0 is none."""
    stages = np.zeros((1 + MOST_TREES, len(question.trials)))
    for trees, part in zip(grown, held, strict=True):
        own = np.isin(question.trials, part)
        stages[:, own] = trees.stages(question.X[:, own])
    loss = question.loss(stages)
    return int(loss.argmin())


def _offset(grown: Sequence[Trees], held: Sequence[Ints], X: Array) -> Array:
    offset = np.zeros(X.shape[1])
    for trees, part in zip(grown, held, strict=True):
        offset[part] = trees.predict(X[:, part])
    return offset

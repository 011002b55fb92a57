"""The gain by intention to treat as one regression, beside the three questions of the product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matcher.design.setup import Setup
from matcher.regression.kernel_form import Posterior, condition
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from tests.benchmarks.ranking.metrics import Answer, normal_intervals
from tests.benchmarks.ranking.ours import origin_of
from tests.benchmarks.ranking.rows import expert, intention_to_treat
from tests.benchmarks.ranking.task import Array, Task

SHARE = 0.6
"""Started and finished shares of the prior multiplied: what is left of a gain if finished."""
UNSTARTED_VARIANCE = 1e-4
"""A trial that never started and was not measured has gain 0, by definition and without error."""


def ours_one_head(task: Task, seed: int) -> Callable[[], Answer]:
    """Our regression on the gain by intention to treat: one question instead of three."""
    origin = origin_of(task)
    evidence, setup = origin.evidence, Setup(origin.menu, expert())
    outcome = intention_to_treat(evidence)
    known = ~np.isnan(outcome)
    some = evidence.of(known)
    X = _with_expectation(setup.rows("gain", some.profiles, some.cards), task.rows.expert)
    observed = Rows(
        X=X,
        y=outcome[known],
        groups=(some.company, some.table),
        variance=np.where(np.isnan(some.gains.gain), UNSTARTED_VARIANCE, some.gains.variance),
    )
    posterior = condition(observed, _prior(setup.priors["gain"]))
    return lambda: _answer(posterior, task)


def _with_expectation(X: Array, expected: Array) -> Array:
    """Put what experts expect of the pair in place of their parts: level, expectation, the rest."""
    parts = len(expert().gain.part)
    return np.column_stack((X[:, :1], expected - SHARE * expert().gain.base, X[:, 2 + parts :]))


def _prior(three: Prior) -> Prior:
    """Return the prior of the gain head, scaled to what is left of it by intention to treat."""
    parts = len(expert().gain.part)
    mean = np.concatenate(([SHARE * expert().gain.base, 1.0], three.mean[2 + parts :]))
    own = [
        Block("level", slice(0, 1), Scale(SHARE * expert().gain.base_sd)),
        Block("expectation", slice(1, 2), Scale(expert().trust.sd)),
    ]
    for block in three.blocks[3:]:
        columns = slice(block.columns.start - parts, block.columns.stop - parts)
        scale = replace(block.scale, median=SHARE * block.scale.median)
        own.append(Block(block.name, columns, scale))
    return Prior(mean, tuple(own), three.groups, three.noise)


def _answer(posterior: Posterior, task: Task) -> Answer:
    origin = origin_of(task)
    setup, n_cards = Setup(origin.menu, expert()), len(origin.menu)
    shape = (len(origin.encoded), n_cards)
    mean, sd = np.zeros(shape), np.zeros(shape)
    for i, profile in enumerate(origin.encoded):
        X = setup.rows("gain", [profile] * n_cards, np.arange(n_cards))
        X = _with_expectation(X, task.held.expert[i])
        mean[i], sd[i] = X @ posterior.mean, np.sqrt(posterior.variance(X))
    return Answer(mean, normal_intervals(mean, sd), None)

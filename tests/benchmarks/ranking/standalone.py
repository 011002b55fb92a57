"""Our regression without companies, menu and experts: what public data are ranked with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcher.estimator import HierarchicalClassifier, HierarchicalRegressor
from tests.benchmarks.ranking.metrics import Answer
from tests.benchmarks.ranking.peers import Ask, crossed
from tests.benchmarks.ranking.task import Array, Columns, Task

N_WAVES = 100
"""Random waves over the profile: with a kernel of their own they find what is not linear."""


def standalone(task: Task, seed: int) -> Ask:
    """Hierarchical regression: a block each for levels, profile, waves and what levels cross with.

    Waves are those of Rahimi and Recht, *Random features for large-scale kernel machines*, 2007.
    """
    rng = np.random.default_rng(seed)
    n_profile = task.columns.profile.stop - task.columns.profile.start
    frequency = rng.normal(0, 1 / np.sqrt(n_profile), (n_profile, N_WAVES))
    phase = rng.uniform(0, 2 * np.pi, N_WAVES)
    parts = blocks_of(task.rows.X, task.columns, frequency, phase)
    labels = np.repeat(list(parts), [part.shape[-1] for part in parts.values()])
    X = np.concatenate(list(parts.values()), axis=-1)
    varies = X.std(axis=0) > 0
    predict = _learn(X[:, varies], task.rows.y, labels[varies].tolist())

    def ask() -> Answer:
        held = blocks_of(task.held.X, task.columns, frequency, phase)
        flat = np.concatenate(list(held.values()), axis=-1)[..., varies]
        score = predict(flat.reshape(-1, flat.shape[-1]))
        return Answer(score.reshape(flat.shape[:-1]))

    return ask


def _learn(X: Array, y: Array, blocks: list[str]) -> Callable[[Array], Array]:
    """Return what predicts y; of yes and no, the chance of yes.

    A product with a level is as large as the level is frequent: proportions within a block stay.
    """
    if set(np.unique(y)) != {0.0, 1.0}:
        regressor = HierarchicalRegressor(blocks, unit="block").fit(X, y)
        return lambda flat: np.asarray(regressor.predict(flat))
    classifier = HierarchicalClassifier(blocks, unit="block").fit(X, y)
    return lambda flat: np.asarray(classifier.predict_proba(flat))[:, 1]


def blocks_of(X: Array, columns: Columns, frequency: Array, phase: Array) -> dict[str, Array]:
    """Return the columns of each block, for pairs of a profile and a level (..., d)."""
    profile, card = X[..., columns.profile], X[..., columns.card]
    waves = np.cos(profile @ frequency + phase)
    products = waves[..., :, None] * card[..., None, :]
    return {
        "card": card,
        "profile": profile,
        "profile x card": crossed(X, columns)[..., X.shape[-1] :],
        "waves x card": products.reshape(*X.shape[:-1], -1),
    }

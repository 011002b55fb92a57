"""Our regression without companies, menu and experts: what public data are ranked with."""

from __future__ import annotations

import numpy as np

from matcher.posterior import Block, Prior, Rows, Scale, condition, learn_scales
from tests.benchmarks.ranking.metrics import Answer
from tests.benchmarks.ranking.peers import Ask, crossed
from tests.benchmarks.ranking.task import Array, Columns, Task

SCALES = {"card": 0.5, "profile": 0.3, "profile x card": 0.5}
"""Prior median of each block's contribution, in standard deviations of the outcome."""
SPREAD = 1.0
NOISE = 0.7


def standalone(task: Task, seed: int) -> Ask:
    """Hierarchical regression with a block each for levels, profile and their crosses."""
    X = design(task.rows.X, task.columns)
    blocks = _blocks(task)
    spread = _spread(X)
    level, unit = task.rows.y.mean(), task.rows.y.std() or 1.0
    size = np.concatenate([np.full(b.columns.stop - b.columns.start, _size(b)) for b in blocks])
    prior = Prior(np.zeros(X.shape[1]), blocks, noise=Scale(NOISE, SPREAD))
    rows = Rows(X / spread * size, (task.rows.y - level) / unit)
    posterior = condition(rows, prior, learn_scales(rows, prior))
    held = design(task.held.X, task.columns) / spread * size
    return lambda: Answer(held @ posterior.mean * unit + level)


def design(X: Array, columns: Columns) -> Array:
    """Return level columns, profile columns and all their products."""
    whole = crossed(X, columns)
    products = whole[..., X.shape[-1] :]
    parts = (X[..., columns.card], X[..., columns.profile], products)
    return np.concatenate(parts, axis=-1)


def _spread(X: Array) -> Array:
    spread = np.sqrt(np.mean(X**2, axis=0))
    return np.asarray(np.where(spread > 0, spread, 1.0))


def _blocks(task: Task) -> tuple[Block, ...]:
    card = task.columns.card.stop - task.columns.card.start
    profile = task.columns.profile.stop - task.columns.profile.start
    edges = np.cumsum([0, card, profile, card * profile]).tolist()
    return tuple(
        Block(name, slice(edges[i], edges[i + 1]), Scale(median, SPREAD))
        for i, (name, median) in enumerate(SCALES.items())
    )


def _size(block: Block) -> float:
    """Return what a column is divided by, so that the block's scale is that of its contribution."""
    return float(1 / np.sqrt(block.columns.stop - block.columns.start))

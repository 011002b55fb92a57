"""Boosted trees as plain arrays, walked by numpy alone: serving needs no other library.

No tree is walked node by node. Every node asks its question of every row at once; a no takes the
leaves below its left hand away, and of what no node took away the leftmost leaf is the one that
the row ends in. With at most 8 leaves what remains is one byte per tree and row.

References
----------
C. Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of
regression trees", 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

N_LEAVES = 8
"""Most leaves of a tree: as many as a byte has bits."""
N_NODES = N_LEAVES - 1
ALL_LEAVES = 2**N_LEAVES - 1
NEVER = float(np.finfo(np.float64).max)
"""Threshold of a node that is not there: every number is at most this."""
BLOCK_ROWS = 4_000
"""Rows walked at a time: some 10 MB with 300 trees."""

LEFTMOST = np.array([max((k & -k).bit_length() - 1, 0) for k in range(ALL_LEAVES + 1)], np.intp)
"""Byte of leaves -> the leftmost of them."""


@dataclass(frozen=True)
class Trees:
    """A sum of trees: to a start, each adds the value of one leaf. Nodes in any order."""

    start: float
    feature: NDArray[np.int32]
    """(N_NODES, n_trees) the feature asked about: is it at most the threshold?"""
    threshold: Array
    """(N_NODES, n_trees)."""
    missing: NDArray[np.uint8]
    """(N_NODES, n_trees) 1 where NaN counts as a yes."""
    kept: NDArray[np.uint8]
    """(N_NODES, n_trees) leaves, one bit each from the left, that remain after a no."""
    value: Array
    """(n_trees, N_LEAVES) from the left."""

    @property
    def n(self) -> int:
        """Number of trees."""
        return len(self.value)

    def check(self, n_features: int) -> None:
        """ValueError if the arrays do not fit one another, or ask a feature that is not there."""
        shape = (N_NODES, self.n)
        nodes = (self.feature, self.threshold, self.missing, self.kept)
        if self.value.shape[1:] != (N_LEAVES,) or any(a.shape != shape for a in nodes):
            raise ValueError("the arrays of the trees do not fit one another")
        if self.n and not 0 <= self.feature.min() <= self.feature.max() < n_features:
            raise ValueError(f"trees ask about features beyond the {n_features} that there are")

    def first(self, n: int) -> Trees:
        """Return the first trees alone; without any the start is left out too."""
        return Trees(
            self.start if n else 0.0,
            self.feature[:, :n].copy(),
            self.threshold[:, :n].copy(),
            self.missing[:, :n].copy(),
            self.kept[:, :n].copy(),
            self.value[:n].copy(),
        )

    def values(self, X: Array) -> Array:
        """Return the value of each tree (n_trees, n) at features X (n_features, n)."""
        asked = X[self.feature]
        no = ~(asked <= self.threshold[:, :, None])
        if np.isnan(X).any():
            no &= ~(np.isnan(asked) & (self.missing == 1)[:, :, None])
        remain = np.bitwise_or(self.kept[:, :, None], no.view(np.uint8) - np.uint8(1))
        leaf = LEFTMOST[np.bitwise_and.reduce(remain, axis=0)]
        leaf += np.arange(0, self.value.size, N_LEAVES)[:, None]
        values: Array = self.value.reshape(-1)[leaf]
        return values

    def predict(self, X: Array) -> Array:
        """Return the sum (n,) at features X (n_features, n), its terms added in order."""
        found = np.empty(X.shape[1])
        for at in range(0, len(found), BLOCK_ROWS):
            part = slice(at, at + BLOCK_ROWS)
            values = self.values(X[:, part])
            found[part] = np.add.reduce(values, axis=0, initial=self.start)
        return found

    def stages(self, X: Array) -> Array:
        """Return the sum after each number of trees (1 + n_trees, n)."""
        found = np.empty((1 + self.n, X.shape[1]))
        found[0] = self.start
        for at in range(0, X.shape[1], BLOCK_ROWS):
            part = slice(at, at + BLOCK_ROWS)
            found[1:, part] = self.values(X[:, part])
        total: Array = np.cumsum(found, axis=0, out=found)
        return total


def exported(model: Any) -> Trees:
    """Return the trees of a fitted histogram gradient boosting model of scikit-learn.

    Its nodes are not public: a test holds that the sums are equal, to the last bit.

    Raises
    ------
    ValueError
        If a tree has too many leaves or splits on a category.
    """
    trees = [_lines(stage[0].nodes) for stage in model._predictors]
    start = float(np.ravel(model._baseline_prediction)[0])
    shape = (len(trees), N_NODES)
    columns = [np.array([tree[i] for tree in trees]) for i in range(5)]
    feature, threshold, missing, kept = (column.reshape(shape).T for column in columns[:4])
    return Trees(
        start=start,
        feature=np.ascontiguousarray(feature, np.int32),
        threshold=np.ascontiguousarray(threshold, np.float64),
        missing=np.ascontiguousarray(missing, np.uint8),
        kept=np.ascontiguousarray(kept, np.uint8),
        value=columns[4].reshape(-1, N_LEAVES).astype(np.float64),
    )


_Lines = tuple[list[int], list[float], list[int], list[int], list[float]]


def _lines(nodes: NDArray[Any]) -> _Lines:
    """Return feature, threshold, missing and kept leaves of each node, and the leaves' values."""
    if nodes["is_categorical"].any() or nodes["is_leaf"].sum() > N_LEAVES:
        raise ValueError(f"a tree with categories, or with more than {N_LEAVES} leaves")
    lines: list[tuple[int, float, int, int]] = []
    values: list[float] = []

    def walk(at: int) -> None:
        node = nodes[at]
        if node["is_leaf"]:
            values.append(float(node["value"]))
            return
        first = len(values)
        walk(int(node["left"]))
        below = sum(1 << leaf for leaf in range(first, len(values)))
        threshold = min(float(node["num_threshold"]), NEVER)
        missing = int(node["missing_go_to_left"])
        lines.append((int(node["feature_idx"]), threshold, missing, ALL_LEAVES & ~below))
        walk(int(node["right"]))

    walk(0)
    lines += [(0, NEVER, 1, ALL_LEAVES)] * (N_NODES - len(lines))
    feature, threshold, missing, kept = (list(column) for column in zip(*lines, strict=True))
    return feature, threshold, missing, kept, values + [0.0] * (N_LEAVES - len(values))


def mean_of(parts: Sequence[Trees]) -> Trees:
    """Return trees whose sum is the mean of those of the parts."""
    both, share = joined(parts), 1 / len(parts)
    return replace(both, start=sum(p.start for p in parts) * share, value=both.value * share)


def joined(parts: Sequence[Trees]) -> Trees:
    """Return the trees of several sums side by side, to be walked at once; starts left out."""
    return Trees(
        0.0,
        np.concatenate([part.feature for part in parts], axis=1),
        np.concatenate([part.threshold for part in parts], axis=1),
        np.concatenate([part.missing for part in parts], axis=1),
        np.concatenate([part.kept for part in parts], axis=1),
        np.concatenate([part.value for part in parts]),
    )

"""Cards held against each other draw by draw: chances of the best three, and ties."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draws = NDArray[np.float32]


@cache
def _later(n: int) -> NDArray[np.bool_]:
    """Return (n, n): whether the second place comes after the first."""
    return np.triu(np.ones((n, n), bool), 1)


@cache
def _same(n: int) -> NDArray[np.bool_]:
    return np.eye(n, dtype=bool)


def times(more: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return in how many draws a place gains more than another (n, n), from (n, n, n_draws)."""
    # A truth is a byte that is 1 or 0, so the bits of eight of them, taken as one word, are as many
    # as the draws in which it holds: a third of the time of counting truths.
    counted: NDArray[np.int64] = np.bitwise_count(more.view(np.uint64)).sum(axis=2, dtype=np.int64)
    return counted


def tied_names(ties: NDArray[np.bool_], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the names that are tied with each place."""
    named = [names[place] for place in ties.nonzero()[1].tolist()]
    stops = ties.sum(axis=1).cumsum().tolist()
    return [tuple(named[start:stop]) for start, stop in zip([0, *stops], stops, strict=False)]


def compared(draws: Draws, tie_level: float) -> tuple[Array, NDArray[np.bool_]]:
    """Return P(among the best three) (n,) and which places are tied (n, n).

    Parameters
    ----------
    draws : ndarray of shape (n, n_draws)
        The gain of each place in rank order; n is at most 255, and n_draws a multiple of 8, at most
        2040.
    tie_level : float
        Two places are tied unless the first gains more than the later one in this share of draws.
    """
    n, n_draws = draws.shape
    if n == 0:
        return np.zeros(0), np.zeros((0, 0), bool)
    more = draws[:, None] > draws[None]
    beaten = np.add.reduce(more.view(np.uint8), axis=0, dtype=np.uint8)
    p_top3 = np.count_nonzero(beaten < 3, axis=1) / n_draws
    apart = (times(more) >= tie_level * n_draws) & _later(n)
    return p_top3, ~(apart | apart.T | _same(n))

"""Cards held against each other draw by draw: chances of the best three, and ties."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Bools, Ints

Draws = NDArray[np.float32]

_LANES = np.uint64(0x00FF00FF00FF00FF)
_ONES = np.uint64(0x0001000100010001)


def _counted(words: NDArray[np.uint64]) -> Ints:
    """Return the sum of the eight bytes of each word, each a count of at most 255."""
    pairs = (words & _LANES) + ((words >> np.uint64(8)) & _LANES)
    counted: Ints = ((pairs * _ONES) >> np.uint64(48)).astype(np.int64)
    return counted


@cache
def _later(n: int) -> Bools:
    """Return (n, n): whether the second place comes after the first."""
    return np.triu(np.ones((n, n), bool), 1)


@cache
def _same(n: int) -> Bools:
    return np.eye(n, dtype=bool)


def times(more: Bools) -> Ints:
    """Return in how many draws a place gains more than another (n, n), from (n, n, n_draws)."""
    # Truths are bytes: added eight at a time, as words, they take a third of the time. Leaving out
    # the pairs below the diagonal, in blocks, costs in calls what it saves.
    return _counted(np.add.reduce(more.view(np.uint64), axis=2))


def tied_names(ties: Bools, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the names that are tied with each place."""
    named = [names[place] for place in ties.nonzero()[1].tolist()]
    stops = ties.sum(axis=1).cumsum().tolist()
    return [tuple(named[start:stop]) for start, stop in zip([0, *stops], stops, strict=False)]


def compared(draws: Draws, tie_level: float) -> tuple[Array, Bools]:
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

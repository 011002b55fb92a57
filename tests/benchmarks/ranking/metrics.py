"""How well a ranking does where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tests.benchmarks.ranking.task import Array

LEVELS = (0.8, 0.95)
DISCOUNT = 1 / np.log2(np.arange(2, 5))
"""Weight of the first, second and third place in nDCG@3."""


@dataclass(frozen=True)
class Answer:
    """What a method says of held-out profiles x cards."""

    score: Array
    """(m, n_cards): the higher, the earlier in the order."""
    intervals: Mapping[float, tuple[Array, Array]] | None = None
    """Level -> low and high (m, n_cards), in points."""
    single: NDArray[np.bool_] | None = None
    """(m,) whether one first choice is announced, without ties."""


def normal_intervals(mean: Array, sd: Array) -> dict[float, tuple[Array, Array]]:
    """Return central intervals of a normal belief at both levels."""
    half = {level: float(ndtri(0.5 + level / 2)) * sd for level in LEVELS}
    return {level: (mean - width, mean + width) for level, width in half.items()}


def measure(answer: Answer, truth: Array, allowed: NDArray[np.bool_]) -> dict[str, float | None]:
    """Return every measure of an answer; None where the method or the world has none.

    Profiles with fewer than two allowed cards leave nothing to rank and are left out.
    """
    kept = allowed.sum(axis=1) > 1
    order = ordered(answer.score[kept], allowed[kept])
    some, may = truth[kept], allowed[kept]
    result: dict[str, float | None] = {
        "regret": regret_share(some, may, order, 1),
        "regret3": regret_share(some, may, order, 3),
        "ndcg3": ndcg3(some, may, order),
        "single": None if answer.single is None else float(answer.single[kept].mean()),
    }
    for level in LEVELS:
        name = f"{100 * level:.0f}"
        names = (f"coverage{name}", f"coverage{name}_first", f"width{name}")
        bounds = None if answer.intervals is None else answer.intervals[level]
        values = (None, None, None) if bounds is None else coverage(bounds, truth, allowed, answer)
        result |= dict(zip(names, values, strict=True))
    result["width80_if_exact"] = width_if_exact(answer, truth, allowed)
    return result


def ordered(score: Array, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first three allowed cards of each profile (m, 3); -1 where there are fewer.

    Equal scores keep the order of the menu.
    """
    shown = np.where(allowed, score, -np.inf)
    order = np.argsort(-shown, axis=1, kind="stable")[:, :3]
    order = np.where(np.take_along_axis(allowed, order, axis=1), order, -1)
    return np.pad(order, ((0, 0), (0, 3 - order.shape[1])), constant_values=-1)


def regret_share(
    truth: Array, allowed: NDArray[np.bool_], order: NDArray[np.int64], n_first: int
) -> float | None:
    """Return what the best of the first n misses, over what a random card misses.

    Sums over profiles, so that a profile where much is at stake weighs more. 0 is perfect, 1 is
    no better than random; None where all cards are alike.
    """
    best = np.max(truth, axis=1, initial=-np.inf, where=allowed)
    mean = np.mean(truth, axis=1, where=allowed)
    chosen = _of_order(truth, order)[:, :n_first].max(axis=1)
    stake = float(np.sum(best - mean))
    return float(np.sum(best - chosen)) / stake if stake > 1e-9 * len(truth) else None


def ndcg3(truth: Array, allowed: NDArray[np.bool_], order: NDArray[np.int64]) -> float | None:
    """Return the mean nDCG@3, the worth of a card being its gain above the worst allowed one."""
    worst = np.min(truth, axis=1, initial=np.inf, where=allowed)[:, None]
    best_order = ordered(np.nan_to_num(truth, nan=-np.inf), allowed)
    ideal = np.maximum(_of_order(truth, best_order) - worst, 0.0) @ DISCOUNT
    found = np.maximum(_of_order(truth, order) - worst, 0.0) @ DISCOUNT
    counted = ideal > 1e-9
    return float(np.mean(found[counted] / ideal[counted])) if counted.any() else None


def _of_order(truth: Array, order: NDArray[np.int64]) -> Array:
    """Return the truth of each place; minus infinity where no card stands there."""
    return np.where(order >= 0, np.take_along_axis(truth, np.maximum(order, 0), axis=1), -np.inf)


def coverage(
    bounds: tuple[Array, Array], truth: Array, allowed: NDArray[np.bool_], answer: Answer
) -> tuple[float, float, float]:
    """Return the share of intervals that hold the truth, also at the first card, and the width."""
    low, high = bounds
    holds = (low <= truth) & (truth <= high)
    first = ordered(answer.score, allowed)[:, 0]
    some = first >= 0
    at_first = holds[np.flatnonzero(some), first[some]]
    return float(holds[allowed].mean()), float(at_first.mean()), float((high - low)[allowed].mean())


def width_if_exact(answer: Answer, truth: Array, allowed: NDArray[np.bool_]) -> float | None:
    """Return the mean width of the 80 % intervals, stretched so that they hold 80 % of the truth.

    Intervals of different methods can then be compared at equal coverage.
    """
    if answer.intervals is None:
        return None
    low, high = (bound[allowed] for bound in answer.intervals[0.8])
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-12)
    stretch = np.quantile(np.abs(truth[allowed] - middle) / half, 0.8)
    return float(2 * stretch * half.mean())

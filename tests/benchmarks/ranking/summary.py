"""Results summed up: means with standard errors, best peers, and differences seed by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.benchmarks.ranking.public import DATA
from tests.benchmarks.ranking.store import Result
from tests.benchmarks.ranking.worlds import GRID, WITHOUT_SIGNAL

OWN = ("ours", "ours_without_experts", "ours_one_head", "ours_trees", "ours_recalibrated")
LIMIT = "limit"
"""The learner who knows the law of a world; its variants have a part of it replaced by ours."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds (or worlds of them), and its standard error; NaN with one seed."""

    mean: float
    error: float

    def __str__(self) -> str:
        """Return the two as they are shown."""
        error = "" if np.isnan(self.error) else f" ± {self.error:.3f}"
        return f"{self.mean:.3f}{error}"

    def __format__(self, spec: str) -> str:
        """Return the same, on ``+`` with the sign of the mean."""
        return f"+{self}" if spec == "+" and self.mean >= 0 else str(self)


def frame_of(results: Sequence[Result]) -> pd.DataFrame:
    """Return results as a table, one row each, measures as columns."""
    rows = [
        {
            "world": r.world,
            "n": r.n,
            "seed": r.seed,
            "method": r.method,
            "fault": r.fault,
            "fit_seconds": r.fit_seconds,
            "score_seconds": r.score_seconds,
            **r.measures,
        }
        for r in results
    ]
    frame = pd.DataFrame(rows)
    texts = ("world", "method", "fault")
    numbers = [name for name in frame.columns if name not in texts]
    return frame.astype(dict.fromkeys(numbers, float)).astype({"n": int, "seed": int})


def simulated(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of simulated worlds, those of the grid left out."""
    return frame[~frame["world"].isin((*DATA, *GRID))]


def of_grid(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the grid: sizes of effects by kinds of experts."""
    return frame[frame["world"].isin(GRID)]


def with_signal(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of simulated worlds in which cards differ."""
    return simulated(frame[~frame["world"].isin(WITHOUT_SIGNAL)])


def of_public_data(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of public data."""
    return frame[frame["world"].isin(DATA)]


def by_world(frame: pd.DataFrame, measure: str) -> dict[tuple[str, str], Estimate]:
    """Return (method, world) -> mean over seeds; both in the order of the table."""
    known = frame.dropna(subset=[measure])
    return {
        (str(method), str(world)): estimate(values.to_numpy(float))
        for (method, world), values in known.groupby(["method", "world"], sort=False)[measure]
    }


def by_size(frame: pd.DataFrame, measure: str) -> dict[int, float]:
    """Return companies -> mean of a measure, fewest first."""
    known = frame.dropna(subset=[measure])
    sizes = sorted(set(known["n"].tolist()))
    return {n: float(known.loc[known["n"] == n, measure].mean()) for n in sizes}


def estimate(values: np.ndarray) -> Estimate:
    """Return mean and standard error of independent values."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return Estimate(float(values.mean()), float(error))


def over_worlds(frame: pd.DataFrame, measure: str) -> dict[str, Estimate]:
    """Return method -> mean over worlds; a method that lacks a world of the others is left out."""
    cells = by_world(frame, measure)
    worlds = {world for _, world in cells}
    found = {}
    for method in dict.fromkeys(method for method, _ in cells):
        own = [cells[method, world] for world in worlds if (method, world) in cells]
        if len(own) == len(worlds):
            squares = sum(cell.error**2 for cell in own)
            mean = float(np.mean([cell.mean for cell in own]))
            found[method] = Estimate(mean, float(np.sqrt(squares)) / len(own))
    return found


def peers_of(means: dict[str, Estimate]) -> dict[str, Estimate]:
    """Return the methods that are neither ours nor the limit."""
    return {m: v for m, v in means.items() if m not in OWN and not m.startswith(LIMIT)}


def best_peer(frame: pd.DataFrame, measure: str) -> str | None:
    """Return the peer with the lowest mean over the worlds of a table."""
    peers = peers_of(over_worlds(frame, measure))
    return min(peers, key=lambda name: peers[name].mean) if peers else None


def difference(frame: pd.DataFrame, measure: str, one: str, other: str) -> Estimate | None:
    """Return the mean of one method minus another, compared seed by seed within each world."""
    wide = frame[frame["method"].isin((one, other))].pivot_table(
        index=["world", "seed"], columns="method", values=measure
    )
    if one not in wide or other not in wide:
        return None
    gap = (wide[one] - wide[other]).dropna()
    if gap.empty:
        return None
    each = [estimate(values.to_numpy(float)) for _, values in gap.groupby("world")]
    error = float(np.sqrt(sum(e.error**2 for e in each))) / len(each)
    return Estimate(float(np.mean([e.mean for e in each])), error)


@dataclass(frozen=True)
class Distance:
    """How far ours is from the limit in a world, or on average over worlds."""

    peer: str
    best: float
    """Mean regret of the best peer."""
    ours: float
    limit: float
    error: float
    """Standard error of the limit's mean over seeds; with it that of its own draws."""

    @property
    def gone(self) -> float:
        """Return the share of the way from the best peer to the limit that is gone.

        Below 0 the best peer is ahead; NaN where the peer is no worse than the limit.
        """
        way = self.best - self.limit
        return (self.best - self.ours) / way if way > 0 else float("nan")


def distance(frame: pd.DataFrame) -> Distance | None:
    """Return the distance to the limit of the rows of one n; seeds without a limit are left out.

    A seed counts where ours and the limit both ranked it, so that all are judged on the same.
    """
    known = frame.dropna(subset=["regret"])
    names = ("ours", LIMIT)
    task = list(zip(known["world"], known["seed"], strict=True))
    done = [{at for at, m in zip(task, known["method"], strict=True) if m == n} for n in names]
    both = set.intersection(*done)
    same = known[np.array([at in both for at in task], dtype=bool)]
    if same.empty:
        return None
    means = over_worlds(same, "regret")
    peer = best_peer(same, "regret")
    if peer is None or any(name not in means for name in names):
        return None
    own = same.loc[same["method"] == LIMIT]
    drawn = own.get("regret_error", pd.Series(dtype=float)).fillna(0.0).to_numpy(float)
    error = np.hypot(means[LIMIT].error, np.sqrt(np.sum(drawn**2)) / max(len(own), 1))
    return Distance(peer, means[peer].mean, means["ours"].mean, means[LIMIT].mean, float(error))

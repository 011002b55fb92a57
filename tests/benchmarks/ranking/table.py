"""Results summed up: means with standard errors, and the best single peer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tests.benchmarks.ranking.store import Result


def frame_of(results: Sequence[Result]) -> pd.DataFrame:
    """Return results as a table, one row each, measures as columns."""
    rows = [
        {
            "world": r.world,
            "n": r.n,
            "seed": r.seed,
            "method": r.method,
            "fit_seconds": r.fit_seconds,
            "score_seconds": r.score_seconds,
            **r.measures,
        }
        for r in results
    ]
    return pd.DataFrame(rows).astype({"fit_seconds": float, "score_seconds": float})


def mean_and_error(frame: pd.DataFrame, measure: str, by: Sequence[str]) -> pd.DataFrame:
    """Return mean, standard error and number of seeds of a measure in each group."""
    values = frame.dropna(subset=[measure])
    values = values.assign(**{measure: values[measure].astype(float)})
    grouped = values.groupby(list(by), sort=False)[measure]
    count = grouped.count()
    return pd.DataFrame(
        {"mean": grouped.mean(), "error": grouped.std() / np.sqrt(count), "count": count}
    )


def printed(frame: pd.DataFrame, measure: str) -> str:
    """Return a table of one measure: worlds by methods, one block per size."""
    lines = []
    for n, some in frame.groupby("n"):
        summed = mean_and_error(some, measure, ["method", "world"])
        if summed.empty:
            continue
        worlds = list(dict.fromkeys(some["world"]))
        methods = list(dict.fromkeys(some["method"]))
        width = max(map(len, methods))
        heads = "".join(f"{world[:11]:>13}" for world in worlds)
        lines.append(f"{measure}, n = {n}, {some['seed'].nunique()} seeds")
        lines.append(f"{'':<{width}}{heads}{'mean':>8}")
        for name in methods:
            cells, means = "", []
            for world in worlds:
                if (name, world) not in summed.index:
                    cells += f"{'':>13}"
                    continue
                row = summed.loc[(name, world)]
                error = 0.0 if np.isnan(row["error"]) else row["error"]
                cells += f"{row['mean']:>7.3f} ±{error:.3f}"[:13].rjust(13)
                means.append(row["mean"])
            if means:
                lines.append(f"{name:<{width}}{cells}{np.mean(means):>8.3f}")
        lines.append("")
    return "\n".join(lines)

"""Public data as bandit feedback: only the outcome of a randomly drawn level is shown.

Every row is a profile whose right level is known, and so what each level would have brought: 1 for
the right one. Where levels are doses, one nearly right is worth nearly as much.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.benchmarks.ranking.task import Array, Columns, Held, Rows, Task

MOST_HELD = 500
"""Held-out rows at most; a third of a small set."""
DOSE_BOUNDS = (21.0, 49.0)
"""Weekly mg of warfarin between a low, a usual and a high dose, as dosing studies cut it."""


@dataclass(frozen=True)
class Data:
    """Profiles, and the level that is right for each."""

    X: Array
    right: NDArray[np.int64]
    ordered: bool
    """Whether levels are steps of one amount."""

    @property
    def n_levels(self) -> int:
        """Number of levels."""
        return int(self.right.max()) + 1


def _bundled(name: str) -> Data:
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    return Data(found.data, found.target.astype(np.int64), ordered=False)


def _diabetes() -> Data:
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    return Data(found.data, cut_evenly(found.target, 4), ordered=True)


def cut_evenly(values: Array, n_levels: int) -> NDArray[np.int64]:
    """Return the level of each value, about equally many in each."""
    edges = np.quantile(values, np.linspace(0, 1, n_levels + 1)[1:-1])
    return np.searchsorted(edges, values, side="right").astype(np.int64)


def _warfarin(path: Path, n_levels: int) -> Data:
    frame = pd.read_csv(path)
    decade = frame["age"].str.extract(r"(\d)")[0].astype(float)
    numbers = frame.drop(columns=["gender", "race", "age", "cyp2c9", "vkorc1", "dose"]).assign(
        age=decade, male=frame["gender"].map({"male": 1.0, "female": 0.0})
    )
    kinds = pd.get_dummies(frame[["race", "cyp2c9", "vkorc1"]], dummy_na=True, dtype=float)
    dose = frame["dose"].to_numpy(float)
    three = np.searchsorted(DOSE_BOUNDS, dose, side="right").astype(np.int64)
    right = three if n_levels == 3 else cut_evenly(dose, n_levels)
    return Data(np.column_stack((numbers, kinds)).astype(float), right, ordered=True)


BUNDLED: Mapping[str, Callable[[], Data]] = {
    "digits": lambda: _bundled("digits"),
    "wine": lambda: _bundled("wine"),
    "breast_cancer": lambda: _bundled("breast_cancer"),
    "diabetes": _diabetes,
}
WARFARIN = {"warfarin_3": 3, "warfarin_8": 8}
"""Data set -> levels of the dose. The file is given, not shipped."""
DATA: tuple[str, ...] = (*BUNDLED, *WARFARIN)


@cache
def load(name: str, warfarin: Path | None) -> Data:
    """Return a data set with features about one SD each; an unknown value is 0, the mean."""
    if name in BUNDLED:
        data = BUNDLED[name]()
    elif warfarin is None:
        raise ValueError(f"{name} needs the file of doses: --warfarin PATH")
    else:
        data = _warfarin(warfarin, WARFARIN[name])
    sd = np.nanstd(data.X, axis=0)
    X = (data.X[:, sd > 0] - np.nanmean(data.X[:, sd > 0], axis=0)) / sd[sd > 0]
    return Data(np.nan_to_num(X), data.right, data.ordered)


def n_held(data: Data) -> int:
    """Return how many rows are held out."""
    return min(MOST_HELD, len(data.right) // 3)


def offers(name: str, n: int, warfarin: Path | None) -> bool:
    """Return whether a data set has n rows to learn from."""
    data = load(name, warfarin)
    return n <= len(data.right) - n_held(data)


def worth(data: Data, rows: NDArray[np.int64]) -> Array:
    """Return what each level brings for some rows (m, n_levels)."""
    off = np.abs(np.arange(data.n_levels) - data.right[rows, None])
    return np.asarray(1 - off / (data.n_levels - 1) if data.ordered else (off == 0).astype(float))


def describe(data: Data) -> Array:
    """Return the features of each level (n_levels, d): which it is, and how much when ordered."""
    which = np.eye(data.n_levels)
    amount = np.linspace(-1, 1, data.n_levels)
    return np.column_stack((which, amount, amount**2)) if data.ordered else which


def pairs(data: Data, rows: NDArray[np.int64]) -> Array:
    """Return the features of rows with every level (m, n_levels, d)."""
    levels = describe(data)
    profile = np.repeat(data.X[rows, None, :], len(levels), axis=1)
    card = np.repeat(levels[None, :, :], len(rows), axis=0)
    return np.concatenate((profile, card), axis=2)


def task_of(name: str, n: int, seed: int, warfarin: Path | None) -> Task:
    """Return n rows of a data set, one level of each drawn by lot, and others with their truth."""
    data = load(name, warfarin)
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    order = rng.permutation(len(data.right))
    held, seen = order[: n_held(data)], order[n_held(data) :][:n]
    drawn = rng.integers(data.n_levels, size=len(seen))
    own, n_profile = np.arange(len(seen)), data.X.shape[1]
    truth = worth(data, held)
    width = n_profile + describe(data).shape[1]
    return Task(
        rows=Rows(
            X=pairs(data, seen)[own, drawn],
            y=worth(data, seen)[own, drawn],
            card=drawn,
            group=own,
            query=own // 10,
            propensity=np.full(len(seen), 1 / data.n_levels),
            weight=np.ones(len(seen)),
            expert=np.zeros(len(seen)),
        ),
        held=Held(pairs(data, held), np.zeros_like(truth), truth, np.ones(truth.shape, bool)),
        columns=Columns(
            profile=slice(0, n_profile),
            crossed=np.arange(n_profile),
            card=slice(n_profile, width),
            fit=slice(width, width),
        ),
    )

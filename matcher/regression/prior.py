"""What is believed before the rows: blocks of coefficients, each with a scale of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from matcher.arrays import Array

Family = Literal["gaussian", "probit"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A standard deviation to be learned: a log-normal hyperprior by median and SD of the log.

    A spread of 0 fixes it at its median. A hyperprior whose mode is 0 lets a block vanish on a
    whim of few rows and narrows the intervals for nothing, so the family is log-normal.

    ``shared`` is the SD of a factor that the logs of all scales of a prior have in common: whether
    effects are tiny or large is then learned from all blocks together, and how they compare from
    each. ``log sd = log median + shared * z + spread * e`` with standard normal z and e.
    """

    median: float
    spread: float = 0.0
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """Columns that share one prior standard deviation."""

    name: str
    columns: slice
    scale: Scale


@dataclass(frozen=True, slots=True)
class Scales:
    """Standard deviations of a prior, by the names it gives them."""

    blocks: Mapping[str, float]
    """Of a coefficient of each block."""
    groups: Mapping[str, float] = field(default_factory=dict)
    """Of the effects of each grouping."""
    noise: float = 0.0
    """Of a Gaussian outcome's noise; 0 for a yes or no, whose noise the probit holds."""

    @property
    def group_variance(self) -> float:
        """Variance of what the groups add to a row that is in a new one of each grouping."""
        return float(sum(sd**2 for sd in self.groups.values()))

    def column_sd(self, prior: Prior) -> Array:
        """Return the prior standard deviation of each coefficient (p,)."""
        columns = np.zeros(len(prior.mean))
        for block in prior.blocks:
            columns[block.columns] = self.blocks[block.name]
        return columns


@dataclass(frozen=True)
class Prior:
    """What is believed before the rows.

    Raises
    ------
    ValueError
        If two blocks have one name.
    """

    mean: Array
    blocks: tuple[Block, ...]
    groups: Mapping[str, Scale] = field(default_factory=dict)
    """Scale of each grouping's effects, in the order of the rows' labels."""
    noise: Scale = field(default_factory=lambda: Scale(1.0))
    family: Family = "gaussian"

    def __post_init__(self) -> None:
        """Refuse names that do not tell blocks apart."""
        names = [block.name for block in self.blocks]
        if len(set(names)) < len(names):
            raise ValueError(f"blocks of a prior have names of their own, got {names}")

    @property
    def medians(self) -> Scales:
        """Return the medians of all scales."""
        return Scales(
            {block.name: float(block.scale.median) for block in self.blocks},
            {name: scale.median for name, scale in self.groups.items()},
            self.noise.median if self.family == "gaussian" else 0.0,
        )

    def draw(self, n_draws: int, rng: np.random.Generator) -> Array:
        """Return draws of the coefficients (p, n_draws) at the medians of all scales."""
        sd = self.medians.column_sd(self)
        half = rng.standard_normal((len(sd), (n_draws + 1) // 2))
        return mirrored(self.mean, sd[:, None] * half, n_draws)


def mirrored(mean: Array, draw: Array, n_draws: int) -> Array:
    """Return draws (p, n_draws) in pairs about the mean, from half as many about 0."""
    pairs: Array = np.concatenate((draw, -draw), axis=1)[:, :n_draws]
    return mean[:, None] + pairs

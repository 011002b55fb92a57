"""What is believed before the rows: blocks of coefficients, each with a scale of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from matcher.regression.rows import Array

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


@dataclass(frozen=True)
class Prior:
    """What is believed before the rows."""

    mean: Array
    blocks: tuple[Block, ...]
    groups: tuple[Scale, ...] = ()
    noise: Scale = field(default_factory=lambda: Scale(1.0))
    family: Family = "gaussian"

    @property
    def scales(self) -> tuple[Scale, ...]:
        """Return every learnable standard deviation: blocks, groupings, then Gaussian noise."""
        noise = (self.noise,) if self.family == "gaussian" else ()
        return (*(block.scale for block in self.blocks), *self.groups, *noise)

    @property
    def medians(self) -> Array:
        """Return the medians of all scales (n_scales,)."""
        return np.array([scale.median for scale in self.scales])

    def column_sd(self, sd: Array) -> Array:
        """Return the standard deviation of each coefficient (p,), given those of the scales."""
        columns = np.zeros(len(self.mean))
        for block, block_sd in zip(self.blocks, sd, strict=False):
            columns[block.columns] = block_sd
        return columns

    def group_sd(self, sd: Array) -> Array:
        """Return the standard deviation of each grouping's effect, given those of the scales."""
        return sd[len(self.blocks) :][: len(self.groups)]

    def draw(self, n_draws: int, rng: np.random.Generator) -> Array:
        """Return draws of the coefficients (p, n_draws) at the medians of all scales."""
        sd = self.column_sd(self.medians)
        return mirrored(
            self.mean, sd[:, None] * rng.standard_normal((len(sd), (n_draws + 1) // 2)), n_draws
        )


def mirrored(mean: Array, draw: Array, n_draws: int) -> Array:
    """Return draws (p, n_draws) in pairs about the mean, from half as many about 0."""
    pairs: Array = np.concatenate((draw, -draw), axis=1)[:, :n_draws]
    return mean[:, None] + pairs

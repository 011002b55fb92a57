"""What was observed: the rows of a regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """What was observed: design (n, p), outcomes (n,), group labels and known error variances."""

    X: Array
    y: Array
    groups: tuple[NDArray[np.int64], ...] = ()
    """One label per row and grouping; a negative label belongs to no group."""
    variance: Array | None = None
    """Known error variance of each Gaussian outcome, on top of the learned noise."""
    offset: Array | None = None
    """What is added to ``X @ w`` of each row, known beforehand (n,)."""

    def of(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.X[chosen],
            self.y[chosen],
            tuple(labels[chosen] for labels in self.groups),
            None if self.variance is None else self.variance[chosen],
            None if self.offset is None else self.offset[chosen],
        )

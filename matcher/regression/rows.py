"""What was observed: the rows of a regression, and what they must be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.regression.prior import Prior

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Rows:
    """What was observed: design (n, p), outcomes (n,), group labels and known error variances."""

    X: Array
    y: Array
    groups: tuple[Ints, ...] = ()
    """One label per row and grouping; a negative label belongs to no group."""
    variance: Array | None = None
    """Known error variance of each Gaussian outcome, on top of the learned noise."""
    offset: Array | None = None
    """What is added to ``X @ w`` of each row, known beforehand (n,)."""

    def of(self, chosen: Bools) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.X[chosen],
            self.y[chosen],
            tuple(labels[chosen] for labels in self.groups),
            None if self.variance is None else self.variance[chosen],
            None if self.offset is None else self.offset[chosen],
        )


def check_rows(rows: Rows, prior: Prior, weight: Array | None = None) -> None:
    """Refuse rows that do not fit the prior, or that do not count as they should.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or a yes/no outcome is neither 0 nor 1; if rows
        of a Gaussian outcome are weighted, or an answer counts less than once.
    """
    n, p = rows.X.shape
    lengths = {len(rows.y), *(len(labels) for labels in rows.groups)}
    lengths |= {len(part) for part in (rows.variance, rows.offset, weight) if part is not None}
    if lengths != {n} or p != len(prior.mean) or len(rows.groups) != len(prior.groups):
        raise ValueError(
            f"{n} rows of {p} columns do not fit {len(rows.y)} outcomes, {len(prior.mean)} "
            f"coefficients, {len(rows.groups)} groupings"
        )
    if not (np.isfinite(rows.X).all() and np.isfinite(rows.y).all()):
        raise ValueError("the design or the outcomes hold a number that is not finite")
    if prior.family == "probit" and not np.isin(rows.y, (0.0, 1.0)).all():
        raise ValueError("a yes/no outcome must be 0 or 1")
    if weight is not None and prior.family == "gaussian":
        raise ValueError("rows of a Gaussian outcome are weighted by their error variance")
    if weight is not None and not (weight >= 1).all():
        raise ValueError("a row counts at least once; leave out those that count less")

"""What rows say of the coefficients, in sums: the weight form of the regression.

``kernel_form`` works with one row and column per outcome, which is exact and cheap for few rows.
Here the same posterior comes from sums over the rows, so that a million rows cost no more than a
thousand and rows may arrive in parts. Two kinds of sums:

``Sums``
    products of the columns, as they are, and totals per group. Enough for every noise and group
    scale. Adding two is exact, also when a group has rows in both.
``Moments``
    the same weighted by the precision of the outcomes, at a given noise and given group scales,
    with group effects integrated out: p x p, whatever the number of groups.

With V the covariance of noise and group effects, A = X' V^-1 X and S = diag(prior SD), the
posterior covariance of the coefficients is S B^-1 S with B = I + S A S. A block with SD 0 needs no
exception.

References
----------
C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, sections 3.3 and 3.5.
D. A. Harville, *Matrix Algebra From a Statistician's Perspective*, 1997, section 18.2 (Woodbury).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dtrtri

from matcher.arrays import Array
from matcher.regression.groups import Layout, cells, membership
from matcher.regression.prior import Prior
from matcher.regression.rows import LOG_2PI


@dataclass(frozen=True)
class Moments:
    """Sums over rows with V the covariance of noise and group effects together."""

    precision: Array
    """X' V^-1 X (p, p)."""
    pull: Array
    """X' V^-1 y (p,)."""
    energy: float
    """y' V^-1 y."""
    n: float
    """Number of rows."""
    log_det: float
    """log |V|."""

    def of(self, columns: Sequence[int]) -> Moments:
        """Return the moments of some columns, in that order; one may be named twice."""
        return replace(
            self, precision=self.precision[np.ix_(columns, columns)], pull=self.pull[columns]
        )


@dataclass(frozen=True)
class Grouped:
    """Weighted sums before the effects of one grouping are integrated out."""

    moments: Moments
    """As if there were no such effects."""
    count: Array
    """Sum of the precisions per group (G,)."""
    X: Array
    """Precision-weighted totals of the columns per group (G, p)."""
    y: Array
    """Precision-weighted totals of the outcomes per group (G,)."""

    def scaled(self, precision: float) -> Grouped:
        """Return the sums of the same rows with every precision multiplied."""
        plain = self.moments
        moments = Moments(
            precision * plain.precision,
            precision * plain.pull,
            precision * plain.energy,
            plain.n,
            plain.log_det - plain.n * float(np.log(precision)),
        )
        return Grouped(moments, precision * self.count, precision * self.X, precision * self.y)

    def integrate(self, sd: float) -> Moments:
        """Return the moments with effects ~ N(0, sd^2) integrated out, by Woodbury per group."""
        gain = sd**2 / (1 + sd**2 * self.count)
        plain = self.moments
        return Moments(
            plain.precision - (self.X.T * gain) @ self.X,
            plain.pull - self.X.T @ (gain * self.y),
            plain.energy - float(gain @ self.y**2),
            plain.n,
            plain.log_det + float(np.log1p(sd**2 * self.count).sum()),
        )


@dataclass(frozen=True)
class Sums:
    """Products of columns and outcome over rows with one noise; totals per cell of the groupings.

    A cell is a combination of groups, one per grouping, that has rows. Its totals cost p + 2
    numbers, so memory is p^2 plus p per cell. Rows may count more than once (``weight``): n, the
    products and the totals are then weighted sums.
    """

    products: Array
    """Z' Z with Z = [X y] (p + 1, p + 1)."""
    n: float
    """Number of rows, or the sum of their weights."""
    labels: NDArray[Any]
    """Groups of each cell (n_cells, n_groupings); negative or empty belongs to no group."""
    counts: Array
    """Number of rows of each cell (n_cells,)."""
    totals: Array
    """Totals of [X y] in each cell (n_cells, p + 1)."""

    @staticmethod
    def of(
        X: Array, y: Array, groups: Sequence[NDArray[Any]] = (), weight: Array | None = None
    ) -> Sums:
        """Sum rows X (n, p) with outcomes y (n,), labels (n,) per grouping, each counted weight."""
        Z = np.column_stack((X, y))
        weight = np.ones(len(y)) if weight is None else weight
        labels, cell = cells(groups, len(y))
        members = membership(cell, len(labels), weight)
        counts = members @ np.ones(len(y))
        return Sums((Z.T * weight) @ Z, float(weight.sum()), labels, counts, members @ Z)

    def __add__(self, other: Sums) -> Sums:
        """Return the sums of both, cells with the same labels joined."""
        both = np.concatenate((self.labels, other.labels))
        labels, cell = cells(tuple(both.T), len(both))
        members = membership(cell, len(labels), np.ones(len(cell)))
        return Sums(
            self.products + other.products,
            self.n + other.n,
            labels,
            members @ np.concatenate((self.counts, other.counts)),
            members @ np.concatenate((self.totals, other.totals)),
        )

    def transformed(self, matrix: Array) -> Sums:
        """Return the sums of Z @ matrix, for other units or another origin."""
        return replace(
            self, products=matrix.T @ self.products @ matrix, totals=self.totals @ matrix
        )

    def grouped(self) -> Grouped:
        """Return unit-precision sums with the largest grouping apart and the others as columns.

        Columns of the other groupings come first. One grouping, however large, is integrated out
        group by group; every further one costs a column per group.
        """
        layout = Layout.of(tuple(self.labels.T))
        E, products = layout.columns, self.products
        Z = np.hstack((self.counts[:, None] * E, self.totals))
        cross = E.T @ self.totals
        products = np.block([[(E.T * self.counts) @ E, cross], [cross.T, products]])
        moments = Moments(products[:-1, :-1], products[:-1, -1], products[-1, -1], self.n, 0.0)
        members = membership(layout.codes, layout.n_apart, np.ones(len(Z)))
        totals = members @ Z
        return Grouped(moments, members @ self.counts, totals[:, :-1], totals[:, -1])


@dataclass(frozen=True)
class Solved:
    """The normal equations at given scales."""

    factor: Array
    """Lower Cholesky factor of B = I + S A S."""
    z: Array
    """(posterior mean - prior mean) / prior SD."""
    log_evidence: float

    def inverse_factor(self) -> Array:
        """Return the inverse of the factor; B^-1 is its transpose times itself."""
        inverse, info = dtrtri(self.factor, lower=1)
        if info:  # pragma: no cover - the factor's diagonal is at least 1
            raise np.linalg.LinAlgError(f"dtrtri returned {info}")
        return np.asarray(inverse)


def solve(moments: Moments, mean: Array, column_sd: Array) -> Solved:
    """Return what the normal equations give, at a prior N(mean, diag(column_sd^2)) (p,) each."""
    A = moments.precision
    B = column_sd[:, None] * A * column_sd
    B.flat[:: len(B) + 1] += 1
    factor = cholesky(B, lower=True, overwrite_a=True)
    pull = column_sd * (moments.pull - A @ mean)
    shrunk = solve_triangular(factor, pull, lower=True)
    z = solve_triangular(factor, shrunk, lower=True, trans=1)
    energy = moments.energy - 2 * moments.pull @ mean + mean @ A @ mean - shrunk @ shrunk
    log_det = moments.log_det + 2 * np.log(factor.diagonal()).sum()
    return Solved(factor, z, -0.5 * float(energy + log_det + moments.n * LOG_2PI))


def check_moments(moments: Moments, prior: Prior) -> None:
    """Refuse moments that do not fit the prior.

    Raises
    ------
    ValueError
        If they are of another number of coefficients, or hold a number that is not finite.
    """
    p = len(prior.mean)
    if moments.precision.shape != (p, p) or moments.pull.shape != (p,):
        raise ValueError(
            f"moments of {moments.precision.shape} and {moments.pull.shape} do not fit "
            f"{p} coefficients"
        )
    numbers = (moments.precision, moments.pull, [moments.energy, moments.n, moments.log_det])
    if not all(np.isfinite(part).all() for part in numbers):
        raise ValueError("the moments hold a number that is not finite")

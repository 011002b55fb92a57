"""The log evidence in the weight form, with its gradient in the logs of the scales.

From moments, from sums, or from rows with precisions of their own.

References
----------
C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, section 9.3.4: the gradient of the
log evidence in the log of a scale is E[sum of squares] / variance minus their number.
C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006, section 3.6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Array
from matcher.regression.ep import Sites, propagate
from matcher.regression.groups import Layout, membership
from matcher.regression.prior import Prior, Scale, Scales
from matcher.regression.rows import LOG_2PI, Rows, check_rows
from matcher.regression.sums import Grouped, Moments, Solved, Sums, check_moments, solve


@dataclass(frozen=True)
class State:
    """Where an evaluation at given scales ended."""

    solved: Solved
    column_sd: Array
    mean: Array
    """Posterior mean of the columns, those of groups first."""
    inverse: Array
    """Inverse of the Cholesky factor: B^-1 is its transpose times itself."""
    grouped: Grouped
    apart_sd: float
    log_evidence: float

    @property
    def gain(self) -> Array:
        """Return the variance of each group's effect given the coefficients (G,)."""
        return self.apart_sd**2 / (1 + self.apart_sd**2 * self.grouped.count)

    def spread(self, X: Array) -> Array:
        """Return the posterior variance of X @ (columns' coefficients) (m,)."""
        half = (X * self.column_sd) @ self.inverse.T
        variance: Array = np.einsum("ij,ij->i", half, half)
        return variance


class Evidence:
    """What sums and rows have in common: the scales, where they act, and their gradient."""

    def __init__(self, prior: Prior, layout: Layout) -> None:
        self.prior, self.layout = prior, layout
        names = list(prior.groups)
        self.spans = {names[i]: span for i, span in layout.spans().items()}
        """Columns of each grouping that has columns."""
        self.apart = None if layout.apart is None else names[layout.apart]
        """The grouping that is integrated out."""
        self.first = layout.columns.shape[1]
        self.start = np.concatenate((np.zeros(self.first), prior.mean))

    def state(self, grouped: Grouped, scales: Scales) -> State:
        """Solve at some scales, with the precisions that are in ``grouped``."""
        column_sd = np.concatenate((np.zeros(self.first), scales.column_sd(self.prior)))
        for name, span in self.spans.items():
            column_sd[span] = scales.groups[name]
        apart_sd = 0.0 if self.apart is None else scales.groups[self.apart]
        solved = solve(grouped.integrate(apart_sd), self.start, column_sd)
        mean = self.start + column_sd * solved.z
        inverse = solved.inverse_factor()
        return State(solved, column_sd, mean, inverse, grouped, apart_sd, solved.log_evidence)

    def gradient(self, state: State) -> tuple[Scales, float]:
        """Return the slopes in the logs of all scales but the noise's, and what was learned.

        The latter is the effective number of coefficients and group effects: the sum of
        1 - posterior variance / prior variance over all of them.
        """
        left = np.einsum("ij,ij->j", state.inverse, state.inverse)
        surplus = state.solved.z**2 + left - 1
        own = surplus[self.first :]
        blocks = {block.name: float(own[block.columns].sum()) for block in self.prior.blocks}
        groups = {name: float(surplus[span].sum()) for name, span in self.spans.items()}
        effective = float(np.sum(1 - left))
        if self.apart is not None:
            grouped, gain = state.grouped, state.gain
            # Variance of an effect: gain + gain^2 q. Divided by s^2, and safe at s = 0.
            share = gain * grouped.count
            pulled = (gain * (1 - share)) * state.spread(grouped.X)
            mean = grouped.y - grouped.X @ state.mean
            groups[self.apart] = float(np.sum(gain * (1 - share) * mean**2 + pulled - share))
            effective += float(np.sum(share - pulled))
        return Scales(blocks, groups), effective


class MomentEvidence(Evidence):
    """Evidence of moments, in which noise and group effects are settled: blocks are left.

    Raises
    ------
    ValueError
        If the moments are of another number of coefficients, or not finite.
    """

    def __init__(self, moments: Moments, prior: Prior) -> None:
        check_moments(moments, prior)
        settled = replace(prior, groups={}, noise=Scale(1.0), family="gaussian")
        super().__init__(settled, Layout.of(()))
        p = len(prior.mean)
        self.grouped = Grouped(moments, np.zeros(0), np.zeros((0, p)), np.zeros(0))
        self.n = moments.n

    def __call__(self, scales: Scales) -> tuple[float, Scales]:
        """Return the log evidence and, for each scale, its slope in the log of that scale."""
        state = self.state(self.grouped, scales)
        return state.log_evidence, self.gradient(state)[0]


class SumEvidence(Evidence):
    """Evidence of outcomes with one learned noise, from their sums.

    Raises
    ------
    ValueError
        If the sums are of other columns or groupings, of another family, or not finite.
    """

    def __init__(self, sums: Sums, prior: Prior) -> None:
        p, n_groupings = len(prior.mean), len(prior.groups)
        if sums.products.shape != (p + 1, p + 1) or sums.labels.shape[1] != n_groupings:
            raise ValueError(
                f"sums of {len(sums.products) - 1} columns and {sums.labels.shape[1]} groupings "
                f"do not fit {p} coefficients and {n_groupings} groupings"
            )
        if prior.family != "gaussian":
            raise ValueError("sums hold no answers yes or no: give their rows")
        if not (np.isfinite(sums.products).all() and np.isfinite(sums.totals).all()):
            raise ValueError("the sums hold a number that is not finite")
        super().__init__(prior, Layout.of(tuple(sums.labels.T)))
        self.unit = sums.grouped()
        self.n = sums.n

    def at(self, scales: Scales) -> State:
        """Return the solution at some scales."""
        return self.state(self.unit.scaled(scales.noise**-2), scales)

    def __call__(self, scales: Scales) -> tuple[float, Scales]:
        """Return the log evidence and, for each scale, its slope in the log of that scale."""
        state = self.at(scales)
        gradient, effective = self.gradient(state)
        plain, grouped, mean = state.grouped.moments, state.grouped, state.mean
        effect = state.gain * (grouped.y - grouped.X @ mean)
        residual = (
            plain.energy
            - 2 * plain.pull @ mean
            + mean @ plain.precision @ mean
            - 2 * effect @ (grouped.y - grouped.X @ mean)
            + grouped.count @ effect**2
        )
        return state.log_evidence, replace(gradient, noise=float(residual + effective - self.n))


class RowEvidence(Evidence):
    """Evidence of rows with precisions of their own: known error variances, or EP sites.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, a yes/no outcome is neither 0 nor 1, rows count
        as they may not, or something is added to them that is known beforehand.
    """

    def __init__(self, rows: Rows, prior: Prior, weight: Array | None = None) -> None:
        check_rows(rows, prior, weight)
        if rows.offset is not None:
            raise ValueError("rows with an offset need the kernel form")
        super().__init__(prior, Layout.of(rows.groups))
        self.rows = rows
        n = len(rows.y)
        self.n = float(n)
        self.weight = np.ones(n) if weight is None else weight
        self.known = np.zeros(n) if rows.variance is None else rows.variance
        self.X = np.hstack((self.layout.columns.reshape(n, -1), rows.X))
        self.codes = np.full(n, -1) if self.apart is None else self.layout.codes
        self.members = membership(self.codes, self.layout.n_apart, np.ones(n))
        self.sites = Sites.start(n)

    def weigh(self, precision: Array, target: Array) -> Grouped:
        """Sum the rows, each with its precision (n,), about targets (n,)."""
        weighted = precision[:, None] * self.X
        moments = Moments(
            self.X.T @ weighted,
            weighted.T @ target,
            float(precision @ target**2),
            self.n,
            -float(np.log(precision).sum()),
        )
        members = self.members
        totals = members @ weighted
        return Grouped(moments, members @ precision, totals, members @ (precision * target))

    def fitted(self, state: State) -> tuple[Array, Array]:
        """Return the posterior mean and variance of f in each row, group effects included."""
        # The label -1 takes the last of the padded arrays: no group, no effect.
        gain = np.append(state.gain, 0.0)[self.codes]
        totals = np.vstack((state.grouped.X, np.zeros(self.X.shape[1])))[self.codes]
        X = self.X - gain[:, None] * totals
        effect = gain * np.append(state.grouped.y, 0.0)[self.codes]
        return X @ state.mean + effect, state.spread(X) + gain

    def at(self, scales: Scales) -> State:
        """Return the solution at some scales; of yes and no from where EP last ended."""
        if self.prior.family == "gaussian":
            spread = self.known + scales.noise**2
            return self.state(self.weigh(1 / spread, self.rows.y), scales)

        def solve_at(sites: Sites) -> tuple[Array, Array, State]:
            weighed = self.weigh(self.weight * sites.tau, sites.nu / sites.tau)
            state = self.state(weighed, scales)
            return *self.fitted(state), state

        sign = 2 * self.rows.y - 1
        self.sites, state, terms = propagate(solve_at, sign, self.sites)
        # The sites' own normalisers are in the terms; those of the Gaussian form come off.
        precision = self.weight * self.sites.tau
        apart = self.weight @ terms + 0.5 * np.sum(LOG_2PI - np.log(precision))
        return replace(state, log_evidence=state.log_evidence + float(apart))

    def __call__(self, scales: Scales) -> tuple[float, Scales]:
        """Return the log evidence and, for each scale, its slope in the log of that scale."""
        state = self.at(scales)
        gradient, _ = self.gradient(state)
        if self.prior.family == "gaussian":
            spread = self.known + scales.noise**2
            mean, variance = self.fitted(state)
            misfit = ((self.rows.y - mean) ** 2 + variance) / spread - 1
            noise = float(scales.noise**2 * np.sum(misfit / spread))
            gradient = replace(gradient, noise=noise)
        return state.log_evidence, gradient


def evidence_of(
    source: Sums | Rows, prior: Prior, weight: Array | None = None
) -> SumEvidence | RowEvidence:
    """Return the evidence of sums or of rows.

    Raises
    ------
    ValueError
        If they do not fit the prior, as ``SumEvidence`` and ``RowEvidence`` say.
    """
    if isinstance(source, Sums):
        return SumEvidence(source, prior)
    return RowEvidence(source, prior, weight)

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
from scipy.special import log_ndtr

from matcher.regression.groups import Layout, membership
from matcher.regression.prior import Prior
from matcher.regression.rows import Array, Rows
from matcher.regression.sums import (
    Grouped,
    Moments,
    Solved,
    Sums,
    block_sd,
    check_moments,
    solve,
)

_LOG_2PI = float(np.log(2 * np.pi))
_SWEEPS = 300
"""EP's sweeps at most; 10 to 40 suffice but for separated answers at very large scales."""


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
        self.tolerance = 1e-10
        self.spans = layout.spans()
        self.first = layout.columns.shape[1]
        self.start = np.concatenate((np.zeros(self.first), prior.mean))

    def state(self, grouped: Grouped, sd: Array) -> State:
        """Solve at scales ``sd``, with the precisions that are in ``grouped``."""
        n_blocks = len(self.prior.blocks)
        column_sd = np.concatenate((np.zeros(self.first), block_sd(self.prior, sd)))
        for i, span in self.spans.items():
            column_sd[span] = sd[n_blocks + i]
        apart_sd = 0.0 if self.layout.apart is None else float(sd[n_blocks + self.layout.apart])
        solved = solve(grouped.integrate(apart_sd), self.start, column_sd)
        mean = self.start + column_sd * solved.z
        inverse = solved.inverse_factor()
        return State(solved, column_sd, mean, inverse, grouped, apart_sd, solved.log_evidence)

    def gradient(self, state: State) -> tuple[Array, float]:
        """Return the gradient in the logs of all scales but the noise's, and what was learned.

        The latter is the effective number of coefficients and group effects: the sum of
        1 - posterior variance / prior variance over all of them.
        """
        left = np.einsum("ij,ij->j", state.inverse, state.inverse)
        surplus = state.solved.z**2 + left - 1
        n_blocks = len(self.prior.blocks)
        gradient = np.zeros(n_blocks + len(self.prior.groups))
        for i, block in enumerate(self.prior.blocks):
            gradient[i] = surplus[self.first :][block.columns].sum()
        for i, span in self.spans.items():
            gradient[n_blocks + i] = surplus[span].sum()
        effective = float(np.sum(1 - left))
        if self.layout.apart is not None:
            grouped, gain = state.grouped, state.gain
            # Variance of an effect: gain + gain^2 q. Divided by s^2, and safe at s = 0.
            share = gain * grouped.count
            pulled = (gain * (1 - share)) * state.spread(grouped.X)
            mean = grouped.y - grouped.X @ state.mean
            gradient[n_blocks + self.layout.apart] = np.sum(
                gain * (1 - share) * mean**2 + pulled - share
            )
            effective += float(np.sum(share - pulled))
        return gradient, effective


class MomentEvidence(Evidence):
    """Evidence of moments, in which noise and group effects are settled."""

    def __init__(self, moments: Moments, prior: Prior) -> None:
        check_moments(moments, prior)
        super().__init__(prior, Layout.of(()))
        p = len(prior.mean)
        self.grouped = Grouped(moments, np.zeros(0), np.zeros((0, p)), np.zeros(0))
        self.n = moments.n

    def __call__(self, sd: Array) -> tuple[float, Array]:
        """Return the log evidence at scales ``sd`` and its gradient in the logs of all of them."""
        state = self.state(self.grouped, sd)
        return state.log_evidence, np.append(self.gradient(state)[0], 0.0)


class SumEvidence(Evidence):
    """Evidence of outcomes with one learned noise, from their sums."""

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

    def at(self, sd: Array) -> State:
        """Return the solution at scales ``sd``."""
        return self.state(self.unit.scaled(float(sd[-1]) ** -2), sd)

    def __call__(self, sd: Array) -> tuple[float, Array]:
        """Return the log evidence at scales ``sd`` and its gradient in the logs of all of them."""
        state = self.at(sd)
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
        return state.log_evidence, np.append(gradient, residual + effective - self.n)


class RowEvidence(Evidence):
    """Evidence of rows with precisions of their own: known error variances, or EP sites."""

    def __init__(self, rows: Rows, prior: Prior, weight: Array | None) -> None:
        _check_rows(rows, prior, weight)
        super().__init__(prior, Layout.of(rows.groups))
        self.rows = rows
        self.n = len(rows.y)
        self.weight = np.ones(self.n) if weight is None else weight
        self.known = np.zeros(self.n) if rows.variance is None else rows.variance
        self.X = np.hstack((self.layout.columns.reshape(self.n, -1), rows.X))
        no_groups = self.layout.apart is None
        self.codes = np.full(self.n, -1) if no_groups else self.layout.codes
        self.members = membership(self.codes, self.layout.n_apart, np.ones(self.n))
        self.tau, self.nu = np.full(self.n, 0.5), np.zeros(self.n)

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

    def at(self, sd: Array) -> State:
        """Return the solution at scales ``sd``."""
        if self.prior.family == "probit":
            return self._propagate(sd)
        spread = self.known + sd[-1] ** 2
        return self.state(self.weigh(1 / spread, self.rows.y), sd)

    def __call__(self, sd: Array) -> tuple[float, Array]:
        """Return the log evidence at scales ``sd`` and its gradient in the logs of all of them."""
        state = self.at(sd)
        gradient, _ = self.gradient(state)
        if self.prior.family == "gaussian":
            spread = self.known + sd[-1] ** 2
            mean, variance = self.fitted(state)
            misfit = ((self.rows.y - mean) ** 2 + variance) / spread - 1
            gradient = np.append(gradient, sd[-1] ** 2 * np.sum(misfit / spread))
        return state.log_evidence, gradient

    def _propagate(self, sd: Array) -> State:
        """Run EP to its fixed point, all sites at once, from where the last run ended.

        Where answers are separated and scales large, whole steps swing about the fixed point:
        a step that brings less than a tenth nearer makes the next ones shorter.
        """
        sign = 2 * self.rows.y - 1
        step, before = 1.0, np.inf
        for _ in range(_SWEEPS):
            precision = self.weight * self.tau
            state = self.state(self.weigh(precision, self.nu / self.tau), sd)
            mean, variance = self.fitted(state)
            tau, nu, log_terms = match(mean, variance, self.tau, self.nu, sign)
            change = max(np.abs(tau - self.tau).max(), np.abs(nu - self.nu).max())
            if change < self.tolerance:
                break
            step = max(0.8 * step, 0.3) if change > 0.9 * before else step
            before = change
            self.tau += step * (tau - self.tau)
            self.nu += step * (nu - self.nu)
        # The sites' own normalisers are in the terms; those of the Gaussian form come off.
        log_evidence = (
            state.log_evidence
            + 0.5 * (self.n * _LOG_2PI - float(np.log(precision).sum()))
            + float(self.weight @ log_terms)
        )
        return replace(state, log_evidence=log_evidence)


def match(
    mean: Array, variance: Array, tau: Array, nu: Array, sign: Array
) -> tuple[Array, Array, Array]:
    """Return the sites that give each row's tilted moments, and its terms of the log evidence.

    All are (n,): the marginal of f, the sites as they are (precision, precision times mean), and
    +1 or -1 for yes or no. GPML equations 3.56 to 3.59 and 3.65.
    """
    cavity_tau = 1 / variance - tau
    cavity_mean = (mean / variance - nu) / cavity_tau
    cavity_var = 1 / cavity_tau
    width = np.sqrt(1 + cavity_var)
    z = sign * cavity_mean / width
    log_z = log_ndtr(z)
    ratio = np.exp(-(z**2) / 2 - _LOG_2PI / 2 - log_z)
    new_mean = cavity_mean + sign * cavity_var * ratio / width
    new_var = cavity_var - cavity_var**2 * ratio * (z + ratio) / (1 + cavity_var)
    # The probit is log-concave: a site's precision is never negative but for rounding.
    new_tau = np.maximum(1 / new_var - cavity_tau, 1e-10)
    new_nu = new_mean / new_var - cavity_tau * cavity_mean
    gap = cavity_mean - nu / tau
    terms = log_z + 0.5 * np.log1p(tau * cavity_var) + 0.5 * gap**2 / (cavity_var + 1 / tau)
    return new_tau, new_nu, terms


def evidence_of(
    source: Sums | Rows, prior: Prior, weight: Array | None
) -> SumEvidence | RowEvidence:
    """Return the evidence of sums or of rows; refuse those that do not fit the prior."""
    if isinstance(source, Sums):
        return SumEvidence(source, prior)
    return RowEvidence(source, prior, weight)


def _check_rows(rows: Rows, prior: Prior, weight: Array | None) -> None:
    n, p = rows.X.shape
    lengths = {len(rows.y), *(len(labels) for labels in rows.groups)}
    lengths |= {len(part) for part in (rows.variance, weight) if part is not None}
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

"""Hierarchical Bayesian regression: blocks of coefficients, each with a prior variance of its own.

The model of a row is ``f = X @ w + company + table``, with ``w ~ N(prior_mean, diag(d))``. All
columns of a block share one standard deviation, and so does each grouping of rows. Equally, f is a
Gaussian process whose kernel is the sum of the blocks' linear kernels. The row form is used here:
exact for the few hundred rows of an experiment, whatever the number of columns.

A Gaussian outcome is ``y = f + noise``. A yes or no is ``P(y = 1) = Phi(f)``, approximated by
expectation propagation (EP), which replaces each answer by a Gaussian observation of f. From there
on the two families are one.

References
----------
C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006,
sections 2.2 (regression), 3.6 (EP for the probit), 5.4 (marginal likelihood and its gradient).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import log_ndtr

from matcher.regression.prior import Prior, mirrored
from matcher.regression.rows import Array, Rows

_LOG_2PI = float(np.log(2 * np.pi))
_SWEEPS, _WHOLE_STEPS = 200, 40
"""Whole steps can swing for ever where answers are separated; half ones settle."""
_REACH = 3.0
"""Hyperparameters are sought within this many hyperprior SDs of their median."""


@dataclass(frozen=True)
class Posterior:
    """Belief after the rows, at the hyperparameters found."""

    mean: Array
    """Posterior mean of the coefficients (p,)."""
    sd: Array
    """Standard deviations in the order of ``Prior.scales``."""
    prior: Prior
    rows: Rows
    weights: Array
    """b (n,): the mean is prior mean + d * X' b."""
    target: Array
    """Outcomes, or the Gaussian observations that stand for yes and no (n,)."""
    target_variance: Array
    log_evidence: float

    @property
    def column_sd(self) -> Array:
        """Return the prior standard deviation of each coefficient (p,)."""
        return self.prior.column_sd(self.sd)

    @property
    def group_sd(self) -> Array:
        """Return the standard deviation of each grouping's effect."""
        return self.prior.group_sd(self.sd)

    def variance(self, X: Array) -> Array:
        """Return the posterior variance of ``X @ w`` (m,) for X (m, p); no group effect in it."""
        d = self.column_sd**2
        prior: Array = np.einsum("ij,j,ij->i", X, d, X)
        if not len(self.rows.y):
            return prior
        factor = cholesky(self._covariance(), lower=True)
        cross = solve_triangular(factor, (self.rows.X * d) @ X.T, lower=True)
        known: Array = np.einsum("ij,ij->j", cross, cross)
        return prior - known

    def draw(self, n_draws: int, rng: np.random.Generator) -> Array:
        """Return draws of the coefficients (p, n_draws), in pairs mirrored about the mean.

        A draw from the prior is corrected by what the rows say of it (Matheron's rule), which is
        exact and needs no factor of the p x p covariance.
        """
        half = (n_draws + 1) // 2
        sd, rows = self.column_sd, self.rows
        draw = sd[:, None] * rng.standard_normal((len(sd), half))
        if len(rows.y):
            seen = rows.X @ draw
            for labels, group_sd in zip(rows.groups, self.group_sd, strict=True):
                effects = rng.standard_normal((labels.max(initial=-1) + 2, half)) * group_sd
                effects[-1] = 0.0  # the label -1: no group
                seen += effects[labels]
            noise = rng.standard_normal((len(rows.y), half))
            seen += np.sqrt(self.target_variance)[:, None] * noise
            factor = (cholesky(self._covariance(), lower=True), True)
            draw -= (sd**2)[:, None] * (rows.X.T @ cho_solve(factor, seen))
        return mirrored(self.mean, draw, n_draws)

    def _covariance(self) -> Array:
        kernel = _kernel(_kernels(self.rows, self.prior), self.sd**2)
        return kernel + np.diag(self.target_variance)


def _kernels(rows: Rows, prior: Prior) -> list[Array]:
    """Return the kernel of each block and grouping at unit standard deviation (n, n) each."""
    kernels = [rows.X[:, block.columns] @ rows.X[:, block.columns].T for block in prior.blocks]
    for labels in rows.groups:
        same = (labels[:, None] == labels[None, :]) & (labels >= 0)[:, None]
        kernels.append(same.astype(np.float64))
    return kernels


def _kernel(kernels: Sequence[Array], variances: Array) -> Array:
    total = np.zeros_like(kernels[0])
    for kernel, variance in zip(kernels, variances, strict=False):
        total += variance * kernel
    return total


@dataclass
class _Sites:
    """EP's Gaussian stand-ins for the answers: precision and precision times mean (n,) each."""

    tau: Array
    nu: Array


def _propagate(kernel: Array, mean: Array, sign: Array, sites: _Sites) -> float:
    """Run EP to its fixed point, updating ``sites``; return the log evidence (GPML eq. 3.65)."""
    eye = np.eye(len(mean))
    diagonal = kernel.diagonal()
    for sweep in range(_SWEEPS):
        root = np.sqrt(sites.tau)
        factor = cholesky(eye + root[:, None] * kernel * root, lower=True)
        shrunk = solve_triangular(factor, root[:, None] * kernel, lower=True)
        variance = diagonal - np.einsum("ij,ij->j", shrunk, shrunk)
        pull = sites.nu - sites.tau * mean
        centre = mean + kernel @ pull - shrunk.T @ (shrunk @ pull)
        cavity_tau = 1 / variance - sites.tau
        cavity_mean = (centre / variance - sites.nu) / cavity_tau
        cavity_var = 1 / cavity_tau
        # Moments of N(cavity) x Phi(sign f), eq. 3.58.
        width = np.sqrt(1 + cavity_var)
        z = sign * cavity_mean / width
        log_z = log_ndtr(z)
        ratio = np.exp(-(z**2) / 2 - _LOG_2PI / 2 - log_z)
        new_mean = cavity_mean + sign * cavity_var * ratio / width
        new_var = cavity_var - cavity_var**2 * ratio * (z + ratio) / (1 + cavity_var)
        # The probit is log-concave: a site's precision is never negative but for rounding.
        tau = np.maximum(1 / new_var - cavity_tau, 1e-10)
        nu = new_mean / new_var - cavity_tau * cavity_mean
        change = max(np.abs(tau - sites.tau).max(), np.abs(nu - sites.nu).max())
        if change < 1e-9:
            break
        step = 1.0 if sweep < _WHOLE_STEPS else 0.5
        sites.tau = sites.tau + step * (tau - sites.tau)
        sites.nu = sites.nu + step * (nu - sites.nu)
    site_mean = sites.nu / sites.tau
    gap = cavity_mean - site_mean
    spread = cavity_var + 1 / sites.tau
    return float(
        np.sum(log_z)
        + 0.5 * np.sum(np.log1p(sites.tau * cavity_var) + gap**2 / spread)
        - np.sum(np.log(factor.diagonal()))
        - 0.5 * (site_mean - mean) @ _solve_scaled(factor, root, site_mean - mean)
    )


def _solve_scaled(factor: Array, root: Array, right: Array) -> Array:
    """Return (K + diag(1/tau))^-1 right, from the factor of I + root K root."""
    solved: Array = root * cho_solve((factor, True), (root * right.T).T)
    return solved


class ScaleEvidence:
    """Log evidence plus log hyperprior, and its gradient, as a function of the log scales."""

    def __init__(self, rows: Rows, prior: Prior) -> None:
        self.rows, self.prior = rows, prior
        self.kernels = _kernels(rows, prior)
        self.start = rows.X @ prior.mean
        if rows.offset is not None:
            self.start = self.start + rows.offset
        self.medians = np.log(prior.medians)
        self.spreads = np.array([scale.spread for scale in prior.scales])
        self.free = self.spreads > 0
        shared = np.array([scale.shared for scale in prior.scales])[self.free]
        self.hyper_covariance = np.diag(self.spreads[self.free] ** 2) + np.outer(shared, shared)
        self.hyper_precision = np.linalg.inv(self.hyper_covariance)
        self.known = np.zeros(len(rows.y)) if rows.variance is None else rows.variance
        self.sites = _Sites(np.full(len(rows.y), 0.5), np.zeros(len(rows.y)))

    def observe(self, variances: Array) -> tuple[Array, Array, Array, float]:
        """Return the inverse covariance of the targets, targets, their variances, log evidence."""
        kernel = _kernel(self.kernels, variances)
        if self.prior.family == "probit":
            sign = 2 * self.rows.y - 1
            log_evidence = _propagate(kernel, self.start, sign, self.sites)
            target, spread = self.sites.nu / self.sites.tau, 1 / self.sites.tau
        else:
            target, spread, log_evidence = self.rows.y, self.known + variances[-1], 0.0
        root = 1 / np.sqrt(spread)
        eye = np.eye(len(target))
        factor = cholesky(eye + root[:, None] * kernel * root, lower=True)
        inverse = root[:, None] * cho_solve((factor, True), eye) * root
        if self.prior.family == "gaussian":
            gap = target - self.start
            log_det = 2 * np.sum(np.log(factor.diagonal())) + np.sum(np.log(spread))
            log_evidence = -0.5 * float(gap @ inverse @ gap + log_det + len(gap) * _LOG_2PI)
        return inverse, target, spread, log_evidence

    def __call__(self, free: Array) -> tuple[float, Array]:
        """Return minus the log posterior of the free log scales, and its gradient."""
        logs = self.medians.copy()
        logs[self.free] = free
        variances = np.exp(2 * logs)
        inverse, target, _, log_evidence = self.observe(variances)
        b = inverse @ (target - self.start)
        gradient = np.zeros(len(logs))
        for i, kernel in enumerate(self.kernels):
            gradient[i] = variances[i] * (b @ kernel @ b - np.sum(inverse * kernel))
        if self.prior.family == "gaussian":
            gradient[-1] = variances[-1] * (b @ b - inverse.trace())
        steps = free - self.medians[self.free]
        pull = self.hyper_precision @ steps
        objective = log_evidence - 0.5 * float(steps @ pull)
        slope = gradient[self.free] - pull
        return -objective, -slope


def learn_scales(rows: Rows, prior: Prior, start: Array | None = None) -> Array:
    """Return the standard deviations that maximise evidence times hyperprior (n_scales,)."""
    # Only training needs it: importing it would add a fifth of a second to the service's start.
    from scipy.optimize import minimize

    evidence = ScaleEvidence(rows, prior)
    logs = evidence.medians.copy()
    if not len(rows.y) or not evidence.free.any():
        return np.exp(logs)
    begin = logs if start is None else np.log(start)
    free = evidence.free
    reach = _REACH * np.sqrt(evidence.hyper_covariance.diagonal())
    bounds = list(zip(logs[free] - reach, logs[free] + reach, strict=True))
    found = minimize(
        evidence,
        begin[free],
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 100, "ftol": 1e-7},
    )
    logs[free] = found.x
    return np.exp(logs)


def condition(rows: Rows, prior: Prior, sd: Array | None = None) -> Posterior:
    """Return the posterior given the rows; without ``sd`` the scales are learned first.

    Without rows the posterior is the prior, at the medians of the scales.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or a yes/no outcome is neither 0 nor 1.
    """
    _check(rows, prior)
    sd = learn_scales(rows, prior) if sd is None else sd
    if not len(rows.y):
        none = np.zeros(0)
        return Posterior(prior.mean, sd, prior, rows, none, none, none, 0.0)
    evidence = ScaleEvidence(rows, prior)
    inverse, target, spread, log_evidence = evidence.observe(sd**2)
    b = inverse @ (target - evidence.start)
    mean = prior.mean + prior.column_sd(sd) ** 2 * (rows.X.T @ b)
    return Posterior(mean, sd, prior, rows, b, target, spread, log_evidence)


def log_posterior_of_scales(rows: Rows, prior: Prior, sd: Array) -> tuple[float, Array]:
    """Return log evidence plus log hyperprior, and its gradient in the logs of the free scales."""
    evidence = ScaleEvidence(rows, prior)
    value, slope = evidence(np.log(sd)[evidence.free])
    return -value, -slope


def _check(rows: Rows, prior: Prior) -> None:
    n, p = rows.X.shape
    if len(rows.y) != n or p != len(prior.mean) or len(rows.groups) != len(prior.groups):
        raise ValueError(
            f"{n} rows of {p} columns do not fit {len(rows.y)} outcomes, {len(prior.mean)} "
            f"coefficients, {len(rows.groups)} groupings"
        )
    if not (np.isfinite(rows.X).all() and np.isfinite(rows.y).all()):
        raise ValueError("the design or the outcomes hold a number that is not finite")
    if prior.family == "probit" and not np.isin(rows.y, (0.0, 1.0)).all():
        raise ValueError("a yes/no outcome must be 0 or 1")

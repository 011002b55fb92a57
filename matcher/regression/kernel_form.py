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

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from matcher.arrays import Array, Bools
from matcher.regression.ep import Sites, propagate
from matcher.regression.prior import Prior, Scales, mirrored
from matcher.regression.rows import LOG_2PI, Rows, check_rows
from matcher.regression.scales import learn_scales


@dataclass(frozen=True)
class Posterior:
    """Belief after the rows, at given scales."""

    mean: Array
    """Posterior mean of the coefficients (p,)."""
    scales: Scales
    prior: Prior
    rows: Rows
    target_variance: Array
    """Of the outcomes, or of the Gaussian observations that stand for yes and no (n,)."""
    log_evidence: float

    def variance(self, X: Array) -> Array:
        """Return the posterior variance of ``X @ w`` (m,) for X (m, p); no group effect in it."""
        d = self.scales.column_sd(self.prior) ** 2
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
        sd, rows = self.scales.column_sd(self.prior), self.rows
        draw = sd[:, None] * rng.standard_normal((len(sd), half))
        if len(rows.y):
            seen = rows.X @ draw
            for name, labels in zip(self.prior.groups, rows.groups, strict=True):
                effects = rng.standard_normal((labels.max(initial=-1) + 2, half))
                effects *= self.scales.groups[name]
                effects[-1] = 0.0  # the label -1: no group
                seen += effects[labels]
            noise = rng.standard_normal((len(rows.y), half))
            seen += np.sqrt(self.target_variance)[:, None] * noise
            factor = (cholesky(self._covariance(), lower=True), True)
            draw -= (sd**2)[:, None] * (rows.X.T @ cho_solve(factor, seen))
        return mirrored(self.mean, draw, n_draws)

    def _covariance(self) -> Array:
        kernel = KernelEvidence(self.rows, self.prior).kernel(self.scales)
        return kernel + np.diag(self.target_variance)


@dataclass(frozen=True)
class Observed:
    """What rows say at given scales, once each is a Gaussian observation of its latent answer."""

    inverse: Array
    """Of the covariance of the targets (n, n)."""
    gap: Array
    """Outcomes, or the Gaussian observations that stand for yes and no, less the prior's (n,)."""
    variance: Array
    """Of the targets about the latent answers (n,)."""
    log_evidence: float


class KernelEvidence:
    """Log evidence of rows, and its gradient in the logs of the scales.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or a yes/no outcome is neither 0 nor 1.
    """

    def __init__(self, rows: Rows, prior: Prior) -> None:
        check_rows(rows, prior)
        self.rows, self.prior, self.n = rows, prior, float(len(rows.y))
        self.blocks: dict[str, Array] = {}
        """Kernel of each block at unit standard deviation (n, n)."""
        for block in prior.blocks:
            X = rows.X[:, block.columns]
            self.blocks[block.name] = X @ X.T
        self.groups: dict[str, Array] = {}
        """The same of each grouping."""
        for name, labels in zip(prior.groups, rows.groups, strict=True):
            same = (labels[:, None] == labels[None, :]) & (labels >= 0)[:, None]
            self.groups[name] = same.astype(np.float64)
        self.start = rows.X @ prior.mean + (0.0 if rows.offset is None else rows.offset)
        self.known = np.zeros(len(rows.y)) if rows.variance is None else rows.variance
        self.sites = Sites.start(len(rows.y))

    def kernel(self, scales: Scales) -> Array:
        """Return the prior covariance of the latent answers (n, n)."""
        total = np.zeros((len(self.rows.y),) * 2)
        for kernels, sds in ((self.blocks, scales.blocks), (self.groups, scales.groups)):
            for name, kernel in kernels.items():
                total += sds[name] ** 2 * kernel
        return total

    def observe(self, scales: Scales) -> Observed:
        """Return what the rows say at these scales; of yes and no from where EP last ended."""
        kernel = self.kernel(scales)
        if self.prior.family == "probit":
            solve, sign = partial(_marginals, kernel, self.start), 2 * self.rows.y - 1
            self.sites, factor, terms = propagate(solve, sign, self.sites)
            target, spread = self.sites.nu / self.sites.tau, 1 / self.sites.tau
            # The sites' own normalisers are in the terms; those of the Gaussian form come off.
            apart = float(np.sum(terms) + 0.5 * np.sum(np.log(spread) + LOG_2PI))
        else:
            target, spread, apart = self.rows.y, self.known + scales.noise**2, 0.0
            factor = _factor(kernel, 1 / np.sqrt(spread))
        root = 1 / np.sqrt(spread)
        inverse = root[:, None] * cho_solve((factor, True), np.eye(len(root))) * root
        gap = target - self.start
        log_det = 2 * np.sum(np.log(factor.diagonal())) + np.sum(np.log(spread))
        log_evidence = -0.5 * float(gap @ inverse @ gap + log_det + len(gap) * LOG_2PI)
        return Observed(inverse, gap, spread, log_evidence + apart)

    def __call__(self, scales: Scales) -> tuple[float, Scales]:
        """Return the log evidence and, for each scale, its slope in the log of that scale."""
        seen = self.observe(scales)
        b = seen.inverse @ seen.gap

        def slope(sd: float, kernel: Array) -> float:
            return float(sd**2 * (b @ kernel @ b - np.sum(seen.inverse * kernel)))

        slopes = Scales(
            {name: slope(scales.blocks[name], kernel) for name, kernel in self.blocks.items()},
            {name: slope(scales.groups[name], kernel) for name, kernel in self.groups.items()},
            float(scales.noise**2 * (b @ b - seen.inverse.trace())),
        )
        return seen.log_evidence, slopes


class Settled:
    """Rows at fixed scales, to learn from all of them but some.

    Raises
    ------
    ValueError
        As ``KernelEvidence``.
    """

    def __init__(self, rows: Rows, prior: Prior, scales: Scales) -> None:
        evidence = KernelEvidence(rows, prior)
        self.rows, self.prior, self.start = rows, prior, evidence.start
        self._square = scales.column_sd(prior) ** 2
        self._kernel = evidence.kernel(scales)
        self._pull, self._inverse = np.zeros(0), np.zeros((0, 0))
        if len(rows.y):
            seen = evidence.observe(scales)
            self._pull, self._inverse = seen.inverse @ seen.gap, seen.inverse
        self._sites = evidence.sites

    def pull_without(self, left: Bools) -> Array:
        """Return a (n,), 0 at the rows left out, by which the others move the coefficients.

        Of a Gaussian outcome it follows from the inverse of all rows: ``a = b - A_h A_hh^-1 b_h``
        with ``b = A gap`` (GPML, section 5.4.2, for several rows at once). Of a yes or no EP runs
        again, from where it ended with all rows.
        """
        if not left.any():
            return self._pull
        if left.all():
            return np.zeros(len(left))
        if self.prior.family == "gaussian":
            own = self._inverse[:, left]
            pull: Array = self._pull - own @ np.linalg.solve(own[left], self._pull[left])
            return np.where(left, 0.0, pull)
        kept = ~left
        kernel, start = self._kernel[np.ix_(kept, kept)], self.start[kept]
        sites = Sites(self._sites.tau[kept], self._sites.nu[kept])
        solve, sign = partial(_marginals, kernel, start), 2 * self.rows.y[kept] - 1
        sites, factor, _ = propagate(solve, sign, sites)
        root = np.sqrt(sites.tau)
        found = np.zeros(len(left))
        found[kept] = root * cho_solve((factor, True), root * (sites.nu / sites.tau - start))
        return found

    def means(self, pulls: Array) -> Array:
        """Return the posterior means of the coefficients (p, m) for pulls (n, m)."""
        means: Array = self.prior.mean[:, None] + self._square[:, None] * (self.rows.X.T @ pulls)
        return means


def _marginals(kernel: Array, start: Array, sites: Sites) -> tuple[Array, Array, Array]:
    """Return mean and variance of each latent answer (n,) at these sites, and the factor."""
    root = np.sqrt(sites.tau)
    factor = _factor(kernel, root)
    shrunk = solve_triangular(factor, root[:, None] * kernel, lower=True)
    variance = kernel.diagonal() - np.einsum("ij,ij->j", shrunk, shrunk)
    pull = sites.nu - sites.tau * start
    return start + kernel @ pull - shrunk.T @ (shrunk @ pull), variance, factor


def _factor(kernel: Array, root: Array) -> Array:
    """Return the Cholesky factor of I + root K root, root (n,) the root of the precisions."""
    factor: Array = cholesky(np.eye(len(root)) + root[:, None] * kernel * root, lower=True)
    return factor


def condition(rows: Rows, prior: Prior, scales: Scales | None = None) -> Posterior:
    """Return the posterior given the rows; without ``scales`` they are learned first.

    Without rows the posterior is the prior, at the medians of the scales.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or a yes/no outcome is neither 0 nor 1.
    """
    scales = learn_scales(KernelEvidence(rows, prior)) if scales is None else scales
    evidence = KernelEvidence(rows, prior)
    if not len(rows.y):
        return Posterior(prior.mean, scales, prior, rows, np.zeros(0), 0.0)
    seen = evidence.observe(scales)
    pull = rows.X.T @ (seen.inverse @ seen.gap)
    mean = prior.mean + scales.column_sd(prior) ** 2 * pull
    return Posterior(mean, scales, prior, rows, seen.variance, seen.log_evidence)

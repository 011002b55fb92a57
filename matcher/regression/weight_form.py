"""Posteriors in the weight form, from moments, from sums, or from rows.

The same model and the same figures as ``kernel_form``, at a cost of p^3 instead of n^3. Sums serve
outcomes with one learned noise. Rows serve those with error variances of their own, and answers
yes or no, whose EP sites give every row a precision of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solve_triangular

from matcher.arrays import Array
from matcher.regression.evidence import evidence_of
from matcher.regression.prior import Prior, Scales, mirrored
from matcher.regression.rows import Rows
from matcher.regression.scales import learn_scales
from matcher.regression.sums import Moments, Solved, Sums, check_moments, solve


@dataclass(frozen=True)
class WeightPosterior:
    """Belief after the rows, in the coefficients; answers as ``kernel_form.Posterior`` does."""

    mean: Array
    """Posterior mean of the coefficients (p,)."""
    scales: Scales
    prior: Prior
    column_sd: Array
    """Prior standard deviation of each coefficient (p,)."""
    factor: Array
    """Lower triangular L (p, p): the covariance is S (L L')^-1 S, S = diag(column_sd)."""
    log_evidence: float

    def halves(self, X: Array) -> Array:
        """Return H (p, m) of X (m, p): the posterior covariance of ``X @ w`` is H' H."""
        half: Array = solve_triangular(self.factor, (X * self.column_sd).T, lower=True)
        return half

    def variance(self, X: Array) -> Array:
        """Return the posterior variance of ``X @ w`` (m,) for X (m, p); no group effect in it."""
        half = self.halves(X)
        variance: Array = np.einsum("ij,ij->j", half, half)
        return variance

    def draw(self, n_draws: int, rng: np.random.Generator) -> Array:
        """Return draws of the coefficients (p, n_draws), in pairs mirrored about the mean."""
        normal = rng.standard_normal((len(self.mean), (n_draws + 1) // 2))
        half = solve_triangular(self.factor, normal, lower=True, trans=1)
        return mirrored(self.mean, half * self.column_sd[:, None], n_draws)


def condition_by_weights(
    source: Sums | Rows, prior: Prior, scales: Scales | None = None, weight: Array | None = None
) -> WeightPosterior:
    """Return the posterior given sums or rows; without ``scales`` they are learned first.

    Answers yes or no need rows; each may count ``weight`` (n,) times, at least once.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or the sums are of another family.
    """
    evidence = evidence_of(source, prior, weight)
    scales = learn_scales(evidence) if scales is None else scales
    state = evidence.at(scales)
    return replace(_posterior(state.solved, prior, scales), log_evidence=state.log_evidence)


def condition_on(moments: Moments, prior: Prior, scales: Scales) -> WeightPosterior:
    """Return the posterior given moments, at the scales of the blocks.

    Noise and group scales are those with which the moments were made.

    Raises
    ------
    ValueError
        If the moments are of another number of coefficients, or not finite.
    """
    check_moments(moments, prior)
    return _posterior(solve(moments, prior.mean, scales.column_sd(prior)), prior, scales)


def _posterior(solved: Solved, prior: Prior, scales: Scales) -> WeightPosterior:
    """Return the posterior of the last p columns; columns of groups came before them."""
    first = len(solved.z) - len(prior.mean)
    columns = scales.column_sd(prior)
    # The lower right of B^-1 is that of the factor's lower right alone.
    return WeightPosterior(
        prior.mean + columns * solved.z[first:],
        scales,
        prior,
        columns,
        solved.factor[first:, first:],
        solved.log_evidence,
    )

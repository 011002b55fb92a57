"""Belief averaged over the scales of a regression, instead of at their best values alone.

With a hundred companies the data hardly say how large effects are. The best scales alone give
intervals that are too narrow; so the posterior is averaged over points drawn from what is known of
the log scales: a normal distribution at their mode, each point weighted by how much more probable
it is than that distribution says (importance sampling).

Measured in 8 simulated worlds, 4 seeds, 50 and 100 companies: coverage of the 80 % intervals up by
.01-.07 where it was too low, regret the same to .005.

References
----------
H. Rue, S. Martino and N. Chopin, "Approximate Bayesian inference for latent Gaussian models by
using integrated nested Laplace approximations", 2009, section 6.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.regression.kernel_form import Posterior, ScaleEvidence, condition
from matcher.regression.prior import Prior
from matcher.regression.rows import Array, Rows

N_POINTS = 16
MOST_ROWS = 600
"""With more rows the scales are known well enough, and 16 points would cost minutes."""
_STEP = 0.05
_LEAST_GAIN = 0.7
"""Curvature of the log posterior is taken as at least this share of the hyperprior's."""
_WIDER = 1.1
"""Points are drawn this much wider than the normal approximation: its tails are too thin."""
_NEGLIGIBLE = 0.05
"""Points with less than this part of an even share of the weight are dropped."""


@dataclass(frozen=True)
class Averaged:
    """A mixture of posteriors at different scales."""

    components: tuple[Posterior, ...]
    weights: Array
    """(n_components,) summing to 1."""

    @property
    def mean(self) -> Array:
        """Return the posterior mean of the coefficients (p,)."""
        means = np.stack([component.mean for component in self.components])
        mean: Array = self.weights @ means
        return mean

    @property
    def sd(self) -> Array:
        """Return the scales (n_scales,): the SD of a coefficient of which no row tells anything.

        Its variance is the mean of its variances at the components.
        """
        squares = np.stack([component.sd for component in self.components]) ** 2
        sd: Array = np.sqrt(self.weights @ squares)
        return sd

    def draw(self, n_draws: int, rng: np.random.Generator) -> Array:
        """Return draws of the coefficients (p, n_draws), in pairs mirrored about their component.

        Each component gives its share of the draws, rounded so that they add up.
        """
        half = (n_draws + 1) // 2
        exact = self.weights * half
        counts = np.floor(exact + 1e-9).astype(np.int64)
        counts[np.argsort(counts - exact, kind="stable")[: half - counts.sum()]] += 1
        pairs = [
            component.draw(2 * int(count), rng)
            for component, count in zip(self.components, counts, strict=True)
            if count
        ]
        up = [pair[:, : pair.shape[1] // 2] for pair in pairs]
        down = [pair[:, pair.shape[1] // 2 :] for pair in pairs]
        drawn: Array = np.concatenate((*up, *down), axis=1)[:, :n_draws]
        return drawn


def average(best: Posterior, n_points: int = N_POINTS, seed: int = 0) -> Averaged:
    """Return the posterior averaged over its scales, given the one at their mode.

    Parameters
    ----------
    best : Posterior
        The posterior at the most probable scales.
    n_points : int
        Points drawn; those of negligible weight are dropped.
    seed : int
        Seed of the points.
    """
    rows, prior = best.rows, best.prior
    evidence = ScaleEvidence(rows, prior)
    if not len(rows.y) or len(rows.y) > MOST_ROWS or not evidence.free.any():
        return Averaged((best,), np.ones(1))
    mode = np.log(best.sd)[evidence.free]
    offsets, standard = _points(evidence, mode, n_points, seed)
    heights = np.array([-evidence(mode + offset)[0] for offset in offsets])
    log_weights = heights + 0.5 * np.sum(standard**2, axis=1)
    weights = np.exp(log_weights - log_weights.max())
    kept = weights > _NEGLIGIBLE * weights.mean()
    components = [_at(rows, prior, evidence, mode + offset) for offset in offsets[kept]]
    return Averaged(tuple(components), weights[kept] / weights[kept].sum())


def _points(evidence: ScaleEvidence, mode: Array, n_points: int, seed: int) -> tuple[Array, Array]:
    """Return points about the mode of the log scales, and the same as standard normals.

    Both (n_points, n_free). The curvature comes from differences of the gradient, seen from the
    hyperprior: data may tell less than nothing of a scale only by rounding.
    """
    from scipy.stats import norm, qmc

    slope = evidence(mode)[1]
    steps = _STEP * np.eye(len(mode))
    curvature = np.array([(evidence(mode + step)[1] - slope) / _STEP for step in steps])
    root = np.linalg.cholesky(evidence.hyper_covariance)
    values, vectors = np.linalg.eigh(root.T @ (curvature + curvature.T) @ root / 2)
    spread = _WIDER * root @ vectors / np.sqrt(np.maximum(values, _LEAST_GAIN))
    uniform = qmc.Sobol(len(mode), rng=seed).random(n_points)
    standard: Array = norm.ppf(np.clip(uniform, 1e-6, 1 - 1e-6))
    return standard @ spread.T, standard


def _at(rows: Rows, prior: Prior, evidence: ScaleEvidence, free: Array) -> Posterior:
    logs = evidence.medians.copy()
    logs[evidence.free] = free
    return condition(rows, prior, np.exp(logs))

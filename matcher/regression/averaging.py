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

from matcher.arrays import Array
from matcher.regression.kernel_form import KernelEvidence, Posterior, condition
from matcher.regression.scales import LogPosterior

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
    def block_sd(self) -> dict[str, float]:
        """Return the SD of a coefficient of each block of which no row tells anything.

        Its variance is the mean of its variances at the components.
        """
        blocks = [component.scales.blocks for component in self.components]
        squares = np.array([list(one.values()) for one in blocks]) ** 2
        return dict(zip(blocks[0], np.sqrt(self.weights @ squares).tolist(), strict=True))

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
    target = LogPosterior(KernelEvidence(rows, prior))
    if not len(rows.y) or len(rows.y) > MOST_ROWS or not target.free.any():
        return Averaged((best,), np.ones(1))
    mode = target.pack(best.scales)
    offsets, standard = _points(target, mode, n_points, seed)
    heights = np.array([target(mode + offset)[0] for offset in offsets])
    log_weights = heights + 0.5 * np.sum(standard**2, axis=1)
    weights = np.exp(log_weights - log_weights.max())
    kept = weights > _NEGLIGIBLE * weights.mean()
    components = [condition(rows, prior, target.unpack(mode + offset)) for offset in offsets[kept]]
    return Averaged(tuple(components), weights[kept] / weights[kept].sum())


def _points(target: LogPosterior, mode: Array, n_points: int, seed: int) -> tuple[Array, Array]:
    """Return points about the mode of the log scales, and the same as standard normals.

    Both (n_points, n_free). The curvature comes from differences of the gradient, seen from the
    hyperprior: data may tell less than nothing of a scale only by rounding.
    """
    from scipy.stats import norm, qmc

    slope = target(mode)[1]
    steps = _STEP * np.eye(len(mode))
    curvature = np.array([(slope - target(mode + step)[1]) / _STEP for step in steps])
    root = np.linalg.cholesky(target.covariance)
    values, vectors = np.linalg.eigh(root.T @ (curvature + curvature.T) @ root / 2)
    spread = _WIDER * root @ vectors / np.sqrt(np.maximum(values, _LEAST_GAIN))
    uniform = qmc.Sobol(len(mode), rng=seed).random(n_points)
    standard: Array = norm.ppf(np.clip(uniform, 1e-6, 1 - 1e-6))
    return standard @ spread.T, standard

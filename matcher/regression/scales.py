"""The search for the scales of a prior: where evidence times hyperprior is highest.

One search for every form. The optimiser's vector of logs is made and read here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from matcher.arrays import Array
from matcher.regression.prior import Prior, Scale, Scales

_REACH = 3.0
"""Scales are sought within this many hyperprior SDs of their median."""


class Evidence(Protocol):
    """The log evidence of some rows, in whatever form they are held."""

    prior: Prior
    n: float
    """Number of rows."""

    def __call__(self, scales: Scales) -> tuple[float, Scales]:
        """Return the log evidence and, for each scale, its slope in the log of that scale."""


class LogPosterior:
    """Log evidence plus log hyperprior, a function of the logs of the scales that are free."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence, prior = evidence, evidence.prior
        noise = prior.noise if prior.family == "gaussian" else Scale(0.0)
        scales = (*(block.scale for block in prior.blocks), *prior.groups.values(), noise)
        spreads = np.array([scale.spread for scale in scales])
        self.free = spreads > 0
        self.medians = np.log(_packed(prior.medians, prior)[self.free])
        shared = np.array([scale.shared for scale in scales])[self.free]
        self.covariance = np.diag(spreads[self.free] ** 2) + np.outer(shared, shared)
        """Of the logs of the free scales, before the rows."""
        self.precision = np.linalg.inv(self.covariance)

    def __call__(self, logs: Array) -> tuple[float, Array]:
        """Return the value, and its gradient in the logs of the free scales (n_free,)."""
        value, slope = self.evidence(self.unpack(logs))
        steps = logs - self.medians
        pull = self.precision @ steps
        gradient = _packed(slope, self.evidence.prior)[self.free] - pull
        return value - 0.5 * float(steps @ pull), gradient

    def pack(self, scales: Scales) -> Array:
        """Return the logs of the free scales (n_free,)."""
        logs: Array = np.log(_packed(scales, self.evidence.prior)[self.free])
        return logs

    def unpack(self, logs: Array) -> Scales:
        """Return the scales of which those that are free have these logs."""
        prior = self.evidence.prior
        packed = _packed(prior.medians, prior)
        packed[self.free] = np.exp(logs)
        blocks, groups = np.split(packed[:-1], [len(prior.blocks)])
        return Scales(
            {block.name: sd for block, sd in zip(prior.blocks, blocks.tolist(), strict=True)},
            dict(zip(prior.groups, groups.tolist(), strict=True)),
            float(packed[-1]),
        )


def _packed(scales: Scales, prior: Prior) -> Array:
    blocks = [scales.blocks[block.name] for block in prior.blocks]
    return np.array([*blocks, *(scales.groups[name] for name in prior.groups), scales.noise])


def log_posterior(evidence: Evidence, scales: Scales) -> tuple[float, Array]:
    """Return log evidence plus log hyperprior, and its gradient in the logs of the free scales."""
    target = LogPosterior(evidence)
    return target(target.pack(scales))


def learn_scales(
    evidence: Evidence, start: Scales | None = None, *, sharpen: bool = False
) -> Scales:
    """Return the scales that maximise evidence times hyperprior; those of spread 0 stay.

    Parameters
    ----------
    evidence : Evidence
        What the rows say.
    start : Scales, optional
        Where to begin; at the medians without.
    sharpen : bool
        Bring the gradient to zero as far as numbers go, so that the order in which rows came leaves
        no trace in the eighth digit.
    """
    # Only training needs it: importing it would add a fifth of a second to the service's start.
    from scipy.optimize import minimize

    target = LogPosterior(evidence)
    if not evidence.n or not target.free.any():
        return evidence.prior.medians

    def downhill(logs: Array) -> tuple[float, Array]:
        value, slope = target(logs)
        return -value, -slope

    reach = _REACH * np.sqrt(target.covariance.diagonal())
    low, high = target.medians - reach, target.medians + reach
    found = minimize(
        downhill,
        target.medians if start is None else target.pack(start),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 100, "ftol": 1e-7},
    ).x
    return target.unpack(_sharpen(downhill, found, low, high) if sharpen else found)


def _sharpen(
    downhill: Callable[[Array], tuple[float, Array]], found: Array, low: Array, high: Array
) -> Array:
    """Return the point near ``found`` with no slope, but for scales held at a bound."""
    inside = (found > low) & (found < high)
    if not inside.any():
        return found

    def slope(part: Array) -> Array:
        full = found.copy()
        full[inside] = part
        return downhill(full)[1][inside]

    best = found[inside]
    left = slope(best)
    step = 1e-4 * np.eye(len(best))
    curvature = np.array([slope(best + one) - left for one in step]) / 1e-4
    # Newton's method with the curvature at the start: near the optimum each step gains digits.
    for _ in range(10):
        tried = best - np.linalg.solve(curvature, left)
        if np.abs(tried - found[inside]).max() > 0.2:
            break
        now = slope(tried)
        if not np.abs(now).max() < np.abs(left).max():
            break
        best, left = tried, now
    sharp = found.copy()
    sharp[inside] = best
    return sharp

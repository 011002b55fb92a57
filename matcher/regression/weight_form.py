"""Scales learned and posteriors found in the weight form: from sums, or from rows.

The same model and the same figures as ``kernel_form``, at a cost of p^3 instead of n^3. Sums serve
outcomes with one learned noise. Rows serve those with error variances of their own, and answers
yes or no, whose EP sites give every row a precision of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.regression.evidence import MomentEvidence, RowEvidence, SumEvidence, evidence_of
from matcher.regression.kernel_form import learn_scales, log_posterior_of_scales
from matcher.regression.prior import Prior, Scale
from matcher.regression.rows import Array, Rows
from matcher.regression.sums import Moments, Sums, WeightPosterior, weight_posterior

_BLUNT = 1e-7
"""EP's tolerance while scales are sought: the evidence is flat in the sites at the fixed point."""

_REACH = 3.0
"""As in the kernel form: scales are sought within this many hyperprior SDs of their median."""


def condition_by_weights(
    source: Sums | Rows, prior: Prior, sd: Array | None = None, weight: Array | None = None
) -> WeightPosterior:
    """Return the posterior given sums or rows; without ``sd`` the scales are learned first.

    Answers yes or no need rows; each may count ``weight`` (n,) times, at least once.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, or the sums are of another family.
    """
    evidence = evidence_of(source, prior, weight)
    sd = _maximise(evidence, prior) if sd is None else sd
    state = evidence.at(sd)
    return replace(weight_posterior(state.solved, prior, sd), log_evidence=state.log_evidence)


def learn_scales_by_weights(
    source: Moments | Sums | Rows,
    prior: Prior,
    start: Array | None = None,
    *,
    sharpen: bool = False,
    weight: Array | None = None,
) -> Array:
    """Return the standard deviations that maximise evidence times hyperprior (n_scales,).

    From ``Moments``, which hold one noise and one set of group scales, only the blocks' are
    returned. With ``sharpen`` the gradient is brought to zero as far as numbers go, so that the
    order in which rows came leaves no trace in the eighth digit.
    """
    if isinstance(source, Moments):
        prior = replace(prior, groups=(), noise=Scale(1.0), family="gaussian")
        start = None if start is None else np.append(start[: len(prior.blocks)], 1.0)
        found = _maximise(MomentEvidence(source, prior), prior, start, sharpen)
        return found[: len(prior.blocks)]
    return _maximise(evidence_of(source, prior, weight), prior, start, sharpen)


def learn_sharp_scales(rows: Rows, prior: Prior) -> Array:
    """Return the scales of ``kernel_form.learn_scales``, brought to where the slope is zero."""
    sd = learn_scales(rows, prior)
    medians, spreads, free = _hyperparameters(prior)
    if not len(rows.y) or not free.any():
        return sd

    def downhill(part: Array) -> tuple[float, Array]:
        logs = np.log(sd)
        logs[free] = part
        value, slope = log_posterior_of_scales(rows, prior, np.exp(logs))
        return -value, -slope

    logs = np.log(sd)
    low, high = ((medians + side * _REACH * spreads)[free] for side in (-1, 1))
    logs[free] = _sharpen(downhill, logs[free], low, high)
    return np.exp(logs)


def _hyperparameters(prior: Prior) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the log medians, the SDs of the logs, and which scales are to be learned."""
    spreads = np.array([scale.spread for scale in prior.scales])
    shared = np.array([scale.shared for scale in prior.scales])
    return np.log(prior.medians), np.hypot(spreads, shared), spreads > 0


def _maximise(
    evidence: MomentEvidence | SumEvidence | RowEvidence,
    prior: Prior,
    start: Array | None = None,
    sharpen: bool = False,
) -> Array:
    """Return the scales at the maximum of evidence times hyperprior, found in their logs."""
    # Only training needs it: importing it would add a fifth of a second to the service's start.
    from scipy.optimize import minimize

    medians, spreads, free = _hyperparameters(prior)
    if not evidence.n or not free.any():
        return np.exp(medians)

    def downhill(part: Array) -> tuple[float, Array]:
        logs = medians.copy()
        logs[free] = part
        value, slope = evidence(np.exp(logs))
        log_hyperprior, pull = _hyperprior(prior, np.exp(logs))
        return -(value + log_hyperprior), -(slope[free] + pull)

    begin = medians if start is None else np.log(start)
    low, high = ((medians + side * _REACH * spreads)[free] for side in (-1, 1))
    sharp, evidence.tolerance = evidence.tolerance, _BLUNT
    found = minimize(
        downhill,
        begin[free],
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 100, "ftol": 1e-7},
    ).x
    evidence.tolerance = sharp
    logs = medians.copy()
    logs[free] = _sharpen(downhill, found, low, high) if sharpen else found
    return np.exp(logs)


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


def _hyperprior(prior: Prior, sd: Array) -> tuple[float, Array]:
    """Return the log hyperprior of the scales and its gradient in the logs of the free ones.

    It is the log posterior of the scales without rows, so that it is written down in one place.
    """
    if prior.family == "probit":
        prior, sd = replace(prior, family="gaussian", noise=Scale(1.0)), np.append(sd, 1.0)
    none = np.zeros(0, np.int64)
    rows = Rows(np.zeros((0, len(prior.mean))), np.zeros(0), (none,) * len(prior.groups))
    return log_posterior_of_scales(rows, prior, sd)

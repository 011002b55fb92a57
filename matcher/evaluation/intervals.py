"""Intervals of a share and of a mean over companies."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from matcher.arrays import Array, Ints
from matcher.evaluation.findings import Estimate

N_BOOTSTRAP = 1000
LEVEL = 0.8
Z = float(ndtri(0.5 + LEVEL / 2))
UNKNOWN = Estimate(None, None, None)
ERROR = 0.05
"""Chance that what is called sure is not so.

With 80 % intervals as they stand, and five baselines to look at, the present model was kept for a
harm that is none in 7 of 24 worlds without differences.
"""


def wilson(successes: int, n: int) -> Estimate:
    """Return a share with its 80 % Wilson interval (Wilson 1927).

    >>> none_of_five = wilson(0, 5)
    >>> none_of_five.low, round(none_of_five.high, 3)
    (0.0, 0.247)
    """
    share, z2 = successes / n, Z**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    low, high = float(centre - half), float(centre + half)
    # With none or all of n an end is the share itself, but for rounding.
    return Estimate(share, max(0.0, min(share, low)), min(1.0, max(share, high)))


def as_share(figure: Estimate) -> Estimate:
    """Return the estimate of a share with its ends between 0 and 1."""
    if figure.low is None or figure.high is None:
        return figure
    return replace(figure, low=max(figure.low, 0.0), high=min(figure.high, 1.0))


def student(values: Array, *, shared_sd: float = 0.0) -> Estimate:
    """Return a mean with its 80 % interval (Student's t); no interval for a single value.

    ``shared_sd`` is that of an error which all values have in common, as of what was subtracted
    from each of them: no number of values makes it smaller.
    """
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return Estimate(mean, None, None)
    own = float(stdtrit(n - 1, 0.5 + LEVEL / 2) * values.std(ddof=1) / np.sqrt(n))
    half = float(np.hypot(own, Z * shared_sd))
    return Estimate(mean, mean - half, mean + half)


def share_of(values: Array, weights: Array) -> Estimate:
    """Return the mean of shares by the weights of ``company_weights``, with its interval.

    Where all of them are 0, or all 1, draws of them are so too: the interval is then Wilson's.
    """
    if np.ptp(values) == 0 and values[0] in (0.0, 1.0):
        return wilson(int(values.sum()), len(values))
    return bootstrapped(values, weights)


def surely(side: Literal["above", "below"], figure: Estimate, n_looks: int = 1) -> bool:
    """Return whether a figure lies on a side of 0 with 95 % certainty, over so many looks.

    The nearer side of the 80 % interval is stretched as far as that of a normal would be; over
    several looks farther (Bonferroni).
    """
    sign, end = (1, figure.low) if side == "above" else (-1, figure.high)
    if figure.value is None or end is None:
        return False
    stretch = float(ndtri(1 - ERROR / n_looks)) / Z
    return sign * (figure.value + stretch * (end - figure.value)) > 0


def company_weights(company: Ints, rng: np.random.Generator) -> Array:
    """Return weights of the trials (1 + N_BOOTSTRAP, n) in a mean over companies.

    First those of all companies alike, then bootstrap draws of whole companies.
    """
    _, place, counts = np.unique(company, return_inverse=True, return_counts=True)
    n = len(counts)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=N_BOOTSTRAP)
    times = np.concatenate((np.ones((1, n)), drawn.astype(np.float64)))
    weights: Array = (times / (n * counts))[:, place]
    return weights


def bootstrapped(
    terms: Array, weights: Array, drift: Array | None = None, kept: Array | None = None
) -> Estimate:
    """Return the mean over companies of terms (n,), by the weights of ``company_weights``.

    ``drift`` (N_BOOTSTRAP,) are draws of an error that all terms have in common, for instance of
    what controls changed, and ``kept`` (n,) is the share of it in each term.
    """
    figures = weights @ terms
    if drift is not None and kept is not None:
        figures[1:] += drift * (weights[1:] @ kept)
    return interval(figures)


def interval(figures: Array) -> Estimate:
    """Return an estimate from a figure and its bootstrap draws after it (1 + n_draws,)."""
    value, *drawn = figures
    low, high = np.quantile(drawn, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(float(value), float(low), float(high))

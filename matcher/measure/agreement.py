"""Whether a company's people agree, and whether companies differ: r_wg(j), ICC(1) and ICC(2).

References
----------
L. R. James, R. G. Demaree and G. Wolf, Estimating within-group interrater reliability with and
without response bias, *Journal of Applied Psychology* 69, 1984: r_wg and r_wg(j).
J. M. LeBreton and J. L. Senter, Answers to 20 questions about interrater reliability and interrater
agreement, *Organizational Research Methods* 11, 2008, table 2: variances of a skewed null.
P. E. Shrout and J. L. Fleiss, Intraclass correlations, *Psychological Bulletin* 86, 1979.
A. Wald, A note on the analysis of variance with unequal class frequencies, *Annals of Mathematical
Statistics* 11, 1940: the interval of ICC(1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f as f_distribution

from matcher.arrays import Array, Ints
from matcher.measure.figure import Figure
from matcher.measure.moments import Groups, grouped
from matcher.measure.reliability import LEVEL
from matcher.measure.scale import Range

SLIGHT_SKEW: Mapping[int, float] = {5: 1.34, 6: 1.85, 7: 2.90, 8: 3.47, 9: 5.66, 10: 6.30, 11: 7.31}
"""Answers that an item has -> variance if people lean a little to one side without agreeing."""
ENOUGH_AGREEMENT = 0.70
"""From here on people are usually said to agree (LeBreton and Senter, 2008)."""


def uniform_variance(options: int) -> float:
    """Return the variance if every answer were as likely: (A^2 - 1) / 12.

    >>> uniform_variance(5)
    2.0
    """
    return (options**2 - 1) / 12


def item_variance(answers: Array, company: Ints) -> Array:
    """Return the mean over items of the variance between a company's people (n_with_people,).

    With n - 1 for each item, of who answered it; an item that one person answered does not count,
    and where none is left it is NaN.
    """
    groups = grouped(company)
    found = np.full(len(groups.sizes), np.nan)
    for places, people, starts in groups.stretches(answers.shape[1]):
        rows = answers[people]
        known = np.isfinite(rows)
        rows[~known] = 0.0
        n = np.add.reduceat(known, starts, axis=0, dtype=float)
        mean = np.add.reduceat(rows, starts, axis=0) / np.maximum(n, 1)
        # Squares about the company's own mean: sums of squares alone would lose digits.
        rows -= np.repeat(mean, groups.sizes[places], axis=0)
        rows[~known] = 0.0
        squares = np.add.reduceat(rows * rows, starts, axis=0)
        variance = np.divide(squares, n - 1, where=n > 1, out=np.zeros_like(squares))
        counted = (n > 1).sum(axis=1)
        some = counted > 0
        found[places[some]] = variance.sum(axis=1)[some] / counted[some]
    return found


def rwg(variance: Array, null_variance: float, n_items: int = 1) -> Array:
    """Return the agreement of each company, r_wg(j), or r_wg of a single item.

    r_wg(j) = J (1 - v / e) / (J (1 - v / e) + v / e), with v the mean variance of the J items and
    e that of the null. Where people differ more than the null says, it is 0 (James and others).

    Parameters
    ----------
    variance : ndarray of shape (n_companies,)
        Mean variance of the items, in the unit of the null.
    null_variance : float
        Variance if nobody agreed.
    n_items : int, default=1
        Items that the variance is of.
    """
    ratio = np.minimum(variance / null_variance, 1.0)
    shared = n_items * (1 - ratio)
    found: Array = shared / (shared + ratio)
    return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement within companies, of those with two people or more."""

    companies: Ints
    """(n_with_people,) code of the company."""
    uniform: Array
    """(n_with_people,) r_wg(j) with a uniform null; NaN with fewer than two people."""
    skewed: Array
    """(n_with_people,) with a slightly skewed null; NaN if its variance is in no table."""


def agreement(answers: Array, company: Ints, scale: Range) -> Agreement:
    """Return r_wg(j) per company; ``answers`` on the scale itself or carried over to 1-6.

    Parameters
    ----------
    answers : ndarray of shape (n_people, n_items)
        On 1-6, reversed items turned.
    company : ndarray of shape (n_people,)
        Code of each person's company.
    scale : Range
        As it was asked: its answers are the null.
    """
    variance = item_variance(answers, company) / scale.factor**2
    options, n_items = scale.options, answers.shape[1]
    unknown = np.full(len(variance), np.nan)
    uniform = unknown if options is None else rwg(variance, uniform_variance(options), n_items)
    skew = SLIGHT_SKEW.get(options or 0)
    skewed = unknown if skew is None else rwg(variance, skew, n_items)
    return Agreement(grouped(company).companies, uniform, skewed)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The one-way analysis of variance of people's scores, companies being the groups."""

    icc1: Figure
    """Share of the variance between people that lies between companies."""
    icc2: Figure
    """Reliability of a company's mean, of a company of the average size."""
    f: float
    df_between: int
    df_within: int
    p: float
    average_size: float
    """n0 = (N - sum n^2 / N) / (G - 1): with unequal sizes a little below the mean size."""


def aggregation(scores: Array, company: Ints) -> Aggregation:
    """Return ICC(1) and ICC(2) with F, its p and the interval.

    ICC(1) = (MSB - MSW) / (MSB + (n0 - 1) MSW) and ICC(2) = (MSB - MSW) / MSB. With equal sizes
    they are ICC(1,1) and ICC(1,k) of Shrout and Fleiss. n0 makes ICC(1) the usual unbiased
    estimate; the mean size, which some programs take, makes it too low. ICC(1) below zero is an
    estimate like any other and is told; ICC(2) is not known then.

    The interval is exact for normal scores, also with unequal sizes (Wald): see ``_limit``. That of
    ICC(2) follows from it with n0, as in Shrout and Fleiss.
    """
    scores, company = scores[np.isfinite(scores)], company[np.isfinite(scores)]
    groups = grouped(company)
    n_groups, n_people = len(groups.sizes), len(scores)
    between, within = n_groups - 1, n_people - n_groups
    if between < 1 or within < 1:
        nothing = Figure(unknown="few_companies" if between < 1 else "few_people")
        return Aggregation(nothing, nothing, np.nan, between, within, np.nan, np.nan)
    means, msb, msw = _mean_squares(scores, groups)
    size = float((n_people - (groups.sizes**2).sum() / n_people) / between)
    if msw <= 0:
        nothing = Figure(unknown="no_variance")
        return Aggregation(nothing, nothing, np.nan, between, within, np.nan, size)
    f = msb / msw
    tail = (1 - LEVEL) / 2
    low, high = (
        _limit(means, groups.sizes.astype(float), msw, f_distribution.ppf(share, between, within))
        for share in (1 - tail, tail)
    )
    icc1 = Figure((f - 1) / (f + size - 1), low / (1 + low), high / (1 + high))
    of_mean = (size * low / (1 + size * low), size * high / (1 + size * high))
    icc2 = Figure(1 - 1 / f, of_mean[0], of_mean[1]) if f >= 1 else Figure(unknown="negative")
    p = float(f_distribution.sf(f, between, within))
    return Aggregation(icc1, icc2, f, between, within, p, size)


def _mean_squares(scores: Array, groups: Groups) -> tuple[Array, float, float]:
    means = groups.sums(scores) / groups.sizes
    about = scores[groups.order] - np.repeat(means, groups.sizes)
    grand = scores.mean()
    msb = float(groups.sizes @ (means - grand) ** 2) / (len(means) - 1)
    msw = float(about @ about) / (len(scores) - len(means))
    # People who all answer alike leave nothing but what rounding makes of their mean.
    return means, msb, msw if msw > 1e-12 * max(grand**2, 1.0) else 0.0


def _limit(means: Array, sizes: Array, msw: float, quantile: float) -> float:
    """Return the ratio of variance between to within at which the F of the means is the quantile.

    With w_g = n_g / (1 + n_g ratio), H(ratio) = sum w_g (mean_g - weighted mean)^2 / (G - 1) / MSW
    has the distribution of F whatever the sizes, and falls as the ratio rises.
    """

    def above(ratio: float) -> float:
        w = sizes / (1 + sizes * ratio)
        centre = w @ means / w.sum()
        return float(w @ (means - centre) ** 2) / (len(means) - 1) / msw - quantile

    # Variances have no ratio below this one: a company's mean would vary less than nothing.
    least = -1 / sizes.max() * (1 - 1e-9)
    if above(least) <= 0:
        return float(least)
    most = 1.0
    while above(most) > 0:
        most *= 4
    return float(brentq(above, least, most, xtol=1e-12, rtol=1e-12))

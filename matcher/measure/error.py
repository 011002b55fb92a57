"""The error of a company's mean, and of its change between two waves.

A mean of n of the N people who work there has two errors less than one of n strangers: the N - n
who did not answer are all that is left to be surprised by (the finite-population factor), and who
answered both times brings the same person to both means.

References
----------
W. G. Cochran, *Sampling Techniques*, third edition, 1977, section 2.6: the factor 1 - n / N.
S. M. Tam, On covariances from overlapping samples, *The American Statistician* 38, 1984.
H. Bühlmann and E. Straub, Glaubwürdigkeit für Schadensätze, 1970: the shrinking.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Ints
from matcher.measure.moments import grouped

FEWEST_PAIRS = 10
"""People who answered twice, beyond one per company, below which their correlation is not known."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much the people of a company differ, told apart from chance in a few answers."""

    pooled: float
    """Variance within companies over all of them; NaN where no company has two people."""
    weight: float
    """Degrees of freedom that the pooled variance counts for; inf is: companies do not differ."""
    variance: Array
    """(n_companies,) each company's variance, shrunk to the pooled one."""


def shrunk_variance(variance: Array, n: Array) -> Spread:
    """Return the variance within each company, shrunk to the pooled one (empirical Bayes).

    With s_g^2 of d_g = n_g - 1 degrees of freedom and m their pooled mean,

        shrunk_g = (K m + d_g s_g^2) / (K + d_g),    K = 2 (1 + v) / v,

    is the best linear predictor of a company's own variance, and its posterior mean if those are
    inverse gamma. v is the squared coefficient of variation of the true variances, by moments:
    of normal scores E s_g^4 = m^2 (1 + v) (1 + 2 / d_g). A company of one person gets m; one whose
    few people answered alike is not taken for one in which nobody differs.

    Parameters
    ----------
    variance, n : ndarray of shape (n_companies,)
        Variance with n - 1 (anything where n < 2), and people who answered.
    """
    d = np.maximum(np.nan_to_num(n) - 1, 0.0)
    own = np.where(d > 0, variance, 0.0)
    if d.sum() <= 0:
        return Spread(np.nan, np.inf, np.full(len(n), np.nan))
    pooled = float(d @ own / d.sum())
    if pooled <= 0:
        return Spread(0.0, np.inf, np.zeros(len(n)))
    factor = np.divide(2.0, d, where=d > 0, out=np.zeros_like(d)) + 1
    v = float(d @ (own**2 / factor) / d.sum()) / pooled**2 - 1
    if v <= 0 or (d > 0).sum() < 2:
        return Spread(pooled, np.inf, np.full(len(n), pooled))
    weight = 2 * (1 + v) / v
    return Spread(pooled, weight, (weight * pooled + d * own) / (weight + d))


def left_to_ask(n: Array, headcount: Array) -> Array:
    """Return the finite-population factor 1 - n / N; 1 where N is not known or cannot be.

    A headcount below the number who answered is of another day: it says nothing.
    """
    known = np.isfinite(headcount) & (headcount >= n) & (headcount > 0)
    factor: Array = 1 - np.divide(n, headcount, where=known, out=np.zeros(np.shape(n)))
    return factor


def error_of_mean(variance: Array, n: Array, headcount: Array) -> Array:
    """Return the standard error of each company's mean: sqrt(s^2 / n (1 - n / N)).

    Where everybody answered it is 0: nobody is left to ask. What one person's answers vary from day
    to day is not in it; ``reliability`` tells of that.

    Parameters
    ----------
    variance, n, headcount : ndarray of shape (n_companies,)
        Variance between people; people who answered; people who work there, NaN if not known.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        error: Array = np.sqrt(variance / n * left_to_ask(n, headcount))
    return error


@dataclass(frozen=True, slots=True)
class Twice:
    """The people of a company who answered in both waves."""

    n: Array
    """(n_companies,) how many; NaN where no codes tell."""
    correlation: float
    """Of their two scores within companies, pooled; NaN where too few answered twice."""


def correlation_twice(before: Array, after: Array, company: Ints, n_companies: int) -> Twice:
    """Return how many people answered twice, and how alike their two scores are.

    Each person's scores are taken about the means of the pairs of the company, so that differences
    between companies do not count; the products are pooled over all of them, for those of one
    company are too few.

    Parameters
    ----------
    before, after : ndarray of shape (n_pairs,)
        Both scores of each person who has both.
    company : ndarray of shape (n_pairs,)
        Code of the company, 0 up to ``n_companies``.
    n_companies : int
        Number of companies.
    """
    n = np.bincount(company, minlength=n_companies).astype(float)
    groups = grouped(company)
    if len(company) - len(groups.companies) < FEWEST_PAIRS:
        return Twice(n, np.nan)
    x, y = (
        scores[groups.order] - np.repeat(groups.sums(scores) / groups.sizes, groups.sizes)
        for scores in (before, after)
    )
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return Twice(n, float(x @ y) / spread if spread > 0 else np.nan)


def error_of_change(
    variance: tuple[Array, Array],
    n: tuple[Array, Array],
    headcount: tuple[Array, Array],
    n_twice: Array,
    correlation: Array | float,
    slope: float = 1.0,
) -> Array:
    """Return the standard error of the change of each company's mean, after less b times before.

        var = b^2 s1^2 (1/n1 - 1/N1) + s2^2 (1/n2 - 1/N2) - 2 b r s1 s2 (m / (n1 n2) - 1 / N)

    with b the slope, m the people in both, r the correlation of their two scores within the company
    and N the larger of both headcounts. The last term: of the pairs of one answer from each wave m
    are of one person, who covaries r s1 s2 with himself; two different people of N covary -r s1 s2
    / (N - 1), because what lies above the company's mean in one lies below it in others; with S^2
    as variances (divisor N - 1) that adds up to r s1 s2 (m / (n1 n2) - 1 / N). Without the 1 / N a
    company in which everybody answered twice would have an error whose square is negative. Two
    independent samples share n1 n2 / N people on average, and then the term is 0.

    Parameters
    ----------
    variance, n, headcount : pairs of ndarray of shape (n_companies,)
        Before and after: variance between people, people who answered, people who work there (NaN
        if not known: as if there were no end of them).
    n_twice : ndarray of shape (n_companies,)
        People who answered in both; NaN where nobody knows.
    correlation : float or ndarray of shape (n_companies,)
        Of their scores; NaN where it is not known.
    slope : float
        1 for a plain change; the slope of after on before for one that is adjusted for before.

    Returns
    -------
    ndarray of shape (n_companies,)
        Where how many answered twice or their correlation is not known, as if the samples were
        independent. That is on the safe side as long as r is positive and who answered once tends
        to answer again.
    """
    (v1, v2), (n1, n2) = variance, n
    known = [
        np.where(np.isfinite(of) & (of >= answered) & (of > 0), of, np.inf)
        for of, answered in zip(headcount, n, strict=True)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = n_twice / (n1 * n2) - 1 / np.maximum(*known)
        both = 2 * slope * correlation * np.sqrt(v1 * v2) * shared
        apart = slope**2 * v1 * (1 / n1 - 1 / known[0]) + v2 * (1 / n2 - 1 / known[1])
        # Headcounts of two days can disagree with who answered twice by a little.
        error: Array = np.sqrt(np.maximum(apart - np.nan_to_num(both), 0.0))
    return error

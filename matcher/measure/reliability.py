"""Cronbach's alpha and McDonald's omega of the sum of the items, at the level of a person.

Both are of raw scores, from pairwise covariances: whoever answered two items counts for that pair,
so nobody is left out for one empty answer. Their interval is that of a bootstrap over companies,
because colleagues resemble each other and resampling people would make it too narrow.

References
----------
L. J. Cronbach, Coefficient alpha and the internal structure of tests, *Psychometrika* 16, 1951.
R. P. McDonald, *Test Theory: A Unified Treatment*, 1999, equation 6.20: omega.
D. B. Rubin and D. T. Thayer, EM algorithms for ML factor analysis, *Psychometrika* 47, 1982.
R. Varadhan and C. Roland, Simple and globally convergent methods for accelerating the convergence
of any EM algorithm, *Scandinavian Journal of Statistics* 35, 2008.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.measure.figure import Figure, Unknown
from matcher.measure.items import FEWEST_PEOPLE
from matcher.measure.moments import covariances, resamples

LEVEL = 0.95
"""Of every interval of the measure."""
N_RESAMPLES = 400
FEWEST_COMPANIES = 10
"""Companies below which a bootstrap over them tells too little [J]."""

_MOST_STEPS, _STEP = 500, 1e-10
_MOST_STEPS_AGAIN, _STEP_AGAIN = 100, 1e-6
"""A resample starts at what was found for all, and is known well enough sooner."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How much of the differences between people's scores is not chance in the items."""

    n_people: int
    n_items: int
    alpha: Figure
    omega: Figure
    loadings: Array
    """(n_items,) of the one factor behind omega, in points; NaN where omega is not known."""
    covariance: Array
    """(n_items, n_items) pairwise, in points^2; NaN where fewer than two answered both."""


def reliability(
    answers: Array,
    company: Ints,
    rng: np.random.Generator,
    n_resamples: int = N_RESAMPLES,
) -> Reliability:
    """Return alpha and omega total with their intervals.

    Parameters
    ----------
    answers : ndarray of shape (n_people, n_items)
        Reversed items turned; NaN where somebody gave no answer.
    company : ndarray of shape (n_people,)
        Code of each person's company.
    rng : Generator
        Draws the companies of a resample.
    n_resamples : int, default=400
        Resamples of the companies.
    """
    n_people, n_items = answers.shape
    n_companies = len(np.unique(company))
    weights = np.ones((1, n_companies))  # the first weighting is of everybody as they are
    if n_companies >= FEWEST_COMPANIES:
        weights = np.vstack([weights, resamples(n_companies, n_resamples, rng)])
    found = covariances(answers, company, weights)
    alpha, omega, loadings = _both(found[:1], found[1:], n_people)
    return Reliability(n_people, n_items, alpha, omega, loadings, found[0])


def _both(everybody: Array, again: Array, n_people: int) -> tuple[Figure, Figure, Array]:
    """Return alpha, omega and loadings from the covariances of everybody and of resamples."""
    n_items = everybody.shape[-1]
    blank = np.full(n_items, np.nan)
    if (why := _why_unknown(everybody[0], n_people)) is not None:
        return Figure(unknown=why), Figure(unknown=why), blank
    again = again[np.isfinite(again).all(axis=(1, 2))]
    alpha = _figure(float(alphas(everybody)[0]), lambda: alphas(again), len(again) > 1)
    if n_items < 3:
        # Two items have one covariance: it cannot tell two loadings apart.
        return alpha, Figure(unknown="few_items"), blank
    factor = one_factor(everybody)
    if not factor.settled[0]:
        return alpha, Figure(unknown="no_fit"), blank

    def omegas_again() -> Array:
        start = (factor.loadings, factor.unique)
        return omegas(one_factor(again, start, _MOST_STEPS_AGAIN, _STEP_AGAIN))

    omega = _figure(float(omegas(factor)[0]), omegas_again, len(again) > 1)
    return alpha, omega, factor.loadings[0]


def _why_unknown(covariance: Array, n_people: int) -> Unknown | None:
    if len(covariance) < 2:
        return "few_items"
    if n_people < FEWEST_PEOPLE or not np.isfinite(covariance).all():
        return "few_people"
    if (np.diag(covariance) <= 0).any() or covariance.sum() <= 0:
        return "no_variance"
    return None


def _figure(value: float, again: Callable[[], Array], enough: bool) -> Figure:
    if value < 0:
        # Below zero it is no share of anything: the items work against each other.
        return Figure(unknown="negative")
    if not enough:
        return Figure(value, unknown="few_companies")
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(again(), [tail, 100 - tail])
    return Figure(value, float(low), float(high))


def alphas(covariance: Array) -> Array:
    """Return Cronbach's alpha of each covariance matrix (..., n_items, n_items).

    alpha = k / (k - 1) (1 - sum of the variances / variance of the sum).
    """
    k = covariance.shape[-1]
    total = covariance.sum(axis=(-2, -1))
    own = np.trace(covariance, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = k / (k - 1) * (1 - own / total)
    return found


@dataclass(frozen=True, slots=True)
class OneFactor:
    """One common factor of the items, fitted by maximum likelihood."""

    loadings: Array
    """(n_matrices, n_items), in points."""
    unique: Array
    """(n_matrices, n_items) variance of an item that the factor leaves."""
    settled: Bools
    """(n_matrices,) the steps ended because nothing changed any more."""


def one_factor(
    covariance: Array,
    start: tuple[Array, Array] | None = None,
    most_steps: int = _MOST_STEPS,
    step: float = _STEP,
) -> OneFactor:
    """Return the one-factor model of each covariance matrix (n_matrices, n_items, n_items).

    By EM (Rubin and Thayer), which cannot make a variance negative, with the extrapolation of
    Varadhan and Roland (SQUAREM, 2008) where that makes the data likelier: EM alone takes tens of
    thousands of steps where an item has next to nothing of its own.
    """
    own = np.diagonal(covariance, axis1=1, axis2=2)
    loadings, unique = _first_guess(covariance, own) if start is None else start
    at = np.stack([np.broadcast_to(each, own.shape) for each in (loadings, np.log(unique))], axis=1)
    settled = np.zeros(len(covariance), dtype=bool)
    for _ in range(most_steps):
        going = np.flatnonzero(~settled)
        new, moved = _leap(covariance[going], own[going], at[going])
        at[going] = new
        settled[going] = moved < step
        if settled.all():
            break
    loadings, unique = at[:, 0], np.exp(at[:, 1])
    turned = loadings * np.where(loadings.sum(axis=1) < 0, -1.0, 1.0)[:, None]
    return OneFactor(turned, unique, settled & np.isfinite(at).all(axis=(1, 2)))


def _first_guess(covariance: Array, own: Array) -> tuple[Array, Array]:
    """Return the first principal component of the correlations, as loadings."""
    scale = np.sqrt(own)
    values, vectors = np.linalg.eigh(covariance / (scale[:, :, None] * scale[:, None, :]))
    loading = np.clip(vectors[:, :, -1] * np.sqrt(values[:, -1:]), -0.95, 0.95)
    return loading * scale, (1 - loading**2) * own


def _leap(covariance: Array, own: Array, at: Array) -> tuple[Array, Array]:
    """Return where two steps of EM, extrapolated, lead, and how far the first one went.

    ``at`` (n_matrices, 2, n_items) holds loadings and the logarithms of the unique variances.
    """
    one = _em_step(covariance, own, at)
    two = _em_step(covariance, own, one)
    first = one - at
    bend = two - one - first
    with np.errstate(invalid="ignore", divide="ignore"):
        far = np.sqrt((first**2).sum(axis=(1, 2)) / (bend**2).sum(axis=(1, 2)))
    # Farther than a thousand steps the way is not straight.
    far = np.clip(np.nan_to_num(far, nan=1.0), 1.0, 1000.0)[:, None, None]
    leapt = at + 2 * far * first + far**2 * bend
    leapt[:, 1] = np.maximum(leapt[:, 1], np.log(_LEAST_UNIQUE * own))
    better = _likelihood(covariance, own, leapt) > _likelihood(covariance, own, two)
    two[better] = leapt[better]
    moved: Array = (np.abs(first[:, 0]) / np.sqrt(own)).max(axis=1)
    return two, moved


_LEAST_UNIQUE = 1e-8
"""Share of an item's variance that stays its own: at zero the steps would divide by it."""


def _em_step(covariance: Array, own: Array, at: Array) -> Array:
    """Return the next loadings and log variances, with S the covariances, l and u those of now.

    b = (l / u) / (1 + sum l^2 / u) predicts the factor from the items; then
    l' = S b / (b' S b + 1 - b' l) and u' = diag(S) - l' * S b.
    """
    loadings, unique = at[:, 0], np.exp(at[:, 1])
    weight = loadings / unique
    b = weight / (1 + (loadings * weight).sum(axis=1, keepdims=True))
    sb = np.einsum("nij,nj->ni", covariance, b)
    second = (b * sb).sum(axis=1, keepdims=True) + 1 - (b * loadings).sum(axis=1, keepdims=True)
    new = sb / second
    return np.stack([new, np.log(np.maximum(own - new * sb, _LEAST_UNIQUE * own))], axis=1)


def _likelihood(covariance: Array, own: Array, at: Array) -> Array:
    """Return minus log det and trace of what the model says against what was seen, per matrix."""
    loadings, unique = at[:, 0], np.exp(at[:, 1])
    with np.errstate(over="ignore", invalid="ignore"):
        weight = loadings / unique
        shared = 1 + (loadings * weight).sum(axis=1)
        seen = np.einsum("ni,nij,nj->n", weight, covariance, weight) / shared
        trace = (own / unique).sum(axis=1) - seen
        found: Array = -(at[:, 1].sum(axis=1) + np.log(shared) + trace)
    return found


def omegas(factor: OneFactor) -> Array:
    """Return omega total: (sum l)^2 / ((sum l)^2 + sum u), with the variance that the model says.

    NaN where the model did not settle.
    """
    common = factor.loadings.sum(axis=1) ** 2
    found: Array = common / (common + factor.unique.sum(axis=1))
    return found

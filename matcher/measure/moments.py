"""Sums of answers per company, from which covariances and their bootstrap are made.

A resample of companies is a weight for each of them. What it needs are sums of cross-products per
company, so no row of a person is copied: a study of 200,000 people in 5,000 companies is resampled
300 times in a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Ints

_FLOATS_AT_ONCE = 1_000_000
"""Sums of companies, or answers, held at one time: 8 MB."""


@dataclass(frozen=True, slots=True)
class Groups:
    """People by company: the order in which rows of one company stand together."""

    order: Ints
    starts: Ints
    """Place in ``order`` where each company begins; companies without people are not there."""
    companies: Ints
    """Code of each company that has people, ascending."""
    sizes: Ints

    def sums(self, values: Array) -> Array:
        """Return the sum of values (n_people,) per company that has people."""
        return np.add.reduceat(values[self.order], self.starts)

    def stretches(self, width: int) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield companies in stretches: their places, their people, where each one begins.

        A stretch has about as many people as there is room for, with ``width`` numbers of each.
        """
        stretch = self.starts // max(1, _FLOATS_AT_ONCE // width)
        firsts = np.flatnonzero(np.diff(stretch, prepend=-1))
        for places in np.split(np.arange(len(self.starts)), firsts[1:]):
            if len(places):
                begin, end = (
                    self.starts[places[0]],
                    self.starts[places[-1]] + self.sizes[places[-1]],
                )
                yield places, self.order[begin:end], self.starts[places] - begin


def grouped(company: Ints) -> Groups:
    """Return people by company; ``company`` holds a code of 0 or more for each person."""
    order = np.argsort(company, kind="stable")
    codes = company[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    sizes = np.diff(starts, append=len(codes))
    return Groups(order, starts, codes[starts], sizes)


def covariances(answers: Array, company: Ints, weights: Array | None = None) -> Array:
    """Return the covariances of items, pairwise, for every weighting of the companies.

    A pair of items uses whoever answered both: c_ij = (S_ij - A_ij A_ji / n_ij) / (n_ij - 1), with
    S_ij the sum of products, and A_ij that of item i among those who answered both.

    Parameters
    ----------
    answers : ndarray of shape (n_people, n_items)
        NaN where somebody gave no answer.
    company : ndarray of shape (n_people,)
        Code of each person's company.
    weights : ndarray of shape (n_weightings, n_companies), optional
        How often each company counts, in the order of their codes; once, if it is not given.

    Returns
    -------
    ndarray of shape (n_weightings, n_items, n_items)
        NaN where fewer than two people answered both.
    """
    n_items = answers.shape[1]
    groups = grouped(company)
    if weights is None:
        weights = np.ones((1, len(groups.companies)))
    middle = _middle(answers)
    total = np.zeros((len(weights), 3 * n_items * n_items))
    for at, sums in _sums_of_products(answers, middle, groups):
        total += weights[:, at : at + len(sums)] @ sums
    n, own, products = total.reshape(len(weights), 3, n_items, n_items).swapaxes(0, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (products - own * own.swapaxes(1, 2) / n) / (n - 1)
    found[n < 2] = np.nan
    return found


def _middle(answers: Array) -> Array:
    """Return about the mean of each item: of squares about it the sums lose no digits."""
    some = answers[:: max(1, len(answers) // 1000)]
    known = np.isfinite(some)
    middle: Array = np.where(known, some, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return middle


def _sums_of_products(answers: Array, middle: Array, groups: Groups) -> Iterator[tuple[int, Array]]:
    """Yield for a stretch of companies its first place and their sums, a row per company."""
    n_items = answers.shape[1]
    at_once = max(1, _FLOATS_AT_ONCE // (3 * n_items * n_items))
    ends = groups.starts + groups.sizes
    for at in range(0, len(groups.starts), at_once):
        stretch = range(at, min(at + at_once, len(groups.starts)))
        sums = np.empty((len(stretch), 3, n_items, n_items))
        for place, of in enumerate(stretch):
            rows = answers[groups.order[groups.starts[of] : ends[of]]] - middle
            there = np.isfinite(rows)
            if there.all():
                sums[place, 0], sums[place, 1] = len(rows), rows.sum(axis=0)[:, None]
            else:
                rows[~there] = 0.0
                one = there.astype(float)
                sums[place, 0], sums[place, 1] = one.T @ one, rows.T @ one
            sums[place, 2] = rows.T @ rows
        yield at, sums.reshape(len(stretch), -1)


def resamples(n_companies: int, n_times: int, rng: np.random.Generator) -> Array:
    """Return how often each company is drawn in each resample (n_times, n_companies)."""
    drawn: Array = rng.multinomial(
        n_companies, np.full(n_companies, 1 / n_companies), size=n_times
    ).astype(float)
    return drawn

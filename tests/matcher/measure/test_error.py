"""The error of a mean and of a change: by counting every sample there is, and by simulation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.measure.error import (
    correlation_twice,
    error_of_change,
    error_of_mean,
    left_to_ask,
    shrunk_variance,
)
from tests.strength import strength

PEOPLE = np.array([[1.0, 2], [2, 2], [4, 5], [5, 3], [3, 6]])
"""Scores before and after of everybody in a company of five."""


def every_change(n_before, n_after, n_twice):
    """Return the change of the means in every pair of samples with so many people in both."""
    everybody = range(len(PEOPLE))
    return np.array(
        [
            PEOPLE[list(second), 1].mean() - PEOPLE[list(first), 0].mean()
            for first in combinations(everybody, n_before)
            for second in combinations(everybody, n_after)
            if len(set(first) & set(second)) == n_twice
        ]
    )


@pytest.mark.parametrize(
    "n", [(3, 2, 0), (3, 2, 1), (3, 2, 2), (4, 4, 3), (4, 4, 4), (5, 3, 3), (5, 5, 5), (1, 1, 1)]
)
def test_the_error_of_a_change_is_that_over_every_sample_there_is(n):
    changes = every_change(*n)
    covariance = np.cov(PEOPLE.T)
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    found = change_of(covariance.diagonal(), n, (5, 5), correlation)
    assert changes.mean() == pytest.approx(PEOPLE[:, 1].mean() - PEOPLE[:, 0].mean())
    assert found**2 == pytest.approx(np.mean((changes - changes.mean()) ** 2), abs=1e-12)


def change_of(variance, n, headcount, correlation):
    """Return the error of the change of one company: n is before, after, twice."""
    one = [np.array([float(each)]) for each in (*variance, *n, *headcount)]
    return error_of_change(
        (one[0], one[1]), (one[2], one[3]), (one[5], one[6]), one[4], correlation
    )[0]


def test_the_error_of_a_mean_is_that_over_every_sample_there_is():
    means = [PEOPLE[list(some), 0].mean() for some in combinations(range(5), 3)]
    variance = np.var(PEOPLE[:, 0], ddof=1)
    found = error_of_mean(np.array([variance]), np.array([3.0]), np.array([5.0]))
    assert found[0] == pytest.approx(np.std(means), abs=1e-12)


def test_the_error_of_a_mean_by_hand():
    """Variance 4: of 16 people 2/4; of 16 among 25 that times .6; of all of them nothing is left.

    A headcount of 10 cannot be of the day on which 16 answered.
    """
    headcount = np.array([np.nan, 25, 16, 10, 0])
    found = error_of_mean(np.full(5, 4.0), np.full(5, 16.0), headcount)
    assert found == pytest.approx([0.5, 0.3, 0, 0.5, 0.5])
    assert left_to_ask(np.array([16.0, 16]), np.array([25.0, np.nan])) == pytest.approx([0.36, 1])


def test_the_error_of_a_change_by_hand():
    """Both variances 1, 10 people twice of 10 and 10 with r = .5: 2 / 10 - 2 * .5 / 10 = .1."""
    nobody = np.nan
    assert change_of((1, 1), (10, 10, 10), (nobody, nobody), 0.5) == pytest.approx(np.sqrt(0.1))
    assert change_of((1, 1), (10, 10, 0), (nobody, nobody), 0.5) == pytest.approx(np.sqrt(0.2))


@pytest.mark.parametrize(
    ("n_twice", "correlation"), [(nan, 0.5) for nan in (np.nan,)] + [(8, np.nan)]
)
def test_where_the_pairs_are_not_known_the_samples_count_as_independent(n_twice, correlation):
    found = change_of((1, 1), (10, 10, n_twice), (20, 20), correlation)
    assert found == pytest.approx(np.sqrt(2 * (1 / 10 - 1 / 20)))


def test_as_many_in_both_as_chance_gives_makes_no_difference():
    assert change_of((1, 2), (10, 12, 6), (20, 20), 0.7) == pytest.approx(
        change_of((1, 2), (10, 12, np.nan), (20, 20), 0.7)
    )


@given(
    headcount=st.integers(2, 40),
    shares=st.tuples(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0, 1)),
    correlation=st.floats(-1, 1),
)
def test_an_error_is_never_below_nothing(headcount, shares, correlation):
    n1, n2 = (max(1, round(share * headcount)) for share in shares[:2])
    least, most = max(0, n1 + n2 - headcount), min(n1, n2)
    twice = least + round(shares[2] * (most - least))
    found = change_of((1, 1), (n1, n2, twice), (headcount, headcount), correlation)
    assert found >= 0
    free = change_of((1, 1), (n1, n2, twice), (np.nan, np.nan), correlation)
    assert found <= free + 1e-9 or correlation < 0


@pytest.mark.proof
def test_the_interval_of_a_change_holds_what_is_true_as_often_as_it_says():
    """Companies of 12 to 40 people sampled twice, with what a study knows: pooled SD and r."""
    rng, inside, n_trials = np.random.default_rng(6), 0, strength(60, 600)
    z = 1.959964
    total = 0
    for _ in range(n_trials):
        n_companies = 40
        headcount = rng.integers(12, 41, n_companies)
        scores = [[], []]
        companies = [[], []]
        people = [[], []]
        true = np.empty(n_companies)
        for c, size in enumerate(headcount):
            person = rng.normal(size=size)
            both = np.stack([0.8 * person + 0.6 * rng.normal(size=size) for _ in (0, 1)])
            both[1] += 0.2 + 0.3 * rng.normal()
            true[c] = both[1].mean() - both[0].mean()
            keen = rng.random(size)  # who answered once tends to answer again
            for wave in (0, 1):
                order = np.argsort(keen + 0.5 * rng.random(size))[: max(5, size // 2)]
                scores[wave].append(both[wave, order])
                companies[wave].append(np.full(len(order), c))
                people[wave].append(order)
        variances, counts = [], []
        for wave in (0, 1):
            n = np.array([len(each) for each in scores[wave]], float)
            own = np.array([np.var(each, ddof=1) for each in scores[wave]])
            variances.append(shrunk_variance(own, n).variance)
            counts.append(n)
        pairs = [
            np.intersect1d(first, second, return_indices=True)
            for first, second in zip(*people, strict=True)
        ]
        twice = correlation_twice(
            np.concatenate([s[p[1]] for s, p in zip(scores[0], pairs, strict=True)]),
            np.concatenate([s[p[2]] for s, p in zip(scores[1], pairs, strict=True)]),
            np.repeat(np.arange(n_companies), [len(p[0]) for p in pairs]),
            n_companies,
        )
        error = error_of_change(
            tuple(variances), tuple(counts), (headcount, headcount), twice.n, twice.correlation
        )
        change = np.array([b.mean() - a.mean() for a, b in zip(*scores, strict=True)])
        inside += int((np.abs(change - true) < z * error).sum())
        total += n_companies
    assert inside / total == pytest.approx(0.95, abs=0.015)


def test_the_correlation_of_who_answered_twice_is_within_companies():
    """Pairs rise together within each company, while the companies' means go opposite ways."""
    before = np.array([1.0, 2, 3, 4, 5, 6] * 2) + np.repeat([0, 50], 6)
    after = np.array([1.0, 2, 3, 4, 5, 6] * 2) - np.repeat([0, 50], 6)
    found = correlation_twice(before, after, np.repeat([2, 0], 6), 4)
    assert list(found.n) == [6, 0, 6, 0] and found.correlation == pytest.approx(1)


def test_the_correlation_by_hand():
    """Eleven pairs at one company: that of the pairs, as anybody counts it."""
    rng = np.random.default_rng(1)
    before = rng.normal(size=11)
    after = before + rng.normal(size=11)
    found = correlation_twice(before, after, np.zeros(11, int), 1)
    assert found.correlation == pytest.approx(np.corrcoef(before, after)[0, 1])
    assert np.isnan(correlation_twice(before[:10], after[:10], np.zeros(10, int), 1).correlation)
    assert np.isnan(correlation_twice(before, np.ones(11), np.zeros(11, int), 1).correlation)


def test_a_variance_is_shrunk_by_hand():
    """Variances 1 and 9 of 11 people each: pooled 5, sum of s^4 / 1.2 over 2 = 34.1667.

    v = 34.1667 / 25 - 1 = .366667, K = 2 (1 + v) / v = 7.454545; (K 5 + 10 s^2) / (K + 10).
    """
    found = shrunk_variance(np.array([1.0, 9, np.nan]), np.array([11.0, 11, 1]))
    assert (found.pooled, found.weight) == pytest.approx((5, 7.454545), abs=1e-6)
    assert found.variance == pytest.approx(
        [(7.454545 * 5 + 10) / 17.454545, (7.454545 * 5 + 90) / 17.454545, 5], abs=1e-6
    )


def test_where_companies_do_not_differ_beyond_chance_the_variance_is_the_pooled_one():
    found = shrunk_variance(np.array([2.0, 2.2, 1.9]), np.array([4.0, 6, 1]))
    assert found.weight == np.inf
    assert found.variance == pytest.approx(np.full(3, (3 * 2 + 5 * 2.2) / 8))


def test_people_who_answered_alike_are_not_taken_for_a_company_in_which_nobody_differs():
    found = shrunk_variance(np.array([0.0, 4, 1, 2, 1.5]), np.array([2.0, 30, 30, 30, 30]))
    assert found.variance[0] > 0.8


def test_where_nobody_can_tell_the_variance_is_not_known():
    found = shrunk_variance(np.array([np.nan, np.nan]), np.array([1.0, 0]))
    assert np.isnan(found.pooled) and np.isnan(found.variance).all()
    assert shrunk_variance(np.zeros(2), np.full(2, 5.0)).variance.tolist() == [0, 0]


@pytest.mark.parametrize("true", [0.5, 0.0])
def test_a_shrunk_variance_is_nearer_to_the_truth(true):
    """Inverse gamma variances with a squared coefficient of variation of .5, or all alike."""
    rng = np.random.default_rng(4)
    n = rng.integers(2, 12, 3000).astype(float)
    shape = 2 + 1 / true if true else None
    variance = (shape - 1) / rng.gamma(shape, size=3000) if true else np.ones(3000)
    own = variance * rng.chisquare(n - 1) / (n - 1)
    found = shrunk_variance(own, n)
    raw, shrunk = (np.mean((each - variance) ** 2) for each in (own, found.variance))
    pooled = np.mean((found.pooled - variance) ** 2)
    assert shrunk < 0.6 * raw and (shrunk < pooled or not true)

"""Intervals of a share and of a mean over companies, against paper and a second way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.evaluation.intervals import (
    N_BOOTSTRAP,
    bootstrapped,
    company_weights,
    share_of,
    wilson,
)

Z80 = 1.2815515655446004

# A share with its interval


def test_wilson_by_hand():
    """8 of 10, z^2 = 1.6424: centre (.8 + .0821) / 1.1642, half 1.1008 sqrt(.016 + .0041)."""
    found = wilson(8, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.6016, 0.9138), abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_ends_where_the_score_test_would_reject(counts):
    k, n = counts
    found = wilson(k, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    for end in (found.low, found.high):
        assert (k / n - end) ** 2 == pytest.approx(Z80**2 * end * (1 - end) / n, abs=1e-9)


@pytest.mark.parametrize("n", [1, 3, 43, 1000])
def test_a_share_of_none_or_all_ends_at_the_edge_and_not_beyond(n):
    assert wilson(0, n).low == 0
    assert wilson(n, n).high == 1


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_that_are_all_alike_are_not_known_exactly(share):
    """None of 40 changed the first three: bootstrap draws are all 0, and the truth need not be."""
    weights = company_weights(np.arange(40), np.random.default_rng(0))
    assert share_of(np.full(40, share), weights) == wilson(round(40 * share), 40)
    some = np.r_[0.2, np.zeros(39)]
    assert share_of(some, weights) == bootstrapped(some, weights)


# A mean over companies, and its interval


def test_a_value_is_a_mean_over_companies_not_over_trials():
    """One company with three trials of 1, one with a single 0: .5 per company, .75 per trial."""
    weights = company_weights(np.array([7, 7, 7, 2]), np.random.default_rng(0))
    assert bootstrapped(np.array([1.0, 1, 1, 0]), weights).value == pytest.approx(0.5)


def test_the_bootstrap_draws_whole_companies():
    company = np.repeat(np.arange(12), np.arange(1, 13))
    weights = company_weights(company, np.random.default_rng(0))
    assert weights.shape == (1 + N_BOOTSTRAP, len(company))
    assert weights.sum(axis=1) == pytest.approx(np.ones(1 + N_BOOTSTRAP))
    for number in range(12):
        own = weights[:, company == number]
        assert (own == own[:, :1]).all()
        times = own.sum(axis=1) * 12
        assert times == pytest.approx(np.round(times))
    assert weights[1:].std(axis=0).min() > 0


def test_the_interval_is_as_wide_as_companies_differ_however_often_each_was_measured():
    """A bootstrap over trials would take 30 companies with nine trials each for 270."""
    level = np.random.default_rng(3).normal(0, 1, 30)
    widths = []
    for times in (1, 9):
        company = np.repeat(np.arange(30), times)
        weights = company_weights(company, np.random.default_rng(0))
        found = bootstrapped(np.repeat(level, times), weights)
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0])
    # 80 % of a normal mean: 2 x 1.2816 SD / sqrt(30), to the error of 1000 draws and 30 values
    assert widths[0] == pytest.approx(2 * Z80 * level.std() / np.sqrt(30), rel=0.15)


def test_an_error_that_all_gains_share_widens_a_value_however_many_companies_there_are():
    """Controls known to .2 point, half of which comes into a value: an SD of .1, not .1 / sqrt(n).

    A difference of two policies that keep as much of it has none of it.
    """
    weights = company_weights(np.arange(400), np.random.default_rng(0))
    drift = 0.2 * np.random.default_rng(1).standard_normal(N_BOOTSTRAP)
    found = bootstrapped(np.full(400, 0.3), weights, drift, np.full(400, 0.5))
    assert found.value == pytest.approx(0.3)
    assert found.high - found.low == pytest.approx(2 * Z80 * 0.1, rel=0.1)
    apart = bootstrapped(np.full(400, 0.3), weights, drift, np.zeros(400))
    assert apart.high - apart.low == pytest.approx(0.0, abs=1e-12)

"""The factor of the intervals against a known truth."""

import numpy as np
import pytest

from matcher.evaluation.calibration import FACTOR_SD, Gaps, most_probable_factor


def drawn(n, truth, posterior_variance=0.02, noise_variance=0.02, seed=1):
    """Return gaps whose posterior SD should have been ``truth`` times as large."""
    rng = np.random.default_rng(seed)
    sd = np.sqrt(truth**2 * posterior_variance + noise_variance)
    known = np.full(n, posterior_variance), np.full(n, noise_variance)
    return Gaps(np.arange(n), sd * rng.standard_normal(n), *known), np.arange(n)


@pytest.mark.parametrize("truth", [0.7, 1.0, 1.6])
def test_many_gaps_tell_the_factor(truth):
    """4 000 gaps: the SD of a variance is 2.2 %, and half of it is the part that is scaled."""
    assert most_probable_factor(*drawn(4000, truth)) == pytest.approx(truth, rel=0.1)


def test_a_few_noisy_gaps_leave_the_intervals_as_they_are():
    found, company = drawn(45, 1.0, posterior_variance=0.005, noise_variance=0.25)
    assert most_probable_factor(found, company) == pytest.approx(1.0, abs=0.1)


def test_nothing_measured_changes_nothing():
    found, company = drawn(0, 1.0)
    assert most_probable_factor(found, company) == 1.0


def test_one_gap_by_hand():
    """Noise 0, posterior SD 1, gap g: log c maximises -log c - g^2 / (2 c^2) - (log c)^2 / (2 s^2).

    At the maximum g^2 / c^2 - 1 = log c / s^2; so g for log c = .2 is c sqrt(1 + .2 / s^2).
    """
    gap = np.exp(0.2) * np.sqrt(1 + 0.2 / FACTOR_SD**2)
    found = Gaps(np.zeros(1, int), np.array([gap]), np.ones(1), np.zeros(1))
    assert most_probable_factor(found, np.zeros(1, int)) == pytest.approx(np.exp(0.2), rel=0.011)


def test_a_company_counts_once_however_often_it_tried():
    found, company = drawn(200, 1.6)
    twice = Gaps(*(np.concatenate((part, part)) for part in vars(found).values()))
    doubled = most_probable_factor(twice, np.concatenate((company, company)))
    assert doubled == most_probable_factor(found, company)

"""r_wg(j), ICC(1) and ICC(2) by hand, as published, and by simulation."""

import numpy as np
import pytest
from scipy.stats import f, f_oneway

from matcher.measure.agreement import aggregation, agreement, item_variance, rwg, uniform_variance
from matcher.measure.scale import SIX, Range
from tests.strength import strength

SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
"""Six targets, four judges: Shrout and Fleiss (1979), table 2."""


def test_icc_is_as_published():
    """Table 4: ICC(1,1) = .17 and ICC(1,4) = .44; the rest from pingouin 0.7.0 and psych::ICC."""
    found = aggregation(SHROUT_AND_FLEISS.ravel(), np.repeat(np.arange(6), 4))
    assert round(found.icc1.value, 2) == 0.17 and round(found.icc2.value, 2) == 0.44
    assert found.icc1.value == pytest.approx(0.165742, abs=1e-6)
    assert found.icc2.value == pytest.approx(0.442797, abs=1e-6)
    assert (found.f, found.p) == pytest.approx((1.794678, 0.164769), abs=1e-6)
    assert (found.df_between, found.df_within, found.average_size) == (5, 18, 4)
    assert (found.icc1.low, found.icc1.high) == pytest.approx((-0.133, 0.723), abs=5e-4)
    assert (found.icc2.low, found.icc2.high) == pytest.approx((-0.884, 0.912), abs=5e-4)


def test_with_equal_sizes_the_interval_is_the_exact_one():
    """F / F(.975; 5, 18) and F F(.975; 18, 5), less 1, over the same plus three (page 424)."""
    found = aggregation(SHROUT_AND_FLEISS.ravel(), np.repeat(np.arange(6), 4))
    low, high = found.f / f.ppf(0.975, 5, 18), found.f * f.ppf(0.975, 18, 5)
    assert found.icc1.low == pytest.approx((low - 1) / (low + 3))
    assert found.icc1.high == pytest.approx((high - 1) / (high + 3))
    assert (found.icc2.low, found.icc2.high) == pytest.approx((1 - 1 / low, 1 - 1 / high))


def test_unequal_sizes_by_hand():
    """Companies 1 2 3 and 4 6: means 2 and 5, grand 3.2; SSB 10.8, SSW 4 in 1 and 3 df.

    n0 = 5 - (9 + 4) / 5 = 2.4, so ICC(1) = (10.8 - 4/3) / (10.8 + 1.4 * 4/3).
    """
    found = aggregation(np.array([1.0, 2, 3, 4, 6]), np.array([7, 7, 7, 2, 2]))
    assert found.average_size == pytest.approx(2.4)
    assert found.icc1.value == pytest.approx((10.8 - 4 / 3) / (10.8 + 1.4 * 4 / 3))
    assert found.icc2.value == pytest.approx(1 - (4 / 3) / 10.8)
    assert (found.f, found.p) == pytest.approx(tuple(f_oneway([1, 2, 3], [4, 6])))


def people(rng, sizes, icc):
    company = np.repeat(np.arange(len(sizes)), sizes)
    scores = rng.normal(size=len(sizes))[company] * np.sqrt(icc)
    return scores + rng.normal(size=len(company)) * np.sqrt(1 - icc), company


def test_what_is_true_is_found_with_unequal_sizes():
    rng = np.random.default_rng(2)
    sizes = np.r_[np.full(2000, 3), np.full(200, 60)]
    found = aggregation(*people(rng, sizes, 0.15))
    assert found.icc1.value == pytest.approx(0.15, abs=0.02)
    assert found.icc1.low < 0.15 < found.icc1.high


@pytest.mark.proof
def test_the_interval_holds_what_is_true_as_often_as_it_says_with_unequal_sizes():
    rng, n = np.random.default_rng(8), strength(400, 4000)
    sizes = np.array([2, 2, 3, 3, 4, 5, 8, 12, 30, 60])
    inside = sum(
        found.icc1.low < 0.2 < found.icc1.high
        for found in (aggregation(*people(rng, sizes, 0.2)) for _ in range(n))
    )
    assert abs(inside / n - 0.95) < 4 * np.sqrt(0.05 * 0.95 / n)


UNKNOWN = {
    "one company": ([1.0, 2, 3], [0, 0, 0], "few_companies"),
    "nobody": ([], [], "few_companies"),
    "one person each": ([1.0, 2, 3], [0, 1, 2], "few_people"),
    "no differences within": ([0.1, 0.1, 0.1, 0.7, 0.7], [0, 0, 0, 1, 1], "no_variance"),
}


@pytest.mark.parametrize(("scores", "company", "why"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_known_says_why(scores, company, why):
    found = aggregation(np.array(scores, float), np.array(company, int))
    assert (found.icc1.unknown, found.icc2.unknown) == (why, why)


def test_companies_that_differ_less_than_chance_have_an_icc1_and_no_icc2():
    found = aggregation(np.array([1.0, 5, 5, 1.2]), np.array([0, 0, 1, 1]))
    assert found.icc1.value < 0 and found.icc2.unknown == "negative"


def test_people_without_a_score_do_not_count():
    scores = np.array([1.0, 2, 3, 4, 6, np.nan])
    with_gap = aggregation(scores, np.array([0, 0, 0, 1, 1, 1]))
    assert with_gap == aggregation(scores[:5], np.array([0, 0, 0, 1, 1]))


def test_rwg_by_hand():
    """Variance .5 of answers 1-5: 1 - .5 / 2; with a slight skew 1 - .5 / 1.34; ten items."""
    variance = np.array([0.5, 0.0, 3.0, np.nan])
    assert rwg(variance, 2.0)[:3] == pytest.approx([0.75, 1, 0])
    assert rwg(variance, 1.34)[0] == pytest.approx(1 - 0.5 / 1.34)
    assert rwg(variance, 2.0, 10)[0] == pytest.approx(7.5 / 7.75)
    assert np.isnan(rwg(variance, 2.0)[3])


def test_the_slight_skew_is_that_of_a_distribution():
    """.05 .15 .20 .35 .25 over 1-5 (James, Demaree and Wolf, 1984): 14.3 - 3.6^2 = 1.34."""
    chance, answer = np.array([0.05, 0.15, 0.20, 0.35, 0.25]), np.arange(1, 6)
    assert chance @ answer**2 - (chance @ answer) ** 2 == pytest.approx(1.34)


def test_agreement_does_not_hang_on_the_scale_that_answers_are_carried_to():
    """Two people, 2 4 and 4 4 on 1-5: variances 2 and 0, mean 1; J = 2: 2 * .5 / (1 + .5)."""
    asked, company = np.array([[2.0, 4], [4, 4], [3, 3]]), np.array([0, 0, 1])
    scale = Range(1, 5)
    found = agreement(scale.on_six(asked), company, scale)
    assert found.uniform[0] == pytest.approx(1 / 1.5)
    share = 1 - 1 / 1.34
    assert found.skewed[0] == pytest.approx(2 * share / (2 * share + 1 / 1.34))
    assert np.isnan(found.uniform[1]) and list(found.companies) == [0, 1]


def test_a_scale_without_a_known_skew_has_the_uniform_null_alone():
    found = agreement(np.ones((4, 2)), np.zeros(4, int), Range(0, 100))
    assert found.uniform[0] == 1 and np.isnan(found.skewed[0])
    found = agreement(np.ones((4, 2)), np.zeros(4, int), Range(1, 5.5))
    assert np.isnan(found.uniform[0])


def test_the_variance_of_an_item_is_of_who_answered_it(monkeypatch):
    rng = np.random.default_rng(1)
    answers, company = rng.integers(1, 7, (50, 4)).astype(float), rng.integers(0, 9, 50)
    answers[rng.random((50, 4)) < 0.3] = np.nan
    answers[company == 3, 1:] = np.nan
    monkeypatch.setattr("matcher.measure.moments._FLOATS_AT_ONCE", 40)
    found = item_variance(answers, company)
    for at, code in enumerate(np.unique(company)):
        rows = answers[company == code]
        each = [np.var(c[np.isfinite(c)], ddof=1) for c in rows.T if np.isfinite(c).sum() > 1]
        assert found[at] == pytest.approx(np.mean(each))
    assert uniform_variance(6) == pytest.approx(35 / 12)
    assert SIX.options == 6

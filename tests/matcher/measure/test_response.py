"""Who answered, who left, and the ends of the scale."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from matcher.measure.response import attrition, ends, paired, response
from tests.strength import strength

nan = np.nan


def test_response_by_hand():
    """10 of 20 and 5 of 5 are 15 of 25; 7 of 6 cannot be, and nobody knows 4 of how many."""
    found = response(np.array([10.0, 5, 7, 4]), np.array([20, 5, 6, nan]))
    assert found.share[:2].tolist() == [0.5, 1] and np.isnan(found.share[2:]).all()
    assert found.whole.value == pytest.approx(0.6)
    assert found.more_than_headcount.tolist() == [False, False, True, False]


def test_without_headcounts_response_is_not_known():
    found = response(np.array([10.0]), np.array([nan]))
    assert found.whole.unknown == "no_headcount"


COMPANY = (np.array([0, 0, 0, 0, 1, 1, 2]), np.array([1, 0, 0, 0, 3]))
PERSON = (np.array([1, 2, 3, 3, 1, -1, 1]), np.array([1, 3, 2, 4, 1]))


def test_a_pair_is_one_code_at_one_company_once_in_each_wave():
    """Code 3 is there twice before; code 1 at company 2 has no twin, as company 3 is another."""
    first, second = paired(COMPANY, PERSON)
    assert sorted(zip(first.tolist(), second.tolist(), strict=True)) == [(1, 2), (4, 0)]
    assert len(paired(COMPANY, (PERSON[0], None))[0]) == 0


def test_who_left_is_counted_among_companies_with_codes_in_both_waves():
    found = attrition(COMPANY, PERSON, np.zeros(7))
    assert (found.n_before, found.n_stayed, found.n_left) == (5, 2, 3)
    assert (found.n_companies, found.n_companies_gone, found.n_without_code) == (2, 1, 1)
    assert found.difference.unknown == "few_people" and found.effect is None


def test_without_codes_nobody_is_said_to_have_left():
    found = attrition(COMPANY, (None, None), np.zeros(7))
    assert (found.n_before, found.n_left, found.n_without_code) == (0, 0, 7)


def study(rng, n_companies, size, gap, shared=0.0):
    company = np.repeat(np.arange(n_companies), size)
    person = np.arange(len(company))
    left = rng.random(len(company)) < 0.3
    score = (
        rng.normal(size=len(company)) - gap * left + shared * rng.normal(size=n_companies)[company]
    )
    return (company, company[~left]), (person, person[~left]), score, left


def test_how_who_left_differed_is_the_difference_of_the_means():
    """With a company for each person the interval is Welch's, but for its degrees of freedom."""
    company, person, score, left = study(np.random.default_rng(1), 300, 1, 0.4)
    company = (company[0], np.arange(300))  # all companies answered again, not all people
    person = (person[0], np.where(left, 1000 + np.arange(300), np.arange(300)))
    found = attrition(company, person, score)
    welch = ttest_ind(score[left], score[~left], equal_var=False)
    assert found.difference.value == pytest.approx(score[left].mean() - score[~left].mean())
    interval = welch.confidence_interval(0.95)
    assert (found.difference.low, found.difference.high) == pytest.approx(interval, abs=0.02)
    n = left.sum(), (~left).sum()
    within = (score[left].var(ddof=1) * (n[0] - 1) + score[~left].var(ddof=1) * (n[1] - 1)) / 298
    assert found.effect == pytest.approx(found.difference.value / np.sqrt(within))


def test_of_few_companies_the_difference_has_no_interval():
    company, person, score, _ = study(np.random.default_rng(1), 5, 40, 0.4)
    found = attrition(company, person, score)
    assert found.difference.value < 0
    assert (found.difference.low, found.difference.unknown) == (None, "few_companies")


@pytest.mark.proof
def test_the_interval_of_who_left_holds_what_is_true_as_often_as_it_says():
    rng, n = np.random.default_rng(2), strength(200, 2000)
    inside = 0
    for _ in range(n):
        company, person, score, _ = study(rng, 40, 12, 0.3, shared=0.7)
        found = attrition(company, person, score).difference
        inside += found.low < -0.3 < found.high
    assert abs(inside / n - 0.945) < 4 * np.sqrt(0.05 * 0.95 / n)


def test_the_ends_of_the_scale_by_hand():
    answers = np.array([[1.0, 6], [1, 1], [6, nan], [3, nan]])
    found = ends(answers, np.array([3.5, 1.0, 6.0, nan]))
    assert (found.floor, found.ceiling) == (1 / 3, 1 / 3) and found.too_short
    assert found.item_floor.tolist() == [0.5, 0.5]
    assert found.item_ceiling.tolist() == [0.25, 0.5]


def test_where_nobody_answered_there_are_no_ends():
    found = ends(np.full((2, 1), nan), np.full(2, nan))
    assert found.floor is None and np.isnan(found.item_floor[0]) and not found.too_short

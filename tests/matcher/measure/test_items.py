"""Scales, scores of people, items against the rest, and rows that are odd."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.measure.items import (
    item_fit,
    person_scores,
    repeats,
    straight_lines,
    turned_on_six,
)
from matcher.measure.moments import covariances
from matcher.measure.scale import SIX, Range, read_range
from tests.matcher.measure.attitude import ATTITUDE, WITH_GAPS

nan = np.nan
RANGES = {
    "1-5": (Range(1, 5), 3, 3.5),
    "1-7": (Range(1, 7), 2, 1 + 5 / 6),
    "0-10": (Range(0, 10), 7, 4.5),
    "1-6": (SIX, 2.5, 2.5),
    "-2-2": (Range(-2, 2), -1, 2.25),
}


@pytest.mark.parametrize(("scale", "score", "on_six"), RANGES.values(), ids=RANGES.keys())
def test_a_scale_is_carried_to_six_and_back(scale, score, on_six):
    assert scale.on_six(score) == pytest.approx(on_six)
    assert scale.on_own(scale.on_six(score)) == pytest.approx(score)
    assert (scale.on_six(scale.low), scale.on_six(scale.high)) == (1, 6)
    assert scale.factor == pytest.approx(5 / (scale.high - scale.low))
    assert read_range(str(scale)) == scale


@given(x=st.floats(0, 10))
def test_turning_before_and_after_carrying_is_the_same(x):
    scale = Range(0, 10)
    assert SIX.turned(scale.on_six(x)) == pytest.approx(scale.on_six(scale.turned(x)))


@pytest.mark.parametrize("text", ["", "5-1", "3-3", "1", "a-b", "1-5-7", "1 tot 5"])
def test_what_names_no_scale_is_none(text):
    assert read_range(text) is None


@pytest.mark.parametrize(
    ("text", "scale"), [(" 1 – 7 ", Range(1, 7)), ("1,5/4.5", Range(1.5, 4.5))]
)
def test_a_scale_is_read_as_people_write_it(text, scale):
    assert read_range(text) == scale


@pytest.mark.parametrize("ends", [(5, 1), (1, 1), (nan, 5), (1, np.inf)])
def test_a_scale_needs_a_low_and_a_high_end(ends):
    with pytest.raises(ValueError, match="low end"):
        Range(*ends)


def test_a_scale_knows_how_many_answers_it_has():
    assert [Range(0, 10).options, Range(1, 5).options, Range(1, 5.5).options] == [11, 5, None]


def test_answers_are_turned_and_carried_by_hand():
    answers = np.array([[1.0, 5], [2, nan]])
    found = turned_on_six(answers, Range(1, 5), np.array([False, True]))
    assert found[0].tolist() == [1, 1] and found[1, 0] == 2.25 and np.isnan(found[1, 1])
    assert answers[0].tolist() == [1, 5]


def test_answers_outside_the_scale_are_refused():
    with pytest.raises(ValueError, match="outside the scale 1-5"):
        turned_on_six(np.array([[1.0, 6]]), Range(1, 5), np.array([False, True]))
    with pytest.raises(ValueError, match="2 items, but 1 marks"):
        turned_on_six(np.array([[1.0, 6]]), Range(1, 6), np.array([False]))


def test_a_score_is_the_mean_of_enough_answers():
    answers = np.array([[1.0, 2, 6], [1, nan, 4], [nan, nan, 4], [nan, nan, nan]])
    assert person_scores(answers, 2)[:2].tolist() == [3, 2.5]
    assert np.isnan(person_scores(answers, 2)).tolist() == [False, False, True, True]
    assert np.isnan(person_scores(answers, 1)).tolist() == [False, False, False, True]
    for wrong in (0, 4):
        with pytest.raises(ValueError, match="between 1 and 3"):
            person_scores(answers, wrong)


def fit(answers):
    return item_fit(covariances(answers, np.zeros(len(answers), dtype=np.int64))[0])


def test_items_against_the_rest_are_as_published():
    """psych::alpha(attitude), r.drop: .67 .74 .56 .71 .79 .27 .46."""
    found = fit(ATTITUDE)
    assert found.rest.round(2).tolist() == [0.67, 0.74, 0.56, 0.71, 0.79, 0.27, 0.46]
    assert not found.doubtful.any() and not found.explained.any()


def test_an_item_against_the_rest_is_its_correlation_with_the_sum_of_the_others():
    rest = ATTITUDE.sum(axis=1)[:, None] - ATTITUDE
    each = [np.corrcoef(a, b)[0, 1] for a, b in zip(ATTITUDE.T, rest.T, strict=True)]
    assert fit(ATTITUDE).rest == pytest.approx(each)


def test_a_forgotten_item_is_found_and_its_neighbours_are_not_blamed():
    answers = WITH_GAPS[:, :4].copy()
    answers[:, 3] *= -1
    found = fit(answers)
    assert found.doubtful[3] and found.rest[3] < -0.6
    assert found.explained.tolist() == [False, False, False, True]


def test_of_three_items_one_forgotten_makes_others_doubtful_too():
    rng = np.random.default_rng(0)
    answers = rng.normal(size=(300, 1)) + rng.normal(size=(300, 3))
    answers[:, 1] *= -1.5
    found = fit(answers)
    assert found.doubtful.sum() > 1
    assert found.explained.tolist() == [False, True, False]


def test_of_items_that_are_mostly_reversed_the_few_are_named():
    rng = np.random.default_rng(0)
    answers = (rng.normal(size=(300, 1)) + rng.normal(size=(300, 5))) * [-1, -1, -1, 1, 1]
    assert fit(answers).explained.tolist() == [False, False, False, True, True]


@pytest.mark.parametrize("answers", [np.full((20, 3), 2.0), ATTITUDE[:, :1], ATTITUDE[:1]])
def test_where_items_do_not_vary_nothing_is_said(answers):
    found = fit(answers)
    assert np.isnan(found.rest).all()
    assert not found.doubtful.any() and not found.explained.any()


def test_rows_that_are_there_twice_are_counted():
    """Persons 5 and 5 at company 0; the same answers at the same moment at company 1, thrice."""
    company = np.array([0, 0, 1, 1, 1, 1, 2])
    person = np.array([5, 5, 5, -1, -1, -1, -1])
    started = np.array([1.0, 2, 7, 7, 7, nan, 7])
    answers = np.array([[1.0, 2], [1, 2], [3, nan], [3, nan], [3, nan], [3, nan], [3, nan]])
    found = repeats(company, answers, person, started)
    assert found.by_code.tolist() == [True, True, False, False, False, False, False]
    assert found.by_answers.tolist() == [False, False, True, True, True, False, False]
    assert found.n_extra == 3


def test_rows_without_codes_or_times_cannot_repeat_each_other():
    company, answers = np.zeros(3, int), np.ones((3, 2))
    assert repeats(company, answers).n_extra == 0
    blank = np.full((3, 2), nan)
    assert repeats(company, blank, None, np.ones(3)).n_extra == 0
    assert repeats(company[:0], answers[:0], company[:0], np.ones(0)).n_extra == 0
    different = np.array([[1.0, 2], [2, 1], [1, nan]])
    assert repeats(company, different, None, np.ones(3)).n_extra == 0


def test_one_answer_to_everything_is_a_straight_line():
    reversed_items = np.array([False] * 6 + [True])
    answers = np.array(
        [
            [4.0, 4, 4, 4, 4, 4, 4],  # a reversed item among them
            [4, 4, 4, 4, 4, 4, nan],  # six, none reversed
            [4, 4, 4, 4, 4, nan, nan],  # five may be meant
            [4, nan, nan, nan, nan, nan, 4],
            [4, 4, 4, 4, 4, 4, 3],
            [nan, nan, nan, nan, nan, nan, 4],
            [nan] * 7,
        ]
    )
    found = straight_lines(answers, reversed_items)
    assert found.against_itself.tolist() == [True, False, False, True, False, False, False]
    assert found.throughout.tolist() == [False, True, False, False, False, False, False]
    assert found.n == 3

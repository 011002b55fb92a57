"""What a report tells of companies with few people, and of those beside them."""

from datetime import date

import numpy as np
import pytest

from matcher.measure.figure import REASONS
from matcher.measure.scale import SIX
from matcher.measure.study import Instrument, Wave, measure_study
from matcher.measure.told import told_changes, told_waves
from matcher.messages import catalogue

NAMES = ("a", "b", "c", "d")
INSTRUMENT = Instrument("kort", ("x", "y", "z"), SIX, 2)


def study(*sizes, headcount=None, again=None):
    """Return a study with so many people per company, in a wave for each list of numbers."""
    rng = np.random.default_rng(0)
    waves = []
    for number, size in enumerate(sizes):
        company = np.repeat(np.arange(4), size)
        person = np.concatenate([np.arange(n) for n in size])
        if number and again is not None:
            person = np.concatenate(
                [
                    np.r_[np.arange(m), 100 + np.arange(n - m)]
                    for n, m in zip(size, again, strict=True)
                ]
            )
        answers = rng.integers(1, 7, (len(company), 3)).astype(float)
        day = date(2024, 1 + number, 1)
        waves.append(Wave(str(number), answers, company, person, None, headcount, day))
    return measure_study(INSTRUMENT, NAMES, waves, rng, 20)


def shown(measure):
    return [[line.company for line in wave.lines] for wave in told_waves(measure)]


def test_a_company_of_four_is_not_shown_and_another_goes_with_it():
    """Beside a total of 41 the four of d would follow from 20, 12 and 5: c is hidden as well."""
    measure = study([20, 12, 5, 4])
    assert shown(measure) == [["a", "b"]]
    assert told_waves(measure)[0].hides


def test_companies_of_enough_people_are_all_shown_and_one_without_answers_hides_nothing():
    measure = study([20, 12, 5, 0])
    assert shown(measure) == [["a", "b", "c"]] and not told_waves(measure)[0].hides


def test_several_small_companies_hide_themselves():
    assert shown(study([20, 12, 2, 4])) == [["a", "b"]]


def test_a_change_is_told_where_both_waves_are():
    measure = study([20, 12, 5, 4], [8, 3, 20, 9])
    assert shown(measure) == [["a", "b"], ["c", "d"]] or shown(measure)[1] == ["c", "d"]
    told = told_changes(measure)[0]
    both = set(shown(measure)[0]) & set(shown(measure)[1])
    assert {line.company for line in told} == both


def test_a_response_is_not_told_where_it_tells_of_a_few_who_did_not_answer():
    """20 of 40, 12 of 14 and 5 of 5; nobody knows of how many d's nine are."""
    measure = study([20, 12, 5, 9], headcount=np.array([40.0, 14, 5, np.nan]))
    assert [line.response for line in told_waves(measure)[0].lines] == [0.5, None, 1.0, None]


def test_who_answered_twice_is_not_told_of_a_few_nor_of_all_but_a_few():
    sizes = [20, 12, 9, 9]
    measure = study(sizes, sizes, again=[10, 9, 9, 3])
    assert measure.changes[0].twice.n.tolist() == [10, 9, 9, 3]
    assert [line.n_twice for line in told_waves(measure)[1].lines] == [10, None, 9, None]
    assert [line.n_twice for line in told_waves(measure)[0].lines] == [None] * 4


def test_without_codes_nobody_is_told_to_have_answered_twice():
    measure = study([20, 12, 9, 9])
    assert all(line.n_twice is None for line in told_waves(measure)[0].lines)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_reason_for_not_knowing_has_a_sentence(language):
    found = {key for key in catalogue(language) if key.startswith("measure.unknown.")}
    assert found == {f"measure.unknown.{reason}" for reason in REASONS}

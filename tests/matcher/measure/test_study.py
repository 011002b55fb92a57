"""A whole study, as a report and a model read it."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from matcher.measure.scale import SIX, Range
from matcher.measure.study import Instrument, Wave, measure_study
from tests.strength import strength

ITEMS = ("a", "b", "c", "d")
INSTRUMENT = Instrument("leercultuur", ITEMS, Range(1, 5), 3, frozenset({"d"}))
COMPANIES = ("noord", "oost", "zuid")


def wave(name, seed=0, sizes=(12, 8, 3), **more):
    rng = np.random.default_rng(seed)
    company = np.repeat(np.arange(3), sizes)
    level = rng.normal(3, 0.7, len(company))[:, None]
    answers = np.clip(np.round(level + rng.normal(0, 0.7, (len(company), 4))), 1, 5)
    answers[:, 3] = 6 - answers[:, 3]
    return Wave(name, answers, company, **more)


def measured(*waves, instrument=INSTRUMENT):
    return measure_study(instrument, COMPANIES, waves, np.random.default_rng(0), 50)


def test_a_company_s_mean_and_sd_are_those_of_its_people_on_six():
    voor = wave("voor")
    voor.answers[0, :2] = np.nan  # two answers of four are too few
    found = measured(voor).waves[0]
    turned = voor.answers.copy()
    turned[:, 3] = 6 - turned[:, 3]
    score = 1 + 1.25 * (turned.mean(axis=1) - 1)
    for at, (first, end) in enumerate([(1, 12), (12, 20), (20, 23)]):
        assert found.by_company.n[at] == end - first
        assert found.by_company.mean[at] == pytest.approx(score[first:end].mean())
        assert found.by_company.sd[at] == pytest.approx(score[first:end].std(ddof=1))
    assert (found.n_rows, found.n_scored) == (23, 22)


def test_a_company_of_three_counts_with_its_error_and_is_not_shown():
    found = measured(wave("voor"), wave("na", 1)).changes[0]
    by_company = measured(wave("voor")).waves[0].by_company
    assert by_company.shown.tolist() == [True, True, False] == found.shown.tolist()
    assert by_company.error[2] > by_company.error[0] > 0
    assert np.isfinite(found.error).all()


def test_who_answered_twice_makes_a_change_surer():
    person = np.arange(23)
    headcount = np.array([20.0, 10, 5])
    alone = measured(wave("voor"), wave("na"))
    twice = measured(
        wave("voor", person=person, headcount=headcount),
        wave("na", person=person, headcount=headcount),
    )
    # The same answers twice: nobody changed, and that is known for certain.
    assert twice.changes[0].twice.n.tolist() == [12, 8, 3]
    assert twice.changes[0].twice.correlation == pytest.approx(1)
    assert twice.changes[0].error == pytest.approx(np.zeros(3), abs=1e-7)
    assert (alone.changes[0].error > 0.2).all() and np.isnan(alone.changes[0].twice.n).all()


def test_where_one_company_kept_no_codes_nobody_says_how_many_answered_twice():
    person = np.r_[np.arange(20), [-1, -1, -1]]
    found = measured(wave("voor", person=np.arange(23)), wave("na", 1, person=person))
    assert found.changes[0].twice.n[:2].tolist() == [12, 8]
    assert np.isnan(found.changes[0].twice.n[2])


def test_a_company_that_is_missing_in_a_wave_has_no_change():
    found = measured(wave("voor"), wave("na", 1, sizes=(12, 0, 3)))
    assert np.isnan(found.changes[0].change).tolist() == [False, True, False]
    assert found.waves[1].by_company.n[1] == 0 and np.isnan(found.waves[1].by_company.mean[1])


def test_a_wave_in_which_nobody_answered_is_measured_as_nothing():
    found = measured(wave("voor"), wave("na", sizes=(0, 0, 0)))
    nothing = found.waves[1]
    assert (nothing.n_rows, nothing.n_scored) == (0, 0)
    assert nothing.reliability.alpha.unknown == "few_people"
    assert nothing.aggregation.icc1.unknown == "few_companies"
    assert np.isnan(found.changes[0].error).all()


def test_three_waves_have_two_changes():
    found = measured(wave("0"), wave("1", 1), wave("2", 2))
    assert [(each.before, each.after) for each in found.changes] == [("0", "1"), ("1", "2")]


def test_the_same_study_gives_the_same_measure():
    one, other = (measured(wave("voor", sizes=(12, 8, 3))) for _ in (0, 1))
    assert one.waves[0].reliability.omega == other.waves[0].reliability.omega


WRONG = {
    "items": (lambda w: replace(w, answers=w.answers[:, :3]), "answers of voor"),
    "people": (lambda w: replace(w, person=np.arange(3)), "person of voor"),
    "times": (lambda w: replace(w, started=np.zeros(3)), "started of voor"),
    "headcount": (lambda w: replace(w, headcount=np.zeros(2)), "headcount of voor"),
    "a company": (lambda w: replace(w, company=w.company + 1), "a company of voor"),
    "an answer": (lambda w: replace(w, answers=w.answers + 1), "outside the scale"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_arrays_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        measured(change(wave("voor")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reversed": frozenset({"d", "e"})}, "reversed, but no item: e"),
        ({"items": ("a", "b", "b", "d")}, "there twice"),
        ({"min_items": 5}, "between 1 and 4"),
    ],
)
def test_an_instrument_that_does_not_fit_itself_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(INSTRUMENT, **change)


def test_six_is_the_scale_of_the_product():
    assert Range(1, 6) == SIX


@pytest.mark.proof
def test_a_large_study_is_measured_in_little_more_than_its_answers_on_six():
    """200,000 people in 40 items at 5,000 companies took 1.8 s of a core and 120 MB beside."""
    n = strength(20_000, 200_000)
    rng = np.random.default_rng(0)
    answers = rng.integers(1, 6, (n, 40)).astype(float)
    answers[rng.random(n) < 0.01, :30] = np.nan
    names = [str(company) for company in range(n // 40)]
    many = Wave("voor", answers, rng.integers(0, len(names), n), np.arange(n), rng.random(n))
    instrument = Instrument("lang", tuple(map(str, range(40))), Range(1, 5), 30)
    tracemalloc.start()
    measure_study(instrument, names, [many], rng)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.2 * answers.nbytes + 90e6

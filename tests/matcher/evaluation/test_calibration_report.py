"""Bins and levels: by hand, and on predictions that are right by construction."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t

from matcher.disclosure import FEWEST
from matcher.evaluation.calibration import (
    FEWEST_IN_BIN,
    MOST_BINS,
    brier,
    calibration,
    coverage,
    levels,
)
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Estimate
from matcher.evaluation.intervals import student
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence
from tests.matcher.gains import gains_of

MANY = 6_000


def right_by_construction(n, spoiled=1.0, seed=0):
    """Return trials whose states and gains follow their own predictions.

    ``spoiled`` multiplies the true SD of a gain about its prediction.
    """
    rng = np.random.default_rng(seed)
    p_started, p_completed = rng.uniform(0.2, 0.95, (2, n))
    gain, variance, noise, error = rng.normal(0.1, 0.2, n), 0.02, 0.05, 0.03
    started, finished = rng.random(n) < p_started, rng.random(n) < p_completed
    state = np.where(started, np.where(finished, "finished", "stopped"), "not_started")
    sd = spoiled * np.sqrt(variance + noise + error)
    measured = np.where(state == "finished", gain + sd * rng.standard_normal(n), np.nan)
    one = np.ones(1)
    ours = [
        Predictions(gain[i] * one, p_started[i] * one, p_completed[i] * one, gain[i] * one,
                    variance * one)
        for i in range(n)
    ]  # fmt: skip
    frame = pd.DataFrame({"state": state.astype(object)})
    gains = gains_of(measured, np.full(n, error))
    zeros = np.zeros(n, np.int64)
    evidence = Evidence(frame, (None,) * n, zeros, np.arange(n), zeros - 1, gains)
    return evidence, Held(ours, np.full(n, noise), np.full(n, 0.25), {})


@pytest.fixture(scope="module")
def right():
    return right_by_construction(MANY)


def test_predictions_that_are_right_lie_inside_their_bins(right):
    found = calibration(*right)
    assert [b.head for b in found] == ["started"] * 5 + ["completed"] * 5 + ["gain"] * 5
    for one in found:
        # Four standard errors: three times the half of an 80 % interval is 3.8.
        half = (one.observed.high - one.observed.low) / 2
        assert abs(one.predicted - one.observed.value) < 3 * half
        assert one.low <= one.predicted <= one.high


def test_bins_hold_all_that_is_known_once_from_low_to_high(right):
    evidence, held = right
    found = calibration(evidence, held)
    counted = {
        head: sum(b.n for b in found if b.head == head) for head in ("started", "completed", "gain")
    }
    state = evidence.state
    assert counted == {
        "started": MANY,
        "completed": int((state != "not_started").sum()),
        "gain": int((state == "finished").sum()),
    }
    for head in counted:
        ends = [end for b in found if b.head == head for end in (b.low, b.high)]
        assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("n", "bins"),
    [(FEWEST, 0), (2 * FEWEST_IN_BIN, 1), (9 * FEWEST_IN_BIN, 4), (99 * FEWEST_IN_BIN, MOST_BINS)],
)
def test_few_trials_make_few_bins(n, bins):
    found = calibration(*right_by_construction(n))
    assert sum(b.head == "started" for b in found) == bins


@pytest.mark.parametrize("n", [20, 50, 90, 150])
def test_no_share_of_a_bin_tells_of_one_to_four_trials(n):
    found = calibration(*right_by_construction(n))
    for one in found:
        if one.head != "gain":
            came_true = round(one.n * one.observed.value)
            assert not {came_true, one.n - came_true} & {1, 2, 3, 4}


def test_fewer_than_five_companies_make_no_bin_however_many_their_trials():
    evidence, held = right_by_construction(60)
    evidence.frame["state"] = "finished"
    evidence.gains.gain[:] = 0.1
    evidence.company[:] = np.arange(60) % (FEWEST - 1)
    assert calibration(evidence, held) == ()
    evidence.company[0] = FEWEST
    # One bin per question: with more the other bins would hold four companies.
    assert [b.n for b in calibration(evidence, held)] == [60, 60, 60]


def test_no_bin_holds_fewer_than_five_companies():
    """Fifty trials, the ten with the lowest chance of one company.

    In four bins the first would hold that company and three others: there are three.
    """
    evidence, held = right_by_construction(50)
    for place, prediction in enumerate(held.ours):
        prediction.p_started[:] = (place + 1) / 100
    evidence.company[:10] = 0
    found = [b for b in calibration(evidence, held) if b.head == "started"]
    sizes = np.cumsum([0, *(b.n for b in found)])
    of_bin = [evidence.company[a:b] for a, b in itertools.pairwise(sizes)]
    assert len(found) == 3
    assert min(len(set(companies.tolist())) for companies in of_bin) >= FEWEST


def test_nothing_known_makes_no_bin():
    evidence, held = right_by_construction(5)
    evidence.frame["state"] = "unknown"
    assert [b for b in calibration(evidence, held) if b.head != "gain"] == []


@pytest.mark.parametrize(("spoiled", "sign"), [(1.0, 0), (2.0, -1), (0.5, 1)])
def test_intervals_of_every_level_cover_what_they_say(spoiled, sign):
    evidence, held = right_by_construction(MANY, spoiled)
    for found in levels(evidence, held):
        gap = found.observed.value - found.level
        assert abs(gap) < 0.03 if sign == 0 else sign * gap > 0.03


def test_coverage_by_hand():
    """Three gains; each is predicted .1 with variance .02 + .05 + .03 = .1, 80 % is +- .405."""
    evidence, held = right_by_construction(3)
    evidence.frame["state"] = "finished"
    for prediction in held.ours:
        prediction.gain[:] = 0.1
    evidence.gains.gain[:] = [0.504, 0.506, -0.304]
    assert coverage(evidence, held, np.arange(3)).value == pytest.approx(2 / 3)
    assert coverage(evidence, held, np.array([1])).value == 0
    evidence.gains.gain[:] = np.nan
    assert coverage(evidence, held, np.arange(3)) == Estimate(None, None, None)


def test_the_error_of_a_chance_by_hand():
    """Chances .8 and .6 of what did and did not happen: (.04 + .36) / 2."""
    evidence, held = right_by_construction(2)
    evidence.frame["state"] = ["finished", "not_started"]
    for prediction, chance in zip(held.ours, (0.8, 0.6), strict=True):
        prediction.p_started[:] = chance
        prediction.p_completed[:] = 0.9
    found = brier(evidence, held.ours, np.arange(2))
    assert found == pytest.approx({"started": 0.2, "completed": 0.01})
    assert brier(evidence, held.ours, np.arange(0)) == {"started": None, "completed": None}


def test_a_mean_has_the_interval_of_student():
    values = np.random.default_rng(1).normal(0.1, 0.3, 9)
    found = student(values)
    low, high = student_t.interval(0.8, 8, values.mean(), values.std(ddof=1) / 3)
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high))
    assert student(np.array([0.3])) == Estimate(0.3, None, None)


def test_no_number_of_gains_makes_the_error_of_what_was_subtracted_smaller(right):
    """A mean of 240 gains, known to .02, less a change known to .05: 80 % is 1.2816 times both."""
    evidence, held = right
    bins = [b for b in calibration(evidence, held) if b.head == "gain"]
    halves = np.array([(b.observed.high - b.observed.low) / 2 for b in bins])
    assert evidence.gains.drift_sd == 0.05
    assert (halves > 1.2816 * 0.05).all()
    own = np.sqrt((0.02 + 0.05 + 0.03) / np.array([b.n for b in bins]))
    assert halves == pytest.approx(1.2816 * np.hypot(own, 0.05), rel=0.05)

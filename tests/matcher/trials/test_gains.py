"""Gains after the data contract, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from matcher.trials.gain import SLOPE_PRIOR_MEAN, adjusted_slope, measure


def frame(rows, companies=None):
    columns = (
        "intervention",
        "scale",
        "culture_before",
        "culture_after",
        "culture_before_sd",
        "culture_after_sd",
        "respondents_before",
        "respondents_after",
        "assigned_by",
        "propensity",
    )
    table = pd.DataFrame(rows, columns=columns[: len(rows[0])])
    names = [f"b{i}" for i in range(len(rows))] if companies is None else companies
    more = {"company": names, "employees": np.nan, "state": "finished"}
    more |= {"start_date": pd.NaT, "end_date": pd.NaT}
    return table.reindex(columns=columns).assign(**more)


TEN = 0.95**2 / 10
"""Error variance of a mean of ten people, where a file does not say how many they were."""
ONE = (0.6**2 + 1) * TEN + 0.16**2
"""By how much what one company changes anyway is off what all do: its own change, and its error."""


def test_a_gain_by_hand():
    """Two pairs are too few for a slope of their own: b = .6. Mean before 3.5.

    The first starts .5 below: (4 - 3) - (.6 - 1)(3 - 3.5) = 1 - .2 = .8. The second: 0 + .2.
    """
    gains = measure(frame([("bbl", "1-6", 3.0, 4.0), ("evc", "1-6", 4.0, 4.0)]))
    assert gains.slope == SLOPE_PRIOR_MEAN
    np.testing.assert_allclose(gains.gain, [0.8, 0.2])


def test_an_average_company_that_did_not_change_has_gain_zero():
    gains = measure(
        frame([("bbl", "1-6", 3.0, 3.1), ("evc", "1-6", 4.0, 4.1), ("evc", "1-6", 3.5, 3.5)])
    )
    assert gains.gain[2] == pytest.approx(0.0)


def test_a_score_on_five_is_read_on_six():
    """3 on 1-5 is 1 + 1.25 x 2 = 3.5; 4 is 4.75."""
    five = measure(frame([("bbl", "1-5", 3.0, 4.0)]))
    six = measure(frame([("bbl", "1-6", 3.5, 4.75)]))
    assert five.gain[0] == pytest.approx(six.gain[0])


def test_what_changes_by_itself_is_taken_off_as_far_as_it_is_known():
    """Two controls of +.1 and +.3: their mean .2 is drawn to 0, for two companies say little.

    Precision 1 / .1^2 = 100 of the prior and 2 / ONE of the two, which differ less than by chance
    and so leave what companies differ at 5/6 of .16^2.
    """
    rows = [("bbl", "1-6", 3.5, 4.0), ("geen", "1-6", 3.5, 3.6), ("geen", "1-6", 3.5, 3.8)]
    gains = measure(frame(rows))
    told = 2 / (1.36 * TEN + 5 / 6 * 0.16**2)
    assert gains.n_controls == 2
    assert gains.control_change == pytest.approx(0.2 * told / (100 + told))
    assert gains.drift_sd == pytest.approx((100 + told) ** -0.5)
    assert gains.gain[0] == pytest.approx(0.5 - gains.control_change)
    assert gains.change[0] == pytest.approx(0.5)


def test_one_control_moves_little_and_makes_nothing_less_sure():
    rows = [("bbl", "1-6", 3.5, 3.6), ("bbl", "1-6", 3.5, 3.6), ("geen", "1-6", 3.5, 4.2)]
    gains, alone = measure(frame(rows)), measure(frame(rows[:2]))
    assert gains.control_change == pytest.approx(0.7 / ONE / (100 + 1 / ONE))
    assert gains.control_change < 0.07
    assert gains.drift_sd < alone.drift_sd == 0.1


def test_a_control_of_three_people_moves_less_than_one_of_thirty():
    def drift(n):
        rows = [("bbl", "1-6", 3.5, 3.6, 1.0, 1.0, 20, 20), ("geen", "1-6", 3.5, 3.2, 1, 1, n, n)]
        return measure(frame(rows)).control_change

    assert -0.03 < drift(3) < 0
    assert drift(30) < 1.5 * drift(3)


@pytest.mark.parametrize("change", [-0.3, 0.0, 0.3])
def test_more_controls_make_the_drift_surer(change):
    """And thirty of them outweigh what is believed beforehand."""
    found = []
    for n in (0, 1, 2, 5, 30):
        rows = [("bbl", "1-6", 3.5, 3.6), *[("geen", "1-6", 3.5, 3.5 + change)] * n]
        found.append(measure(frame(rows)))
    sds = [gains.drift_sd for gains in found]
    assert sds == sorted(sds, reverse=True)
    assert abs(found[-1].control_change - change) <= 0.4 * abs(change)


def test_a_control_that_was_measured_twice_counts_once():
    """Changes of .1 and .3 by one company and .8 by another tell what .2 and .8 do."""
    changed = (0.1, 0.3, 0.8)
    rows = [("geen", "1-6", 3.5, 3.5 + change) for change in changed]
    gains = measure(frame(rows, ["a", "a", "b"]))
    assert gains.n_controls == 2
    # They differ by .18 - .092 more than by their errors, which counts as one company of six.
    own = (5 * 0.16**2 + 0.18 - 0.75 * 1.36 * TEN) / 6
    # The first is known twice as well.
    first, second = 1 / (own + 1.36 * TEN / 2), 1 / (own + 1.36 * TEN)
    told = (0.2 * first + 0.8 * second) / (100 + first + second)
    assert gains.control_change == pytest.approx(told)


def test_trials_of_one_period_share_its_change_and_none_has_it_for_itself():
    rows = [("bbl", "1-6", 3.5, 4.0), ("evc", "1-6", 3.5, 4.0), ("evc", "1-6", 3.5, 4.0)]
    gains = measure(frame(rows, ["a", "a", "b"]))
    assert gains.period[0] == gains.period[1] != gains.period[2]
    np.testing.assert_allclose(gains.change, 0.5)
    assert np.isnan(gains.gain).tolist() == [True, True, False]


def test_a_trial_that_never_started_leaves_the_change_to_the_other():
    rows = [("bbl", "1-6", 3.5, 4.0), ("evc", "1-6", 3.5, 4.0)]
    table = frame(rows, ["a", "a"]).assign(state=["finished", "not_started"])
    assert np.isnan(measure(table).gain).tolist() == [False, True]
    doubt = table.assign(state=["finished", "unknown"])
    assert np.isnan(measure(doubt).gain).all()


def test_copies_of_a_score_tell_no_more_than_one_of_it():
    rng = np.random.default_rng(4)
    before = rng.normal(3.5, 0.4, 30)
    rows = [("bbl", "1-6", b, b + c) for b, c in zip(before, rng.normal(0, 0.3, 30), strict=True)]
    names = [f"b{i}" for i in range(30)]
    once, four = measure(frame(rows, names)), measure(frame(rows * 4, names * 4))
    assert four.slope == once.slope
    np.testing.assert_allclose(four.change[:30], once.change)


def test_who_answered_is_counted_among_who_works_there_and_twice_where_they_did():
    """Ten of twenty, all of them twice, r = .6, SD 1, b = .6.

    (1/10 - 1/20)(.36 + 1) - 2 (.6)(.6)(10/100 - 1/20) = .068 - .036 = .032; as two samples without
    end .136: the SD of the error is .18 in place of .37.
    """
    rows = [("bbl", "1-6", 3.0, 4.0, 1.0, 1.0, 10, 10)] * 2
    table = frame(rows).assign(employees=20.0)
    twice = table.assign(n_twice=10.0, correlation=0.6)
    assert measure(frame(rows)).variance[0] == pytest.approx(0.136)
    assert measure(table).variance[0] == pytest.approx(0.068)
    assert measure(twice).variance[0] == pytest.approx(0.032)


WAITED = {
    "drawn by lot": ("leermatch", 0.4, True),
    "nothing of the plan suited it": ("leermatch", 1.0, False),
    "the table let it wait": ("table", 1.0, True),
    "nobody wrote how": (None, np.nan, True),
    "a plan whose chance was lost": ("leermatch", np.nan, True),
}


@pytest.mark.parametrize(("by", "chance", "counts"), WAITED.values(), ids=WAITED.keys())
def test_who_could_get_nothing_is_no_control(by, chance, counts):
    """One that changed by .1 and one that is asked about, which changed by .5."""
    scores = ("1-6", 3.5, 3.6, np.nan, np.nan, np.nan, np.nan)
    waited = ("geen", "1-6", 3.5, 4.0, np.nan, np.nan, np.nan, np.nan, by, chance)
    rows = [("bbl", *scores, None, np.nan), ("geen", *scores, None, np.nan), waited]
    gains = measure(frame(rows))
    assert gains.n_controls == 1 + counts
    assert (gains.control_change > 0.02) == counts


def test_an_unknown_score_is_an_unknown_gain_and_never_zero():
    gains = measure(frame([("bbl", "1-6", np.nan, 4.0), ("evc", "1-6", 3.0, np.nan)]))
    assert np.isnan(gains.gain).all()


def test_few_respondents_count_with_their_larger_error():
    """SD 1 of 4 and 16 people: 1/16 + .36/4 against 1/4 + .36/16."""
    rows = [("bbl", "1-6", 3.0, 4.0, 1.0, 1.0, 4, 16), ("bbl", "1-6", 3.0, 4.0, 1.0, 1.0, 16, 4)]
    np.testing.assert_allclose(
        measure(frame(rows)).variance, [1 / 16 + 0.36 / 4, 1 / 4 + 0.36 / 16]
    )


def test_the_slope_moves_from_its_prior_to_the_data():
    rng = np.random.default_rng(2)
    before = rng.normal(3.8, 0.4, 2000)
    after = 3.9 + 0.9 * (before - 3.8) + rng.normal(0, 0.1, 2000)
    assert adjusted_slope(before, after) == pytest.approx(0.9, abs=0.02)
    few = adjusted_slope(before[:4], after[:4])
    assert abs(few - SLOPE_PRIOR_MEAN) < abs(0.9 - SLOPE_PRIOR_MEAN)

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
    return table.reindex(columns=columns).assign(company=names)


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


def test_what_changes_by_itself_is_subtracted():
    rows = [("bbl", "1-6", 3.5, 4.0), ("geen", "1-6", 3.5, 3.6), ("geen", "1-6", 3.5, 3.8)]
    gains = measure(frame(rows))
    assert gains.n_controls == 2
    assert gains.control_change == pytest.approx(0.2)
    assert gains.gain[0] == pytest.approx(0.5 - 0.2)


def test_a_control_that_was_measured_twice_counts_once():
    """Changes of .1 and .3 by one company and .8 by another: (.2 + .8) / 2 = .5, not .4."""
    changed = (0.1, 0.3, 0.8)
    rows = [("geen", "1-6", 3.5, 3.5 + change) for change in changed]
    gains = measure(frame(rows, ["a", "a", "b"]))
    assert gains.n_controls == 2
    assert gains.control_change == pytest.approx(0.5)
    # Two companies that differ by .6 say what one changes to .42, and their mean to .3.
    assert gains.drift_sd == pytest.approx(0.3)


def test_what_one_control_changed_is_known_as_badly_as_one_company_is_measured():
    """Ten people of SD .95, twice: a change of one company is known to sqrt(1.36 x .09) = .35."""
    rows = [("bbl", "1-6", 3.5, 3.6), ("bbl", "1-6", 3.5, 3.6), ("geen", "1-6", 3.5, 4.2)]
    gains = measure(frame(rows))
    # The gains .1, .1, .7 differ by sqrt(.12) = .346, the error is .350.
    assert gains.drift_sd == pytest.approx(np.sqrt(1.36 * 0.95**2 / 10))
    more = measure(frame([*rows[:2], ("geen", "1-6", 3.5, 5.5)]))
    assert more.drift_sd == pytest.approx(np.std([0.1, 0.1, 2.0], ddof=1))


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
    assert gains.control_change == pytest.approx(0.3 if counts else 0.1)


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

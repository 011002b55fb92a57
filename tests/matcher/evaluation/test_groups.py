"""Groups of companies: who falls in which, when nothing is said, and when worse is sure."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from matcher.design.encoding import encode
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Estimate
from matcher.evaluation.subgroups import (
    FEWEST_AT_ISSUE,
    FEWEST_COMPANIES,
    by_group,
    chance_of_so_low,
    surely_low,
)
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence
from tests.matcher.gains import gains_of

ASKED = {"needs": ["inwerken"], "staffing_pressure": "gemiddeld", "sbi_version": "2008"}


def companies(*kinds):
    """Return one finished trial of the first of two cards at each company, gain .1 +- .2."""
    profiles = tuple(encode(ASKED | kind) for kind in kinds)
    n = len(kinds)
    gain = np.random.default_rng(0).normal(0.1, 0.2, n)
    frame = pd.DataFrame({"state": np.full(n, "finished", object)})
    gains = gains_of(gain, np.zeros(n))
    zeros = np.zeros(n, np.int64)
    return Evidence(frame, profiles, zeros, np.arange(n), zeros - 1, gains)


def held_for(evidence, n_told):
    """Return predictions alike for all; in n_told trials only our choice is the one made."""
    n = len(evidence)
    alike = Predictions(*(np.full(2, value) for value in (0.05, 0.8, 0.7, 0.1, 0.0)))
    ours, theirs = np.tile([0.0, 1.0], (n, 1)), np.tile([0.0, 1.0], (n, 1))
    ours[:n_told] = [1.0, 0.0]
    choices = {"leermatch": ours, "expert": theirs}
    return Held([alike] * n, np.full(n, 0.04), np.full(n, 0.25), choices)


def found_in(evidence, difference, n_told=FEWEST_AT_ISSUE):
    held = held_for(evidence, n_told)
    groups = by_group(evidence, held, np.array(difference), np.random.default_rng(0))
    return {(group.field, group.value): group for group in groups}


def test_a_company_counts_in_each_of_its_groups_and_unknown_in_none():
    shop = {"employees": 7, "sector": "G", "province": "drenthe", "share_practical": "hoog"}
    quiet = {"employees": 7, "sector": "", "province": None}
    found = found_in(companies(shop, shop, quiet), [0.0] * 3)
    assert {key: group.n_companies for key, group in found.items()} == {
        ("size", "5-9"): 3,
        ("sector", "handel"): 2,
        ("province", "drenthe"): 2,
        ("share_practical", "hoog"): 2,
    }


@pytest.mark.parametrize(("n", "told"), [(FEWEST_COMPANIES - 1, False), (FEWEST_COMPANIES, True)])
def test_below_the_least_number_of_companies_nothing_is_said(n, told):
    found = found_in(companies(*[{"employees": 30, "sector": ""}] * n), [-1.0] * n)
    group = found["size", "25-49"]
    assert (group.difference is not None) is told
    assert (group.coverage is not None) is told
    assert (group.brier is not None) is told
    assert group.n_trials == n


def test_what_is_said_is_said_of_the_companies_of_the_group_only():
    kinds = [{"employees": 30, "sector": ""}] * 12 + [{"employees": 300, "sector": ""}] * 12
    difference = [0.1] * 12 + [-0.3] * 12
    found = found_in(companies(*kinds), difference, n_told=24)
    exact = pytest.approx(0.1)
    assert found["size", "25-49"].difference == Estimate(exact, exact, exact)
    assert found["size", "100-249"].difference.value == pytest.approx(-0.3)
    # Started at .8 and finished at .7, all of them: squared errors .04 and .09.
    assert found["size", "25-49"].brier == pytest.approx({"started": 0.04, "completed": 0.09})


@pytest.mark.parametrize(
    ("n_told", "worse"), [(FEWEST_AT_ISSUE - 1, False), (FEWEST_AT_ISSUE, True)]
)
def test_a_group_in_which_hardly_a_choice_was_made_is_never_called_worse(n_told, worse):
    difference = np.random.default_rng(1).normal(-1, 0.1, 15)
    found = found_in(companies(*[{"employees": 30, "sector": ""}] * 15), difference, n_told)
    assert found["size", "25-49"].surely_worse is worse


def test_below_five_trials_at_issue_there_is_no_difference_to_tell():
    group = companies(*[{"employees": 30, "sector": ""}] * 15)
    assert found_in(group, [0.0] * 15, 0)["size", "25-49"].difference is None
    assert found_in(group, [0.0] * 15, 4)["size", "25-49"].difference is None
    assert found_in(group, [0.0] * 15, 5)["size", "25-49"].difference is not None


def test_one_trial_that_weighs_as_many_is_one():
    """Of five trials at issue one was chosen with .05 and weighs 20: (20 + 4)^2 / 404 is 1.4."""
    evidence = companies(*[{"employees": 30, "sector": ""}] * 15)
    rare = np.ones(15)
    rare[0] = 0.05
    draws = np.random.default_rng(0)
    (group,) = by_group(evidence, held_for(evidence, 5), np.zeros(15), draws, propensities=rare)
    assert group.difference is None


def test_the_error_of_what_was_subtracted_widens_a_group_by_the_share_it_keeps():
    """Terms all alike: what is left is the error, .1 times the half that is kept, times 1.28."""
    evidence = companies(*[{"employees": 30, "sector": ""}] * 15)
    drift = 0.1 * np.random.default_rng(1).standard_normal(1000)
    (group,) = by_group(
        evidence,
        held_for(evidence, 15),
        np.full(15, 0.2),
        np.random.default_rng(0),
        shared=(drift, np.full(15, 0.5)),
    )
    found = group.difference
    assert (found.high - found.low) / 2 == pytest.approx(0.1 * 0.5 * 1.2816, rel=0.1)


def test_few_measured_companies_say_nothing_of_the_intervals():
    evidence = companies(*[{"employees": 30, "sector": ""}] * 15)
    evidence.gains.gain[4:] = np.nan
    assert found_in(evidence, [0.0] * 15)["size", "25-49"].coverage is None
    evidence.gains.gain[4] = 0.1
    assert found_in(evidence, [0.0] * 15)["size", "25-49"].coverage is not None


def test_the_chance_is_that_of_a_t_test():
    means = np.random.default_rng(2).normal(-0.1, 0.3, 14)
    expected = ttest_1samp(means, 0, alternative="less").pvalue
    assert chance_of_so_low(means) == pytest.approx(expected)
    assert chance_of_so_low(np.full(10, -0.1)) == 0
    assert chance_of_so_low(np.zeros(10)) == 1


HOLM = {
    # Of four: .0125, .0167, .025, .05 in turn, and after the first that fails nothing is sure.
    "all": ([0.012, 0.016, 0.024, 0.05], [True] * 4),
    "the second fails": ([0.04, 0.012, 0.017, 0.017], [False, True, False, False]),
    "none": ([0.013, 0.013, 0.013, 0.013], [False] * 4),
    "one alone": ([0.05], [True]),
    "of nobody": ([], []),
}


@pytest.mark.parametrize(("chances", "sure"), HOLM.values(), ids=HOLM.keys())
def test_many_groups_ask_for_more_certainty(chances, sure):
    assert surely_low(chances) == sure


def test_where_no_group_is_worse_one_is_called_so_in_at_most_a_twentieth_of_worlds():
    """400 worlds of 8 groups: .05 and three standard errors is .083."""
    rng = np.random.default_rng(4)
    called = [
        any(surely_low([chance_of_so_low(rng.normal(0, 1, 12)) for _ in range(8)]))
        for _ in range(400)
    ]
    assert np.mean(called) < 0.083

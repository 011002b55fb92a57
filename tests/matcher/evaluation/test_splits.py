"""Several ways to deal companies into folds: the same numbers as fitting anew, and their median."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.design.expert import HEADS
from matcher.design.setup import Setup
from matcher.evaluation.cross_fitting import cross_fit, sample_to_judge
from matcher.evaluation.findings import Apart, Estimate, GroupFinding
from matcher.evaluation.intervals import Z
from matcher.evaluation.splits import (
    FEWER_SPLITS,
    MANY_TRIALS,
    N_SPLITS,
    dealt_again,
    held_again,
    median_estimate,
    median_held,
    median_of,
    n_splits,
)
from matcher.menu.card import read_menu
from matcher.model.fitted import FittedHead
from matcher.paths import MENU, TRIALS
from matcher.regression.kernel_form import Settled, condition
from matcher.training.evidence import gather
from matcher.training.fit import MOST_BY_ROWS, fit
from matcher.training.questions import question
from matcher.trials.reader import read_trials
from tests.matcher.conftest import FEW_FOLDS


@pytest.fixture(scope="module")
def evidence():
    """Return 40 companies of the trials of the repository."""
    menu = read_menu(MENU)
    trials = gather(read_trials(TRIALS, menu).frame, menu)
    return trials.of(trials.company < 40)


@pytest.fixture(scope="module")
def learned(evidence, expert):
    setup = Setup(read_menu(MENU), expert)
    return setup, *fit(evidence, setup, averaged=False)


@pytest.mark.parametrize("head", HEADS)
def test_what_is_left_without_some_companies_is_what_the_others_say_alone(evidence, learned, head):
    """The second way conditions the rows that are left, from nothing."""
    setup, _, scales = learned
    observed, prior = question(evidence, head, setup)
    settled = Settled(observed, prior, scales[head])
    for some in ([3], [0, 5, 11, 12], []):
        left = np.isin(observed.groups[0], some)
        pull = settled.pull_without(left)
        assert (pull[left] == 0).all()
        others = condition(observed.of(~left), prior, scales[head])
        assert settled.means(pull[:, None])[:, 0] == pytest.approx(others.mean, abs=1e-7)
    nobody = settled.means(settled.pull_without(np.ones(len(left), bool))[:, None])
    assert nobody[:, 0] == pytest.approx(prior.mean)


@pytest.fixture(scope="module")
def held(evidence, learned):
    """Return the first way, at the scales of all, and one other way to deal."""
    setup, model, scales = learned

    def at_those_scales(kept, setup, seed, start):
        heads = {}
        for i, head in enumerate(HEADS):
            posterior = condition(*question(kept, head, setup), scales[head])
            draws = posterior.draw(256, np.random.default_rng(i))
            heads[head] = FittedHead.of(posterior.mean, draws, scales[head])
        return replace(model, heads=heads)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.training.folds.N_FOLDS", FEW_FOLDS)
        samples = dealt_again(sample_to_judge(evidence, setup.menu, 0), 0, 2)
    first, second = (
        cross_fit(one, setup, 0, None, lambda _: None, at_those_scales) for one in samples
    )
    return samples, first, second, held_again(first, samples, setup, scales)


def test_another_way_to_deal_says_what_its_folds_would_say_at_the_same_scales(held):
    """The gain to rounding; chances as far as 256 draws tell their variance, some thousandths."""
    _, first, fitted, (same, moved) = held
    assert same is first
    off = {"gain": 1e-7, "p_started": 0.02, "p_completed": 0.02, "expected_gain": 0.01}
    for name, tolerance in off.items():
        ours, theirs, before = (
            np.array([getattr(one, name) for one in way.ours]) for way in (moved, fitted, first)
        )
        assert ours == pytest.approx(theirs, abs=tolerance)
        # Closer by far than to the first way: it did move.
        assert np.abs(ours - theirs).mean() < 0.3 * np.abs(before - theirs).mean()
    assert (moved.choices["popular"] == fitted.choices["popular"]).all()
    agree = (moved.choices["leermatch"] == fitted.choices["leermatch"]).all(axis=1)
    assert agree.mean() > 0.95
    for policy in ("expert", "need_match", "menu_order", "random"):
        assert (moved.choices[policy] == fitted.choices[policy]).all()


def test_each_way_deals_every_company_whole_and_differently(held):
    samples = held[0]
    for sample in samples:
        assert sorted(np.concatenate(sample.dealt)) == list(range(len(sample.trials)))
        companies = [set(sample.trials.company[fold].tolist()) for fold in sample.dealt]
        assert sum(map(len, companies)) == len(set().union(*companies)) == 40
    assert [f.tolist() for f in samples[0].dealt] != [f.tolist() for f in samples[1].dealt]


def test_of_each_trial_the_median_is_told(held):
    *_, (first, moved) = held
    middle = median_held([first, moved, moved])
    for ours, theirs in zip(middle.ours, moved.ours, strict=True):
        assert (ours.expected_gain == theirs.expected_gain).all()
    assert median_held([first]) is first


class Trials:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


def test_many_trials_are_dealt_in_fewer_ways():
    assert n_splits(Trials(MANY_TRIALS)) == N_SPLITS == 11
    assert n_splits(Trials(MANY_TRIALS + 1)) == n_splits(Trials(MOST_BY_ROWS)) == FEWER_SPLITS == 5
    assert n_splits(Trials(MOST_BY_ROWS + 1)) == 1
    assert n_splits(Trials(90), contested=True) == 1


# The median


def test_the_median_of_estimates_by_hand():
    """Values 1, 2, 4, all of SD s to either side: distances 1, 0, 2, so the median is s^2 + 1."""
    s = 0.5
    ways = [Estimate(v, v - Z * s, v + Z * s) for v in (1.0, 4.0, 2.0)]
    found = median_estimate(ways)
    half = Z * np.sqrt(s**2 + 1)
    assert (found.value, found.low, found.high) == pytest.approx((2, 2 - half, 2 + half))


def test_ways_that_agree_leave_the_interval_as_it_is():
    same = Estimate(0.1, -0.2, 0.5)
    found = median_estimate([same] * 5)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, -0.2, 0.5))


NOTHING = Estimate(None, None, None)
MISSING = {
    "most say nothing": ([NOTHING, NOTHING, Estimate(1.0, 0.5, 1.5)], NOTHING),
    "one says nothing": ([Estimate(1.0, 0.5, 1.5)] * 2 + [NOTHING], Estimate(1.0, 0.5, 1.5)),
    "no interval": ([Estimate(1.0, None, None)] * 3, Estimate(1.0, None, None)),
}


@pytest.mark.parametrize(("ways", "found"), MISSING.values(), ids=MISSING.keys())
def test_nothing_is_said_where_most_ways_say_nothing(ways, found):
    middle = median_estimate(ways)
    assert (middle.value is None, middle.low is None) == (found.value is None, found.low is None)
    if found.low is not None:
        assert (middle.value, middle.low, middle.high) == pytest.approx((1.0, 0.5, 1.5))


def test_the_parts_of_a_finding_are_taken_apart_and_put_together():
    """Numbers by their median, yes or no by the majority, a text as it is."""

    def group(n, value, worse):
        told = None if value is None else Estimate(value, value - 1, value + 1)
        return GroupFinding("size", "10-24", n, n, told, None, {"started": value}, worse)

    ways = [group(5, 0.1, True), group(5, None, False), group(5, 0.3, True)]
    found = median_of([(way,) for way in ways])[0]
    assert (found.field, found.value, found.n_companies, found.surely_worse) == (
        "size",
        "10-24",
        5,
        True,
    )
    assert found.difference.value == pytest.approx(0.2)
    assert found.coverage is None
    assert found.brier == {"started": 0.1}
    assert median_of([Apart(1, 4), Apart(3, 1), Apart(2, 9)]) == Apart(2, 4)

"""The evaluation against paper, against worlds whose truth is known, and against a second way."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.calibration_report import coverage
from matcher.card_features import cards_of
from matcher.cross_fitting import (
    BASELINES,
    Held,
    all_suitable,
    cross_fit,
    folds,
    sample_to_judge,
)
from matcher.design import layout_of, prior_of, rows
from matcher.engine import Engine, Predictions
from matcher.evaluation import evaluate
from matcher.gains import Gains
from matcher.intervals import N_BOOTSTRAP, bootstrapped, company_weights, wilson
from matcher.menu import read_menu
from matcher.off_policy import doubly_robust, surprises
from matcher.paths import MENU
from matcher.profile_files import read_profiles
from matcher.simulation import simulate
from matcher.success import successes
from matcher.training import Evidence, fit, gather
from matcher.trials import read_trials
from tests.matcher.conftest import FEW_FOLDS, PLANTED, one_card_helps, trial, write_trials

Z80 = 1.2815515655446004


def read(path, menu):
    return gather(read_trials(path, menu).frame, menu)


def menu_of(menu, *ids):
    return replace(menu, interventions=tuple(menu.by_id[card] for card in ids))


# A share with its interval


def test_wilson_by_hand():
    """8 of 10, z^2 = 1.6424: centre (.8 + .0821) / 1.1642, half 1.1008 sqrt(.016 + .0041)."""
    found = wilson(8, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.6016, 0.9138), abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_ends_where_the_score_test_would_reject(counts):
    k, n = counts
    found = wilson(k, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    for end in (found.low, found.high):
        assert (k / n - end) ** 2 == pytest.approx(Z80**2 * end * (1 - end) / n, abs=1e-9)


@pytest.mark.parametrize("n", [1, 3, 43, 1000])
def test_a_share_of_none_or_all_ends_at_the_edge_and_not_beyond(n):
    assert wilson(0, n).low == 0
    assert wilson(n, n).high == 1


# Folds


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=80).filter(lambda c: len(set(c)) > 1))
def test_every_company_is_held_out_whole_and_once(companies):
    company = np.array(companies)
    held = folds(company, 0)
    assert len(held) == min(10, len(set(companies)))
    assert sorted(np.concatenate(held)) == list(range(len(company)))
    owners = [set(company[fold]) for fold in held]
    assert sum(map(len, owners)) == len(set(companies))


def test_folds_follow_the_seed():
    company = np.repeat(np.arange(40), 2)

    def dealt(seed):
        return [fold.tolist() for fold in folds(company, seed)]

    assert dealt(1) == dealt(1)
    assert dealt(1) != dealt(2)


# A log by lot, whose truth is known

CARDS = ("evc", "serious-game", "job-crafting", "mentor-buddy")
P_STARTED = np.array([0.9, 0.5, 0.8, 0.7])
P_COMPLETED = np.array([0.8, 0.7, 0.9, 0.6])
GAIN = np.array([0.0, 0.8, 0.3, -0.2])
SHARE = 0.25
TRUE = P_STARTED * (P_COMPLETED + (1 - P_COMPLETED) * SHARE) * GAIN
CHOSEN_WITH = np.array([0.35, 0.2, 0.3, 0.15])
MANY = 15_000

RIGHT = Predictions(TRUE, P_STARTED, P_COMPLETED, GAIN, np.ones(4))
WRONG = Predictions(
    np.array([0.3, -0.1, 0.0, 0.2]), np.full(4, 0.5), np.full(4, 0.3), np.full(4, 0.4), np.ones(4)
)


def log_by_lot(missing, unknown, seed=1):
    """Return a log of one trial each at many companies, its gains with noise of .4 point."""
    rng = np.random.default_rng(seed)
    cards = rng.choice(4, MANY, p=CHOSEN_WITH)
    started = rng.random(MANY) < P_STARTED[cards]
    finished = rng.random(MANY) < P_COMPLETED[cards]
    state = np.where(started, np.where(finished, "finished", "stopped"), "not_started")
    gain = np.where(finished, 1.0, SHARE) * GAIN[cards] + rng.normal(0, 0.4, MANY)
    gain[~started | (rng.random(MANY) < missing)] = np.nan
    blank = rng.random(MANY) < unknown
    state[blank], gain[blank] = "unknown", np.nan
    frame = pd.DataFrame({"state": state.astype(object), "propensity": CHOSEN_WITH[cards]})
    gains = Gains(gain, np.zeros(MANY), 0.6, 0.0, 0, 0.05)
    alone, nowhere = np.arange(MANY), np.full(MANY, -1)
    return Evidence(frame, (None,) * MANY, cards, alone, nowhere, gains)


def terms_of(evidence, predicted, chosen, propensities):
    held = Held([predicted] * MANY, np.zeros(MANY), np.full(MANY, SHARE), {})
    chosen = np.broadcast_to(chosen, (MANY, 4))
    surprised = surprises(evidence, held)
    return doubly_robust(evidence, held.ours, chosen, propensities, surprised)


POLICIES = {
    **{card: np.eye(4)[i] for i, card in enumerate(CARDS)},
    "by lot": np.full(4, 0.25),
    "the best two": np.array([0, 0.7, 0.3, 0]),
}
GAPS = {
    "all known": (0.0, 0.0),
    "half of the gains missing": (0.5, 0.0),
    "states unknown": (0.0, 0.3),
    "gains missing and states unknown": (0.5, 0.2),
}
MODELS = {
    "right model, right chances": (RIGHT, True),
    "wrong model, right chances": (WRONG, True),
    "right model, wrong chances": (RIGHT, False),
}


@pytest.mark.parametrize(("missing", "unknown"), GAPS.values(), ids=GAPS.keys())
@pytest.mark.parametrize(("predicted", "logged"), MODELS.values(), ids=MODELS.keys())
def test_the_value_of_a_policy_is_the_truth_if_model_or_chances_are_right(
    missing, unknown, predicted, logged
):
    """Four standard errors: one seed in 16 000 would fail, and the seed is fixed."""
    evidence = log_by_lot(missing, unknown)
    chances = evidence.frame["propensity"].to_numpy() if logged else np.full(MANY, 0.25)
    for chosen in POLICIES.values():
        terms = terms_of(evidence, predicted, chosen, chances)
        error = terms.std() / np.sqrt(MANY)
        assert terms.mean() == pytest.approx(chosen @ TRUE, abs=4 * error)
        assert error < 0.03


def test_a_rare_choice_does_not_decide_the_whole_figure():
    evidence = log_by_lot(0, 0)
    terms = terms_of(evidence, RIGHT, np.eye(4)[1], np.full(MANY, 1e-9))
    surprise = np.nanmax(np.abs(evidence.gains.gain)) + 1
    assert np.abs(terms).max() < 20 * surprise + 1


STATES = {
    # gain if finished .8, P(completes) .7: expected .5 (.7 + .3 x .25) x .8 = .31
    "not started": ("not_started", None, 0 - 0.31),
    "not started, measured": ("not_started", 0.1, 0.1 - 0.31),
    "finished": ("finished", None, 0.8 - 0.31),
    "finished, measured": ("finished", 0.5, 0.5 - 0.31),
    "stopped": ("stopped", None, 0.2 - 0.31),
    "stopped, measured": ("stopped", 0.3, 0.3 - 0.31),
    "going on": ("started", None, 0.62 - 0.31),
    "going on, measured": ("started", 0.7, 0.7 - 0.31),
}


@pytest.mark.parametrize(("state", "gain", "expected"), STATES.values(), ids=STATES.keys())
def test_what_a_trial_shows_beyond_what_was_expected_by_hand(state, gain, expected):
    frame = pd.DataFrame({"state": pd.Series([state], dtype=object), "propensity": [0.2]})
    gains = Gains(np.array([np.nan if gain is None else gain]), np.zeros(1), 0.6, 0.0, 0, 0.05)
    one, nowhere = np.zeros(1, np.int64), np.full(1, -1)
    evidence = Evidence(frame, (None,), one + 1, one, nowhere, gains)
    assert TRUE[1] == pytest.approx(0.31)
    held = Held([RIGHT], np.zeros(1), np.array([SHARE]), {})
    assert sum(points / known for points, known in surprises(evidence, held)) == pytest.approx(
        [expected]
    )


def test_trials_of_which_nothing_is_known_show_nothing():
    evidence = log_by_lot(0, 1.0)
    terms = terms_of(evidence, RIGHT, np.eye(4)[1], np.full(MANY, 0.2))
    assert terms == pytest.approx(np.full(MANY, TRUE[1]))


# A mean over companies, and its interval


def test_a_value_is_a_mean_over_companies_not_over_trials():
    """One company with three trials of 1, one with a single 0: .5 per company, .75 per trial."""
    weights = company_weights(np.array([7, 7, 7, 2]), np.random.default_rng(0))
    assert bootstrapped(np.array([1.0, 1, 1, 0]), weights).value == pytest.approx(0.5)


def test_the_bootstrap_draws_whole_companies():
    company = np.repeat(np.arange(12), np.arange(1, 13))
    weights = company_weights(company, np.random.default_rng(0))
    assert weights.shape == (1 + N_BOOTSTRAP, len(company))
    assert weights.sum(axis=1) == pytest.approx(np.ones(1 + N_BOOTSTRAP))
    for number in range(12):
        own = weights[:, company == number]
        assert (own == own[:, :1]).all()
        times = own.sum(axis=1) * 12
        assert times == pytest.approx(np.round(times))
    assert weights[1:].std(axis=0).min() > 0


def test_the_interval_is_as_wide_as_companies_differ_however_often_each_was_measured():
    """A bootstrap over trials would take 30 companies with nine trials each for 270."""
    level = np.random.default_rng(3).normal(0, 1, 30)
    widths = []
    for times in (1, 9):
        company = np.repeat(np.arange(30), times)
        weights = company_weights(company, np.random.default_rng(0))
        found = bootstrapped(np.repeat(level, times), weights)
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0])
    # 80 % of a normal mean: 2 x 1.2816 SD / sqrt(30), to the error of 1000 draws and 30 values
    assert widths[0] == pytest.approx(2 * Z80 * level.std() / np.sqrt(30), rel=0.15)


def test_an_error_that_all_gains_share_widens_a_value_however_many_companies_there_are():
    """Controls known to .2 point, half of which comes into a value: an SD of .1, not .1 / sqrt(n).

    A difference of two policies that keep as much of it has none of it.
    """
    weights = company_weights(np.arange(400), np.random.default_rng(0))
    drift = 0.2 * np.random.default_rng(1).standard_normal(N_BOOTSTRAP)
    found = bootstrapped(np.full(400, 0.3), weights, drift, np.full(400, 0.5))
    assert found.value == pytest.approx(0.3)
    assert found.high - found.low == pytest.approx(2 * Z80 * 0.1, rel=0.1)
    apart = bootstrapped(np.full(400, 0.3), weights, drift, np.zeros(400))
    assert apart.high - apart.low == pytest.approx(0.0, abs=1e-12)


# The whole evaluation


@pytest.fixture(scope="module")
def planted(tmp_path_factory, expert):
    """Return the evaluation of trials by lot in which one of three cards brings a point."""
    menu = menu_of(read_menu(MENU), *PLANTED)
    path = write_trials(tmp_path_factory.mktemp("planted") / "t.csv", one_card_helps())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.cross_fitting.N_FOLDS", FEW_FOLDS)
        evidence = read(path, menu)
        model, scales = fit(evidence, menu, expert, averaged=False)
        return evaluate(evidence, menu, expert, model=model, scales=scales)


def test_the_counts_are_those_of_the_file(planted):
    assert (planted.n_trials, planted.n_companies, planted.n_measured) == (120, 60, 120)
    assert planted.shows_differences


def test_a_card_that_helps_is_found_and_its_worth_too(planted):
    """Gains are 1 with noise .15, cut off at 6: the truth is known to about .02."""
    assert planted.values["leermatch"].value == pytest.approx(1.0, abs=0.1)
    assert planted.values["random"].value == pytest.approx(1 / 3, abs=0.1)
    for policy in BASELINES:
        difference = planted.differences[policy]
        gap = planted.values["leermatch"].value - planted.values[policy].value
        assert difference.value == pytest.approx(gap)
        assert difference.low <= difference.value <= difference.high


def test_the_support_counts_the_trials_that_a_policy_speaks_of(planted):
    assert planted.support["leermatch"] == sum(
        row["intervention"] == PLANTED[0] for row in one_card_helps()
    )
    assert planted.support["random"] == 120


def test_chances_that_all_came_true_leave_little_error(planted):
    for head in ("started", "completed"):
        assert 0 <= planted.brier[head]["leermatch"] < planted.brier[head]["expert"]


def test_of_many_companies_a_sample_is_drawn_whole(tmp_path, menu, monkeypatch):
    """With a card for each trial: the sample is 7 companies of two trials."""
    small = menu_of(menu, *PLANTED)
    evidence = read(write_trials(tmp_path / "t.csv", one_card_helps()), small)
    assert sample_to_judge(evidence, 1) == (evidence, None)
    monkeypatch.setattr("matcher.cross_fitting.MOST_JUDGED", 7)
    drawn = [sample_to_judge(replace(evidence, profiles=()), seed) for seed in (1, 1, 2)]
    for sample, total in drawn:
        assert total == 60
        assert sorted(np.unique(sample.company, return_counts=True)[1]) == [2] * 7
        assert len(sample.profiles) == 14
    companies = [sample.company.tolist() for sample, _ in drawn]
    assert companies[0] == companies[1] != companies[2]


@pytest.mark.usefixtures("few_folds")
def test_of_many_companies_a_sample_is_judged_and_the_rest_still_teaches(
    tmp_path, expert, menu, monkeypatch
):
    """The card that helps cannot be found from six companies; from all but two it is."""
    monkeypatch.setattr("matcher.cross_fitting.MOST_JUDGED", 6)
    monkeypatch.setattr("matcher.stability.MOST_LEFT_OUT", 9)
    small = menu_of(menu, *PLANTED)
    whole = read(write_trials(tmp_path / "t.csv", one_card_helps()), small)
    model, scales = fit(whole, small, expert, averaged=False)
    found = evaluate(whole, small, expert, model=model, scales=scales)
    assert (found.n_companies, found.n_trials, found.sampled_from) == (6, 12, 60)
    assert found.values["leermatch"].value == pytest.approx(1.0, abs=0.2)
    # What only counts is counted over all trials, and any company may decide the order.
    assert found.success == successes(whole, small)
    assert sum(sum(row.values()) for row in found.support_report.counts.values()) == 120
    assert found.stability.n_left_out == 9


def test_a_fold_learns_from_all_companies_that_it_does_not_judge(tmp_path, expert, menu):
    small = menu_of(menu, *PLANTED)
    whole = read(write_trials(tmp_path / "t.csv", one_card_helps()[:40]), small)
    some = whole.of(whole.company < 4)
    held = [np.flatnonzero(some.company < 2), np.flatnonzero(some.company >= 2)]
    suits, told = all_suitable(small, some), lambda _: None
    found = cross_fit(some, small, expert, suits, held, 0, None, told, everyone=whole)
    for fold in held:
        others = whole.of(~np.isin(whole.company, some.company[fold]))
        engine = Engine(fit(others, small, expert, averaged=False)[0], "others")
        for at in fold:
            expected = engine.predictions(some.profiles[at]).expected_gain
            assert found.ours[at].expected_gain == pytest.approx(expected, abs=1e-9)


@pytest.mark.usefixtures("few_folds")
def test_the_same_seed_gives_the_same_evaluation(tmp_path, expert, menu):
    small = menu_of(menu, *PLANTED)
    evidence = read(write_trials(tmp_path / "t.csv", one_card_helps()[:16]), small)
    first, second, other = (evaluate(evidence, small, expert, seed=seed) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def few_trials(kind):
    """Return the trials of six companies of which something is never known."""
    changed = {
        "nothing measured": {"culture_after": ""},
        "never started": {"state": "not_started", "culture_after": ""},
        "always stopped": {"state": "stopped"},
        "still going on": {"state": "started", "culture_after": ""},
        "all unknown": {"state": "unknown", "culture_after": ""},
        "no sector": {"sector": ""},
        "nothing told": {"culture_before": "", "culture_after": "", "propensity": ""},
    }
    rows = one_card_helps()[:12]
    return [row | changed[kind] for row in rows]


KINDS = (
    "nothing measured",
    "never started",
    "always stopped",
    "still going on",
    "all unknown",
    "no sector",
    "nothing told",
)


@pytest.mark.usefixtures("few_folds")
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_missing_the_evaluation_is_made_of_numbers(tmp_path, expert, menu, kind):
    small = menu_of(menu, *PLANTED)
    found = evaluate(read(write_trials(tmp_path / "t.csv", few_trials(kind)), small), small, expert)
    for estimate in (*found.values.values(), *found.differences.values()):
        assert np.isfinite([estimate.value, estimate.low, estimate.high]).all()
    assert (found.coverage.value is None) == (found.n_measured == 0)
    for row in found.brier.values():
        assert all(error is None or 0 <= error <= 1 for error in row.values())


@pytest.mark.usefixtures("few_folds")
def test_a_card_that_a_company_may_not_have_is_nobodys_first_choice(tmp_path, expert, menu):
    """Not a recognised training company: bbl is out, though it is all that was ever tried."""
    small = menu_of(menu, "bbl", *PLANTED)
    rng = np.random.default_rng(0)
    rows = [
        trial(f"c{i}", "bbl", 3.5, 3.5 + rng.normal(1, 0.1), recognised_training_company="nee")
        for i in range(12)
    ]
    found = evaluate(read(write_trials(tmp_path / "t.csv", rows), small), small, expert)
    assert set(found.support.values()) == {0}


# Coverage in worlds that are drawn from the model itself


def own_world(seed, menu, expert, folder):
    """Return trials of 30 companies whose gains follow the model, prior, levels and noise."""
    told = simulate("main", 30, seed, menu, 0).trials
    told[told["intervention"] != "geen"].to_csv(folder / f"{seed}.csv", index=False)
    evidence = read(folder / f"{seed}.csv", menu)
    few, rng, n = menu_of(menu, *menu.ids[:6]), np.random.default_rng(seed), len(evidence)
    cards, chosen = cards_of(few), rng.integers(0, 6, n)
    layout = layout_of("gain", expert, cards)
    prior = prior_of(layout, expert)
    weights = prior.mean.copy()
    for block in prior.blocks:
        size = block.columns.stop - block.columns.start
        weights[block.columns] += block.scale.median * rng.standard_normal(size)
    gain = rows(layout, expert, evidence.profiles, cards, chosen) @ weights
    for labels, scale in zip((evidence.company, evidence.table), prior.groups, strict=True):
        levels = scale.median * rng.standard_normal(labels.max() + 2)
        gain += np.where(labels >= 0, levels[labels], 0)
    error, drift = 0.15, 0.05
    gain += drift * rng.standard_normal() + error * rng.standard_normal(n)
    gain += prior.noise.median * rng.standard_normal(n)
    gains = Gains(gain, np.full(n, error**2), 0.6, 0.0, 0, drift)
    frame = evidence.frame.assign(state="finished")
    return few, replace(evidence, frame=frame, cards=chosen, gains=gains)


@pytest.mark.usefixtures("few_folds")
def test_four_in_five_gains_fall_in_an_interval_of_four_in_five(tmp_path, menu, expert):
    """n gains of 6 worlds: four standard errors of a share of .8, about .1."""
    inside = n = 0
    for seed in range(6):
        few, evidence = own_world(seed, menu, expert, tmp_path)
        evidence = evidence.with_designs(expert, cards_of(few))
        suits, dealt = all_suitable(few, evidence), folds(evidence.company, seed)
        held = cross_fit(evidence, few, expert, suits, dealt, seed, None, lambda _: None)
        found = coverage(evidence, held, np.arange(len(evidence)))
        inside, n = inside + found.value * len(evidence), n + len(evidence)
    assert inside / n == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / n))


def test_more_trials_narrow_the_interval_of_a_share():
    widths = [wilson(8 * n, 10 * n).high - wilson(8 * n, 10 * n).low for n in (1, 4, 16, 64)]
    assert all(after < before for before, after in pairwise(widths))


# A world in which cards do not differ


def test_where_cards_do_not_differ_a_single_first_choice_is_hardly_ever_announced(
    tmp_path, menu, expert
):
    """The contract: in at most 5 % of rankings, here of 25 companies in each of 12 worlds."""
    alone = []
    for seed in range(12):
        told = simulate("null", 90, seed, menu, 25)
        told.trials.to_csv(tmp_path / "trials.csv", index=False)
        told.profiles.to_csv(tmp_path / "profiles.csv", index=False)
        model, _ = fit(read(tmp_path / "trials.csv", menu), menu, expert)
        engine = Engine(model, "null")
        for _, profile in read_profiles(tmp_path / "profiles.csv"):
            alone.append(not engine.rank(profile, explain=0).recommendations[0].tied_with)
    assert len(alone) == 300
    assert np.mean(alone) <= 0.05

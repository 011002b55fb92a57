"""The evaluation against paper, against worlds whose truth is known, and against a second way."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.design.cards import cards_of
from matcher.design.setup import Setup
from matcher.design.terms import layout_of, prior_of, rows
from matcher.evaluation.calibration import coverage
from matcher.evaluation.cross_fitting import (
    BASELINES,
    Sample,
    all_suitable,
    cross_fit,
    sample_to_judge,
)
from matcher.evaluation.evaluate import evaluate
from matcher.evaluation.intervals import wilson
from matcher.evaluation.success import successes
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.profile.files import read_profiles
from matcher.ranking.engine import Engine
from matcher.simulation.simulate import simulate
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.training.folds import folds
from matcher.trials.reader import read_trials
from tests.matcher.conftest import FEW_FOLDS, PLANTED, one_card_helps, trial, write_trials
from tests.matcher.gains import gains_of
from tests.strength import strength

Z80 = 1.2815515655446004


def read(path, menu):
    return gather(read_trials(path, menu).frame, menu)


def evaluated(evidence, menu, expert, seed=0):
    return evaluate(evidence, *fit(evidence, Setup(menu, expert), seed=seed), seed=seed)


def menu_of(menu, *ids):
    return replace(menu, interventions=tuple(menu.by_id[card] for card in ids))


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


# The whole evaluation


def rows_of_36_companies():
    """Return the trials of fewer companies than there could be; the rest only takes time."""
    return one_card_helps()[:72]


@pytest.fixture(scope="module")
def learned(tmp_path_factory, expert):
    """Return trials by lot in which one of three cards brings a point, and what they teach."""
    menu = menu_of(read_menu(MENU), *PLANTED)
    path = write_trials(tmp_path_factory.mktemp("planted") / "t.csv", rows_of_36_companies())
    evidence = read(path, menu)
    return evidence, *fit(evidence, Setup(menu, expert), averaged=False)


@pytest.fixture(scope="module")
def planted(learned):
    """Return the evaluation of those trials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.training.folds.N_FOLDS", FEW_FOLDS)
        return evaluate(*learned)


def test_the_counts_are_those_of_the_file(planted):
    assert (planted.n_trials, planted.n_companies, planted.n_measured) == (72, 36, 72)
    assert planted.shows_differences


def test_a_card_that_helps_is_found_and_its_worth_too(planted):
    """Gains are 1 with noise .15, cut off at 6: the truth is known to about .02."""
    assert planted.values["leermatch"].value == pytest.approx(1.0, abs=0.1)
    assert planted.values["random"].value == pytest.approx(1 / 3, abs=0.1)
    for policy in BASELINES:
        difference = planted.differences[policy]
        gap = planted.values["leermatch"].value - planted.values[policy].value
        # The median of differences is not quite the difference of medians.
        assert difference.value == pytest.approx(gap, abs=0.02)
        assert difference.low <= difference.value <= difference.high


def test_the_support_counts_the_trials_that_a_policy_speaks_of(planted):
    assert planted.support["leermatch"] == sum(
        row["intervention"] == PLANTED[0] for row in rows_of_36_companies()
    )
    assert planted.support["random"] == 72


def test_chances_that_all_came_true_leave_little_error(planted):
    for head in ("started", "completed"):
        assert 0 <= planted.brier[head]["leermatch"] < planted.brier[head]["expert"]


def test_of_many_companies_a_sample_is_drawn_whole(tmp_path, menu, monkeypatch):
    """With a card for each trial: the sample is 7 companies of two trials."""
    small = menu_of(menu, *PLANTED)
    evidence = read(write_trials(tmp_path / "t.csv", one_card_helps()), small)
    every = sample_to_judge(evidence, small, 1)
    assert (every.trials, every.n_companies) == (evidence, None)
    monkeypatch.setattr("matcher.evaluation.cross_fitting.MOST_JUDGED", 7)
    bare = replace(evidence, profiles=())
    drawn = [sample_to_judge(bare, small, seed) for seed in (1, 1, 2)]
    for sample in drawn:
        assert sample.n_companies == 60
        assert sorted(np.unique(sample.trials.company, return_counts=True)[1]) == [2] * 7
        assert len(sample.trials.profiles) == 14
    companies = [sample.trials.company.tolist() for sample in drawn]
    assert companies[0] == companies[1] != companies[2]


@pytest.mark.usefixtures("few_folds")
def test_of_many_companies_a_sample_is_judged_and_the_rest_still_teaches(
    learned, menu, monkeypatch
):
    """The card that helps cannot be found from six companies; from all but two it is."""
    monkeypatch.setattr("matcher.evaluation.cross_fitting.MOST_JUDGED", 6)
    monkeypatch.setattr("matcher.evaluation.stability.MOST_LEFT_OUT", 9)
    whole = learned[0]
    found = evaluate(*learned)
    assert (found.n_companies, found.n_trials, found.sampled_from) == (6, 12, 36)
    assert found.values["leermatch"].value == pytest.approx(1.0, abs=0.2)
    # What only counts is counted over all trials, and any company may decide the order.
    assert found.success == successes(whole, menu_of(menu, *PLANTED))
    assert sum(sum(row.values()) for row in found.support_report.counts.values()) == 72
    assert found.stability.n_left_out == 9


def test_a_fold_learns_from_all_companies_that_it_does_not_judge(tmp_path, expert, menu):
    small = menu_of(menu, *PLANTED)
    whole = read(write_trials(tmp_path / "t.csv", one_card_helps()[:40]), small)
    some = whole.of(whole.company < 4)
    held = [np.flatnonzero(some.company < 2), np.flatnonzero(some.company >= 2)]
    sample, setup = Sample(some, whole, all_suitable(small, some), held), Setup(small, expert)
    found = cross_fit(sample, setup, 0, None, lambda _: None)
    for fold in held:
        others = whole.of(~np.isin(whole.company, some.company[fold]))
        engine = Engine(fit(others, setup, averaged=False)[0], "others")
        for at in fold:
            expected = engine.predictions(some.profiles[at]).expected_gain
            assert found.ours[at].expected_gain == pytest.approx(expected, abs=1e-9)


@pytest.mark.usefixtures("few_folds")
def test_the_same_seed_gives_the_same_evaluation(tmp_path, expert, menu):
    small = menu_of(menu, *PLANTED)
    evidence = read(write_trials(tmp_path / "t.csv", one_card_helps()[:10]), small)
    first, second = (evaluated(evidence, small, expert, seed=1) for _ in range(2))
    assert first == second
    assert first != evaluate(evidence, *fit(evidence, Setup(small, expert), seed=1), seed=2)


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
    found = evaluated(
        read(write_trials(tmp_path / "t.csv", few_trials(kind)), small), small, expert
    )
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
    found = evaluated(read(write_trials(tmp_path / "t.csv", rows), small), small, expert)
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
    gain = rows(layout, evidence.profiles, cards, chosen) @ weights
    for labels, scale in zip(
        (evidence.company, evidence.table), prior.groups.values(), strict=True
    ):
        levels = scale.median * rng.standard_normal(labels.max() + 2)
        gain += np.where(labels >= 0, levels[labels], 0)
    error, drift = 0.15, 0.05
    gain += drift * rng.standard_normal() + error * rng.standard_normal(n)
    gain += prior.noise.median * rng.standard_normal(n)
    gains = gains_of(gain, np.full(n, error**2), drift)
    frame = evidence.frame.assign(state="finished")
    return few, replace(evidence, frame=frame, cards=chosen, gains=gains)


@pytest.mark.proof
@pytest.mark.usefixtures("few_folds")
def test_four_in_five_gains_fall_in_an_interval_of_four_in_five(tmp_path, menu, expert):
    """n gains of 6 worlds: four standard errors of a share of .8, about .1; of 40, .04."""
    inside = n = 0
    for seed in range(strength(6, 40)):
        few, evidence = own_world(seed, menu, expert, tmp_path)
        setup = Setup(few, expert)
        evidence = evidence.with_designs(setup)
        sample = sample_to_judge(evidence, few, seed)
        held = cross_fit(sample, setup, seed, None, lambda _: None)
        found = coverage(evidence, held, np.arange(len(evidence)))
        inside, n = inside + found.value * len(evidence), n + len(evidence)
    assert inside / n == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / n))


def test_more_trials_narrow_the_interval_of_a_share():
    widths = [wilson(8 * n, 10 * n).high - wilson(8 * n, 10 * n).low for n in (1, 4, 16, 64)]
    assert all(after < before for before, after in pairwise(widths))


# A world in which cards do not differ


@pytest.mark.proof
def test_where_cards_do_not_differ_a_single_first_choice_is_hardly_ever_announced(
    tmp_path, menu, expert
):
    """The contract: in at most 5 % of rankings, here of 25 companies in each of some worlds."""
    alone, worlds = [], strength(2, 40)
    for seed in range(worlds):
        told = simulate("null", 90, seed, menu, 25)
        told.trials.to_csv(tmp_path / "trials.csv", index=False)
        told.profiles.to_csv(tmp_path / "profiles.csv", index=False)
        model, _ = fit(read(tmp_path / "trials.csv", menu), Setup(menu, expert))
        engine = Engine(model, "null")
        for _, profile in read_profiles(tmp_path / "profiles.csv"):
            alone.append(not engine.rank(profile, explain=0).recommendations[0].tied_with)
    assert len(alone) == 25 * worlds
    assert np.mean(alone) <= 0.05

"""Rates, spreads and correlations of domain section 5, and what is confounded or not told."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from matcher.simulation.choice import Choices, Offer, draw_choices
from matcher.simulation.companies import company_numbers, draw_companies
from matcher.simulation.course import FINISHED, draw_own_change, run_trials
from matcher.simulation.reports import draw_reports
from matcher.simulation.simulate import simulate, simulate_world
from matcher.simulation.survey import measure
from matcher.simulation.truth import draw_cards, need_match
from matcher.simulation.worlds import read_worlds
from tests.matcher.simulated import (
    MANY,
    MENU,
    assert_more_often,
    assert_share,
    copies_of,
    many_trials,
    menu_of,
    of_six,
    rng,
    tried_trials,
    world,
)
from tests.strength import strength


@pytest.fixture
def many() -> pd.DataFrame:
    return many_trials()


@pytest.fixture
def tried() -> pd.DataFrame:
    return tried_trials()


@pytest.mark.proof
def test_a_file_of_ninety_companies_looks_like_the_experiment():
    """Averages over seeds against domain section 5: rows, tables, a long tail, some who wait."""
    seeds = range(strength(16, 200))
    files = [simulate("interactions", 90, seed, MENU, 0).trials for seed in seeds]
    tails = []
    for trials in files:
        rows = trials[trials["intervention"] != "geen"]
        assert trials["company"].nunique() == 90 and len(trials) - len(rows) == 8
        seats = trials[trials["table"] != ""].groupby("table")["company"].nunique()
        assert 5 <= len(seats) <= 8 and seats.max() <= 20
        counts = rows["intervention"].value_counts().reindex(MENU.ids, fill_value=0)
        tails.append(np.sort(counts.to_numpy())[::-1])
    tail = np.mean(tails, axis=0)
    assert 110 <= tail.sum() <= 145
    assert (tail[1:4] >= 9).all() and (tail[1:4] <= 16).all()
    assert 10 <= np.mean([(counts <= 3).sum() for counts in tails]) <= 18


def test_companies_have_the_mix_of_the_region(many):
    firms = many.drop_duplicates("company")
    employees = pd.to_numeric(firms["employees"])
    assert_share(employees < 10, 0.25)
    assert_share(employees.between(10, 49), 0.50)
    assert_share(firms["sector"].isna(), 0.02)
    known = firms["province"].dropna()
    for province, share in (("groningen", 0.40), ("friesland", 0.35), ("drenthe", 0.25)):
        assert_share(known == province, share)
    waits = many.loc[many["intervention"] == "geen", "company"]
    rounds = many.loc[~many["company"].isin(waits), "company"].value_counts()
    for number, share in ((1, 0.65), (2, 0.25), (3, 0.10)):
        assert_share(rounds == number, share)


def test_in_the_null_world_a_trial_starts_and_is_finished_at_the_base_rates():
    trials = simulate("null", MANY, 4, MENU, 0).trials
    rows = trials[(trials["intervention"] != "geen") & (trials["state"] != "unknown")]
    tight = rows["staffing_pressure"] == "zeer_krap"
    assert_share(rows.loc[~tight, "state"] != "not_started", 0.75)
    assert_share(rows.loc[tight, "state"] != "not_started", 0.60)
    long = {c.id for c in MENU if c.duration_months and c.duration_months.min >= 12}
    ended = rows["state"].isin(["finished", "stopped"]) & ~rows["intervention"].isin(long)
    assert_share(rows.loc[ended, "state"] == "finished", 0.70)


def test_culture_before_and_after(tried):
    before, after = of_six(tried, "culture_before"), of_six(tried, "culture_after")
    assert 0.5 < before.corr(after) < 0.7
    first = tried.drop_duplicates("company")
    assert_share(first["culture_before"].isna(), 0.25 * 0.25)
    assert_share(first["culture_baseline"].isna(), 0.25)
    both = first.dropna(subset=["culture_before", "culture_baseline"])
    gap = of_six(both, "culture_before") - pd.to_numeric(both["culture_baseline"])
    assert gap.abs().max() < 0.01 * 1.25
    count = pd.to_numeric(first["respondents_before"])
    employees = pd.to_numeric(first["employees"])
    formula = np.minimum(np.clip(np.rint(0.55 * employees), 3, 30), employees)
    assert (count.dropna() == formula[count.notna()]).all()
    assert before.mean() == pytest.approx(3.8, abs=0.05)


def test_company_means_have_the_reliability_of_the_domain():
    """ICC2 of 8 respondents at ICC1 .12 is .52 (domain 4.4): the squared correlation with truth."""
    survey = read_worlds()["main"].survey
    n = 40_000
    true = rng(1).normal(survey.mean, survey.between_sd, n)
    eight = np.full(n, 8, dtype=np.int64)
    scores = measure(true, true, eight, eight, survey, rng(2))
    assert np.corrcoef(true, scores.before)[0, 1] ** 2 == pytest.approx(0.52, abs=0.02)
    later = scores.respondents_after
    assert later.mean() == pytest.approx(0.7 * 8, abs=4 * 1.3 / math.sqrt(n))
    error = np.std(scores.after - true)
    assert error == pytest.approx(survey.within_sd * np.sqrt(np.mean(1 / later)), rel=0.02)


def test_own_change_is_shared_at_tables_and_with_advisors():
    """Shares of variance .075 within a table and .05 with an advisor; 2 000 levels estimate a
    variance to sqrt(2 / 2000) = .032 of itself, so 4 of them are 13 %.
    """
    survey = read_worlds()["main"].survey
    groups = np.arange(2000)
    own = draw_own_change(survey, groups, groups, rng(3))
    total = survey.own_change_sd**2
    assert own.table.var() == pytest.approx(0.075 * total, rel=0.13)
    assert own.advisor.var() == pytest.approx(0.05 * total, rel=0.13)
    assert own.company.var() == pytest.approx(0.30 * total, rel=0.13)
    assert own.rest_sd**2 == pytest.approx(0.575 * total)
    drawn = own.draw(groups, rng(4))
    assert drawn.std() == pytest.approx(survey.own_change_sd, rel=0.13)


@pytest.fixture(scope="module")
def finished():
    """Return finished trials of one card by many companies: change and reports."""
    own = read_worlds()["main"]
    cards = draw_cards(own, menu_of(MENU.by_id["korte-vakcursus"]), rng(1))
    n = 30_000
    firms = draw_companies(own, n, rng(2))
    match = need_match(firms, cards, own)
    zeros = np.zeros(n, dtype=np.int64)
    choices = Choices(0, np.arange(n), zeros, zeros, np.ones(n))
    own_change = draw_own_change(own.survey, np.arange(n), np.arange(n), rng(3))
    run = run_trials(own, firms, firms.culture, cards, match, choices, own_change, rng(4))
    reported = draw_reports(own, firms, cards, choices, run, rng(5))
    return own, run, reported, run.state == FINISHED


def test_companies_change_more_by_themselves_than_by_the_card(finished):
    """Drift .025 and an SD of .20, estimated from 30 000 companies to 1 / sqrt(60 000) = .4 %."""
    _, run, _, _ = finished
    rest = run.change - run.gain
    assert rest.std() == pytest.approx(0.20, rel=0.016)
    assert rest.mean() == pytest.approx(0.025, abs=4 * 0.20 / math.sqrt(len(rest)))
    assert run.gain.std() < rest.std()


def test_satisfaction_is_high_skewed_and_loosely_tied_to_the_gain(finished):
    _, run, reported, done = finished
    owner, staff = reported.satisfaction_owner[done], reported.satisfaction_staff[done]
    assert np.nanmean([np.nanmean(owner), np.nanmean(staff)]) == pytest.approx(7.4, abs=0.05)
    assert np.nanmean(owner) - np.nanmean(staff) == pytest.approx(0.4, abs=0.05)
    assert 1.0 < np.nanstd(staff) < 1.3
    assert np.nanmedian(staff) > np.nanmean(staff)
    seen = np.isfinite(staff)
    r = np.corrcoef(staff[seen], run.change[done][seen])[0, 1]
    assert r == pytest.approx(0.25, abs=4 / math.sqrt(seen.sum()))


def test_completers_would_continue_and_their_hours_scatter(finished):
    own, _, reported, done = finished
    said = reported.would_continue[done]
    assert_share(said[np.isfinite(said)], own.report.continue_finished)
    hours = reported.hours[done]
    hours = hours[np.isfinite(hours)]
    # Rounding to half days adds a variance of up to 8^2 / 12 to that of the lognormal.
    usual = MENU.by_id["korte-vakcursus"].hours_off_job
    middle = (usual.min + usual.max) / 2
    assert hours.mean() == pytest.approx(middle, rel=0.03)
    assert hours.std() / hours.mean() == pytest.approx(0.5, abs=0.04)
    assert (hours[hours < 24] % 4 == 0)[hours[hours < 24] > 1].all()


def taste(trials: pd.DataFrame) -> tuple[float, float]:
    """Return the correlation of owner support with a coaching method, and its standard error."""
    rows = trials[(trials["intervention"] != "geen") & (trials["owner_support"] != "")]
    coaching = rows["intervention"].isin(read_worlds()["main"].cards.coaching)
    r = pd.to_numeric(rows["owner_support"]).corr(coaching.astype(float))
    return float(r), 1 / math.sqrt(len(rows))


def test_motivated_owners_choose_coaching():
    main, error = taste(simulate("main", 3000, 6, MENU, 0).trials)
    assert main > 4 * error
    confounded, _ = taste(simulate("confounded", 3000, 6, MENU, 0).trials)
    assert confounded > main + 4 * error
    without = world("main", choice={"terms": ()})
    none, error = taste(simulate_world(without, 3000, MENU, 0, rng(6)).trials)
    assert abs(none) < 4 * error


@pytest.mark.proof
def test_motivated_owners_gain_more_whatever_they_choose():
    trials = simulate("null", strength(8_000, 20_000), 8, MENU, 0).trials.replace("", np.nan)
    done = trials[trials["state"] == "finished"]
    gain = of_six(done, "culture_after") - of_six(done, "culture_before")
    owner = pd.to_numeric(done["owner_support"])
    seen = gain.notna() & owner.notna()
    slope = np.polyfit(owner[seen], gain[seen], 1)[0] * owner[seen].std()
    assert slope == pytest.approx(0.08, abs=4 * gain.std() / math.sqrt(seen.sum()))


def test_coaching_seems_to_work_better_where_it_does_not():
    """All cards alike, and owners who both choose coaching and improve anyway."""
    confounded = read_worlds()["confounded"]
    alike = read_worlds()["null"].model_copy(
        update={"choice": confounded.choice, "survey": confounded.survey}
    )
    done = simulate_world(alike, MANY, MENU, 0, rng(12)).trials.replace("", np.nan)
    done = done[done["state"] == "finished"]
    gain = of_six(done, "culture_after") - of_six(done, "culture_before")
    coaching = done["intervention"].isin(confounded.cards.coaching)
    groups = [gain[coaching].dropna(), gain[~coaching].dropna()]
    error = math.sqrt(sum(group.var() / len(group) for group in groups))
    assert groups[0].mean() - groups[1].mean() > 4 * error


def test_the_propensity_is_the_chance_of_the_choice():
    """One company, 40 000 times at one table: how often each chooser picks each card."""
    n = 40_000
    own = world("interactions", choice={"trial_weights": (1.0,), "controls": 0.0})
    copies = copies_of(draw_companies(own, 1, rng(21)), n)
    rows = np.zeros(n, dtype=np.int64)
    cards = draw_cards(own, MENU, rng(22))
    offered = (np.arange(len(MENU)) % 6 == 1)[None, :]
    offer = Offer(rows, offered, 1 / np.arange(1.0, len(MENU) + 1))
    numbers = company_numbers(copies, np.full(n, 3.8), own)
    choices = draw_choices(own, copies, numbers, cards, offer, rng(23))[1]
    picks = pd.DataFrame({"by": choices.chooser, "card": choices.card, "p": choices.propensity})
    for _, by in picks.groupby("by"):
        for card, chosen in by.groupby("card"):
            assert chosen["p"].nunique() == 1
            assert_share(by["card"] == card, chosen["p"].iloc[0])
    lot = picks[picks["by"] == [c.by for c in own.choice.assigned_by].index("random")]
    assert lot["p"].round(6).nunique() == 1


def test_the_propensity_is_logged_for_a_random_part(tried):
    logged = pd.to_numeric(tried["propensity"])
    assert_share(logged.notna(), read_worlds()["main"].choice.propensity_logged)
    assert logged.dropna().between(0, 1, inclusive="right").all() and logged.min() > 0


def test_the_after_measure_is_missing_in_a_quarter_and_not_at_random(tried):
    ended = tried[tried["state"].isin(["finished", "stopped"])]
    lost = ended["culture_after"].isna()
    assert 0.20 < lost.mean() < 0.30
    stopped = ended["state"] == "stopped"
    tight = ended["staffing_pressure"] == "zeer_krap"
    micro = pd.to_numeric(ended["employees"]) < 10
    for group in (stopped, tight, micro):
        assert_more_often(lost[group], lost[~group])


def test_firms_without_personnel_work_leave_such_fields_open():
    own = read_worlds()["main"]
    firms = draw_companies(own, MANY, rng(9))
    nobody = firms.answers["hr_function"] == 0
    for name in ("hr_function", "training_budget", "flex_share", "age55_share", "oo_fund"):
        silent = ~firms.is_told(name)
        assert_more_often(silent[nobody], silent[~nobody])
    assert (~firms.is_told("training_budget")).mean() == pytest.approx(0.25, abs=0.03)
    assert (~firms.is_told("oo_fund")).mean() == pytest.approx(0.20, abs=0.03)
    assert_share(~firms.is_told("culture_baseline"), 0.25)

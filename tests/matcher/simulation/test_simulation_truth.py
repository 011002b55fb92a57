"""The truth of a simulated world: what it claims about itself must be so."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.menu.card import Range
from matcher.simulation.choice import Choices
from matcher.simulation.companies import (
    company_numbers,
    draw_companies,
    respondents_before,
    told_numbers,
)
from matcher.simulation.course import OwnChange, run_trials
from matcher.simulation.simulate import simulate
from matcher.simulation.survey import error_of_mean, measure, measure_once
from matcher.simulation.truth import Chances, chances, draw_cards, need_match
from matcher.simulation.worlds import read_worlds
from matcher.vocabulary import NEEDS
from tests.matcher.simulated import (
    MENU,
    copies_of,
    menu_of,
    rng,
    world,
)


def test_expected_gain_by_hand():
    """Start .6, finish .5, gain .2, stopped share .25: .6 x (.5 x .2 + .5 x .25 x .2) = .075."""
    heads = Chances(np.array([[0.6]]), np.array([[0.5]]), np.array([[0.2]]))
    assert heads.expected(0.25).item() == pytest.approx(0.075)


def test_the_three_heads_by_hand():
    """A card and a company on which every modifier but the internal coach has something to say.

    start .75 - .15 zeer krap - .10 lead - .10 grant = .40; completion .70.
    Owner 5: mean 3.39, SD 1.0761, so 1.4962 SD. Gain .10 + .08 x 1.4962 - .10 zeer krap x hours
    + .04 HR x formal - .06 x .5 shift x group + .10 x (.7 second need - .5) = .14970.
    """
    level = {"card_sd": 0.0}
    own = world("interactions", start=level, completion=level, gain=level)
    different: dict[str, object] = {
        "form": ("formeel",),
        "delivery": ("group",),
        "place": "off_the_job",
        "hours_off_job": Range(min=200, max=None),
        "lead_weeks": Range(min=8, max=26),
        "grant_window": True,
        "internal_coach": None,
        "needs": ("inwerken",),
    }
    card = MENU.interventions[0].model_copy(update=different)
    one = draw_companies(own, 1, rng())
    rank = np.zeros_like(one.need_rank)
    rank[0, [NEEDS.index("vakkennis"), NEEDS.index("inwerken")]] = 1, 2
    answers = dict(one.answers) | {
        "staffing_pressure": np.array([3]),
        "hr_function": np.array([3]),
        "shift_work": np.array([1]),
    }
    one = replace(one, need_rank=rank, owner_support=np.array([5]), answers=answers, told={})
    cards = draw_cards(own, menu_of(card), rng())
    numbers = told_numbers(one, np.array([np.nan]), own)
    heads = chances(numbers, cards, need_match(one, cards, own), own)
    assert heads.start.item() == pytest.approx(0.40)
    assert heads.completion.item() == pytest.approx(0.70)
    assert heads.gain.item() == pytest.approx(0.14970, abs=1e-5)
    assert heads.expected(0.25).item() == pytest.approx(0.04641, abs=1e-5)


def by_profile(truth: pd.DataFrame, column: str) -> np.ndarray:
    return truth.pivot(index="profile", columns="intervention", values=column).to_numpy()


def gain_if_finished(truth: pd.DataFrame) -> np.ndarray:
    part = truth["p_completed"] + 0.25 * (1 - truth["p_completed"])
    truth = truth.assign(gain=truth["expected_gain"] / (truth["p_started"] * part))
    return by_profile(truth, "gain")


def interaction(table: np.ndarray) -> np.ndarray:
    """Return what is left of a table without the means of its rows and columns."""
    rest = table - table.mean(axis=1, keepdims=True)
    return np.asarray(rest - rest.mean(axis=0))


def test_in_the_null_world_all_cards_are_the_same_for_a_company():
    truth = simulate("null", 90, 2, MENU).truth
    for column in ("expected_gain", "p_started", "p_completed"):
        assert np.ptp(by_profile(truth, column), axis=1).max() < 1e-12
    assert np.ptp(by_profile(truth, "expected_gain")) > 0.1, "companies still differ"


def test_in_the_main_world_cards_differ_by_the_same_amount_for_every_company():
    truth = simulate("main", 90, 2, MENU).truth
    tables = [by_profile(truth, c) for c in ("p_started", "p_completed")]
    for table in (*tables, gain_if_finished(truth)):
        assert np.abs(interaction(table)).max() < 1e-9
        assert table.mean(axis=0).std() > 0.03


def test_in_the_interactions_world_what_works_depends_on_the_company():
    truth = simulate("interactions", 90, 2, MENU).truth
    gain = interaction(gain_if_finished(truth))
    assert 0.02 < gain.std() < 0.08
    assert np.abs(interaction(by_profile(truth, "p_started"))).max() < 1e-9


def test_the_levels_of_cards_have_the_sd_of_the_domain():
    """Mean square .08^2; clipping at 2.5 SD takes under 2 %. The mean square of one seed's 26 cards
    has a relative SD under .35, that of 400 seeds under .0175: 4 of them and the clipping, 9 %.
    """
    main = read_worlds()["main"]
    levels = [draw_cards(main, MENU, rng(seed)).levels["gain"] for seed in range(400)]
    assert np.mean(np.square(levels)) == pytest.approx(0.08**2, rel=0.09)
    assert np.max(np.abs(levels)) <= 0.2 + 1e-12


PAIRS = (("interactions", 3), ("interactions", 8), ("thresholds", 5), ("misleading", 9))


@pytest.mark.parametrize(("name", "seed"), PAIRS)
def test_the_truth_is_the_average_of_many_noisy_trials(name, seed):
    """One company and one card, tried 200 000 times and measured by its few respondents.

    The profile tells a measured baseline; the true culture behind it is found by rejection: draw
    cultures, measure each, keep those whose measured score is the one the profile tells.
    """
    own = read_worlds()[name]
    cards = draw_cards(own, menu_of(MENU.rankable[seed]), rng(seed))
    one = copies_of(draw_companies(own, 1, rng(seed)), 1)
    people = respondents_before(one, own.survey)
    told = 4.1
    expected = chances(
        told_numbers(one, np.array([told]), own), cards, need_match(one, cards, own), own
    ).expected(0.25)

    noise = rng(seed + 100)
    drawn = noise.normal(own.survey.mean, own.survey.between_sd, 6_000_000)
    error = error_of_mean(people, one.employees, own.survey)
    score = measure_once(drawn, np.repeat(error, len(drawn)), noise)
    culture = drawn[np.abs(score - told) < 0.02]
    n = len(culture)
    rows, copies = np.zeros(n, dtype=np.int64), copies_of(one, n)
    change = OwnChange(*(noise.normal(0, 0.02, (3, n))), rest_sd=0.02)
    run = run_trials(
        own,
        copies,
        culture,
        cards,
        need_match(copies, cards, own),
        Choices(0, np.arange(n), rows, rows, np.ones(n)),
        change,
        noise,
    )
    count = respondents_before(copies, own.survey)
    after = culture + run.change
    scores = measure(culture, after, count, copies.employees, own.survey, noise)
    assert n > 100_000
    for seen in (run.change, scores.after - scores.before):
        average, error = seen.mean() - own.survey.drift, seen.std() / math.sqrt(n)
        assert average == pytest.approx(expected.item(), abs=4 * error)


def test_an_answer_that_is_not_told_counts_with_its_mean():
    """Of 200 000 companies, true number less told number averages zero in every corner."""
    own = read_worlds()["interactions"]
    some = draw_companies(own, 200_000, rng(4))
    people = respondents_before(some, own.survey)
    error = error_of_mean(people, some.employees, own.survey)
    score = measure_once(some.culture, error, rng(5))
    baseline = np.where(some.is_told("culture_baseline"), score, np.nan)
    truly, told = company_numbers(some, some.culture, own), told_numbers(some, baseline, own)
    silent = ~some.is_told("hr_function")
    corners = {
        "hr_function": [
            silent & (some.size == size) & (some.is_told("training_budget") == budget)
            for size in range(4)
            for budget in (True, False)
        ],
        "shift_work": [~some.is_told("shift_work") & (some.group == g) for g in range(9)],
        "owner_support": [~some.is_told("owner_support")],
        "culture": [baseline < 3.2, baseline > 4.4, np.isnan(baseline), people < 5],
    }
    for name, places in corners.items():
        for place in places:
            gap = (truly[name] - told[name])[place]
            assert abs(gap.mean()) < 4 * gap.std() / math.sqrt(len(gap)), name
            assert len(gap) > 150

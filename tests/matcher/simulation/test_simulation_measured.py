"""Drift, shared scores, few controls and few respondents: what is measured, against the truth."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from matcher.measure.error import error_of_change
from matcher.simulation.simulate import MEASURED_WORLDS, simulate, simulate_world, write_simulation
from matcher.simulation.survey import error_of_mean, measure
from matcher.simulation.truth import chances, draw_cards
from matcher.simulation.variation import Variation, vary
from matcher.simulation.worlds import World, read_worlds
from tests.matcher.simulated import MENU, of_six, rng, world


def assert_mean(values: np.ndarray, expected: float) -> None:
    error = values.std() / math.sqrt(len(values))
    assert values.mean() == pytest.approx(expected, abs=4 * error)


SAMPLES = {
    "three of eight, none of the others": (3, 8, 1.0, 0.0),
    "three of forty, the same": (3, 40, 1.0, 1.0),
    "six of eight, fewer later": (6, 8, 0.6, 0.5),
    "all of five, twice": (5, 5, 1.0, 1.0),
    "thirty of sixty": (30, 60, 0.7, 0.85),
    "two of two, one left": (2, 2, 0.0, 1.0),
}


@pytest.mark.parametrize("finite", [True, False], ids=["employees", "strangers"])
@pytest.mark.parametrize(("n", "employees", "stay", "same"), SAMPLES.values(), ids=SAMPLES.keys())
def test_the_error_of_a_change_is_that_of_its_closed_form(n, employees, stay, same, finite):
    """20 000 companies answer; the mean square of the errors is that of Cochran and Tam.

    A mean square of 20 000 normal errors is known to sqrt(2 / 20 000) = 1 %: 4 of them and a
    little for sums of few people.
    """
    survey = world(
        "few_respondents",
        survey={"still_there": stay, "same_people": same, "finite_population": finite},
    ).survey
    many = 20_000
    true = np.full(many, 3.5)
    people, staff = np.full(many, n), np.full(many, employees)
    scores = measure(true, true + 0.1, people, staff, survey, rng(n + employees))
    square = (scores.after - scores.before - 0.1) ** 2
    variance = np.full(many, survey.within_sd**2)
    headcount = staff.astype(float) if finite else np.full(many, np.nan)
    error = error_of_change(
        (variance, variance),
        (scores.respondents_before, scores.respondents_after),
        (headcount, headcount),
        scores.respondents_twice,
        survey.person_retest,
    )
    assert square.mean() == pytest.approx((error**2).mean(), rel=0.05, abs=1e-12)
    first = ((scores.before - 3.5) ** 2).mean()
    closed = error_of_mean(people, staff, survey)[0] ** 2
    assert first == pytest.approx(closed, rel=0.05, abs=1e-12)
    if n > 2:
        assert (scores.before_sd**2).mean() == pytest.approx(survey.within_sd**2, rel=0.05)
    assert (scores.respondents_twice <= scores.respondents_after).all()
    newly = scores.respondents_after - scores.respondents_twice
    assert not finite or (newly <= staff - people).all()


def test_trials_of_one_period_share_their_scores():
    made = simulate("shared_scores", 300, 4, MENU, 0)
    trials = made.trials
    assert trials["company"].value_counts().value_counts().loc[[2, 3]].min() > 60
    scores = [c for c in trials if c.startswith(("culture_", "respondents_", "measured_"))]
    assert (trials.groupby("company")[scores].nunique() == 1).all(axis=None)
    assert not made.changes.duplicated("company").any()
    assert made.measurements is not None
    assert len(made.measurements) == sum(
        (trials.drop_duplicates("company")[f"measured_{when}"] != "").sum()
        for when in ("before", "after")
    )


def test_the_mean_of_a_shared_score_is_the_sum_of_what_was_tried():
    """What is measured, less its drift, is the sum of the true changes, whatever their number."""
    made = simulate("shared_scores", 4000, 5, MENU, 0)
    trials = made.trials.replace("", np.nan)
    one = trials.drop_duplicates("company").set_index("company")
    measured = of_six(one, "culture_after") - of_six(one, "culture_before")
    changes = made.changes.set_index("company").loc[one.index]
    rest = (measured - changes["tried"] - changes["drift"]).to_numpy()
    number = trials["company"].value_counts().loc[one.index].to_numpy()
    known = ~np.isnan(rest)
    for tried in (1, 2, 3):
        assert_mean(rest[known & (number == tried)], 0.0)
    scaled = rest[known] / changes["error"].to_numpy()[known]
    assert (scaled**2).mean() == pytest.approx(1.0, rel=4 * math.sqrt(2 / known.sum()))
    assert changes["tried"][number == 3].mean() > 2 * changes["tried"][number == 1].mean()
    none = trials.groupby("company")["state"].agg(lambda states: (states == "not_started").all())
    assert (changes["tried"][none.loc[one.index]] == 0).all()


def test_a_started_card_counts_in_full_where_there_is_one_period():
    """A company whose only trial still runs changed by the whole gain of its card."""
    own = world("shared_scores", gain={"card_sd": 0.0, "terms": (), "need_match": 0.0})
    made = simulate_world(own, 3000, MENU, 0, rng(6))
    states = made.trials.groupby("company")["state"]
    alone = made.trials["company"][states.transform("size") == 1]
    of = made.trials.set_index("company").loc[alone, "state"]
    tried = made.changes.set_index("company").loc[alone, "tried"]
    worth = {"finished": 0.10, "started": 0.10, "stopped": 0.025, "not_started": 0.0}
    for state, gain in worth.items():
        assert (of == state).sum() > 5
        assert np.allclose(tried[of == state], gain)


def test_companies_drift_whatever_they_try():
    """-.30, .10 less where people are short, half of .10 more or less by size; own SD .20."""
    made = simulate("drifting", 6000, 7, MENU, 0)
    one = made.trials.drop_duplicates("company").set_index("company")
    changes = made.changes[made.changes["measured_after"] == "after"].set_index("company")
    drift = changes.loc[one.index, "drift"].to_numpy()
    tight = (one["staffing_pressure"] == "zeer_krap").to_numpy()
    large = (pd.to_numeric(one["employees"]) >= 50).to_numpy()
    rest = drift - (-0.30 - 0.10 * tight + np.where(large, 0.05, -0.05))
    # Three advisors and 430 tables: their levels have SDs of .045 and .055.
    assert rest.mean() == pytest.approx(0.0, abs=4 * math.sqrt(0.045**2 / 3 + 0.2**2 / 6000))
    assert rest.std() == pytest.approx(0.20, rel=0.05)
    assert rest[tight].mean() - rest[~tight].mean() == pytest.approx(0.0, abs=0.03)
    for group in ("geen", "not_started"):
        here = ((one["intervention"] == group) | (one["state"] == group)).to_numpy()
        scores = one.replace("", np.nan)
        seen = of_six(scores, "culture_after") - of_six(scores, "culture_before")
        gap = (seen.to_numpy() - drift)[here]
        tried = changes.loc[one.index, "tried"].to_numpy()[here & (one["state"] != "unknown")]
        assert (tried == 0).all() and (~np.isnan(gap)).sum() > 200
        assert_mean(gap[~np.isnan(gap)], 0.0)


def test_drift_leaves_the_truth_alone():
    still, falling = (
        simulate("interactions", 30, 3, MENU, 20, Variation(drift=drift)) for drift in (0.0, -0.3)
    )
    assert still.truth.equals(falling.truth)
    gap = falling.changes["drift"] - still.changes["drift"]
    assert np.allclose(gap, -0.3)


def test_a_drift_that_depends_on_the_card_is_refused():
    raw = read_worlds()["drifting"].model_dump()
    raw["survey"]["drift_terms"] = [{"card": "hours", "effect": 0.1}]
    with pytest.raises(ValueError, match="drift may not depend on a card"):
        World.model_validate(raw)


@pytest.mark.parametrize("controls", [0, 1, 5, 30])
def test_as_many_companies_wait_as_are_asked_for(controls):
    made = simulate("interactions", 60, 3, MENU, 0, Variation(controls=controls))
    assert (made.trials["intervention"] == "geen").sum() == controls
    assert made.trials["company"].nunique() == 60


def test_all_who_wait_are_measured_where_they_are_few():
    trials = simulate("few_controls", 90, 3, MENU, 0).trials
    waits = trials[trials["intervention"] == "geen"]
    assert len(waits) == 5
    assert (waits[["culture_before", "culture_after"]] != "").all(axis=None)


def test_three_people_answer_for_a_company():
    for made in (
        simulate("few_respondents", 90, 3, MENU, 0),
        simulate("interactions", 90, 3, MENU, 0, Variation(respondents=3)),
    ):
        answered = pd.to_numeric(made.trials["respondents_before"]).dropna()
        assert answered.max() == 3
        staff = pd.to_numeric(made.trials["employees"])[answered.index]
        assert (answered == np.minimum(staff, 3)).all()


def test_people_who_answer_twice_make_a_gain_surer_than_their_number_tells():
    made = simulate("same_people", 300, 3, MENU, 0)
    assert made.measurements is not None
    after = made.measurements[made.measurements["wave"].str.startswith("after")]
    n = after["n"].to_numpy()
    assumed = np.sqrt(2 / n).mean() * read_worlds()["same_people"].survey.within_sd
    assert made.changes["error"].mean() < 0.5 * assumed
    told = after.dropna(subset=["n_twice"])
    assert len(told) > 100 and (told["correlation"].dropna() == 0.6).all()
    assert (told["n_twice"] / told["n"]).mean() > 0.9


def test_measurements_of_before_do_not_stay_beside_other_trials(tmp_path):
    assert "measurements.csv" in write_simulation(simulate("drifting", 9, 1, MENU, 2), tmp_path)
    assert "measurements.csv" not in write_simulation(simulate("main", 9, 1, MENU, 2), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "changes.csv",
        "profiles.csv",
        "trials.csv",
        "truth.csv",
    ]


def test_effects_are_as_many_times_as_large_as_is_asked_for():
    """The gain if finished about its base, four times; start and completion as they are."""
    heads = {}
    for effects in (1.0, 4.0):
        own = vary(read_worlds()["interactions"], Variation(effects=effects))
        cards = draw_cards(own, MENU, rng(3))
        numbers = {name: rng(4).normal(size=9) for name in ("one", "owner_support", "culture")}
        numbers |= {name: rng(5).random(9) for name in own.answers}
        heads[effects] = chances(numbers, cards, rng(6).random((9, len(MENU))), own)
    assert np.allclose(heads[4.0].gain - 0.10, 4 * (heads[1.0].gain - 0.10))
    assert np.array_equal(heads[4.0].start, heads[1.0].start)


def test_experts_are_right_in_interactions_and_wrong_in_misleading():
    worlds = read_worlds()
    for name in ("main", "interactions", "misleading"):
        for kind, there in (("right", "interactions"), ("wrong", "misleading")):
            assert vary(worlds[name], Variation(experts=kind)).gain == worlds[there].gain
    kept = vary(worlds["thresholds"], Variation(experts="right")).gain.terms
    assert sum(term.at is not None for term in kept) == 3


def test_useless_experts_say_nothing_of_gains_that_differ_as_much_as_ever():
    """Crosses of right and useless experts, over 40 draws of who has whose gain."""
    own = world("interactions", gain={"card_sd": 0.0})
    numbers = {name: rng(4).normal(size=50) for name in ("one", "owner_support", "culture")}
    numbers |= {name: rng(5).random(50) for name in own.answers}
    match = rng(6).random((50, len(MENU)))
    alike = []
    for seed in range(40):
        right, useless = (
            chances(
                numbers,
                draw_cards(vary(own, Variation(experts=kind)), MENU, rng(seed)),
                match,
                own,
            ).gain
            for kind in ("right", "useless")
        )
        assert np.allclose(np.sort(right), np.sort(useless))
        apart = [gain - gain.mean(axis=1, keepdims=True) for gain in (right, useless)]
        alike.append((apart[0] * apart[1]).sum() / (apart[0] ** 2).sum())
    assert np.mean(alike) == pytest.approx(0.0, abs=4 * np.std(alike) / math.sqrt(40))


def test_variations_of_a_world_have_the_same_companies():
    for variation in (Variation(effects=4.0), Variation(experts="useless")):
        made = simulate("interactions", 30, 3, MENU, 9, variation)
        plain = simulate("interactions", 30, 3, MENU, 9)
        assert made.profiles.equals(plain.profiles)
        assert made.trials["intervention"].equals(plain.trials["intervention"])
        assert not made.truth.equals(plain.truth)


REFUSED = {
    "effects": (Variation(effects=11.0), "effects must be from 0 to 10, got 11"),
    "no number": (Variation(effects=math.nan), "effects must be from 0 to 10, got nan"),
    "drift": (Variation(drift=-3.0), "drift must be from -2 to 2, got -3"),
    "controls": (Variation(controls=-1), "controls must be from 0 to inf, got -1"),
    "respondents": (Variation(respondents=0), "respondents must be from 1 to inf, got 0"),
    "experts": (Variation(experts="late"), "experts must be one of right, useless, wrong"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("variation", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_a_variation_out_of_range_is_refused(variation, told):
    with pytest.raises(ValueError, match=told):
        simulate("main", 9, 1, MENU, 1, variation)


@pytest.mark.parametrize("name", MEASURED_WORLDS)
def test_what_works_is_as_in_interactions(name):
    assert read_worlds()[name].gain == read_worlds()["interactions"].gain

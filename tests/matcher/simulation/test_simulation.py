"""The files of a simulated experiment: their form, and the rules of a trial."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pandas as pd
import pytest

from matcher.profile.form import read_cells
from matcher.profile.schema import PROFILE_FIELDS
from matcher.simulation.simulate import WORLDS, simulate, write_simulation
from matcher.simulation.worlds import World, read_worlds
from matcher.trials.columns import MEASURED_COLUMNS, TRIAL_COLUMNS
from matcher.trials.measured import measured_by_name
from matcher.trials.measurements import read_measurements
from matcher.trials.reader import read_trials
from tests.matcher.simulated import (
    MENU,
    TRAINING_DATA,
    many_trials,
    menu_of,
    tried_trials,
)


@pytest.fixture
def many() -> pd.DataFrame:
    return many_trials()


@pytest.fixture
def tried() -> pd.DataFrame:
    return tried_trials()


def test_the_worlds_of_the_contract_come_first():
    assert WORLDS[:3] == ("null", "main", "interactions")


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        write_simulation(simulate("interactions", 90, 7, MENU), tmp_path / folder)
    for name in ("trials.csv", "profiles.csv", "truth.csv"):
        one, two = ((tmp_path / f / name).read_bytes() for f in ("one", "two"))
        assert one == two and one.count(b"\n") > 90 and b"\r" not in one


AS_EVER = {
    "null": "743afccc75e96d31",
    "main": "b0638f5080e112ed",
    "interactions": "60cb24b6773d753a",
    "strong": "b277faf6ac5c37df",
    "thresholds": "9c1890979688aca4",
    "dropout": "bd5ce195823757b2",
    "confounded": "65ffe7ea910f00ed",
    "misleading": "57d8d5cd5ef8f388",
}
"""Digests of the worlds as they were before others differed from them in how is measured."""


@pytest.mark.parametrize(("name", "digest"), AS_EVER.items())
def test_a_world_is_what_it_always_was(name, digest):
    """To be written anew when the menu or a number of these worlds changes, and only then."""
    made = simulate(name, 30, 1, MENU, 5)
    assert made.measurements is None
    whole = hashlib.sha256()
    for frame in (made.trials, made.profiles, made.truth):
        whole.update(frame.to_csv(index=False, float_format="%.6f", lineterminator="\n").encode())
    assert whole.hexdigest()[:16] == digest


def test_another_seed_and_another_world_give_other_trials():
    files = [
        simulate(name, 90, seed, MENU, 0).trials.to_csv()
        for name, seed in (("main", 7), ("main", 8), ("interactions", 7))
    ]
    assert len(set(files)) == 3


def test_the_number_of_profiles_does_not_change_the_trials():
    few, more = (simulate("main", 30, 7, MENU, n).trials for n in (0, 50))
    assert few.equals(more)


REFUSED = {
    "unknown world": (("elsewhere", 90, 1), "world must be one of null, main"),
    "no company": (("main", 0, 1), "n_companies must be >= 1, got 0"),
    "negative seed": (("main", 90, -1), "seed must be >= 0, got -1"),
    "negative profiles": (("main", 90, 1, MENU, -2), "n_profiles must be >= 0, got -2"),
}


@pytest.mark.parametrize(("arguments", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_argument_is_named(arguments, told):
    with pytest.raises(ValueError, match=told):
        simulate(*(*arguments, MENU)[:4], *arguments[4:])


def test_a_world_whose_truth_would_be_an_approximation_is_refused():
    """P(start) may not depend on an answer that can be missing: E[f(x) g(x)] is not E[f] E[g]."""
    raw = read_worlds()["main"].model_dump()
    raw["start"]["terms"] = [{"company": "owner_support", "effect": 0.1}]
    with pytest.raises(ValueError, match="linearly: \\['owner_support'\\]"):
        World.model_validate(raw)


@pytest.mark.parametrize("name", WORLDS)
def test_the_files_have_the_form_of_the_contract(name):
    made = simulate(name, 90, 3, MENU)
    named = MEASURED_COLUMNS if made.measurements is not None else ()
    assert tuple(made.trials.columns) == (*TRIAL_COLUMNS, *named)
    assert tuple(made.profiles.columns) == ("id", *PROFILE_FIELDS)
    assert made.trials.map(lambda cell: isinstance(cell, str)).all(axis=None)
    assert (made.trials["source"] == "simulated").all()
    for cells in made.profiles.drop(columns="id").to_dict("records"):
        read_cells(cells)
    pairs = [(p, card.id) for p in made.profiles["id"] for card in MENU.rankable]
    assert list(zip(made.truth["profile"], made.truth["intervention"], strict=True)) == pairs
    assert made.truth.iloc[:, 2:].apply(np.isfinite).all(axis=None)


@pytest.mark.parametrize("name", WORLDS)
def test_the_reader_of_trials_finds_no_fault(name, tmp_path):
    made = simulate(name, 400, 3, MENU, 1)
    write_simulation(made, tmp_path)
    read = read_trials(tmp_path / "trials.csv", MENU)
    assert read.simulated and len(read.frame) == len(made.trials)
    assert (read.frame["state"] == made.trials["state"]).all()
    five = (read.frame["scale"] == "1-5") & read.frame["culture_before"].notna()
    assert five.any() and read.frame.loc[five, "culture_before"].max() <= 6
    changed = set(zip(made.changes["company"], made.changes["measured_after"], strict=True))
    assert len(changed) == len(made.changes) and set(made.trials["company"]) == set(
        made.changes["company"]
    )
    if made.measurements is not None:
        found = read_measurements(tmp_path / "measurements.csv")
        by_name = measured_by_name(read.frame, found.frame, read.rows)
        for when, places in (("before", by_name.before), ("after", by_name.after)):
            told = read.frame[f"culture_{when}"].notna().to_numpy()
            assert (places[told] >= 0).all()
            measured = found.frame["mean"].to_numpy()[places[told]]
            assert np.allclose(read.frame.loc[told, f"culture_{when}"], measured)


@pytest.mark.parametrize("n", [1, 2, 7, 21])
def test_any_number_of_companies_will_do(n):
    assert simulate("main", n, 5, MENU, 0).trials["company"].nunique() == n


def test_a_menu_that_nobody_may_use_leaves_only_the_companies_that_wait():
    card = next(c for c in MENU if any(r.field == "employees" for r in c.conditions))
    rule = next(r for r in card.conditions if r.field == "employees")
    rule = rule.model_copy(update={"effect": "exclude", "value": 10**6})
    nobody = menu_of(card.model_copy(update={"conditions": (rule,)}))
    trials = simulate("main", 90, 5, nobody, 0).trials
    assert set(trials["intervention"]) == {"geen"} and len(trials) == 8


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    made = simulate("null", 10, 1, MENU, 2)
    write_simulation(made, tmp_path)
    old = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_simulation(simulate("null", 10, 2, MENU, 2), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_the_outcomes_in_the_repository_are_those_of_the_simulator(tmp_path):
    """World interactions, 90 companies, seed 2026; write it anew when menu or worlds change."""
    write_simulation(simulate("interactions", 90, 2026, MENU), tmp_path)
    made = (tmp_path / "trials.csv").read_bytes()
    assert (TRAINING_DATA / "outcomes.csv").read_bytes() == made


def test_the_states_keep_their_rules(many):
    waits = many[many["state"] == "not_started"]
    empty = ["end_date", "hours_per_participant", "cost_eur", "stopped_reason"]
    assert waits[empty].isna().all(axis=None)
    assert many.loc[many["state"] != "stopped", "stopped_reason"].isna().all()
    assert many.loc[many["state"] == "stopped", "stopped_reason"].notna().all()
    assert many.loc[many["state"].isin(["started", "unknown"]), "end_date"].isna().all()
    assert not many.duplicated(["company", "intervention"]).any()
    dated = many.dropna(subset=["start_date", "end_date"])
    assert (dated["start_date"] < dated["end_date"]).all()


def test_only_a_run_of_a_year_or_more_is_still_going_at_the_last_follow_up(tried):
    still = set(tried.loc[tried["state"] == "started", "intervention"])
    long = {c.id for c in MENU if c.duration_months and c.duration_months.min >= 12}
    assert still == long & set(tried["intervention"]) and {"bbl", "bedrijfsschool"} <= still
    assert not (tried.loc[tried["intervention"].isin(long), "state"] == "finished").any()


def test_a_company_never_tries_what_its_size_or_recognition_excludes(tried):
    for card in MENU:
        rows = tried[tried["intervention"] == card.id]
        for rule in (r for r in card.conditions if r.effect == "exclude"):
            if rule.field == "employees":
                assert (pd.to_numeric(rows["employees"]) >= rule.value).all()
            else:
                assert not (rows["recognised_training_company"] == "nee").any()


def test_staff_lending_is_tried_now_and_then_and_never_ranked(tried):
    share = (tried["intervention"] == "collegiale-uitleen").mean()
    assert 0 < share < 1 / len(MENU)
    truth = simulate("main", 5, 1, MENU, 3).truth
    assert "collegiale-uitleen" not in set(truth["intervention"])


def test_cost_lies_in_the_bands_of_the_card(tried):
    bounds = read_worlds()["main"].report.cost_bounds
    for card, rows in tried.dropna(subset=["cost_eur"]).groupby("intervention"):
        band = MENU.by_id[str(card)].cost_band
        top = band.min if band.max is None else band.max
        cost = pd.to_numeric(rows["cost_eur"])
        assert cost.between(bounds[int(band.min)][0], bounds[int(top)][1]).all()

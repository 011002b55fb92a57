"""One outcome through three doors: a row of a file, an object over the API, a form on a page."""

import csv
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InvalidOutcome, InvalidTrials
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.tables.cells import written
from matcher.tables.kinds import Number
from matcher.trials.columns import SCALES, STATES, TRIAL_KINDS
from matcher.trials.outcome import Outcome, check_beside, read_outcome
from matcher.trials.reader import read_trials
from service.pages.follow_up.reporting import NUMBERS, read_measurement, report
from tests.strength import strength

MENU_CARD = read_menu(MENU)
COMPANY = {
    "employees": 38,
    "needs": "digitaal",
    "staffing_pressure": "krap",
    "source": "service",
    "company": "maak-1",
    "intervention": MENU_CARD.ids[0],
}


BESIDE = {
    *("trial_more_than_employees", "trial_end_to_come"),
    *("trial_start_to_come", "trial_spread_too_wide"),
}


def halves(kind):
    return st.integers(int(2 * kind.least), int(2 * min(kind.most, 100))).map(lambda n: n / 2)


HALVES = {name: halves(TRIAL_KINDS[name]) for name in NUMBERS if not name.startswith("respondents")}
DAYS = st.dates(date(2025, 1, 1), date(2025, 1, 5)).map(str)
OUTCOMES = st.fixed_dictionaries(
    {"state": st.sampled_from(STATES)},
    optional=HALVES
    | {
        "respondents_before": st.integers(0, 2),
        "respondents_after": st.integers(0, 2),
        "start_date": DAYS,
        "end_date": DAYS,
        "stopped_reason": st.just("geen tijd"),
        "scale": st.sampled_from(SCALES),
        "would_continue": st.booleans(),
    },
)


def by_file(folder, outcome):
    path = folder / "trials.csv"
    cells = {name: written(value) for name, value in (COMPANY | outcome).items()}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(cells))
        writer.writeheader()
        writer.writerow(cells)
    try:
        read_trials(path, MENU_CARD)
    except InvalidTrials as refusal:
        return {(f.where.removeprefix("row 2, "), f.code, f.text("nl")) for f in refusal.faults}
    return set()


def by_json(outcome):
    try:
        check_beside(read_outcome(outcome), COMPANY, {})
    except InvalidOutcome as refusal:
        return {(f.where.strip("/"), f.code, f.text("nl")) for f in refusal.faults}
    return set()


def by_page(outcome):
    on_page = {*NUMBERS, "scale", "would_continue"}
    form = {name: written(value) for name, value in outcome.items() if name in on_page}
    before = {name: value for name, value in outcome.items() if name not in {*on_page, "state"}}
    try:
        told = read_measurement(form, before, outcome["state"], report(None, before, "nl"))
        check_beside(told, COMPANY, {})
    except InvalidOutcome as refusal:
        return {(f.where.strip("/"), f.code, f.text("nl")) for f in refusal.faults}
    return set()


@settings(max_examples=strength(60, 1000))
@given(outcome=OUTCOMES)
def test_what_cannot_be_is_told_in_the_same_words_at_every_door(tmp_path_factory, outcome):
    told = by_file(tmp_path_factory.getbasetemp(), outcome)
    # What an outcome says of itself comes first, then what it says beside its company.
    told = {fault for fault in told if fault[1] not in BESIDE} or told
    assert by_json(outcome) == told
    assert by_page(outcome) == told


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("side", ["least", "most"])
def test_the_bounds_of_a_number_are_the_same_at_every_door(tmp_path, name, side):
    kind = TRIAL_KINDS[name]
    inside = getattr(kind, side)
    outside = inside - 1 if side == "least" else inside + 1
    usual = {"state": "finished", "scale": "1-6", "respondents_before": 9, "respondents_after": 9}
    code = "too_small" if side == "least" else "too_large"
    for value, expected in ((inside, set()), (outside, {(name, code)})):
        outcome = usual | {name: value}
        if name.startswith("respondents") and not value:
            outcome = {"state": "finished", name: value}
        for told in (by_file(tmp_path, outcome), by_json(outcome), by_page(outcome)):
            alone = [(where, code) for where, code, _ in told if code not in BESIDE]
            assert {(where, code.removeprefix("table_")) for where, code in alone} == expected


def test_every_number_of_an_outcome_is_on_the_page_and_in_the_file():
    told = {name for name, kind in TRIAL_KINDS.items() if isinstance(kind, Number)}
    assert told - {"propensity"} == set(NUMBERS) <= set(Outcome.model_fields)

"""What cannot be is refused, what is odd is told once and has to be confirmed."""

import doctest
import tomllib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import matcher.messages
from matcher.errors import InvalidTrials, Unconfirmed
from matcher.menu.card import read_menu
from matcher.paths import MENU, TRIALS
from matcher.simulation.simulate import WORLDS, simulate, write_simulation
from matcher.trials import plausible, pseudonyms
from matcher.trials.columns import TRIAL_COLUMNS
from matcher.trials.oddities import accepted_of, confirm
from matcher.trials.pseudonyms import names_a_person, telling
from matcher.trials.reader import read_trials
from matcher.trials.rejected import write_faulty
from tests.matcher.table_makers import EXPERIMENT, TRIAL, write_csv
from tests.strength import strength

SOON = (date.today() + timedelta(40)).isoformat()


@pytest.fixture(scope="module")
def menu():
    return read_menu(MENU)


def trial(**changes):
    return {**dict.fromkeys(TRIAL_COLUMNS, ""), **TRIAL, **changes}


def faults(path, menu):
    with pytest.raises(InvalidTrials) as refusal:
        read_trials(path, menu)
    assert all(f.text("nl") != f.text("en") for f in refusal.value.faults)
    return [(f.where, f.code) for f in refusal.value.faults]


def warned(path, menu):
    """Return column, code and rows of what is odd in a file that is read all the same."""
    found = read_trials(path, menu).warnings
    for each in found:
        assert each.line("nl") != each.line("en")
        assert each.count >= len(each.rows) > 0
    return [(w.about, w.code, *w.rows) for w in found]


CANNOT_BE = {
    "999 respondents of 38": (
        {"respondents_before": "999"},
        "respondents_before",
        "trial_more_than_employees",
    ),
    "999 respondents after": (
        {"respondents_after": "999"},
        "respondents_after",
        "trial_more_than_employees",
    ),
    "99 participants of 12": (
        {"employees": "12", "participants": "99"},
        "participants",
        "trial_more_than_employees",
    ),
    "a score of -9": ({"culture_after": "-9"}, "culture_after", "trial_no_answer"),
    "a score of 99": ({"culture_before": "99"}, "culture_before", "trial_no_answer"),
    "a baseline of 9": ({"culture_baseline": "9"}, "culture_baseline", "trial_no_answer"),
    "-9 respondents": ({"respondents_after": "-9"}, "respondents_after", "trial_no_answer"),
    "a mark of 99": ({"satisfaction_owner": "99"}, "satisfaction_owner", "trial_no_answer"),
    "support of 9": ({"owner_support": "9"}, "owner_support", "trial_no_answer"),
    "99,0 of 1 to 5": ({"owner_support": "99,0"}, "owner_support", "trial_no_answer"),
    "an end in 2062": ({"end_date": "30-06-2062"}, "end_date", "trial_end_to_come"),
    "stopped later": ({"state": "stopped", "end_date": SOON}, "end_date", "trial_end_to_come"),
    "begun later": (
        {"state": "started", "start_date": SOON, "end_date": ""},
        "start_date",
        "trial_start_to_come",
    ),
    "a spread of 3": ({"culture_before_sd": "3,0"}, "culture_before_sd", "trial_spread_too_wide"),
    "a spread of 2,2 on 1-5": (
        {"scale": "1-5", "culture_before_sd": "2,2"},
        "culture_before_sd",
        "trial_spread_too_wide",
    ),
    "a KvK number that says so": ({"company": "KvK-12345678"}, "company", "trial_register_number"),
    "a VAT number": ({"company": "NL123456789B01"}, "company", "trial_register_number"),
    "a table by register number": ({"table": "kvk12345678"}, "table", "trial_register_number"),
    "a KvK number with dots": ({"company": "12.345.678"}, "company", "table_not_a_pseudonym"),
    "a KvK number with spaces": ({"company": "1234 5678"}, "company", "table_not_a_pseudonym"),
    "an e-mail address": ({"company": "jan@bakkerij.nl"}, "company", "table_not_a_pseudonym"),
    "a name with dots": ({"company": "Bakkerij Jansen B.V."}, "company", "table_not_a_pseudonym"),
}


@pytest.mark.parametrize(("change", "column", "code"), CANNOT_BE.values(), ids=CANNOT_BE.keys())
def test_what_cannot_be_is_a_fault_at_its_cell(tmp_path, menu, change, column, code):
    path = write_csv(tmp_path / "t.csv", [trial(company="other"), trial(**change)])
    assert faults(path, menu) == [(f"row 3, {column}", code)]


@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_what_ended_in_the_month_that_goes_on_may_be_over(tmp_path, menu, monkeypatch, state):
    monkeypatch.setattr(plausible, "today", lambda: np.datetime64("2026-11-10"))
    ends = {"a": "november 2026", "b": "11-2026", "c": "2026-12", "d": "30-11-2026"}
    rows = [trial(company=name, state=state, end_date=end) for name, end in ends.items()]
    assert faults(write_csv(tmp_path / "t.csv", rows), menu) == [
        ("row 4, end_date", "trial_end_to_come"),
        ("row 5, end_date", "trial_end_to_come"),
    ]


ODD = {
    "more participants than people": (
        {"participants": "45"},
        "participants",
        "more_than_employees",
    ),
    "more respondents than people": (
        {"respondents_before": "41"},
        "respondents_before",
        "more_than_employees",
    ),
    "more after than people": (
        {"respondents_after": "80"},
        "respondents_after",
        "more_than_employees",
    ),
    "99 participants of 120": (
        {"employees": "120", "participants": "99"},
        "participants",
        "no_answer",
    ),
    "88 respondents of 120": (
        {"employees": "120", "respondents_before": "88"},
        "respondents_before",
        "no_answer",
    ),
    "999 people": ({"employees": "999"}, "employees", "no_answer"),
    "999 hours": ({"hours_per_participant": "999"}, "hours_per_participant", "no_answer"),
    "99999 euro": ({"cost_eur": "99999"}, "cost_eur", "no_answer"),
    "a planned end": ({"state": "started", "end_date": SOON}, "end_date", "end_to_come"),
    "a planned end, state unknown": ({"state": "", "end_date": SOON}, "end_date", "end_to_come"),
    "ten years": ({"start_date": "2013-03-06"}, "end_date", "long_trial"),
    "another baseline": ({"culture_baseline": "5,9"}, "culture_before", "baseline_differs"),
    "another baseline on 1-5": (
        {"scale": "1-5", "culture_before": "3.0", "culture_baseline": "3.0"},
        "culture_before",
        "baseline_differs",
    ),
    "eight digits": ({"company": "12345678"}, "company", "number_of_a_register"),
    "eight digits, grouped": ({"company": "1234-5678"}, "company", "number_of_a_register"),
    "a branch number": ({"company": "000012345678"}, "company", "number_of_a_register"),
    "a tax number": ({"company": "123456782"}, "company", "number_of_a_register"),
    "a telephone number": ({"company": "06-12345678"}, "company", "number_of_a_register"),
    "a day that the service recorded": (
        {"source": "service", "company": "3-jan"},
        "company",
        "changed_name",
    ),
    "a month that the service recorded": (
        {"source": "service", "company": "mrt-23"},
        "company",
        "changed_name",
    ),
    "a table that the service recorded": (
        {"source": "service", "table": "3-5-2026"},
        "table",
        "changed_name",
    ),
    "a legal form": ({"company": "bakkerij-jansen-bv"}, "company", "name_of_a_company"),
    "a legal form with marks": ({"company": "Jansen_B_V"}, "company", "name_of_a_company"),
    "capitals": ({"company": "Bakkerij-Jansen"}, "company", "name_of_a_company"),
    "capitals without marks": ({"company": "BakkerijJansenBV"}, "company", "name_of_a_company"),
    "mail in a reason": (
        {"state": "stopped", "stopped_reason": "vraag jan@bakkerij.nl"},
        "stopped_reason",
        "names_a_person",
    ),
    "a telephone of an advisor": (
        {"advisor_organisation": "Advies Noord, 0591-123456"},
        "advisor_organisation",
        "names_a_person",
    ),
}


@pytest.mark.parametrize(("change", "column", "code"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_told_at_its_cell_and_read(tmp_path, menu, change, column, code):
    path = write_csv(tmp_path / "t.csv", [trial(company="other"), trial(**change)])
    assert warned(path, menu) == [(column, code, 3)]


GOOD = {
    "everybody answered": {
        "respondents_before": "38",
        "respondents_after": "38",
        "participants": "38",
    },
    "99 beside 104": {"employees": "120", "respondents_before": "104", "respondents_after": "99"},
    "nine people": {"participants": "9", "respondents_before": "9", "respondents_after": "9"},
    "a nine": {"satisfaction_owner": "9", "satisfaction_staff": "9"},
    "a baseline of one decimal": {"culture_baseline": "3,6"},
    "a baseline from 1-5": {"scale": "1-5", "culture_before": "3,0", "culture_baseline": "3,5"},
    "planned": {"state": "", "start_date": SOON, "end_date": ""},
    "ended today": {"end_date": date.today().isoformat()},
    "everybody at an end": {"culture_before_sd": "2,5", "culture_after_sd": "0"},
    "two people at both ends": {"culture_before_sd": "3,5", "respondents_before": "2"},
    "a year and a number": {"company": "2023-0001"},
    "a word and a number": {"company": "Bedrijf-12", "table": "Leertafel-Emmen"},
    "a card and a letter": {"company": "Zorg-A"},
    "a number of six": {"company": "123456"},
    "a date in a reason": {
        "state": "stopped",
        "stopped_reason": "op 06-03-2023 10:00, kosten 12500",
    },
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD.keys())
def test_what_is_ordinary_is_not_told(tmp_path, menu, change):
    path = write_csv(tmp_path / "t.csv", [trial(company="other"), trial(**change)])
    assert warned(path, menu) == []


BETWEEN = {
    "with and without a start": (
        {},
        {"start_date": ""},
        ("start_date", "trial_undated_beside_dated", 3),
    ),
    "without it first": ({"start_date": ""}, {}, ("start_date", "trial_undated_beside_dated", 2)),
    "a day later": ({}, {"start_date": "2023-03-07"}, ("start_date", "trial_nearly_twice", 3)),
    "day and month swapped": (
        {"end_date": ""},
        {"start_date": "2023-06-03", "end_date": ""},
        ("start_date", "trial_nearly_twice", 3),
    ),
    "another province": (
        {},
        {"intervention": "bbl", "province": "friesland"},
        ("company", "two_profiles", 2, 3),
    ),
    "another sector": (
        {},
        {"intervention": "bbl", "sector": "G"},
        ("company", "two_profiles", 2, 3),
    ),
    "another group in the other scheme": (
        {},
        {"intervention": "bbl", "sector": "R", "sbi_version": "2025"},
        ("company", "two_profiles", 2, 3),
    ),
    "ten times as many": (
        {},
        {"intervention": "bbl", "employees": "380"},
        ("company", "two_profiles", 2, 3),
    ),
    "capitals": ({}, {"company": "Bouw-01"}, ("company", "pseudonyms_alike", 2, 3)),
    "a hyphen": ({}, {"company": "bouw01"}, ("company", "pseudonyms_alike", 2, 3)),
}


@pytest.mark.parametrize(("one", "other", "found"), BETWEEN.values(), ids=BETWEEN.keys())
def test_what_two_rows_say_of_one_company_is_told_of_both(tmp_path, menu, one, other, found):
    path = write_csv(tmp_path / "t.csv", [trial(**one), trial(**other)])
    assert warned(path, menu) == [found]


APART = {
    "simulated": {"source": "simulated", "sector": "Q", "province": "groningen"},
    "grown": {"intervention": "bbl", "employees": "55"},
    "the same sector in the other scheme": {"intervention": "bbl", "sbi_version": "2025"},
    "a province that is not known": {"intervention": "bbl", "province": ""},
    "the same card a year later": {"start_date": "2024-03-06", "end_date": ""},
    "another company": {"company": "bouw-02", "sector": "Q", "province": "groningen"},
}


@pytest.mark.parametrize("other", APART.values(), ids=APART.keys())
def test_two_rows_that_go_together_are_not_told(tmp_path, menu, other):
    assert warned(write_csv(tmp_path / "t.csv", [trial(), trial(**other)]), menu) == []


OTHER = {"employees": "380", "sector": "Q", "province": "friesland", "intervention": "intervisie"}


def test_one_pseudonym_of_two_companies_is_a_fault_of_all_its_rows(tmp_path, menu):
    path = write_csv(tmp_path / "t.csv", [trial(), trial(company="a"), trial(**OTHER)])
    with pytest.raises(InvalidTrials, match=r"row 2, .* row 4 .* employees 38 / 380, sector F / Q"):
        read_trials(path, menu)
    assert [where for where, _ in faults(path, menu)] == ["row 2, company", "row 4, company"]
    left = read_trials(path, menu, skip_faulty=True)
    assert (left.frame["company"].tolist(), left.n_faulty_left_out) == (["a"], 2)
    beside = write_faulty(path, menu).read_text("utf-8-sig")
    assert beside.count("een heel ander profiel") == 2


def test_a_code_that_stands_there_often_is_told_once(tmp_path, menu):
    """Nine, where hardly anybody counts eight or ten, and a mark of 0."""
    rows = [trial(company=f"c{n}", participants=str(3 * n)) for n in range(10)]
    rows += [trial(company=f"d{n}", participants="9", satisfaction_owner="0") for n in range(30)]
    found = read_trials(write_csv(tmp_path / "t.csv", rows), menu).warnings
    assert [(w.about, w.code, w.params["times"], w.count) for w in found] == [
        ("participants", "no_answer_often", 31, 31),
        ("satisfaction_owner", "no_answer_often", 30, 30),
    ]
    spread = [row | {"participants": str(6 + n % 7)} for n, row in enumerate(rows[:10])]
    assert warned(write_csv(tmp_path / "u.csv", spread), menu) == []


def test_one_value_is_told_once_with_its_first_rows_and_their_number(tmp_path, menu):
    rows = [trial(company=f"c{n}", participants=str(45 + (n == 20))) for n in range(30)]
    first, other = read_trials(write_csv(tmp_path / "t.csv", rows), menu).warnings
    assert (first.params["value"], first.count, first.rows) == ("45", 29, (2, 3, 4, 5))
    assert "rij 2, 3, 4, 5 en nog 25" in first.place("nl")
    assert (other.params["value"], other.rows) == ("46", (22,))
    assert accepted_of((first, other)) == {"more_than_employees": 30}


def test_beyond_a_thousand_values_the_rest_is_counted_under_its_code(tmp_path, menu):
    rows = [trial(company=f"{12_000_000 + n}") for n in range(1_100)]
    found = read_trials(write_csv(tmp_path / "t.csv", rows), menu).warnings
    assert (len(found), found[-1].code, found[-1].count) == (1_001, "more_alike", 100)
    assert accepted_of(found) == {"number_of_a_register": 1_100}


def test_a_faulty_file_tells_what_is_odd_beside_its_faults(tmp_path, menu):
    rows = [trial(participants="45"), trial(company="b", employees="0")]
    with pytest.raises(InvalidTrials) as refusal:
        read_trials(write_csv(tmp_path / "t.csv", rows), menu)
    assert [w.code for w in refusal.value.warnings] == ["more_than_employees"]


def test_only_who_accepts_gets_through(tmp_path, menu):
    path = write_csv(tmp_path / "t.csv", [trial(participants="45")])
    found = read_trials(path, menu).warnings
    with pytest.raises(Unconfirmed, match="row 2, participants: '45' is more than the 38 people"):
        confirm(found, accepted=False)
    assert confirm(found, accepted=True) == {"more_than_employees": 1}
    assert confirm((), accepted=False) == {}


CASES = {
    "11": (
        {
            "employees": "12",
            "participants": "99",
            "respondents_before": "999",
            "respondents_after": "999",
        },
        3,
    ),
    "16": (OTHER, 2),
    "24": ({"end_date": "30-06-2062"}, 1),
}


@pytest.mark.parametrize(("change", "n"), CASES.values(), ids=CASES.keys())
def test_all_faults_of_a_file_are_told_at_once(tmp_path, menu, change, n):
    rows = [trial(), trial(**change)] if change is OTHER else [trial(**change)]
    assert len(faults(write_csv(tmp_path / "t.csv", rows), menu)) == n


@pytest.mark.parametrize("path", [TRIALS, EXPERIMENT], ids=["training data", "experiment"])
def test_the_files_that_are_there_hold_nothing_odd(menu, path):
    assert read_trials(path, menu).warnings == ()


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(strength(2, 200)))
def test_plausible_files_give_no_warnings(tmp_path, menu, seed):
    """Of 200 simulated files of 90 companies none did: 200 worlds, 25 000 trials."""
    world = list(WORLDS)[seed % len(WORLDS)]
    write_simulation(simulate(world, 90, seed, menu, 2), tmp_path)
    assert read_trials(tmp_path / "trials.csv", menu).warnings == ()


@given(st.from_regex(r"[a-z]{2,12}-?[0-9]{1,4}", fullmatch=True))
def test_a_word_and_a_number_tell_nothing(name):
    assert telling(name) is None or name[:3] in ("bv-", "nv-", "cv-")


@given(st.integers(10_000_000, 99_999_999))
def test_eight_digits_are_told_however_grouped(number):
    digits = str(number)
    year = digits[:2] in ("19", "20")
    for name in (digits, f"{digits[:2]}-{digits[2:5]}-{digits[5:]}", f"{digits[:4]}_{digits[4:]}"):
        assert telling(name) == "number_of_a_register" or (year and name[4:5] == "_")


def test_the_examples_hold():
    found = doctest.testmod(pseudonyms)
    assert (found.failed, found.attempted > 1) == (0, True)
    assert not any(map(names_a_person, ("3 van de 10, 2023-2024", "0123456", "12-05-06-2023")))
    assert all(map(names_a_person, ("+31 6 12345678", "0591 12 34 56", "0612345678", "x@y.eu")))


TOLD_HERE = {code for *_, code in CANNOT_BE.values() if code.startswith("trial_")}
TOLD_HERE |= {"trial_two_profiles"}
WARNED_HERE = {code for *_, code in ODD.values()} | {found[1] for *_, found in BETWEEN.values()}
WARNED_HERE |= {"no_answer_often", "more_alike"}
WARNED_ELSEWHERE = {"another_profile"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_warning_has_its_sentence_and_is_reached(language):
    folder = Path(matcher.messages.__file__).parent
    sentences = tomllib.loads((folder / f"{language}-trials.toml").read_text("utf-8"))["warning"]
    assert set(sentences) == WARNED_HERE | WARNED_ELSEWHERE

"""Trials of which not everything is known, and files with columns of somebody's own."""

import math

import numpy as np
import pandas as pd
import pytest

from matcher.errors import InvalidTrials
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.tables.sizes import Size
from matcher.trials.columns import MOST_FREE, TRIAL_COLUMNS
from matcher.trials.joining import join_trials
from matcher.trials.preview import inspect
from matcher.trials.profiles import Known, differences
from matcher.trials.reader import read_trials
from matcher.trials.rejected import write_faulty
from tests.matcher.table_makers import TRIAL, write_csv

CARD = read_menu(MENU)
OPEN = {"employees": "", "needs": "", "staffing_pressure": ""}
STUDY = {
    "company": "s-01",
    "sector": "C",
    "sbi_version": "2008",
    "source": "experiment",
    "intervention": "leermeester",
    "state": "finished",
}


def trial(company="bouw-a", **cells):
    return dict(TRIAL) | {"company": company} | cells


def read(folder, *rows, **options):
    return read_trials(write_csv(folder / "t.csv", rows), CARD, **options)


def codes(notes):
    return {note.code: note.params.get("n") for note in notes}


@pytest.mark.parametrize("for_fit", [False, True])
def test_needs_pressure_and_size_may_be_unknown(tmp_path, for_fit):
    rows = trial("a"), trial("b", **OPEN), trial("c", needs="weet niet", staffing_pressure="?")
    trials = read(tmp_path, *rows, for_fit=for_fit)
    frame = trials.frame
    assert frame["needs"].isna().tolist() == [False, True, True]
    assert frame["staffing_pressure"].isna().tolist() == [False, True, True]
    assert frame["employees"].isna().tolist() == [False, True, False]
    assert codes(trials.notes) == {
        "trial_unknown_employees": 1,
        "trial_unknown_needs": 2,
        "trial_unknown_staffing_pressure": 2,
    }


@pytest.mark.parametrize("for_fit", [False, True])
def test_their_columns_may_be_missing(tmp_path, for_fit):
    trials = read(tmp_path, STUDY, for_fit=for_fit)
    assert trials.frame[list(OPEN)].isna().all(axis=None)
    assert codes(trials.notes)["trial_unknown_needs"] == 1
    assert trials.notes[0].text("nl") != trials.notes[0].text("en")


SIZES = {
    "10-19": math.sqrt(190),
    "10 tot 20": math.sqrt(190),
    "< 10": 3.0,
    "250+": 500.0,
    "okt-19": math.sqrt(190),  # what a spreadsheet made of 10-19
    "38": 38.0,
}


@pytest.mark.parametrize(("cell", "middle"), SIZES.items(), ids=SIZES.keys())
def test_a_size_class_counts_as_its_middle_on_a_log_scale(tmp_path, cell, middle):
    trials = read(tmp_path, STUDY | {"employees": cell})
    assert trials.frame["employees"].tolist() == pytest.approx([middle])
    assert codes(trials.notes).get("trial_size_classes") == (None if cell == "38" else 1)


def test_the_middle_of_a_class_without_end_is_twice_its_beginning():
    assert (Size(100, None).middle, Size(4, 9).middle) == (200, 6)


def test_counted_employees_stay_whole_numbers(tmp_path):
    assert read(tmp_path, trial("a"), trial("b")).frame["employees"].dtype == np.int64


PARTICIPANTS = {
    "fewer than the class ends at": ({"employees": "10-19", "participants": "18"}, []),
    "more than the class": ({"employees": "10-19", "participants": "22"}, ["more_than_employees"]),
    "a class without end": ({"employees": "250+", "participants": "900"}, []),
    "a size that is not known": ({"employees": "", "participants": "900"}, []),
}


@pytest.mark.parametrize(("cells", "odd"), PARTICIPANTS.values(), ids=PARTICIPANTS.keys())
def test_more_people_than_employees_is_told_by_the_end_of_a_class(tmp_path, cells, odd):
    found = read(tmp_path, trial(**cells)).warnings
    assert [warned.code for warned in found] == odd


def test_far_more_people_than_the_class_ends_at_is_a_fault(tmp_path):
    with pytest.raises(InvalidTrials, match="19"):
        read(tmp_path, trial(employees="10-19", participants="44"))


def known(employees, at_most=None):
    return Known(2, employees, None, None, at_most)


TWO = {
    "a class and a number in it": ((known(10, 49), known(40)), []),
    "classes that touch": ((known(1, 9), known(10, 49)), []),
    "classes apart": ((known(1, 9), known(50, 99)), ["employees 1-9 / 50-99"]),
    "a class without end": ((known(250, 2**31 - 1), known(20)), ["employees 20 / 250+"]),
    "one of which it is not known": ((known(None), known(20), known(380)), ["employees 20 / 380"]),
    "none of which it is known": ((known(None), known(None)), []),
}


@pytest.mark.parametrize(("group", "words"), TWO.values(), ids=TWO.keys())
def test_sizes_that_may_be_of_one_company_do_not_differ(group, words):
    assert [found.words for found in differences(group)] == words


def test_a_company_of_unknown_size_may_be_two_by_the_rest(tmp_path):
    one = trial("a", **OPEN, province="drenthe")
    other = one | {"sector": "Q", "province": "groningen", "start_date": "01-09-2023"}
    with pytest.raises(InvalidTrials) as refusal:
        read(tmp_path, one | {"end_date": ""}, other | {"end_date": ""})
    assert {fault.code for fault in refusal.value.faults} == {"trial_two_profiles"}


CARRIED = {
    "measured_before": "voor",
    "measured_after": "na",
    "tried_before": "leermeester|microlearning",
    "X_Branche": "bakkers",
    "x_ronde": "2",
}


def test_known_and_own_columns_are_carried_along(tmp_path):
    trials = read(tmp_path, trial(**CARRIED), trial("bouw-b", **dict.fromkeys(CARRIED, "")))
    assert tuple(trials.frame.columns) == (
        *TRIAL_COLUMNS,
        *("measured_before", "measured_after", "tried_before", "x_branche", "x_ronde"),
    )
    row = trials.frame.iloc[0]
    assert row[["measured_before", "measured_after"]].tolist() == ["voor", "na"]
    assert row["tried_before"] == ("leermeester", "microlearning")
    assert row[["x_branche", "x_ronde"]].tolist() == ["bakkers", "2"]
    said = codes(trials.notes)
    assert (said["trial_tried_before"], said["trial_free_columns"]) == (1, 2)
    assert (
        "x_branche, x_ronde"
        in next(n for n in trials.notes if n.code == "trial_free_columns").text()
    )


def test_a_fit_keeps_none_of_them_but_what_rows_share(tmp_path):
    plain, with_more = (
        read(tmp_path, row, for_fit=True).frame for row in (trial(), trial(**CARRIED))
    )
    shared = ["measured_before", "measured_after"]
    assert set(shared) <= set(with_more)
    pd.testing.assert_frame_equal(plain, with_more.drop(columns=shared))


HEADINGS = {
    "a slip in a known one": ("measured_befor", "table_unknown_column_near"),
    "a slip in an old one": ("participant", "table_unknown_column_near"),
    "one without a prefix": ("branche", "table_unknown_column"),
    "a prefix alone": ("x_", "trial_free_name"),
    "a space": ("x_mijn branche", "trial_free_name"),
    "too long": ("x_" + "a" * 39, "trial_free_name"),
}


@pytest.mark.parametrize(("name", "code"), HEADINGS.values(), ids=HEADINGS.keys())
def test_a_name_that_no_column_has_is_told(tmp_path, name, code):
    with pytest.raises(InvalidTrials) as refusal:
        read(tmp_path, trial(**{name: "1"}))
    assert [fault.code for fault in refusal.value.faults] == [code]
    assert refusal.value.faults[0].text("nl") != refusal.value.faults[0].text("en")


def test_there_is_an_end_to_columns_of_ones_own(tmp_path):
    names = [f"x_{number}" for number in range(MOST_FREE + 1)]
    assert len(read(tmp_path, trial(**dict.fromkeys(names[:-1], "a"))).frame) == 1
    with pytest.raises(InvalidTrials, match="51"):
        read(tmp_path, trial(**dict.fromkeys(names, "a")))


def test_they_are_as_long_as_other_texts_and_name_nobody(tmp_path):
    with pytest.raises(InvalidTrials, match="500"):
        read(tmp_path, trial(x_note="a" * 501))
    found = read(tmp_path, trial(x_note="bel 06-12345678")).warnings
    assert [(warned.about, warned.code) for warned in found] == [("x_note", "names_a_person")]


def test_cards_tried_before_are_on_the_menu(tmp_path):
    with pytest.raises(InvalidTrials, match="microlearning'"):
        read(tmp_path, trial(tried_before="microlearnin"))
    assert read(tmp_path, trial(tried_before="geen")).frame["tried_before"].tolist() == [()]


def test_joining_keeps_what_either_file_has(tmp_path):
    one = write_csv(tmp_path / "a.csv", [trial("bouw-a", **CARRIED)])
    other = write_csv(tmp_path / "b.csv", [STUDY | {"employees": "10-19", "x_eigen": "=1"}])
    out = tmp_path / "out.csv"
    assert join_trials([one, other], CARD, out) == 2
    frame = read_trials(out, CARD).frame.set_index("company")
    assert frame.loc["bouw-a", "x_branche"] == "bakkers"
    assert frame.loc["bouw-a", "tried_before"] == ("leermeester", "microlearning")
    assert frame.loc["s-01", "x_eigen"] == "'=1"
    assert frame.loc["s-01", "employees"] == pytest.approx(math.sqrt(190))
    assert frame.loc["bouw-a", "x_eigen"] is None


def test_joining_adds_up_columns_of_ones_own(tmp_path):
    paths = [
        write_csv(tmp_path / f"{part}.csv", [trial(f"c-{part}", **dict.fromkeys(names, "a"))])
        for part in "ab"
        for names in [[f"x_{part}{number}" for number in range(30)]]
    ]
    with pytest.raises(InvalidTrials, match="60"):
        join_trials(paths, CARD, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_preview_shows_and_counts_them(tmp_path):
    path = write_csv(tmp_path / "t.csv", [trial(**CARRIED, **OPEN)])
    told = inspect(path, CARD)
    assert told["good"] and "x_branche" in told["columns"]
    assert told["rows"][0]["cells"]["tried_before"] == "leermeester|microlearning"
    assert any("needs" in note["nl"] for note in told["notes"])
    told = inspect(write_csv(path, [trial(**CARRIED, x_note="a" * 501)]), CARD)
    assert "x_note" in told["columns"]


def test_rows_left_out_keep_what_is_carried(tmp_path):
    path = write_csv(tmp_path / "t.csv", [trial(**CARRIED), trial("b", **CARRIED, cost_eur="-1")])
    assert read_trials(path, CARD, skip_faulty=True).n_faulty_left_out == 1
    text = write_faulty(path, CARD).read_text("utf-8-sig")
    assert "X_Branche" in text and "bakkers" in text


def test_equal_scores_of_a_company_are_one_measurement_and_said(tmp_path):
    cells = {"culture_before": "3,5", "respondents_before": "12", "culture_after": ""}
    rows = [
        trial(intervention=card, end_date="", state="started", **cells)
        for card in ("leermeester", "microlearning")
    ]
    said = codes(read(tmp_path, *rows).notes)
    assert said["measurement_shared"] == 2
    named = [row | {"measured_before": "voor"} for row in rows]
    assert "measurement_shared" not in codes(read(tmp_path, *named).notes)

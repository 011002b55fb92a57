"""Which rows of trials are about one measurement."""

import pandas as pd
import pytest

from matcher.errors import InvalidTrials
from matcher.menu.card import read_menu
from matcher.paths import MENU, TRIALS
from matcher.trials.columns import MEASURED_COLUMNS, TRIAL_COLUMNS
from matcher.trials.joining import join_trials
from matcher.trials.measured import measured_by_name, measured_by_score
from matcher.trials.reader import read_trials
from tests.matcher.table_makers import TRIAL, write_csv

COLUMNS = {
    "company": "a",
    "scale": "1-5",
    "culture_before": 3.2,
    "culture_before_sd": 0.8,
    "respondents_before": 12.0,
    "culture_after": 3.5,
    "culture_after_sd": 0.7,
    "respondents_after": 10.0,
    "start_date": "2024-01-08",
    "end_date": "2024-06-01",
}


def derived(*changes):
    frame = pd.DataFrame([COLUMNS | change for change in changes])
    frame["start_date"] = pd.to_datetime(frame["start_date"])
    frame["end_date"] = pd.to_datetime(frame["end_date"])
    return measured_by_score(frame)


def test_equal_scores_of_one_company_are_one_measurement_and_that_is_said():
    found = derived({}, {"start_date": "2024-02-01"}, {"company": "b"})
    assert found.before.tolist() == [0, 0, 2] and found.after.tolist() == [1, 1, 3]
    assert found.measurements["company"].tolist() == ["a", "a", "b", "b"]
    assert found.measurements["wave"].tolist() == ["1", "2", "1", "2"]
    assert found.measurements["mean"].tolist() == [3.2, 3.5, 3.2, 3.5]
    assert [(note.code, dict(note.params)) for note in found.notes] == [
        ("measurement_shared", {"n": 2, "companies": 1})
    ]
    assert "één meting" in found.notes[0].text("nl")


DIFFERENT = {
    "another score": {"culture_before": 3.3},
    "another spread": {"culture_before_sd": 0.9},
    "other people": {"respondents_before": 11.0},
    "another scale": {"scale": "1-6"},
}


@pytest.mark.parametrize("change", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_scores_that_differ_are_two_measurements(change):
    found = derived({}, change)
    assert found.before[0] != found.before[1]


def test_what_is_not_known_of_a_score_may_be_the_same():
    unknown = {"culture_before_sd": None, "respondents_before": None}
    found = derived(unknown, {})
    assert found.before[0] == found.before[1]
    assert found.measurements["n"].tolist() == [12, 10]
    # Of two that differ it is one of them, and never both.
    found = derived({}, {"respondents_before": 11.0}, unknown)
    assert found.before[2] in (found.before[0], found.before[1]) and len(set(found.before)) == 2


def test_before_and_after_one_trial_are_two_measurements_also_where_nothing_changed():
    same = {"culture_after": 3.2, "culture_after_sd": 0.8, "respondents_after": 12.0}
    found = derived(same)
    assert (found.before[0], found.after[0]) == (0, 1) and found.notes == ()


NEXT = {
    "culture_before": 3.5,
    "culture_before_sd": 0.7,
    "respondents_before": 10.0,
    "culture_after": 4.0,
    "start_date": "2024-09-01",
    "end_date": "2025-01-01",
}


def test_the_score_after_one_trial_is_that_before_the_next():
    found = derived({}, NEXT)
    assert (found.before.tolist(), found.after.tolist()) == ([0, 1], [1, 2])
    assert found.measurements["mean"].tolist() == [3.2, 3.5, 4.0]


@pytest.mark.parametrize(
    "change",
    [{"start_date": "2024-05-01"}, {"start_date": None}, {"culture_before_sd": None}],
    ids=["it began earlier", "nobody knows when it began", "the spread is not known"],
)
def test_where_that_is_not_certain_they_are_two(change):
    found = derived({}, NEXT | change)
    assert found.after[0] != found.before[1]


def test_a_row_without_a_score_is_about_no_measurement():
    found = derived({"culture_after": None})
    assert (found.before[0], found.after[0]) == (0, -1)
    nothing = {"culture_before": None, "culture_after": None}
    found = derived(nothing)
    assert found.before.tolist() == [-1] and len(found.measurements) == 0


def test_the_shipped_trials_have_a_measurement_for_every_score():
    frame = read_trials(TRIALS, read_menu(MENU)).frame
    found = measured_by_score(frame)
    for when, places in (("before", found.before), ("after", found.after)):
        scored = frame[f"culture_{when}"].notna()
        assert (places >= 0).tolist() == scored.tolist()
        of = found.measurements.iloc[places[scored]]
        assert of["mean"].tolist() == frame.loc[scored, f"culture_{when}"].tolist()
        assert of["company"].tolist() == frame.loc[scored, "company"].tolist()


MEASUREMENTS = pd.DataFrame(
    {"company": ["a", "a", "b"], "wave": ["voor", "na", None], "mean": [3.0, 3.4, 3.1]}
)


def test_a_trial_names_its_measurements_by_their_wave():
    trials = pd.DataFrame(
        {"company": ["a", "a"], "measured_before": ["Voor", None], "measured_after": ["na", "voor"]}
    )
    found = measured_by_name(trials, MEASUREMENTS, [2, 3])
    assert (found.before.tolist(), found.after.tolist()) == ([0, -1], [1, 0])
    found = measured_by_name(trials[["company", "measured_after"]], MEASUREMENTS, [2, 3])
    assert (found.before.tolist(), found.after.tolist()) == ([-1, -1], [1, 0])


def test_a_name_that_is_not_there_and_an_order_that_cannot_be_are_faults():
    trials = pd.DataFrame(
        {
            "company": ["b", "a", "a", "a"],
            "measured_before": ["voor", "na", "voor", "voor"],
            "measured_after": [None, "voor", "voor", "nog"],
        }
    )
    with pytest.raises(InvalidTrials) as refusal:
        measured_by_name(trials, MEASUREMENTS, [2, 3, 4, 6])
    assert [(fault.where, fault.code) for fault in refusal.value.faults] == [
        ("row 2, measured_before", "measurement_unknown"),
        ("row 3, measured_after", "measurement_order"),
        ("row 4, measured_after", "measurement_both_same"),
        ("row 6, measured_after", "measurement_unknown"),
    ]
    assert "'voor' is niet later dan 'na'" in refusal.value.faults[1].text("nl")


def rows(*waves):
    """Return a trial for each pair of waves, at a company of its own."""
    names = ("measured_before", "measured_after")
    return [
        dict(TRIAL) | {"company": f"bouw-{at}"} | dict(zip(names, pair, strict=True))
        for at, pair in enumerate(waves)
    ]


def test_a_file_of_trials_may_name_measurements(tmp_path):
    path = write_csv(tmp_path / "t.csv", rows(("voor", "na"), ("", "NA")))
    found = read_trials(path, read_menu(MENU))
    assert found.measured.to_dict("list") == {
        "measured_before": ["voor", None],
        "measured_after": ["na", None],
    }
    assert tuple(found.frame.columns) == (*TRIAL_COLUMNS, *MEASURED_COLUMNS)
    assert read_trials(TRIALS, read_menu(MENU)).measured is None


def test_of_rows_that_are_left_out_the_measurements_are_left_out_too(tmp_path):
    trials = rows(("1", "2"), ("3", "4"), ("5", "6"))
    trials[1]["participants"] = "-4"
    path = write_csv(tmp_path / "t.csv", trials)
    found = read_trials(path, read_menu(MENU), skip_faulty=True)
    assert found.measured["measured_before"].tolist() == ["1", "5"]


def test_a_name_of_a_wave_that_is_too_long_is_a_fault(tmp_path):
    path = write_csv(tmp_path / "t.csv", rows(("v" * 41, "na")))
    with pytest.raises(InvalidTrials) as refusal:
        read_trials(path, read_menu(MENU))
    assert [fault.where for fault in refusal.value.faults] == ["row 2, measured_before"]


def test_files_are_joined_with_the_measurements_that_either_names(tmp_path):
    menu = read_menu(MENU)
    one = write_csv(tmp_path / "a.csv", rows(("voor", "na")))
    other = write_csv(tmp_path / "b.csv", [dict(TRIAL) | {"company": "zorg-1"}])
    assert join_trials([one, other], menu, tmp_path / "c.csv") == 2
    found = read_trials(tmp_path / "c.csv", menu)
    assert found.measured.to_dict("list") == {
        "measured_before": ["voor", None],
        "measured_after": ["na", None],
    }
    join_trials([other], menu, tmp_path / "d.csv")
    assert read_trials(tmp_path / "d.csv", menu).measured is None

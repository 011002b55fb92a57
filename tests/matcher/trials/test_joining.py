"""Joining files of trials: what is joined reads the same, and no file is lost on the way."""

import csv
import os

import pandas as pd
import pytest

from matcher.errors import InvalidTrials
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.trials.joining import join_trials
from matcher.trials.reader import read_trials
from tests.matcher.commands import run
from tests.matcher.table_makers import TRIAL, write_csv

CARD = read_menu(MENU)
STOPPED = dict(TRIAL) | {"state": "stopped", "culture_after": "", "end_date": ""}
TEXTS = ["stopped_reason", "advisor_organisation"]


def trial(company, **cells):
    return STOPPED | {"advisor_organisation": "", "company": company} | cells


def files(folder):
    """Return two files of one trial each."""
    names = ("a", "b")
    return [write_csv(folder / f"{name}.csv", [trial(f"bouw-{name}")]) for name in names]


def companies(path):
    return list(read_trials(path, CARD).frame["company"])


@pytest.mark.parametrize("place", [0, 1])
def test_the_joined_file_may_take_the_place_of_one_that_was_joined(tmp_path, place):
    both = files(tmp_path)
    result = run("join", *both, "--out", both[place])
    assert (result.exit_code, result.stdout) == (0, "2\n")
    assert companies(both[place]) == ["bouw-a", "bouw-b"]
    assert companies(both[1 - place]) == [["bouw-b"], ["bouw-a"]][place]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    both = files(tmp_path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        join_trials(both, CARD, both[0])
    assert companies(both[0]) == ["bouw-a"]
    assert sorted(tmp_path.iterdir()) == both


def test_a_faulty_file_leaves_the_old_one(tmp_path):
    both = files(tmp_path)
    write_csv(both[1], [trial("bouw-b", employees="0")])
    with pytest.raises(InvalidTrials):
        join_trials(both, CARD, both[0])
    assert companies(both[0]) == ["bouw-a"]


FORMS = {
    "a pseudonym with a dash before it": {"company": "-c001"},
    "a table with a dash before it": {"table": "-t1"},
    "a dash for unknown": {"table": "-", "stopped_reason": "-"},
    "a plus without a nought": {"propensity": "+.5"},
    "a minus nought": {"cost_eur": "-0,"},
    "a power of ten": {"hours_per_participant": "+1e+01"},
    "a tab before a word": {"province": "\tdrenthe"},
    "a line end before a date": {"start_date": "\n06-03-2023"},
}


@pytest.mark.parametrize("cells", FORMS.values(), ids=FORMS.keys())
def test_what_was_read_before_joining_is_read_the_same_after_it(tmp_path, cells):
    path, out = write_csv(tmp_path / "in.csv", [trial("bouw-a") | cells]), tmp_path / "out.csv"
    join_trials([path], CARD, out)
    before, after = (read_trials(each, CARD).frame for each in (path, out))
    pd.testing.assert_frame_equal(before, after)
    join_trials([out], CARD, out)
    pd.testing.assert_frame_equal(before, read_trials(out, CARD).frame)


@pytest.mark.parametrize("text", ["=1+1", "-5 uur", "@", "=" * 500])
def test_a_text_that_a_spreadsheet_would_run_stays_a_text_that_is_read(tmp_path, text):
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    write_csv(path, [trial("bouw-a", **dict.fromkeys(TEXTS, text))])
    join_trials([path], CARD, out)
    join_trials([out], CARD, out)
    (row,) = read_trials(out, CARD).frame.to_dict("records")
    assert [row[name] for name in TEXTS] == [f"'{text}"[:500]] * 2


def test_the_joined_file_has_every_column_in_the_order_of_the_contract(tmp_path):
    both, out = files(tmp_path), tmp_path / "folder" / "out.csv"
    join_trials(both, CARD, out)
    with out.open(newline="") as file:
        assert next(csv.reader(file))[-1] == "would_continue"

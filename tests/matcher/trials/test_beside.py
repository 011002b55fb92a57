"""Measurements beside trials: what a row lacks, who answered twice, and what contradicts."""

import pytest
from click.testing import CliRunner

from matcher.cli import main
from matcher.errors import InvalidMeasurements, InvalidTrials
from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.trials.beside import with_measurements
from matcher.trials.gain import measure
from matcher.trials.reader import read_trials
from tests.matcher.table_makers import TRIAL, write_csv

VOOR = {
    "company": "bouw-01", "wave": "voor", "mean": "3", "sd": "0.8", "n": "10", "n_twice": "",
    "correlation": "", "scale": "1-5",
}  # fmt: skip
NA = VOOR | {"wave": "na", "mean": "3.4", "n": "9", "n_twice": "8", "correlation": "0.6"}
LATER = VOOR | {"wave": "later", "mean": "3.5", "n_twice": "7", "correlation": "0.5"}
EMPTY = dict.fromkeys(("culture_before", "culture_after", "respondents_before", "scale"), "")
NAMED = dict(TRIAL) | EMPTY | {"measured_before": "voor", "measured_after": "Na"}


def told(folder, rows, measurements):
    trials = read_trials(write_csv(folder / "t.csv", rows), read_menu(MENU))
    return with_measurements(trials, write_csv(folder / "m.csv", measurements)).frame


def test_what_a_row_lacks_is_that_of_its_measurement(tmp_path):
    """3 and 3.4 on 1-5 are 3.5 and 4 on 1-6; an SD of .8 is 1 there."""
    row = told(tmp_path, [NAMED], [VOOR, NA]).iloc[0]
    assert (row["scale"], row["culture_before"], row["culture_after"]) == ("1-6", 3.5, 4.0)
    assert (row["culture_before_sd"], row["respondents_before"]) == (pytest.approx(1.0), 10)
    assert (row["respondents_after"], row["n_twice"], row["correlation"]) == (9, 8, 0.6)


def test_a_row_keeps_its_own_scale_and_what_it_says_itself(tmp_path):
    own = NAMED | {"scale": "1-5", "culture_before": "3.01", "respondents_before": "12"}
    row = told(tmp_path, [own], [VOOR, NA]).iloc[0]
    assert (row["scale"], row["culture_before"], row["culture_after"]) == ("1-5", 3.01, 3.4)
    assert (row["culture_after_sd"], row["respondents_before"]) == (pytest.approx(0.8), 12)


def test_who_answered_twice_is_known_of_the_next_measurement_only(tmp_path):
    rows = [NAMED | {"measured_after": "later"}, NAMED | {"intervention": "evc"}]
    frame = told(tmp_path, rows, [VOOR, NA, LATER])
    assert frame["n_twice"].fillna(-1).tolist() == [-1, 8]
    # The same people, so a change is known better than of two samples: (1.36 - .72 r 8) in tenths.
    gains = measure(frame)
    assert gains.variance[1] < 0.8 * gains.variance[0]


def test_two_trials_of_one_measurement_share_its_change(tmp_path):
    rows = [NAMED, NAMED | {"intervention": "evc"}]
    gains = measure(told(tmp_path, rows, [VOOR, NA]))
    assert gains.period[0] == gains.period[1]


def test_a_score_that_is_not_that_of_its_measurement_is_a_fault(tmp_path):
    off = NAMED | {"scale": "1-6", "culture_before": "3.5", "culture_after": "4.2"}
    with pytest.raises(InvalidTrials) as refusal:
        told(tmp_path, [off], [VOOR, NA])
    (fault,) = refusal.value.faults
    assert (fault.where, fault.code) == ("row 2, culture_after", "measurement_differs")
    assert "4.00 (op 1-6), in de rij staat" in fault.text("nl")
    assert "4.2" in fault.text("en")


def test_a_fault_among_the_measurements_names_their_file(tmp_path):
    with pytest.raises(InvalidMeasurements) as refusal:
        told(tmp_path, [NAMED], [VOOR, NA | {"n": "0"}])
    assert refusal.value.faults[0].where == "m.csv, row 3, n"


def test_commands_read_them_and_say_what_is_wrong(tmp_path):
    trials = write_csv(tmp_path / "t.csv", [NAMED])
    good, wrong = write_csv(tmp_path / "m.csv", [VOOR, NA]), write_csv(tmp_path / "w.csv", [VOOR])
    command = ["--lang", "en", "check", "--trials", str(trials), "--accept-warnings"]
    told = CliRunner().invoke(main, [*command, "--measurements", str(good)])
    assert told.exit_code == 0, told.output
    told = CliRunner().invoke(main, [*command, "--measurements", str(wrong)])
    assert told.exit_code == 2
    assert "t.csv, row 2, measured_after" in told.output

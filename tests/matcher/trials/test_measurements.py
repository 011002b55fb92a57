"""The file of measurements: every fault at once, and what is written reads the same."""

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matcher.errors import InvalidMeasurements
from matcher.measure.scale import Range
from matcher.measure.study import Instrument, Wave, measure_study
from matcher.messages import catalogue
from matcher.trials.measurements import (
    MEASUREMENT_COLUMNS,
    REQUIRED_MEASUREMENTS,
    measurements_of,
    read_measurements,
    without_few,
    write_measurements,
)
from tests.matcher.table_makers import write_csv

VOOR = {
    "company": "bouw-01",
    "wave": "voor",
    "day": "2024-03-01",
    "mean": "3.625",
    "sd": "0.8",
    "n": "12",
    "n_twice": "",
    "correlation": "",
    "scale": "1-5",
    "instrument": "DLOQ-7",
}
NA = (
    VOOR
    | {"wave": "na", "day": "2024-09-02", "mean": "3,9", "n": "10", "n_twice": "8"}
    | {"correlation": "0.6"}
)


def refused(tmp_path, *rows):
    with pytest.raises(InvalidMeasurements) as refusal:
        read_measurements(write_csv(tmp_path / "m.csv", rows))
    for fault in refusal.value.faults:
        assert fault.text("nl") and fault.text("en")
    return [(fault.where, fault.code) for fault in refusal.value.faults]


def test_measurements_are_read_in_order_of_time(tmp_path):
    zorg = VOOR | {"company": "zorg-02", "day": "", "sd": "", "n": "3", "instrument": ""}
    found = read_measurements(write_csv(tmp_path / "m.csv", [NA, zorg, VOOR]))
    assert tuple(found.frame.columns) == MEASUREMENT_COLUMNS
    assert found.frame["wave"].tolist() == ["voor", "na", "voor"]
    assert found.rows.tolist() == [4, 2, 3]
    assert found.frame["mean"].tolist() == [3.625, 3.9, 3.625]
    assert found.frame["day"].iloc[1] == pd.Timestamp(2024, 9, 2)
    assert found.frame["n_twice"].fillna(-1).tolist() == [-1, 8, -1]
    assert found.frame["instrument"].tolist() == ["DLOQ-7", "DLOQ-7", None]


def test_mean_and_sd_are_carried_to_six(tmp_path):
    ten = NA | {"company": "zorg", "scale": "0-10", "mean": "7", "sd": "2", "n_twice": ""}
    found = read_measurements(write_csv(tmp_path / "m.csv", [VOOR, ten])).on_six
    assert found["mean"].tolist() == pytest.approx([1 + 1.25 * 2.625, 4.5])
    assert found["sd"].tolist() == pytest.approx([1.0, 1.0])
    assert found["scale"].tolist() == ["1-6", "1-6"]


@pytest.mark.parametrize(
    ("typed", "scale"),
    [("1-jul", "1-7"), ("10-jan", "1-10"), ("2026-07-01", "1-7"), ("0 – 10", "0-10")],
)
def test_a_scale_that_excel_took_for_a_day_is_read(tmp_path, typed, scale):
    found = read_measurements(write_csv(tmp_path / "m.csv", [VOOR | {"scale": typed}]))
    assert found.frame["scale"].tolist() == [scale]


FAULTS = {
    "nobody": ({"n": "0"}, "n", "table_too_small"),
    "no people told": ({"n": ""}, "n", "table_empty_cell"),
    "half a person": ({"n": "2.5"}, "n", "table_not_whole"),
    "below the scale": ({"mean": "0.9"}, "mean", "measurement_mean_outside"),
    "above the scale": ({"mean": "5.1"}, "mean", "measurement_mean_outside"),
    "no mean": ({"mean": "weet niet"}, "mean", "table_empty_cell"),
    "a spread below nothing": ({"sd": "-0.1"}, "sd", "table_too_small"),
    "a spread that cannot be": ({"sd": "2.2"}, "sd", "trial_spread_too_wide"),
    "a spread of one": ({"n": "1", "n_twice": "1"}, "sd", "measurement_sd_of_one"),
    "more twice than once": ({"n_twice": "11"}, "n_twice", "measurement_more_twice"),
    "below -1": ({"correlation": "-1.1"}, "correlation", "table_too_small"),
    "above 1": ({"correlation": "1.2"}, "correlation", "table_too_large"),
    "no scale": ({"scale": ""}, "scale", "table_empty_cell"),
    "a scale that is none": ({"scale": "5-1-2"}, "scale", "table_unknown_value"),
    "no wave": ({"wave": "", "day": ""}, "wave", "measurement_no_wave"),
    "no day there is": ({"day": "2024-02-30"}, "day", "table_no_such_day"),
    "a day to come": (
        {"day": str(date.today() + timedelta(days=9))}, "day", "measurement_to_come"
    ),
    "a year of another age": ({"day": "1924-09-02"}, "day", "table_absurd_year"),
    "a name": ({"company": "Bakkerij Jansen"}, "company", "table_not_a_pseudonym"),
    "a number of a register": ({"company": "kvk-12345678"}, "company", "trial_register_number"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "column", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_within_a_row_names_its_column(tmp_path, change, column, code):
    assert refused(tmp_path, VOOR, NA | change) == [(f"row 3, {column}", code)]


BETWEEN = {
    "another scale": ({"scale": "1-6"}, "scale", "measurement_scale_differs"),
    "another questionnaire": ({"instrument": "x"}, "instrument", "measurement_instrument_differs"),
    "a wave twice": ({"wave": "Voor"}, "wave", "measurement_wave_twice"),
    "a day twice": ({"day": "01-03-2024"}, "day", "measurement_day_twice"),
    "one day missing": ({"day": ""}, "day", "measurement_day_missing"),
    "more twice than before": (
        {"n": "20", "n_twice": "15"}, "n_twice", "measurement_more_twice_than_before"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "column", "code"), BETWEEN.values(), ids=BETWEEN.keys())
def test_a_fault_between_rows_names_the_later_one(tmp_path, change, column, code):
    assert refused(tmp_path, VOOR, NA | change) == [(f"row 3, {column}", code)]


def test_who_answers_twice_in_the_first_measurement_answered_before_it(tmp_path):
    assert refused(tmp_path, VOOR | {"n_twice": "3"}, NA) == [
        ("row 2, n_twice", "measurement_twice_of_first")
    ]
    # In order of time, not of the file.
    assert read_measurements(write_csv(tmp_path / "m.csv", [NA, VOOR])).frame["wave"][0] == "voor"


def test_all_faults_come_at_once(tmp_path):
    rows = [VOOR | {"n": "0"}, NA | {"mean": "9"}, NA, NA | {"company": "b", "n_twice": "9"}]
    assert refused(tmp_path, *rows) == [
        ("row 2, n", "table_too_small"),
        ("row 3, mean", "measurement_mean_outside"),
        ("row 4, n_twice", "measurement_twice_of_first"),
        ("row 5, n_twice", "measurement_twice_of_first"),
    ]


def test_a_column_that_is_missing_or_unknown_is_a_fault(tmp_path):
    row = {name: cell for name, cell in VOOR.items() if name != "n"} | {"mena": "1"}
    assert {code for _, code in refused(tmp_path, row)} == {
        "table_column_missing",
        "table_unknown_column_near",
    }


def test_the_least_that_a_file_has_is_enough(tmp_path):
    row = {"company": "a", "mean": "3", "n": "5", "scale": "1-6", "wave": "1"}
    found = read_measurements(write_csv(tmp_path / "m.csv", [row]))
    assert found.frame["sd"].isna().all() and found.warnings == ()


def test_a_name_that_may_tell_is_odd(tmp_path):
    found = read_measurements(write_csv(tmp_path / "m.csv", [VOOR | {"company": "12345678"}]))
    assert [(each.code, each.rows) for each in found.warnings] == [("number_of_a_register", (2,))]


def test_after_is_a_wave_in_dutch_and_nothing_in_r(tmp_path):
    found = read_measurements(write_csv(tmp_path / "m.csv", [VOOR | {"wave": "Na"}]))
    assert found.frame["wave"].tolist() == ["Na"]
    found = read_measurements(write_csv(tmp_path / "m.csv", [VOOR | {"wave": "NA"}]))
    assert found.frame["wave"].tolist() == [None]


def test_the_spread_of_one_person_is_none(tmp_path):
    one = VOOR | {"n": "1", "sd": "0"}
    found = read_measurements(write_csv(tmp_path / "m.csv", [one]))
    assert found.frame["sd"].isna().all()


def study():
    """Return the measure of three companies in two waves; of the last one three people."""
    rng = np.random.default_rng(0)
    company = np.repeat(np.arange(3), (12, 9, 3))
    level = rng.normal(3, 0.6, 24)[:, None]
    waves = [
        Wave(
            name,
            np.clip(np.round(level + rng.normal(0, 0.6, (24, 4))), 1, 5),
            company,
            person=person,
            day=day,
        )
        for name, day, person in (
            ("voor", date(2024, 3, 1), np.arange(24)),
            ("na", date(2024, 9, 2), np.r_[np.arange(12), np.arange(12, 18), 90, 91, 92, 21:24]),
        )
    ]
    instrument = Instrument("kort", tuple("abcd"), Range(1, 5), 3)
    return measure_study(instrument, ["aa", "bb", "cc"], waves, rng, 50)


def test_what_a_study_measured_is_written_and_read_to_the_last_digit(tmp_path):
    made = measurements_of(study())
    write_measurements(made, tmp_path / "m.csv")
    found = read_measurements(tmp_path / "m.csv").frame
    pd.testing.assert_frame_equal(found, made, check_dtype=False, rtol=0, atol=0)
    assert found["n_twice"].fillna(-1).tolist() == [-1, 12, -1, 6, -1, 3]
    assert found["correlation"].notna().tolist() == [False, True] * 3
    write_measurements(found, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "m.csv").read_bytes()


def test_of_fewer_than_five_people_nothing_leaves_the_study():
    """Three people at cc; at bb three of nine answered once, so neither number is told."""
    kept = without_few(measurements_of(study()))
    assert set(kept["company"]) == {"aa", "bb"}
    assert kept["n_twice"].fillna(-1).tolist() == [-1, 12, -1, -1]
    assert kept["correlation"].notna().tolist() == [False, True, False, False]


def test_a_company_without_answers_is_not_there():
    wave = Wave("voor", np.full((6, 4), 3.0), np.zeros(6, int))
    instrument = Instrument("kort", tuple("abcd"), Range(1, 5), 3)
    found = measure_study(instrument, ["aa", "bb"], [wave], np.random.default_rng(0), 50)
    assert measurements_of(found)["company"].tolist() == ["aa"]


TOLD_ELSEWHERE = {
    *("measurement_twice_of_first", "measurement_shared", "measurement_unknown"),
    *("measurement_both_same", "measurement_order", "measurement_differs"),
}
"""Here and in the tests of which trials share a measurement, and of measurements beside them."""


def test_every_sentence_about_a_measurement_is_reached_by_a_test():
    reached = {code for _, _, code in (*FAULTS.values(), *BETWEEN.values())}
    sentences = {key.removeprefix("fault.") for key in catalogue("nl") if "measurement_" in key}
    assert sentences == TOLD_ELSEWHERE | {c for c in reached if c.startswith("measurement_")}


def test_the_readme_tells_every_column_in_order_and_which_are_required():
    readme = (Path(__file__).parents[3] / "training_data" / "README.md").read_text("utf-8")
    section = readme.split("## De metingen: `measurements.csv`")[1].split("\n## ")[0]
    told = re.findall(r"^\| `(\w+)`( \*)? \|", section, flags=re.MULTILINE)
    assert told == [
        (name, " *" if name in REQUIRED_MEASUREMENTS else "") for name in MEASUREMENT_COLUMNS
    ]

"""Trials: real files read without a conversion, and every fault told at its place."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import matcher.messages
from matcher.errors import InvalidProfile, InvalidTrials, Refused, UnreadableFile
from matcher.menu.card import read_menu
from matcher.profile.form import read_cells
from matcher.profile.schema import PROFILE_FIELDS
from matcher.tables.columns import read_column
from matcher.trials.columns import (
    CARRIED_COLUMNS,
    PROFILE_KINDS,
    REQUIRED_COLUMNS,
    TRIAL_COLUMNS,
)
from matcher.trials.gain import fill_culture, on_six
from matcher.trials.preview import inspect
from matcher.trials.reader import read_trials
from matcher.trials.rejected import write_faulty
from tests.matcher.profile.test_profile_files import PROFILE_FAULT_CODES
from tests.matcher.table_makers import (
    EXPERIMENT,
    OPEN_EXPERIMENT,
    TRIAL,
    csv_text,
    read_csv,
    write_csv,
    write_parquet,
    write_xlsx,
)
from tests.matcher.tables.test_tables import FILE_FAULTS
from tests.matcher.trials.test_plausible import TOLD_HERE

SIMULATED = {"source": "simulated"}


@pytest.fixture(scope="session")
def menu():
    return read_menu(Path(__file__).parents[3] / "training_data" / "menu.toml")


def trial(**changes: str) -> dict[str, str]:
    """Return a good trial with every column, changed."""
    return {**dict.fromkeys(TRIAL_COLUMNS, ""), **TRIAL, **changes}


def faults_of(path: Path, menu) -> list[tuple[str, str]]:
    with pytest.raises(InvalidTrials) as refusal:
        read_trials(path, menu)
    assert refusal.value.total == len(refusal.value.faults)
    for fault in refusal.value.faults:
        assert fault.text("nl") != fault.text("en")
        assert fault.params["row"] == int(fault.where.split(",")[0].removeprefix("row "))
    return [(fault.where, fault.code) for fault in refusal.value.faults]


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def trials(menu):
    return read_trials(EXPERIMENT, menu)


class TestTheExportOfAResearcher:
    """The fixture as Excel wrote it; what is expected was read off the file by eye."""

    def test_every_row_is_used_and_real(self, trials):
        assert len(trials.frame) == 32
        assert not trials.simulated
        assert (trials.n_faulty_left_out, trials.n_simulated_left_out) == (0, 0)
        assert list(trials.rows) == list(range(2, 34))

    def test_columns_and_types_are_those_of_the_contract(self, trials):
        frame = trials.frame
        assert tuple(frame.columns) == TRIAL_COLUMNS
        assert list(frame.index) == list(range(32))
        assert frame["employees"].dtype == np.int64
        assert frame["start_date"].dtype == "datetime64[ns]"
        assert frame["cost_eur"].dtype == np.float64
        assert frame["sector"].dtype == object

    def test_a_row_means_what_the_researcher_wrote(self, trials):
        row = trials.frame.iloc[3]
        assert row["company"] == "bouw-03"
        assert row["needs"] == ("kennis-bewaren", "leidinggeven")
        assert row["transitions"] == ("energie",)
        assert row["state"] == "stopped"
        assert row["stopped_reason"] == "één ploegbaas werd ziek, geen vervanging"
        assert row["start_date"] == pd.Timestamp(2023, 3, 13)
        assert row["end_date"] is pd.NaT
        assert row["culture_before"] == 3.91
        assert row["satisfaction_staff"] == 6.1
        assert row["would_continue"] is False

    def test_unknown_is_kept_apart_from_no_and_none(self, trials):
        frame = trials.frame.set_index("company")
        assert frame.loc["bouw-02", "recognised_training_company"] is None  # weet niet
        assert frame.loc["bouw-04", "recognised_training_company"] is False
        assert frame.loc["bouw-04", "transitions"] is None  # empty
        assert frame.loc["zorg-14", "transitions"] == ()  # geen
        assert frame.loc["zorg-14", "training_budget"] is None  # onbekend
        assert math.isnan(frame.loc["maak-25", "owner_support"])
        assert frame.loc["agr-45", ["sector", "sbi_version", "oo_fund"]].isna().all()
        assert frame["running_slim"].isna().all()  # no such column

    def test_one_learning_table_is_missing(self, trials):
        without = trials.frame[trials.frame["table"].isna()]
        assert set(without["company"]) == {"hor-31", "hor-32", "wink-33", "wink-34"}

    def test_all_states_are_there_in_their_own_names(self, trials):
        assert Counter(trials.frame["state"]) == {
            "finished": 19,
            "started": 4,
            "stopped": 4,
            "not_started": 4,
            "unknown": 1,
        }

    def test_a_scale_that_excel_took_for_a_day_is_a_scale(self, trials):
        frame = trials.frame.set_index("company")
        assert frame.loc["maak-22", "scale"] == "1-6"  # 1-jun
        assert frame.loc["zorg-14", "scale"] == "1-5"  # 1-mei

    def test_the_baseline_is_filled_on_its_own_scale(self, trials):
        frame = trials.frame.set_index("company")
        assert frame.loc["maak-22", "culture_baseline"] == 3.5
        assert frame.loc["zorg-14", "culture_baseline"] == pytest.approx(1 + 1.25 * 2.6)

    def test_the_workbooks_and_the_parquet_file_say_the_same(self, trials, menu, tmp_path):
        rows = read_csv(EXPERIMENT)
        for path in (
            OPEN_EXPERIMENT,
            write_xlsx(tmp_path / "t.xlsx", rows, "toelichting"),
            write_parquet(tmp_path / "t.parquet", rows),
        ):
            same(read_trials(path, menu).frame, trials.frame)

    def test_parts_of_a_folder_say_the_same(self, trials, menu, tmp_path):
        rows = read_csv(EXPERIMENT)
        for part, start in enumerate(range(0, 32, 10)):
            write_parquet(tmp_path / f"part-{part}.parquet", rows[start : start + 10])
        same(read_trials(tmp_path, menu).frame, trials.frame)


IDLE = {"state": "not_started", "end_date": "", "hours_per_participant": "", "cost_eur": "0"}
CELL_FAULTS: dict[str, tuple[dict[str, str], str, str]] = {
    "nobody employed": ({"employees": "0"}, "employees", "table_too_small"),
    "fewer than nobody": ({"employees": "-1"}, "employees", "table_too_small"),
    "half a person": ({"employees": "3.5"}, "employees", "table_not_whole"),
    "a town": ({"employees": "100001"}, "employees", "table_too_large"),
    "very many": ({"employees": "1" + "0" * 30}, "employees", "table_not_a_number"),
    "words for a number": ({"employees": "about 40"}, "employees", "table_not_a_number"),
    "infinite": ({"cost_eur": "inf"}, "cost_eur", "table_not_a_number"),
    "euro sign": ({"cost_eur": "€ 1850"}, "cost_eur", "table_not_a_number"),
    "per cent": ({"propensity": "25%"}, "propensity", "table_not_a_number"),
    "a formula": ({"cost_eur": "=1+1"}, "cost_eur", "table_not_a_number"),
    "a thousand with a point": ({"cost_eur": "1.250"}, "cost_eur", "table_thousands"),
    "a thousand with a comma": ({"cost_eur": "1,250"}, "cost_eur", "table_thousands"),
    "a thousand employees": ({"employees": "1.250"}, "employees", "table_thousands"),
    "culture 7": ({"culture_before": "7"}, "culture_before", "table_too_large"),
    "culture 0": ({"culture_after": "0.9"}, "culture_after", "table_too_small"),
    "baseline 7": ({"culture_baseline": "7"}, "culture_baseline", "table_too_large"),
    "5.5 on a scale of five": (
        {"scale": "1-5", "culture_before": "5.5", "culture_after": "3"},
        "culture_before",
        "trial_score_above_scale",
    ),
    "no scale": ({"scale": ""}, "scale", "trial_score_without_scale"),
    "another scale": ({"scale": "1-10"}, "scale", "table_unknown_value"),
    "a scale in words": ({"scale": "rapportcijfer"}, "scale", "table_unknown_value"),
    "a spread below 0": ({"culture_before_sd": "-0.1"}, "culture_before_sd", "table_too_small"),
    "a lost decimal comma": ({"culture_after_sd": "95"}, "culture_after_sd", "table_too_large"),
    "half a respondent": (
        {"respondents_before": "2.5"},
        "respondents_before",
        "table_not_whole",
    ),
    "a score of nobody": (
        {"respondents_before": "0"},
        "respondents_before",
        "trial_score_of_nobody",
    ),
    "hours below 0": ({"hours_per_participant": "-2"}, "hours_per_participant", "table_too_small"),
    "cost below 0": ({"cost_eur": "-1"}, "cost_eur", "table_too_small"),
    "participants below 0": ({"participants": "-1"}, "participants", "table_too_small"),
    "certain not to happen": ({"propensity": "0"}, "propensity", "table_not_above"),
    "more than certain": ({"propensity": "1.01"}, "propensity", "table_too_large"),
    "an eleven": ({"satisfaction_owner": "11"}, "satisfaction_owner", "table_too_large"),
    "owner support 6": ({"owner_support": "6"}, "owner_support", "table_too_large"),
    "end before start": ({"end_date": "2023-03-05"}, "end_date", "trial_end_before_start"),
    "a date in words": ({"start_date": "6 maart"}, "start_date", "table_not_a_date"),
    "a date of the last century": ({"start_date": "6-3-98"}, "start_date", "table_absurd_year"),
    "a serial number": ({"start_date": "44991"}, "start_date", "table_not_a_date"),
    "30 February": ({"start_date": "30-02-2023"}, "start_date", "table_no_such_day"),
    "29 February": ({"start_date": "2023-02-29"}, "start_date", "table_no_such_day"),
    "month 13": ({"start_date": "06-13-2023"}, "start_date", "table_no_such_day"),
    "the year 202": ({"start_date": "06-03-0202"}, "start_date", "table_absurd_year"),
    "the year 2203": ({"end_date": "06-03-2203"}, "end_date", "table_absurd_year"),
    "never started, with an end": (
        IDLE | {"end_date": "2023-06-30"},
        "end_date",
        "trial_not_started_end",
    ),
    "never started, with hours": (
        IDLE | {"hours_per_participant": "2"},
        "hours_per_participant",
        "trial_not_started_amount",
    ),
    "never started, with cost": (IDLE | {"cost_eur": "5"}, "cost_eur", "trial_not_started_amount"),
    "a reason without stopping": (
        {"stopped_reason": "no time"},
        "stopped_reason",
        "trial_stopped_reason",
    ),
    "a reason in an unknown state": (
        {"stopped_reason": "no time", "state": ""},
        "stopped_reason",
        "trial_stopped_reason",
    ),
    "an unknown state": ({"state": "bezig"}, "state", "table_unknown_value"),
    "a slip in a state": ({"state": "afgerodn"}, "state", "table_unknown_value_near"),
    "no company": ({"company": ""}, "company", "table_empty_cell"),
    "an unknown company": ({"company": "onbekend"}, "company", "table_empty_cell"),
    "a company by name": ({"company": "Bouw & Zn."}, "company", "table_not_a_pseudonym"),
    "a long pseudonym": ({"company": "x" * 41}, "company", "table_not_a_pseudonym"),
    "a formula for a table": ({"table": "=1+1"}, "table", "table_not_a_pseudonym"),
    "a long text": (
        {"advisor_organisation": "x" * 501},
        "advisor_organisation",
        "table_text_too_long",
    ),
    "no intervention": ({"intervention": "-"}, "intervention", "table_empty_cell"),
    "not on the menu": (
        {"intervention": "zomerfeest"},
        "intervention",
        "trial_unknown_intervention",
    ),
    "nearly on the menu": (
        {"intervention": "leermester"},
        "intervention",
        "trial_unknown_intervention_near",
    ),
    "bars without needs": ({"needs": "|"}, "needs", "table_too_few_items"),
    "an unknown need": ({"needs": "taal|geluk"}, "needs", "table_unknown_item"),
    "a slip in a need": ({"needs": "taal|digitaa"}, "needs", "table_unknown_item_near"),
    "needs with a stroke": ({"needs": "taal/klant"}, "needs", "table_unknown_item"),
    "a company that became a day": ({"company": "3-jan"}, "company", "table_changed"),
    "a company that became a real date": (
        {"company": "2026-01-03 00:00:00"},
        "company",
        "table_changed",
    ),
    "a company that became a month": ({"company": "mrt-23"}, "company", "table_changed"),
    "a table that became a power": ({"table": "2,00E+03"}, "table", "table_changed"),
    "a scale to seven that became a day": ({"scale": "1-jul"}, "scale", "table_changed"),
    "a score that became a day": ({"culture_after": "4-mrt"}, "culture_after", "table_changed"),
    "a scheme in a cell of dates": ({"sbi_version": "1905-07-01"}, "sbi_version", "table_changed"),
    "a need twice": ({"needs": "taal|klant|taal"}, "needs", "table_double_item"),
    "none and one": ({"transitions": "geen|zorg"}, "transitions", "table_unknown_item"),
    "a size class upside down": ({"employees": "19-10"}, "employees", "size_upside_down"),
    "a size class of a town": ({"employees": "10-200000"}, "employees", "table_too_large"),
    "a size class from nobody": ({"employees": "0-9"}, "employees", "table_too_small"),
    "a size class in a cell of dates": ({"employees": "3-mrt"}, "employees", "table_changed"),
    "unknown source": ({"source": "survey"}, "source", "table_unknown_value"),
    "no source": ({"source": ""}, "source", "table_empty_cell"),
    "perhaps": ({"oo_fund": "misschien"}, "oo_fund", "table_not_yes_no"),
    "maybe": ({"would_continue": "deels"}, "would_continue", "table_not_yes_no"),
    "another assignment": ({"assigned_by": "dice"}, "assigned_by", "table_unknown_value"),
    "a sector in words": ({"sector": "bouw"}, "sector", "table_unknown_value"),
    "a sector of another scheme": ({"sector": "V"}, "sector", "trial_unknown_sector"),
    "a sector without scheme": ({"sbi_version": ""}, "sbi_version", "trial_sector_without_version"),
    "another scheme": ({"sbi_version": "1993"}, "sbi_version", "table_unknown_value"),
}


@pytest.mark.parametrize(("change", "column", "code"), CELL_FAULTS.values(), ids=CELL_FAULTS.keys())
def test_a_faulty_cell_is_told_at_its_place_and_alone(tmp_path, menu, change, column, code):
    path = write_csv(tmp_path / "t.csv", [trial(company="other"), trial(**change)])
    assert faults_of(path, menu) == [(f"row 3, {column}", code)]


NEAR = {"trial_unknown_intervention_near": "leermeester", "table_unknown_item_near": "digitaal"}


@pytest.mark.parametrize("name", ["nearly on the menu", "a slip in a need"])
def test_a_slip_is_answered_with_the_nearest_word(tmp_path, menu, name):
    change, _, code = CELL_FAULTS[name]
    with pytest.raises(InvalidTrials, match=f"Do you mean '{NEAR[code]}'"):
        read_trials(write_csv(tmp_path / "t.csv", [trial(**change)]), menu)


GOOD_CELLS: dict[str, tuple[dict[str, str], str, object]] = {
    "decimal comma": ({"cost_eur": "1850,75"}, "cost_eur", 1850.75),
    "a thousand without a mark": ({"cost_eur": "1250"}, "cost_eur", 1250.0),
    "a thousand in Dutch": ({"cost_eur": "1.250,50"}, "cost_eur", 1250.5),
    "a thousand in English": ({"cost_eur": "1,250.50"}, "cost_eur", 1250.5),
    "a thousand with a space": ({"cost_eur": "1 250"}, "cost_eur", 1250.0),
    "a million": ({"cost_eur": "1.250.000"}, "cost_eur", 1_250_000.0),
    "three decimals below one": ({"cost_eur": "0,125"}, "cost_eur", 0.125),
    "three decimals on a short scale": ({"culture_after": "3.625"}, "culture_after", 3.625),
    "many decimals": ({"propensity": "0.0384615384615"}, "propensity", 0.0384615384615),
    "a power of ten": ({"propensity": "1e-05"}, "propensity", 1e-05),
    "a plus": ({"cost_eur": "+12"}, "cost_eur", 12.0),
    "a whole number with decimals": ({"employees": "38,0"}, "employees", 38),
    "one digit for day and month": ({"start_date": "6-3-2023"}, "start_date", "2023-03-06"),
    "slashes": ({"start_date": "06/03/2023"}, "start_date", "2023-03-06"),
    "year first with slashes": ({"start_date": "2023/3/6"}, "start_date", "2023-03-06"),
    "a time of day": ({"start_date": "2023-03-06 14:05:00"}, "start_date", "2023-03-06"),
    "a moment": ({"start_date": "2023-03-06T00:00:00.000Z"}, "start_date", "2023-03-06"),
    "a Dutch moment": ({"start_date": "06-03-2023 00:00"}, "start_date", "2023-03-06"),
    "29 February": ({"start_date": "29-02-2020"}, "start_date", "2020-02-29"),
    "on one day": ({"end_date": "2023-03-06"}, "end_date", "2023-03-06"),
    "yes": ({"oo_fund": "Yes"}, "oo_fund", True),
    "false of Excel": ({"oo_fund": "ONWAAR"}, "oo_fund", False),
    "R does not know": ({"would_continue": "NA"}, "would_continue", None),
    "a question mark": ({"province": "?"}, "province", None),
    "weet ik niet": ({"province": "Weet  ik niet"}, "province", None),
    "a pressure in two words": (
        {"staffing_pressure": "Zeer krap"},
        "staffing_pressure",
        "zeer_krap",
    ),
    "capitals": ({"sector": "f", "needs": "Taal | KLANT"}, "needs", ("taal", "klant")),
    "hard spaces": ({"province": "\u00a0drenthe\u00a0"}, "province", "drenthe"),
    "a control": ({"intervention": "geen", "state": "not_started"} | IDLE, "intervention", "geen"),
    "no state": ({"state": ""}, "state", "unknown"),
    "never started": (IDLE, "state", "not_started"),
    "niet gestart": (IDLE | {"state": "niet gestart"}, "state", "not_started"),
    "gestopt": ({"state": "gestopt", "stopped_reason": "=te druk"}, "stopped_reason", "=te druk"),
    "started without dates": (
        {"state": "gestart", "start_date": "", "end_date": ""},
        "state",
        "started",
    ),
    "a formula is only text": (
        {"advisor_organisation": "=HYPERLINK(1)"},
        "advisor_organisation",
        "=HYPERLINK(1)",
    ),
    "a sector of 2025": ({"sector": "V", "sbi_version": "2025"}, "sector", "V"),
    "no sector": ({"sector": "", "sbi_version": ""}, "sector", None),
    "a top score on a scale of five": (
        {"scale": "1-5", "culture_before": "5", "culture_after": "5"},
        "culture_after",
        5.0,
    ),
    "nobody answered": (
        {"respondents_before": "0", "culture_before": ""},
        "respondents_before",
        math.nan,
    ),
    "no score and no scale": (
        {"scale": "", "culture_before": "", "culture_after": ""},
        "scale",
        None,
    ),
    "several needs with commas": ({"needs": "taal, klant"}, "needs", ("taal", "klant")),
    "with a semicolon at the end": ({"needs": "taal;klant;"}, "needs", ("taal", "klant")),
    "with spaces": ({"needs": "taal kennis-bewaren"}, "needs", ("taal", "kennis-bewaren")),
    "with a line for each": ({"needs": "taal\nklant"}, "needs", ("taal", "klant")),
    "as Python writes a list": ({"needs": "['taal', 'klant']"}, "needs", ("taal", "klant")),
    "a need in two words": ({"needs": "Kennis bewaren; taal"}, "needs", ("kennis-bewaren", "taal")),
    "transitions too": (
        {"transitions": "zorg,energie"},
        "transitions",
        ("zorg", "energie"),
    ),
    "a code with decimals": ({"sbi_version": "2008.0"}, "sbi_version", "2008"),
    "a code with Dutch decimals": ({"sbi_version": "2008,0"}, "sbi_version", "2008"),
    "one with decimals": ({"would_continue": "1.0"}, "would_continue", True),
    "nought with decimals": ({"would_continue": "0.0"}, "would_continue", False),
    "a pseudonym of digits with decimals": ({"company": "7.0"}, "company", "7"),
    "pandas does not know": ({"satisfaction_owner": "NaN"}, "satisfaction_owner", math.nan),
    "does not apply": ({"province": "n.v.t."}, "province", None),
    "a year of two digits": ({"start_date": "06-03-23"}, "start_date", "2023-03-06"),
    "a day as Excel shows it": ({"start_date": "6-mrt-23"}, "start_date", "2023-03-06"),
    "a start in a month": ({"start_date": "maart 2023"}, "start_date", "2023-03-01"),
    "an end in a month": ({"end_date": "maart 2023"}, "end_date", "2023-03-31"),
    "a pseudonym in three numbers": ({"company": "12-03-01"}, "company", "12-03-01"),
    "a scale with a dash": ({"scale": "1 – 5"}, "scale", "1-5"),
    "a scale as a Dutch day": ({"scale": "1-jun"}, "scale", "1-6"),
    "a scale as an American day": ({"scale": "6-Jan"}, "scale", "1-6"),
    "a scale as a date": ({"scale": "01-05-2026"}, "scale", "1-5"),
    "a scale as a moment": ({"scale": "2026-06-01 00:00:00"}, "scale", "1-6"),
}


@pytest.mark.parametrize(("change", "column", "value"), GOOD_CELLS.values(), ids=GOOD_CELLS.keys())
def test_a_cell_means_what_its_writer_meant(tmp_path, menu, change, column, value):
    frame = read_trials(write_csv(tmp_path / "t.csv", [trial(**change)]), menu).frame
    found = frame[column].iloc[0]
    if isinstance(found, pd.Timestamp):
        found = str(found.date())
    assert found is value or found == value or (math.isnan(found) and math.isnan(value))


def test_a_scale_that_excel_made_a_real_date_of(tmp_path, menu):
    """Somebody typed 1-6 into a cell; the workbook holds 1 June of that year."""
    path = write_xlsx(tmp_path / "t.xlsx", [trial(scale="01-06-2026")])
    assert read_trials(path, menu).frame["scale"].tolist() == ["1-6"]


LOST_ZEROS = {
    "some": (("007", "012", "8"), {"8": "008"}),
    "of two lengths": (("0007", "012", "8", "12", "1000"), {"8": "008", "12": "012"}),
    "none": (("7", "12", "1000"), {}),
    "nought": (("0", "7"), {}),
    "words beside them": (("bak-07", "07", "7a", "77"), {}),
}


@pytest.mark.parametrize("column", ["company", "table"])
@pytest.mark.parametrize(("names", "likely"), LOST_ZEROS.values(), ids=LOST_ZEROS.keys())
def test_a_number_that_lost_its_zeros_is_told_with_them(tmp_path, menu, column, names, likely):
    rows = [trial(company=f"c{name}") | {column: name} for name in names]
    path = write_csv(tmp_path / "t.csv", rows)
    if likely:
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(path, menu)
        told = {f.params["value"]: f.params["likely"] for f in refusal.value.faults}
        assert told == likely
        assert {f.code for f in refusal.value.faults} == {"table_changed"}
    for row in rows:
        row["source"] = "service"
    assert read_trials(write_csv(path, rows), menu).frame[column].tolist() == list(names)


class TestFaultsOfAFile:
    def test_all_faults_come_at_once_by_row_and_column(self, tmp_path, menu):
        rows = [trial(company="a", needs="geluk", employees="0"), trial(company="b", state="x")]
        assert faults_of(write_csv(tmp_path / "t.csv", rows), menu) == [
            ("row 2, employees", "table_too_small"),
            ("row 2, needs", "table_unknown_item"),
            ("row 3, state", "table_unknown_value"),
        ]

    def test_a_row_that_does_not_fit_is_told_once_and_by_itself(self, tmp_path, menu):
        text = csv_text([trial(company="a"), trial(company="b"), trial(company="c", needs="x")])
        lines = text.split("\r\n")
        lines[2] = lines[2].replace("38;F", "38")
        path = tmp_path / "t.csv"
        path.write_text("\n".join(lines))
        assert faults_of(path, menu) == [
            ("row 3", "table_short_row"),
            ("row 4, needs", "table_unknown_item"),
        ]

    def test_the_row_is_that_of_the_spreadsheet(self, tmp_path, menu):
        text = csv_text([trial(company="a", advisor_organisation="two\nlines"), trial(company="")])
        path = tmp_path / "t.csv"
        path.write_text(text.replace("\r\nexperiment", "\r\n\r\nexperiment"), newline="")
        heading, *_ = text.split("\r\n")
        path.write_text(text.replace(heading, heading + "\r\n"), newline="")
        assert faults_of(path, menu) == [("row 4, company", "table_empty_cell")]

    def test_a_missing_column_is_told_by_name(self, tmp_path, menu):
        rows = [{name: text for name, text in TRIAL.items() if name not in ("source", "state")}]
        assert faults_of(write_csv(tmp_path / "t.csv", rows), menu) == [
            ("row 1, source", "table_column_missing"),
            ("row 1, state", "table_column_missing"),
        ]

    def test_optional_columns_may_be_left_out_in_any_order(self, tmp_path, menu):
        row = {name: TRIAL[name] for name in ("state", "source", "company", "intervention")}
        frame = read_trials(write_csv(tmp_path / "t.csv", [row]), menu).frame
        unknown = set(TRIAL_COLUMNS) - set(row)
        assert tuple(frame.columns) == TRIAL_COLUMNS
        assert frame[sorted(unknown)].isna().all(axis=None)

    def test_a_heading_at_fault_is_not_skipped(self, tmp_path, menu):
        path = write_csv(tmp_path / "t.csv", [trial() | {"headcount": "3"}])
        with pytest.raises(InvalidTrials):
            read_trials(path, menu, skip_faulty=True)

    @pytest.mark.parametrize("n_rows", [999, 1_500, 40_000])
    def test_the_first_thousand_are_kept_and_all_are_counted(self, tmp_path, menu, n_rows):
        rows = [trial(company=f"c{i}", employees=f"{i} people") for i in range(n_rows)]
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(write_csv(tmp_path / "t.csv", rows), menu)
        places = [fault.params["row"] for fault in refusal.value.faults]
        assert refusal.value.total == n_rows
        assert places == list(range(2, 2 + min(n_rows, 1_000)))

    def test_a_wrong_value_is_told_once_with_its_count_and_first_rows(self, tmp_path, menu):
        states = [("bezig" if i % 2 else "klaar", f"c{i}") for i in range(2_000)]
        rows = [trial(company=company, state=state) for state, company in states]
        rows[7]["oo_fund"] = "misschien"
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(write_csv(tmp_path / "t.csv", rows), menu)
        told = [(f.where, f.params["value"], f.times) for f in refusal.value.faults]
        assert told == [
            ("row 2, state", "klaar", 1_000),
            ("row 3, state", "bezig", 1_000),
            ("row 9, oo_fund", "misschien", 1),
        ]
        assert refusal.value.n_told == refusal.value.total == 2_001
        said = "This stands there 1000 times, also in row 4, 6, 8 and on."
        assert refusal.value.faults[0].text("en").endswith(said)

    def test_two_rows_are_both_named(self, tmp_path, menu):
        rows = [trial(company="a", province="?!"), trial(company="b"), trial(company="c")]
        rows[2]["province"] = "?!"
        with pytest.raises(InvalidTrials, match=r"row 2, province: .* 2 times, also in row 4\.$"):
            read_trials(write_csv(tmp_path / "t.csv", rows), menu)

    def test_rules_between_cells_are_told_apart_by_what_they_say(self, tmp_path, menu):
        starts = ("2023-07-01", "2023-07-01", "2023-08-01")
        rows = [
            trial(company=f"c{at}", start_date=start, end_date="2023-06-30")
            for at, start in enumerate(starts)
        ]
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(write_csv(tmp_path / "t.csv", rows), menu)
        told = [(f.params["row"], f.params["start"], f.times) for f in refusal.value.faults]
        assert told == [(2, "2023-07-01", 2), (4, "2023-08-01", 1)]

    def test_early_twins_are_among_the_first_thousand(self, tmp_path, menu):
        twins = [trial(company="a"), trial(company="a")]
        rows = [*twins, *(trial(company=f"c{i}", employees=f"-{i}") for i in range(1, 1_501))]
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(write_csv(tmp_path / "t.csv", rows), menu)
        assert refusal.value.total == 1_502
        assert [fault.code for fault in refusal.value.faults[:3]] == [
            "trial_twice_dated",
            "trial_twice_dated",
            "table_too_small",
        ]
        assert len(refusal.value.faults) == 1_000


class TestTwins:
    def test_both_rows_are_named(self, tmp_path, menu):
        rows = [trial(company="a"), trial(company="b"), trial(company="a", cost_eur="1")]
        with pytest.raises(InvalidTrials, match=r"row 2, company: .* row 4: .*row 4, .* row 2:"):
            read_trials(write_csv(tmp_path / "t.csv", rows), menu)

    def test_three_of_a_kind_all_point_at_another(self, tmp_path, menu):
        path = write_csv(tmp_path / "t.csv", [trial(), trial(), trial()])
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(path, menu)
        pairs = [(f.params["row"], f.params["other"]) for f in refusal.value.faults]
        assert pairs == [(2, 3), (3, 2), (4, 2)]

    @pytest.mark.parametrize(
        ("one", "other", "code"),
        [
            ({}, {"start_date": "06-03-2023"}, "trial_twice_dated"),
            ({"start_date": ""}, {"start_date": "?"}, "trial_twice_undated"),
            ({}, {"intervention": "Leermeester "}, "trial_twice_dated"),
        ],
        ids=["another way to write the day", "both undated", "another way to write the card"],
    )
    def test_the_same_trial_however_written(self, tmp_path, menu, one, other, code):
        path = write_csv(tmp_path / "t.csv", [trial(**one), trial(**other)])
        assert faults_of(path, menu) == [("row 2, company", code), ("row 3, company", code)]

    @pytest.mark.parametrize(
        "other",
        [
            {"start_date": "2023-03-07"},
            {"start_date": ""},
            {"company": "Bouw-01"},
            {"intervention": "intervisie"},
            SIMULATED,
        ],
        ids=["another day", "undated", "another company", "another card", "simulated"],
    )
    def test_what_is_no_twin(self, tmp_path, menu, other):
        read_trials(write_csv(tmp_path / "t.csv", [trial(), trial(**other)]), menu)

    @given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=12))
    def test_twins_are_the_rows_whose_key_is_not_alone(self, tmp_path_factory, menu, keys):
        rows = [
            trial(
                company=f"c{company}",
                intervention=("leermeester", "intervisie", "bbl")[card],
                start_date=("", "2023-03-06", "2023-03-07")[day],
            )
            for company, card, day in keys
        ]
        path = write_csv(tmp_path_factory.mktemp("twins") / "t.csv", rows)
        expected = [row for row, key in enumerate(keys, start=2) if keys.count(key) > 1]
        if expected:
            assert [int(where.split()[1][:-1]) for where, _ in faults_of(path, menu)] == expected
        else:
            assert len(read_trials(path, menu).frame) == len(keys)


@pytest.mark.parametrize(
    ("days", "n"),
    [
        ({"start_date": "maart 2023", "end_date": "2023-06"}, 2),
        ({"start_date": "6-3-2023", "end_date": "06/2023"}, 1),
        ({"start_date": "jan-23", "end_date": ""}, 1),
        ({"start_date": "06-03-23", "end_date": "30 juni 2023"}, 0),
    ],
)
def test_a_month_for_a_day_is_told_with_how_many_there_are(tmp_path, menu, days, n):
    rows = [trial(**days), trial(company="b", start_date="", end_date="")]
    notes = read_trials(write_csv(tmp_path / "t.csv", rows), menu).notes
    assert [(note.code, note.params) for note in notes] == [("trial_months", {"n": n})] * bool(n)


class TestSimulatedRows:
    def test_alone_they_are_used_and_flagged(self, tmp_path, menu):
        path = write_csv(tmp_path / "t.csv", [trial(**SIMULATED), trial(company="b", **SIMULATED)])
        trials = read_trials(path, menu)
        assert (len(trials.frame), trials.simulated, trials.n_simulated_left_out) == (2, True, 0)

    @pytest.mark.parametrize("source", ["experiment", "service"])
    def test_one_real_row_drives_them_out(self, tmp_path, menu, source):
        rows = [trial(company="a", **SIMULATED), trial(company="b", source=source)]
        trials = read_trials(write_csv(tmp_path / "t.csv", rows), menu)
        assert trials.frame["company"].tolist() == ["b"]
        assert list(trials.rows) == [3]
        assert (trials.simulated, trials.n_simulated_left_out) == (False, 1)

    def test_a_faulty_real_row_drives_them_out_too(self, tmp_path, menu):
        """Skipping the only real row must not end in a model of simulated ones."""
        rows = [trial(company="a", **SIMULATED), trial(company="b", employees="0")]
        with pytest.raises(InvalidTrials):
            read_trials(write_csv(tmp_path / "t.csv", rows), menu, skip_faulty=True)


class TestSkippingFaultyRows:
    @pytest.fixture
    def path(self, tmp_path):
        rows = [
            trial(company="good"),
            trial(company="twin"),
            trial(company="", advisor_organisation="=cmd|' /C calc'!A0"),
            trial(company="twin", table="-", advisor_organisation="Één; twee"),
            trial(company="also-good", start_date=""),
            trial(company="@home", employees="-3"),
        ]
        return write_csv(tmp_path / "uitkomsten.csv", rows)

    def test_good_rows_are_used_and_the_others_counted(self, path, menu):
        trials = read_trials(path, menu, skip_faulty=True)
        assert trials.frame["company"].tolist() == ["good", "also-good"]
        assert list(trials.rows) == [2, 6]
        assert trials.n_faulty_left_out == 4

    def test_faulty_rows_are_written_beside_the_input(self, path, menu):
        beside = write_faulty(path, menu)
        assert beside == path.with_name("uitkomsten.faulty.csv")
        assert beside.read_bytes().startswith(b"\xef\xbb\xbf")
        rows = pd.read_csv(beside, sep=";", encoding="utf-8-sig", dtype=str, keep_default_na=False)
        assert list(rows.columns) == [*TRIAL_COLUMNS, "row", "faults"]
        assert rows["row"].tolist() == ["3", "4", "5", "7"]
        assert rows["company"].tolist() == ["twin", "", "twin", "'@home"]
        assert rows["advisor_organisation"].tolist() == ["", "'=cmd|' /C calc'!A0", "Één; twee", ""]
        assert rows["employees"].tolist() == ["38", "38", "38", "-3"]
        assert rows["table"].tolist()[2] == "-"
        assert rows["faults"][1].startswith("company: Deze cel is leeg")
        assert [text.count(" | ") for text in rows["faults"]] == [0, 0, 0, 1]

    def test_in_english_when_asked(self, path, menu):
        assert "This cell is empty" in write_faulty(path, menu, "en").read_text("utf-8-sig")

    def test_no_cell_can_run_in_a_spreadsheet(self, tmp_path, menu):
        starts = ("=", "+", "-", "@", "\t=", "\r=")
        # With a letter: a bare -1 is a number, and no spreadsheet runs it.
        rows = [trial(company=f"c{i} !", stopped_reason=f"{s}A1") for i, s in enumerate(starts)]
        beside = write_faulty(write_csv(tmp_path / "t.csv", rows), menu)
        cells = pd.read_csv(beside, sep=";", dtype=str)["stopped_reason"]
        assert all(cell.startswith("'") for cell in cells)

    def test_a_workbook_and_a_folder_get_the_same_file(self, menu, tmp_path):
        rows = [trial(company="a"), trial(company="b", needs="geluk")]
        (tmp_path / "parts").mkdir()
        write_parquet(tmp_path / "parts" / "0.parquet", rows)
        one = write_faulty(write_xlsx(tmp_path / "book.xlsx", rows), menu)
        other = write_faulty(tmp_path / "parts", menu)
        assert (one.name, other.name) == ("book.faulty.csv", "parts.faulty.csv")
        for beside in (one, other):
            assert pd.read_csv(beside, sep=";")["row"].tolist() == [3]

    def test_nothing_half_written_is_left(self, path, menu, tmp_path):
        (tmp_path / "uitkomsten.faulty.csv").mkdir()
        with pytest.raises(UnreadableFile) as refusal:
            write_faulty(path, menu)
        assert refusal.value.faults[0].code == "table_cannot_write"
        assert sorted(file.name for file in tmp_path.iterdir()) == [
            "uitkomsten.csv",
            "uitkomsten.faulty.csv",
        ]

    def test_no_good_row_is_a_refusal(self, tmp_path, menu):
        path = write_csv(tmp_path / "t.csv", [trial(employees="0"), trial(company="b", source="")])
        with pytest.raises(InvalidTrials) as refusal:
            read_trials(path, menu, skip_faulty=True)
        assert refusal.value.total == 2

    def test_a_good_file_loses_nothing(self, menu):
        one, other = (read_trials(EXPERIMENT, menu, skip_faulty=skip) for skip in (True, False))
        same(one.frame, other.frame)
        assert one.n_faulty_left_out == 0


NUMBERS = st.decimals(0, 9999, places=2).map(lambda number: f"{number.normalize():f}")
SCORES = st.decimals(1, 5, places=2).map(str)
DAYS = st.dates(pd.Timestamp(2000, 1, 1).date(), pd.Timestamp(2100, 12, 31).date())
TEXTS = st.text("abcé ëßñ€;,'\"\n", max_size=12).map(lambda text: f"x{text}y")
DAY_FORMS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d 00:00:00")
CONTINUE = {
    **dict.fromkeys(("ja", "yes", "WAAR", "J", "true"), True),
    **dict.fromkeys(("nee", "No", "ONWAAR", "0"), False),
    **dict.fromkeys(("", "weet niet", "?", "-", "onbekend"), None),
}


@st.composite
def free_rows(draw):
    """Return rows whose every value is free, as values."""
    return [
        {
            "company": f"c{number}",
            "cost": draw(NUMBERS),
            "score": draw(SCORES),
            "day": draw(DAYS),
            "text": draw(TEXTS),
            "continue": draw(st.sampled_from([*CONTINUE])),
        }
        for number in range(draw(st.integers(1, 4)))
    ]


@given(
    rows=free_rows(),
    separator=st.sampled_from(",;\t"),
    comma=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    day_form=st.sampled_from(DAY_FORMS),
    end=st.sampled_from(["\n", "\r\n"]),
    order=st.permutations(TRIAL_COLUMNS),
)
def test_one_content_in_any_form_reads_equal(
    tmp_path_factory, menu, rows, separator, comma, encoding, day_form, end, order
):
    written = []
    for row in rows:
        cells = trial(
            company=row["company"],
            cost_eur=row["cost"].replace(".", ",") if comma else row["cost"],
            culture_before=row["score"].replace(".", ",") if comma else row["score"],
            start_date=row["day"].strftime(day_form),
            end_date="",
            state="",  # what has begun has no start to come
            advisor_organisation=row["text"],
            would_continue=row["continue"],
        )
        written.append({name: cells[name] for name in order})
    path = tmp_path_factory.mktemp("forms") / "t.csv"
    path.write_bytes(csv_text(written, separator, end).encode(encoding))
    frame = read_trials(path, menu).frame
    assert frame["cost_eur"].tolist() == [float(row["cost"]) for row in rows]
    assert frame["culture_before"].tolist() == [float(row["score"]) for row in rows]
    assert [day.date() for day in frame["start_date"]] == [row["day"] for row in rows]
    assert frame["would_continue"].tolist() == [CONTINUE[row["continue"]] for row in rows]
    assert frame["advisor_organisation"].tolist() == [" ".join(r["text"].split()) for r in rows]


CELL_WORDS = st.one_of(
    st.sampled_from(
        sorted({word for kind in PROFILE_KINDS.values() for word in getattr(kind, "values", ())})
    ),
    st.sampled_from(
        ["", "geen", "ja", "NEE", "weet niet", "-", "38", "3,5", "4.0", "0", "1e2", "|"]
    ),
    st.lists(st.sampled_from(["taal", "klant", "zorg", "energie", "geluk", ""]), max_size=3).map(
        "|".join
    ),
    st.integers(-5, 200_000).map(str),
    st.floats(0, 7).map(lambda number: f"{number:.2f}"),
)


PROFILE = {
    "employees": "38",
    "sector": "F",
    "sbi_version": "2008",
    "needs": "taal",
    "staffing_pressure": "krap",
}


@given(name=st.sampled_from(PROFILE_FIELDS), text=CELL_WORDS)
def test_a_profile_cell_means_the_same_here_and_in_a_form(name, text):
    assume((name, text.casefold()) != ("sector", "v"))  # good in 2025; a rule between two cells
    column = read_column(pa.array([text], pa.string()), PROFILE_KINDS[name])
    refused = bool(column.broken) or (bool(column.blank[0]) and name in PROFILE)
    try:
        expected = getattr(read_cells(PROFILE | {name: text}), name)
    except InvalidProfile:
        assert refused
    else:
        assert not refused
        value = column.values[0]
        assert value == expected or (expected is None and (value is None or math.isnan(value)))


@given(score=st.floats(1, 6), scale=st.sampled_from(["1-6", "1-5", ""]))
def test_a_baseline_survives_the_scale_of_its_trial(score, scale):
    """On 1-5 the middle 3 is 3.5 on 1-6; there and back is where it was."""
    frame = pd.DataFrame(
        {
            "scale": pd.Series([scale or None], dtype=object),
            "culture_baseline": [score],
            "culture_before": [math.nan],
        }
    )
    fill_culture(frame)
    assert frame["scale"].tolist() == [scale or "1-6"]
    frame["culture_baseline"] = math.nan
    fill_culture(frame)
    assert frame["culture_baseline"].iloc[0] == pytest.approx(score)
    assert on_six(pd.Series([3.0]), pd.Series(["1-5"])).tolist() == [3.5]


def test_two_scores_at_the_start_are_both_kept(tmp_path, menu):
    path = write_csv(tmp_path / "t.csv", [trial(culture_baseline="4,1", culture_before="3,62")])
    row = read_trials(path, menu).frame.iloc[0]
    assert (row["culture_baseline"], row["culture_before"]) == (4.1, 3.62)


def test_the_readme_tells_every_column_in_order_and_which_are_required():
    whole = (Path(__file__).parents[3] / "training_data" / "README.md").read_text("utf-8")
    readme = whole.split("## De bestanden van `plan`")[0]
    told = re.findall(r"^\| `(\w+)`( \*)? \|", readme, flags=re.MULTILINE)
    columns = [(name, bool(star)) for name, star in told if name in EVERY_COLUMN]
    assert columns == [(name, name in REQUIRED_COLUMNS) for name in EVERY_COLUMN]


EVERY_COLUMN = (*TRIAL_COLUMNS, *CARRIED_COLUMNS)


TOLD_BY_OTHER_TESTS = {
    *TOLD_HERE,
    *("table_no_names", "table_column_missing", "table_column_twice"),
    *("table_unknown_column", "table_unknown_column_near"),
    *("table_no_result", "table_workbook_error", "table_only_zeros"),
    *(
        "table_sheet_read",
        "table_sheets_unread",
        "table_sheet_hidden",
        "table_title_above",
        "table_hidden_rows",
    ),
    *("trial_no_scores", "trial_simulated_left_out", "trial_months"),
    *("trial_unknown_employees", "trial_unknown_needs", "trial_unknown_staffing_pressure"),
    *("trial_size_classes", "trial_tried_before", "trial_free_columns"),
    *("trial_free_name", "trial_free_many"),
    *("table_workbook_locked", "table_no_such_sheet"),
    *("table_short_row", "table_long_row", "table_no_heading"),
    *("table_cannot_open", "table_cannot_write", "table_too_many_rows"),
    *("trial_twice_dated", "trial_twice_undated", "table_part_gone"),
}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_sentence_is_reached_by_a_test(language):
    folder = Path(matcher.messages.__file__).parent
    sentences = tomllib.loads((folder / f"{language}-trials.toml").read_text("utf-8"))["fault"]
    reached = {code for _, _, code in (*CELL_FAULTS.values(), *FILE_FAULTS.values())}
    # Those about measurements are told in test_measurements and test_measured.
    here = {code for code in sentences if not code.startswith("measurement_")}
    assert here == reached | TOLD_BY_OTHER_TESTS | PROFILE_FAULT_CODES


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return the bytes of the fixture in every form."""
    folder = tmp_path_factory.mktemp("sound")
    rows = read_csv(EXPERIMENT)
    paths = (
        EXPERIMENT,
        OPEN_EXPERIMENT,
        write_xlsx(folder / "t.xlsx", rows),
        write_parquet(folder / "t.parquet", rows),
    )
    return {path.suffix: path.read_bytes() for path in paths}


@given(
    suffix=st.sampled_from([".csv", ".xlsx", ".ods", ".parquet"]),
    damage=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=8),
    length=st.floats(0.2, 1),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory, menu, sound, suffix, damage, length
):
    content = bytearray(sound[suffix])
    for place, noise in damage:
        at = int(place * len(content))
        content[at : at + len(noise)] = noise
    path = tmp_path_factory.mktemp("damaged") / f"t{suffix}"
    path.write_bytes(content[: int(length * len(content))])
    try:
        read_trials(path, menu, skip_faulty=True)
    except Refused as refusal:
        assert all(fault.text("nl") for fault in refusal.faults)


def test_no_approach_is_not_counted_among_the_approaches(tmp_path, menu):
    idle = {"intervention": "geen", "participants": "", "hours_per_participant": ""}
    rows = [trial(), trial(company="b", intervention="bbl"), trial(company="c", **idle)]
    assert inspect(write_csv(tmp_path / "t.csv", rows), menu)["interventions"] == 2

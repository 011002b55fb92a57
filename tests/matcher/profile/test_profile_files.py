"""Profiles to rank, from any file: each with its id, and all faults of all profiles at once."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InvalidProfile, UnreadableFile
from matcher.profile.files import read_profiles
from matcher.profile.schema import read_profile
from tests.matcher.table_makers import write_csv, write_parquet, write_xlsx
from tests.matcher.tables.sheet_makers import Page, write_pages

CELLS = {
    "id": "a",
    "employees": "38",
    "sector": "F",
    "sbi_version": "2008",
    "needs": "inwerken|digitaal",
    "staffing_pressure": "zeer_krap",
    "culture_baseline": "3,5",
    "oo_fund": "weet niet",
}
JSON = {
    "id": "a",
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken", "digitaal"],
    "staffing_pressure": "zeer_krap",
    "culture_baseline": 3.5,
    "oo_fund": None,
}
PROFILE = read_profile({name: value for name, value in JSON.items() if name != "id"})


def lines(path, *objects):
    path.write_text("\n".join(map(json.dumps, objects)))
    return path


def sheets(path, rows):
    """Write rows as the second sheet of a workbook, below a title, the last of them hidden."""
    table = [["Onze bedrijven"], list(rows[0]), *(list(row.values()) for row in rows)]
    hidden = [len(table) - 1]
    return write_pages(path, Page([], name="Leeg"), Page(table, name="Lijst", hidden=hidden))


@pytest.mark.parametrize("name", ["p.xlsx", "p.ods"])
def test_of_a_workbook_is_told_what_was_read_of_it(tmp_path, name):
    path = sheets(tmp_path / name, [CELLS, CELLS | {"id": "b-2"}])
    notes = []
    assert read_profiles(path, notes) == [("a", PROFILE), ("b-2", PROFILE)]
    assert [note.code for note in notes] == [
        "table_sheet_read",
        "table_title_above",
        "table_hidden_rows",
    ]
    assert {note.where for note in notes} == {name}


MADE_BY_A_SPREADSHEET = {
    "a scheme in a cell of dates": ({"sbi_version": "1905-07-01"}, "2009"),
    "a score with a stroke": ({"culture_baseline": "5-mrt"}, "5,3 / 3,5"),
    "a number in a cell of dates": ({"employees": "1900-01-12"}, "12 / 13"),
    "a need with a number": ({"province": "3-jan"}, "3-1 / 1-3"),
}


@pytest.mark.parametrize(
    ("cells", "likely"), MADE_BY_A_SPREADSHEET.values(), ids=MADE_BY_A_SPREADSHEET.keys()
)
def test_what_a_spreadsheet_made_of_a_cell_is_told_with_what_stood_there(tmp_path, cells, likely):
    [column] = cells
    path = write_csv(tmp_path / "p.csv", [CELLS | cells])
    with pytest.raises(InvalidProfile, match=f"Was it {likely}") as refusal:
        read_profiles(path)
    assert [(f.where, f.code) for f in refusal.value.faults] == [
        (f"row 2, {column}", "table_changed")
    ]


def faults(path):
    with pytest.raises(InvalidProfile) as refusal:
        read_profiles(path)
    assert all(fault.text("nl") and fault.text("en") for fault in refusal.value.faults)
    return [(fault.where, fault.code) for fault in refusal.value.faults]


@pytest.mark.parametrize("name", ["p.csv", "p.xlsx", "p.parquet", "p.jsonl"])
def test_the_same_profiles_from_any_file(tmp_path, name):
    rows = [CELLS, CELLS | {"id": "b-2"}]
    path = tmp_path / name
    if name == "p.jsonl":
        lines(path, JSON, JSON | {"id": "b-2"})
    else:
        {"p.csv": write_csv, "p.xlsx": write_xlsx, "p.parquet": write_parquet}[name](path, rows)
    assert read_profiles(path) == [("a", PROFILE), ("b-2", PROFILE)]


class TestIds:
    def test_without_a_column_they_are_numbers_from_1(self, tmp_path):
        row = {name: text for name, text in CELLS.items() if name != "id"}
        path = write_csv(tmp_path / "p.csv", [row, row])
        assert [name for name, _ in read_profiles(path)] == ["1", "2"]

    def test_an_empty_id_is_the_number_of_its_profile(self, tmp_path):
        path = write_csv(tmp_path / "p.csv", [CELLS, CELLS | {"id": ""}])
        assert [name for name, _ in read_profiles(path)] == ["a", "2"]

    def test_in_json_a_whole_number_is_an_id_and_null_is_none(self, tmp_path):
        path = lines(tmp_path / "p.jsonl", JSON | {"id": 7}, JSON | {"id": None}, JSON)
        assert [name for name, _ in read_profiles(path)] == ["7", "2", "a"]

    def test_a_number_that_stands_in_for_an_id_counts_as_one(self, tmp_path):
        path = write_csv(tmp_path / "p.csv", [CELLS | {"id": "2"}, CELLS | {"id": ""}])
        assert faults(path) == [("row 3, id", "table_id_twice")]


TABLE_FAULTS: dict[str, tuple[dict[str, str], str, str]] = {
    "nobody employed": ({"employees": "0"}, "row 3, employees", "too_small"),
    "half a person": ({"employees": "3,5"}, "row 3, employees", "table_not_whole"),
    "words for a number": ({"employees": "many"}, "row 3, employees", "table_not_a_number"),
    "an empty required cell": ({"needs": "?"}, "row 3, needs", "table_empty_cell"),
    "an unknown need": ({"needs": "taal|geluk"}, "row 3, needs", "unknown_value"),
    "perhaps": ({"oo_fund": "misschien"}, "row 3, oo_fund", "table_not_yes_no"),
    "a score in words": (
        {"culture_baseline": "low"},
        "row 3, culture_baseline",
        "table_not_a_number",
    ),
    "a sector of another scheme": ({"sector": "V"}, "row 3, sector", "unknown_sector"),
    "the same id": ({"id": "a"}, "row 3, id", "table_id_twice"),
    "a long id": ({"id": "x" * 101}, "row 3, id", "table_bad_id"),
}


@pytest.mark.parametrize(
    ("change", "where", "code"), TABLE_FAULTS.values(), ids=TABLE_FAULTS.keys()
)
def test_a_fault_in_a_table_names_row_and_column(tmp_path, change, where, code):
    path = write_csv(tmp_path / "p.csv", [CELLS, CELLS | {"id": "b"} | change])
    assert faults(path) == [(where, code)]


LINE_FAULTS: dict[str, tuple[str, str, str]] = {
    "not JSON": ('{"employees": 38', "row 2", "table_not_json"),
    "not a number in JSON": ('{"employees": NaN}', "row 2", "table_not_json"),
    "deeply nested": ("[" * 100_000, "row 2", "table_not_json"),
    "bytes that are no text": ("\udcff", "row 2", "table_not_json"),
    "a list": ("[1, 2]", "row 2", "table_not_object"),
    "a text for a number": (
        json.dumps(JSON | {"id": "b", "employees": "38"}),
        "row 2, employees",
        "not_whole",
    ),
    "a fault inside a list": (
        json.dumps(JSON | {"id": "b", "needs": ["taal", "geluk"]}),
        "row 2, needs",
        "unknown_value",
    ),
    "an unknown field": (
        json.dumps(JSON | {"id": "b", "name": "Bakker"}),
        "row 2, name",
        "unknown_field",
    ),
    "a list for an id": (json.dumps(JSON | {"id": [1]}), "row 2, id", "table_bad_id"),
    "true for an id": (json.dumps(JSON | {"id": True}), "row 2, id", "table_bad_id"),
    "an empty id": (json.dumps(JSON | {"id": " "}), "row 2, id", "table_bad_id"),
    "the same id": (json.dumps(JSON), "row 2, id", "table_id_twice"),
}


@pytest.mark.parametrize(("line", "where", "code"), LINE_FAULTS.values(), ids=LINE_FAULTS.keys())
def test_a_fault_in_a_line_names_row_and_field(tmp_path, line, where, code):
    path = tmp_path / "p.jsonl"
    path.write_bytes(f"{json.dumps(JSON)}\n{line}\n".encode(errors="surrogateescape"))
    assert faults(path) == [(where, code)]


PROFILE_FAULT_CODES = {
    code
    for *_, code in (*TABLE_FAULTS.values(), *LINE_FAULTS.values())
    if code.startswith("table_")
}
"""Codes of the sentences that this module reaches."""


def test_all_faults_of_all_profiles_come_at_once(tmp_path):
    rows = [CELLS | {"employees": "0", "needs": ""}, CELLS | {"id": "b", "sector": "?"}]
    assert faults(write_csv(tmp_path / "p.csv", rows)) == [
        ("row 2, employees", "too_small"),
        ("row 2, needs", "table_empty_cell"),
        ("row 3, sector", "table_empty_cell"),
    ]


def test_a_row_that_does_not_fit_is_a_fault(tmp_path):
    path = write_csv(tmp_path / "p.csv", [CELLS])
    path.write_text(path.read_text() + "b;38;F\n")
    assert faults(path) == [("row 3", "table_short_row")]


def test_columns_of_a_trial_are_not_those_of_a_profile(tmp_path):
    path = write_csv(tmp_path / "p.csv", [CELLS | {"intervention": "bbl"}])
    assert faults(path) == [("row 1, intervention", "table_unknown_column")]


def test_the_first_thousand_are_kept_and_all_are_counted(tmp_path):
    path = write_csv(
        tmp_path / "p.csv", [CELLS | {"id": str(i), "needs": f"n{i}"} for i in range(1_200)]
    )
    with pytest.raises(InvalidProfile) as refusal:
        read_profiles(path)
    assert (len(refusal.value.faults), refusal.value.total) == (1_000, 1_200)


def test_blank_lines_and_a_byte_order_mark_are_no_profiles(tmp_path):
    path = tmp_path / "p.jsonl"
    line = json.dumps({name: value for name, value in JSON.items() if name != "id"}).encode()
    path.write_bytes(codecs.BOM_UTF8 + line + b"\r\n\r\n  \n" + line + b"\n\n")
    assert read_profiles(path) == [("1", PROFILE), ("2", PROFILE)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "table_not_found"),
        (b"\n\n", "table_empty_file"),
        (b"x" * 2_000_000, "table_long_line"),
    ],
    ids=["no such file", "blank lines only", "a line without end"],
)
def test_a_file_without_lines_is_refused(tmp_path, content, code):
    path = tmp_path / "p.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refusal:
        read_profiles(path)
    assert refusal.value.faults[0].code == code


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=6), max_size=6))
def test_ids_come_back_as_they_were_or_are_refused(tmp_path_factory, ids):
    path = lines(tmp_path_factory.mktemp("ids") / "p.jsonl", *(JSON | {"id": i} for i in ids))
    whole = [name.strip() for name in ids]
    good = all(name and name.isprintable() for name in whole) and len(set(whole)) == len(whole)
    if good and whole:
        assert [name for name, _ in read_profiles(path)] == whole
    else:
        with pytest.raises((InvalidProfile, UnreadableFile)):
            read_profiles(path)

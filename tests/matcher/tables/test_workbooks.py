"""Sheets of Excel and OpenDocument: what stands in them beside values, by one set of rules."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InvalidProfile, UnreadableFile
from matcher.profile.files import read_profiles
from matcher.tables import workbooks
from matcher.tables.reader import Table, read_table
from matcher.tables.workbooks import CELL_LIMIT
from tests.matcher.tables.sheet_makers import (
    Formula,
    Page,
    ods_document,
    write_ods,
    write_pages,
    write_zip,
)

KNOWN = ("company", "employees", "needs", "would_continue")
NAMES = list(KNOWN)
ROW = ["a", 12, "taal", "ja"]
NO_RESULT, ERROR = "\ue000", "\ue001"


@pytest.fixture(params=[".xlsx", ".ods"])
def path(request, tmp_path):
    return tmp_path / f"t{request.param}"


def opened(path: Path) -> tuple[Table, dict[int, list[str]]]:
    """Return a table that was read whole, and its cells by the number of their row."""
    table = read_table(path, KNOWN)
    found: dict[int, list[str]] = {}
    for block in table.blocks:
        columns = [block.cells[name].to_pylist() for name in block.cells]
        found |= dict(zip(block.rows.tolist(), map(list, zip(*columns, strict=True)), strict=True))
    return table, found


def cells(path: Path) -> dict[int, list[str]]:
    return opened(path)[1]


def notes(path: Path) -> dict[str, dict[str, object]]:
    table, _ = opened(path)
    assert all(note.text(language) for note in table.notes for language in ("nl", "en"))
    return {note.code: dict(note.params) for note in table.notes}


class TestFormulas:
    def test_a_result_that_is_stored_is_read(self, path):
        rows = [NAMES, ["a", Formula(12), Formula("taal"), Formula("")]]
        assert cells(write_pages(path, Page(rows))) == {2: ["a", "12", "taal", ""]}

    def test_one_without_a_result_is_neither_empty_nor_zero(self, path):
        rows = [NAMES, ["a", Formula(), "taal", Formula()]]
        found = cells(write_pages(path, Page(rows)))
        assert found == {2: ["a", f"{NO_RESULT}B", "taal", f"{NO_RESULT}D"]}

    def test_one_that_fails_is_told_and_the_rest_is_read(self, path):
        rows = [NAMES, ["a", Formula("#"), "taal", "ja"], ROW]
        found = cells(write_pages(path, Page(rows)))
        assert found == {2: ["a", f"{ERROR}B", "taal", "ja"], 3: ["a", "12", "taal", "ja"]}

    @pytest.mark.parametrize("result", [0, ""])
    def test_a_workbook_that_is_still_to_be_calculated_has_no_noughts(self, tmp_path, result):
        rows = [NAMES, ["a", Formula(result), "taal", 0], ["b", Formula(3), "taal", "ja"]]
        found = cells(write_pages(tmp_path / "t.xlsx", Page(rows), recalculated=True))
        assert found[2] == ["a", f"{NO_RESULT}B", "taal", "0"]
        assert found[3] == ["b", "3", "taal", "ja"]
        found = cells(write_pages(tmp_path / "t.xlsx", Page(rows)))
        assert found[2][1] == str(result)

    def test_a_column_that_gives_nothing_but_noughts_is_told(self, path):
        """So LibreOffice saves a workbook that it opened and did not calculate."""
        rows = [NAMES, ["a", Formula(0), Formula(0), 0], ["b", Formula(0), Formula(3), Formula()]]
        assert notes(write_pages(path, Page(rows))) == {"table_only_zeros": {"columns": "B"}}
        assert [row[1] for row in cells(path).values()] == ["0", "0"]

    def test_a_truth_that_libreoffice_keeps_as_a_formula_is_no_nought(self, tmp_path):
        kept = _cell(_p("0"), formula="of:=FALSE()", value_type="float", value="0")
        path = write_ods(tmp_path / "t.ods", _table(_row(_text("a"), kept, _text("taal"), kept)))
        assert cells(path) == {2: ["a", "0", "taal", "0"]}
        assert notes(path) == {}

    def test_a_row_of_nothing_else_is_no_blank_row(self, path):
        rows = [NAMES, ROW, [Formula()] * 4]
        assert list(cells(write_pages(path, Page(rows)))) == [2, 3]

    def test_below_the_last_value_they_are_seen_too(self, path):
        """Of an .ods file calamine ends where the last value does."""
        rows = [NAMES, ROW, [None] * 4, ["b", Formula()]]
        assert cells(write_pages(path, Page(rows)))[4] == ["b", f"{NO_RESULT}B", "", ""]

    def test_a_profile_with_one_is_refused_with_cell_and_way_out(self, path):
        names = ["employees", "sector", "sbi_version", "needs", "staffing_pressure", "province"]
        rows = [names, [Formula(), "F", "2008", "taal", "krap", Formula("#")]]
        write_pages(path, Page(rows))
        with pytest.raises(InvalidProfile) as refusal:
            read_profiles(path)
        told = [(f.where, f.code, f.params["value"]) for f in refusal.value.faults]
        assert told == [
            ("row 2, employees", "table_no_result", "A"),
            ("row 2, province", "table_workbook_error", "F"),
        ]
        assert "A2" in refusal.value.faults[0].text("nl")


class TestMergedCells:
    def test_the_value_holds_for_the_whole_area(self, path):
        rows = [NAMES, ["a", 12, "taal", "ja"], ["b", None, None, "ja"], ["c", None, None, "ja"]]
        page = Page(rows, merged=[(1, 1, 3, 1), (1, 2, 2, 2)])
        assert cells(write_pages(path, page)) == {
            2: ["a", "12", "taal", "ja"],
            3: ["b", "12", "taal", "ja"],
            4: ["c", "12", "", "ja"],
        }

    def test_over_columns_too(self, path):
        page = Page([NAMES, ["a", 12, "taal", None]], merged=[(1, 2, 1, 3)])
        assert cells(write_pages(path, page)) == {2: ["a", "12", "taal", "taal"]}

    def test_what_stands_under_it_is_not_seen(self, path):
        page = Page([NAMES, ROW, ["b", 99, "taal", "ja"]], merged=[(1, 1, 2, 1)])
        assert cells(write_pages(path, page))[3] == ["b", "12", "taal", "ja"]

    def test_a_blank_row_stays_blank(self, path):
        page = Page([NAMES, ROW, [None] * 4, ROW], merged=[(1, 0, 3, 0)])
        assert list(cells(write_pages(path, page))) == [2, 4]

    def test_a_formula_without_a_result_holds_for_it_too(self, path):
        page = Page([NAMES, ["a", Formula(), "taal"], ["b", None, "taal"]], merged=[(1, 1, 2, 1)])
        assert [row[1] for row in cells(write_pages(path, page)).values()] == [f"{NO_RESULT}B"] * 2

    def test_to_the_end_of_the_sheet_it_ends_with_the_table(self, path):
        page = Page([NAMES, ROW, ["b", 1, None]], merged=[(1, 2, 1048575, 2)])
        assert cells(write_pages(path, page))[3] == ["b", "1", "taal", ""]

    def test_areas_that_overlap_without_end_are_refused(self, tmp_path):
        rows = [NAMES, *[ROW] * 2000]
        page = Page(rows, merged=[(1, 0, 2000, 3)] * 2000)
        with pytest.raises(UnreadableFile, match="damaged"):
            cells(write_pages(tmp_path / "t.xlsx", page))


class TestSheets:
    OTHER = Page([["Oud"], ["niets"]], name="Toelichting")
    OLD = Page([NAMES, ["x", 1, "taal", "ja"]], name="Oud", visible=False)
    TABLE = Page([NAMES, ROW], name="Uitkomsten")

    @pytest.mark.parametrize("first", [OTHER, OLD, Page([], name="Leeg")])
    def test_the_first_visible_one_with_the_table_is_read_and_named(self, path, first):
        write_pages(path, first, self.TABLE)
        assert cells(path) == {2: ["a", "12", "taal", "ja"]}
        assert notes(path) == {"table_sheet_read": {"sheet": "Uitkomsten"}}

    def test_of_one_alone_nothing_is_said(self, path):
        assert notes(write_pages(path, self.TABLE)) == {}

    def test_another_table_is_told(self, path):
        write_pages(path, self.TABLE, Page([NAMES, ROW], name="Ronde 3"))
        assert notes(path)["table_sheets_unread"] == {"sheets": "Ronde 3"}

    def test_of_none_with_the_table_the_first_that_is_filled_has_the_faults(self, path):
        write_pages(path, Page([], name="Leeg"), self.OTHER)
        assert read_table(path, KNOWN).heading.names == ("Oud",)

    @pytest.mark.parametrize("seen", [(), (OTHER,), (Page([], name="Leeg"), OTHER)])
    def test_a_table_on_a_hidden_one_is_told_to_be_there(self, path, seen):
        secret = Page([["Oud"]], name="Geheim", visible=False)
        with pytest.raises(UnreadableFile, match="on sheet 'Oud', which is hidden"):
            cells(write_pages(path, *seen, secret, self.OLD))

    def test_only_hidden_ones_without_a_table_are_none(self, path):
        with pytest.raises(UnreadableFile, match="no worksheet that is visible"):
            cells(write_pages(path, replace(self.OLD, rows=[["Oud"]])))

    def test_what_is_wrong_with_a_sheet_beside_the_table_does_not_matter(self, tmp_path):
        write_pages(tmp_path / "t.xlsx", self.TABLE, Page([[1]], name="Ver"))
        book = openpyxl.load_workbook(tmp_path / "t.xlsx")
        book["Ver"]["XFD1048576"] = 1
        book.save(tmp_path / "t.xlsx")
        assert cells(tmp_path / "t.xlsx") == {2: ["a", "12", "taal", "ja"]}


TITLES = {
    "one": [["Uitkomsten van ronde 2"]],
    "with blank rows": [["Uitkomsten"], [], ["door het team"], []],
    "one that names a column": [["needs en wat het werd"]],
    "groups of columns": [["", "Voor", "", "Na"]],
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
@pytest.mark.parametrize("suffix", [".xlsx", ".ods", ".csv"])
def test_a_title_above_the_names_is_left_out_and_told(tmp_path, suffix, title):
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        rows = [*title, NAMES, ROW]
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    else:
        write_pages(path, Page([*title, NAMES, ROW]))
    row = len(title) + 1
    assert cells(path) == {row + 1: ["a", "12", "taal", "ja"]}
    above = sum(any(row) for row in title)
    assert notes(path) == {"table_title_above": {"row": row, "n": above}}


def test_rows_that_a_filter_hides_are_read_and_counted(path):
    write_pages(path, Page([NAMES, ROW, ROW, ROW, [None], ROW], hidden=[2, 4, 5]))
    assert list(cells(path)) == [2, 3, 4, 6]
    assert notes(path) == {"table_hidden_rows": {"n": 2}}


def test_a_workbook_without_names_of_cells_is_read(tmp_path):
    rows = [NAMES, ["a", None, "taal", Formula()], ["b", 3, Formula("#"), "ja"]]
    write_pages(tmp_path / "t.xlsx", Page(rows, named_cells=False, hidden=[2]))
    found = {2: ["a", "", "taal", f"{NO_RESULT}D"], 3: ["b", "3", f"{ERROR}C", "ja"]}
    assert cells(tmp_path / "t.xlsx") == found
    assert notes(tmp_path / "t.xlsx") == {"table_hidden_rows": {"n": 1}}


def _cell(inner: str, **attributes: str) -> str:
    told = "".join(
        f' {"table" if name in _OF_TABLE else "office"}:{name.replace("_", "-")}="{value}"'
        for name, value in attributes.items()
    )
    return f"<table:table-cell{told}>{inner}</table:table-cell>"


_OF_TABLE = ("formula", "number_columns_repeated", "number_columns_spanned")


def _p(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def _row(*cells: str, repeated: int = 1) -> str:
    start = f'<table:table-row table:number-rows-repeated="{repeated}">'
    return f"{start}{''.join(cells)}</table:table-row>"


def _text(word: str) -> str:
    return _cell(_p(word), value_type="string")


def _table(*rows: str) -> str:
    heading = _row(*map(_text, NAMES))
    return f'<table:table table:name="A">{heading}{"".join(rows)}</table:table>'


OPEN_VALUES: dict[str, tuple[str, str]] = {
    "per cent": (_cell(_p("25%"), value_type="percentage", value="0.25"), "0.25"),
    "euros": (_cell(_p("€ 1.850,00"), value_type="currency", value="1850"), "1850"),
    "a day": (_cell(_p("06-03-23"), value_type="date", date_value="2023-03-06"), "2023-03-06"),
    "a moment": (
        _cell(_p("x"), value_type="date", date_value="2023-03-06T14:05:00"),
        "2023-03-06 14:05:00",
    ),
    "true": (_cell(_p("WAAR"), value_type="boolean", boolean_value="true"), "ja"),
    "an hour and a half": (_cell("", value_type="time", time_value="PT01H30M00S"), "01:30:00"),
    "thirty hours": (_cell(_p("30:00"), value_type="time", time_value="PT30H00M00S"), "30:00"),
    "a day and six hours": (_cell("", value_type="time", time_value="P1DT6H0M5S"), "30:00:05"),
    "three decimals": (_cell(_p("1,125"), value_type="float", value="1.125"), "1.1250"),
    "two paragraphs": (_cell(_p("a") + _p("b"), value_type="string"), "a\nb"),
    "a text without its type": (_cell(_p("taal")), "taal"),
    "a formula that fails with a value": (
        _cell(_p("#DIV/0!"), formula="of:=1/0", value_type="float", value="0"),
        f"{ERROR}B",
    ),
    "a formula that fails in LibreOffice": (
        _cell(_p("Err:502"), formula="of:=1/0", value_type="string", string_value=""),
        f"{ERROR}B",
    ),
    "a remark": (
        _cell(f"<office:annotation>{_p('remark')}</office:annotation>{_p('taal')}"),
        "taal",
    ),
    "a shape that hangs on it": (
        _cell(f"<draw:frame><draw:text-box>{_p('look')}</draw:text-box></draw:frame>"),
        "",
    ),
    "words in another form": (
        _cell("<text:p>ta<text:span>al</text:span></text:p>"),
        "taal",
    ),
    "a remark alone": (_cell(f"<office:annotation>{_p('remark')}</office:annotation>"), ""),
}


@pytest.mark.parametrize(("cell", "text"), OPEN_VALUES.values(), ids=OPEN_VALUES.keys())
def test_a_value_of_opendocument_is_what_its_sheet_shows(tmp_path, cell, text):
    path = write_ods(tmp_path / "t.ods", _table(_row(_text("a"), cell, _text("taal"))))
    assert cells(path) == {2: ["a", text, "taal", ""]}


def test_repeated_cells_and_rows_are_all_there(tmp_path):
    same = _cell(_p("7"), value_type="float", value="7", number_columns_repeated="2")
    unset = _cell("", formula="of:=1", number_columns_repeated="2")
    rows = (_row(_text("a"), same, repeated=2), _row(_text("b"), unset, repeated=2))
    path = write_ods(tmp_path / "t.ods", _table(*rows, _row("<table:table-cell/>", repeated=9)))
    given, without = ["a", "7", "7", ""], ["b", f"{NO_RESULT}B", f"{NO_RESULT}C", ""]
    assert cells(path) == {2: given, 3: given, 4: without, 5: without}


def test_a_duration_is_told_as_the_sheet_shows_it(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    book.active.append(["a", timedelta(hours=30), timedelta(days=2, minutes=5, seconds=7), None])
    for cell in book.active[2]:
        cell.number_format = "[h]:mm:ss"
    book.save(tmp_path / "t.xlsx")
    assert cells(tmp_path / "t.xlsx") == {2: ["a", "30:00", "48:05:07", ""]}


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
REFUSED = {
    "rows repeated without end": (
        _table(_row(_text("a"), repeated=CELL_LIMIT)),
        "table_workbook_wide",
    ),
    "formulas repeated without end": (
        _table(_row(_cell("", formula="of:=1", number_columns_repeated=str(CELL_LIMIT)))),
        "table_workbook_wide",
    ),
    "many sheets that are wide together": (
        "".join(
            _table(_row(_text("a"), repeated=CELL_LIMIT // 5)).replace('"A"', f'"{name}"')
            for name in "ABCD"
        ),
        "table_workbook_wide",
    ),
    "a table within a cell": (
        _table(_row(_cell(_table(), value_type="string"))),
        "table_workbook_broken",
    ),
    "a number that is none": (
        _table(_row(_cell("", value_type="float", value="3,62"))),
        "table_workbook_broken",
    ),
}


@pytest.mark.parametrize(("tables", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_an_opendocument_file_that_cannot_be_is_refused(tmp_path, monkeypatch, tables, code):
    path = write_ods(tmp_path / "t.ods", tables)
    if code == "table_workbook_wide":
        # Before calamine, which sets aside room for every cell, has a look.
        monkeypatch.delattr(workbooks, "CalamineWorkbook")
    with pytest.raises(UnreadableFile) as refusal:
        cells(path)
    assert [fault.code for fault in refusal.value.faults] == [code]


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_a_sheet_with_a_document_type_is_refused(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write_pages(path, Page([NAMES, ROW]))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    for name in ("content.xml", "xl/worksheets/sheet1.xml"):
        if name in members:
            members[name] = DOCTYPE + members[name]
    write_zip(path, members)
    with pytest.raises(UnreadableFile, match="damaged"):
        cells(path)


@pytest.mark.parametrize("missing", ["mimetype", "content.xml"])
def test_an_opendocument_file_without_a_part(tmp_path, missing):
    members = {"mimetype": "x", "content.xml": ods_document(_table(_row(_text("a"))))}
    del members[missing]
    write_zip(tmp_path / "t.ods", members)
    with pytest.raises(UnreadableFile, match="damaged"):
        cells(tmp_path / "t.ods")


WORD = st.sampled_from(["a", "b", None, 3, 2.5])
AREA = st.tuples(*[st.integers(0, 5)] * 4).map(
    lambda four: (min(four[0], four[2]), min(four[1], four[3]) % 4, max(four[0], four[2]), 3)
)


@given(rows=st.lists(st.lists(WORD, min_size=4, max_size=4), min_size=1, max_size=5), area=AREA)
def test_both_kinds_of_file_say_the_same(tmp_path_factory, rows, area):
    folder = tmp_path_factory.mktemp("both")
    top, left, bottom, right = area
    rows = [["x", *row[1:]] for row in rows]
    page = Page([NAMES, *rows], merged=[(top + 1, left, min(bottom + 1, len(rows)), right)])
    page.merged = [one for one in page.merged if one[0] <= one[2]]
    one, other = (cells(write_pages(folder / f"t{s}", page)) for s in (".xlsx", ".ods"))
    assert one == other

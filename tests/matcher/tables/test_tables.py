"""The form of a table: what is read whatever it looks like, and what is refused and why."""

from __future__ import annotations

import codecs
import csv
import shutil
import socket
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import UnreadableFile
from matcher.tables import reader
from matcher.tables.reader import canonical_names, heading_faults, read_table
from matcher.tables.workbooks import UNPACKED_LIMIT, float_text
from tests.matcher.table_makers import write_parquet, write_xlsx

KNOWN = ("company", "employees", "needs", "would_continue")
ROWS = [["a", "12", "taal", "ja"], ["b", "3", "klant|taal", ""]]
TEXT = "company;employees;needs;would_continue\r\na;12;taal;ja\r\nb;3;klant|taal;\r\n"


def written(tmp_path: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells(path: Path) -> list[list[str]]:
    return [list(row.values()) for _, row in numbered(path)]


def numbered(path: Path) -> list[tuple[int, dict[str, str]]]:
    return [
        (int(row), {name: column[at].as_py() for name, column in block.cells.items()})
        for block in read_table(path, KNOWN).blocks
        for at, row in enumerate(block.rows)
    ]


def broken(path: Path) -> dict[int, str]:
    """Return the code of each row that does not fit its heading."""
    return {
        int(block.rows[at]): code
        for block in read_table(path, KNOWN).blocks
        for at, (code, _) in block.broken.items()
    }


FORMS: dict[str, bytes] = {
    "comma": TEXT.replace(";", ",").encode(),
    "semicolon": TEXT.encode(),
    "tab": TEXT.replace(";", "\t").encode(),
    "line feeds": TEXT.replace("\r\n", "\n").encode(),
    "carriage returns of an old Mac": TEXT.replace("\r\n", "\r").encode(),
    "no last line end": TEXT.rstrip().encode(),
    "byte order mark": codecs.BOM_UTF8 + TEXT.encode(),
    "unicode text of Excel": TEXT.replace(";", "\t").encode("utf-16"),
    "utf-16 big endian": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "sep line of Excel": b"sep=;\r\n" + TEXT.encode(),
    "sep line with a tab": b"sep=\t\r\n" + TEXT.replace(";", "\t").encode(),
    "sep line with another character": b"sep=#\r\n" + TEXT.replace(";", "#").encode(),
    "all cells quoted": ('"' + TEXT.replace(";", '";"').replace("\r\n", '"\r\n"')[:-1]).encode(),
    "empty columns at the end": TEXT.replace("\r\n", ";;\r\n").encode(),
    "spaces around the names": TEXT.replace("employees", "  employees ").encode(),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS.keys())
def test_any_form_of_text_gives_the_same_cells(tmp_path, content):
    assert cells(written(tmp_path, content)) == ROWS


def test_windows_1252_is_read_where_utf_8_cannot_be(tmp_path):
    path = written(tmp_path, "company;needs\r\nCafé Eén;taal\r\n".encode("cp1252"))
    assert cells(path) == [["Café Eén", "taal"]]


def test_the_separator_is_the_one_that_yields_names_not_the_most_frequent(tmp_path):
    path = written(tmp_path, 'company;needs\n"a, b, c, d, e";taal\n"f, g, h";klant\n')
    assert cells(path) == [["a, b, c, d, e", "taal"], ["f, g, h", "klant"]]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(
    rows=st.lists(
        st.tuples(CELL, CELL),
        min_size=1,
    ),
    separator=st.sampled_from(",;\t"),
)
def test_what_a_csv_writer_wrote_comes_back(tmp_path_factory, rows, separator):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerow(["company", "needs"])
        writer.writerows(rows)
    blank = [any(cell.strip() for cell in row) for row in rows]
    if any(blank):
        kept = [list(row) for row, whole in zip(rows, blank, strict=True) if whole]
        assert cells(path) == kept
    else:
        with pytest.raises(UnreadableFile):
            cells(path)


class TestRowNumbers:
    def test_the_heading_is_row_1_and_blank_lines_count(self, tmp_path):
        path = written(tmp_path, "company;needs\na;taal\n\n ; \nb;klant\n")
        assert [row for row, _ in numbered(path)] == [2, 5]

    def test_a_line_break_inside_quotes_does_not_begin_a_row(self, tmp_path):
        path = written(tmp_path, 'company;needs\n"a\nb\r\nc";taal\nd;klant\n')
        assert [(row, c["company"]) for row, c in numbered(path)] == [(2, "a\nb\r\nc"), (3, "d")]

    def test_blank_lines_above_the_heading_count(self, tmp_path):
        path = written(tmp_path, "\n;\ncompany;needs\na;taal\n")
        assert [row for row, _ in numbered(path)] == [4]

    def test_a_long_file_keeps_its_numbers_over_blocks(self, tmp_path):
        lines = [f"c{i};taal" if i % 1000 else "" for i in range(40_000)]
        path = written(tmp_path, "company;needs\n" + "\n".join(lines))
        found = numbered(path)
        assert len(found) == 40_000 - 40
        assert all(cells["company"] == f"c{row - 2}" for row, cells in found)

    def test_a_sheet_that_begins_lower_and_to_the_right(self, tmp_path):
        book = openpyxl.Workbook()
        book.active["C4"], book.active["D4"] = "company", "needs"
        book.active["C6"], book.active["D6"] = "a", "taal"
        book.save(tmp_path / "t.xlsx")
        assert numbered(tmp_path / "t.xlsx") == [(6, {"company": "a", "needs": "taal"})]

    def test_parts_of_a_folder_follow_in_order_of_their_names(self, tmp_path):
        for name, company in (("part-1", "b"), ("part-0", "a")):
            write_parquet(tmp_path / f"{name}.parquet", [{"company": company, "needs": "taal"}])
        (tmp_path / "_SUCCESS").write_text("")
        shutil.copy(tmp_path / "part-0.parquet", tmp_path / "_old.parquet")
        assert [(row, c["company"]) for row, c in numbered(tmp_path)] == [(2, "a"), (3, "b")]


SWALLOWED = {
    "two rows": ('a;"1;taal;ja\nb;1";taal;ja\n', [(2, 2)]),
    "three rows": ('a;"1;taal;ja\nb;1;taal;ja\nc;1";taal;ja\n', [(2, 3)]),
    "twice": (
        'a;1;"taal;ja\nb;1;taal";ja\nc;1;taal;ja\nd;1;taal;"ja\ne;1;taal;ja"\n',
        [(2, 2), (4, 2)],
    ),
    "with text behind the second": ('a;1;"taal;ja\nb;1;"taal";ja\n', [(2, 2)]),
    "to the end": ('a;1;taal;"ja\nb;1;taal;ja\nc;1;taal;ja\n"\n', [(2, 4)]),
}


@pytest.mark.parametrize(("rows", "told"), SWALLOWED.values(), ids=SWALLOWED.keys())
@pytest.mark.parametrize("separator", ";,\t")
def test_a_stray_quote_that_swallows_rows_is_told_by_row(tmp_path, separator, rows, told):
    names = "company;employees;needs;would_continue\n"
    path = written(tmp_path, (names + rows).replace(";", separator))
    with pytest.raises(UnreadableFile) as refusal:
        cells(path)
    faults = refusal.value.faults
    assert [(fault.params["row"], fault.params["rows"]) for fault in faults] == told
    assert {fault.code for fault in faults} == {"table_swallowed_rows"}


@pytest.mark.parametrize("text", ["a; b\nc; d", "one\ntwo\nthree", "a;b;c\nd", "\n"])
def test_lines_within_a_cell_that_are_no_rows_are_its_own(tmp_path, text):
    path = written(tmp_path, f'company;employees;needs;would_continue\n"{text}";1;taal;ja\n')
    assert cells(path) == [[text, "1", "taal", "ja"]]


class TestRowsThatDoNotFit:
    NAMES = "company;employees;needs;would_continue\n"

    def test_a_lost_cell_is_a_fault(self, tmp_path):
        path = written(tmp_path, self.NAMES + "a;1;taal;ja\nb;taal;ja\nc;1;taal;ja\n")
        assert broken(path) == {3: "table_short_row"}

    def test_a_cell_too_many_is_a_fault(self, tmp_path):
        path = written(tmp_path, self.NAMES + "a;1;taal;ja\nb;1;taal;ja;3\n")
        assert broken(path) == {3: "table_long_row"}

    def test_an_empty_cell_too_many_is_one_too(self, tmp_path):
        """Of "a;3,62;taal;" in a file with commas each cell has moved, and the last is empty."""
        path = written(tmp_path, self.NAMES.replace(";", ",") + "a,1,taal,ja\nb,3,62,taal,\n")
        assert broken(path) == {3: "table_long_row"}

    def test_empty_columns_of_the_heading_may_be_left_out_below_it(self, tmp_path):
        names = self.NAMES.replace("\n", ";;\n")
        assert broken(written(tmp_path, names + "a;1;taal;ja\nb;1;taal;ja;;\n")) == {}
        assert broken(written(tmp_path, names + "a;1;taal;ja;\n")) == {2: "table_long_row"}
        assert broken(written(tmp_path, names + "a;1;taal;ja;;x\n")) == {2: "table_no_heading"}

    def test_a_value_below_an_unnamed_column_is_a_fault(self, tmp_path):
        path = written(tmp_path, "company;;needs\na;;taal\nb;3;taal\n")
        assert broken(path) == {3: "table_no_heading"}

    def test_excel_leaves_out_empty_last_columns_by_sixteen_rows(self, tmp_path):
        """Rows 1 to 16 and 33 on hold a last column; in 17 to 32 it is empty, so Excel cuts it."""
        full, cut = "a;1;taal;ja\n", "a;1;taal\n"
        path = written(tmp_path, self.NAMES + full * 15 + cut * 16 + full * 3)
        assert broken(path) == {}
        assert [row[3] for row in cells(path)] == ["ja"] * 15 + [""] * 16 + ["ja"] * 3

    def test_a_short_row_among_longer_ones_is_never_taken_for_that(self, tmp_path):
        full, cut = "a;1;taal;ja\n", "a;1;taal\n"
        path = written(tmp_path, self.NAMES + full * 15 + cut * 15 + full + cut)
        assert list(broken(path)) == [*range(17, 32), 33]

    @pytest.mark.parametrize("n_rows", [1, 2, 15])
    def test_a_last_sixteen_that_is_not_whole_lost_cells(self, tmp_path, n_rows):
        path = written(tmp_path, self.NAMES + "a;1;taal;ja\n" * 15 + "a;1;taal\n" * n_rows)
        assert broken(path) == dict.fromkeys(range(17, 17 + n_rows), "table_short_row")


class TestWorkbooks:
    def test_the_first_sheet_counts(self, tmp_path):
        rows = [{"company": "a", "needs": "taal"}]
        assert cells(write_xlsx(tmp_path / "t.xlsx", rows, "notes", "more")) == [["a", "taal"]]

    def test_numbers_dates_and_truth_become_the_text_a_person_would_write(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.append(["company", "employees", "needs", "would_continue"])
        book.active.append([12, 3.25, datetime(2023, 3, 6), True])
        book.active.append([12.125, None, "2023", False])
        book.save(tmp_path / "t.xlsx")
        assert cells(tmp_path / "t.xlsx") == [
            ["12", "3.25", "2023-03-06", "ja"],
            ["12.1250", "", "2023", "nee"],
        ]

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_a_number_survives_its_text(self, number):
        assert float(float_text(number)) == number

    @given(st.integers(-999, 999), st.integers(1, 999))
    def test_no_number_of_a_sheet_looks_like_thousands(self, whole, thousandths):
        assert float_text(whole + thousandths / 1000)[-4:-3] != "."


class TestParquet:
    def test_every_type_becomes_the_text_a_person_would_write(self, tmp_path):
        moment = datetime(2023, 3, 5, 23, 30, tzinfo=UTC)
        columns: dict[str, tuple[pa.Array, list[str]]] = {
            "company": (pa.array(["a", None]).dictionary_encode(), ["a", ""]),
            "employees": (pa.array([12, None], pa.int16()), ["12", ""]),
            "needs": (
                pa.array([["taal", "klant"], []], pa.list_(pa.string())),
                ["taal|klant", "geen"],
            ),
            "would_continue": (pa.array([True, None]), ["ja", ""]),
            "wide": (pa.array([3.8, float("nan")], pa.float32()), ["3.8", ""]),
            "long": (pa.array([12.125, 38.0]), ["12.1250", "38"]),
            "day": (pa.array([moment.date(), None]), ["2023-03-05", ""]),
            "moment": (
                pa.array([moment, None], pa.timestamp("us", tz="Europe/Amsterdam")),
                ["2023-03-06 00:30:00", ""],
            ),
            "nothing": (pa.nulls(2), ["", ""]),
            "view": (pa.array(["a", None], pa.string_view()), ["a", ""]),
            "bytes": (pa.array([b"a", None]), ["a", ""]),
            "bytes_view": (pa.array([b"a", None], pa.binary_view()), ["a", ""]),
            "list_view": (
                pa.array([["taal", "klant"], []], pa.list_view(pa.string())),
                ["taal|klant", "geen"],
            ),
            "large_list_view": (
                pa.array([["taal"], None], pa.large_list_view(pa.string_view())),
                ["taal", ""],
            ),
            "fixed_list": (
                pa.array([["taal", "klant"], None], pa.list_(pa.string(), 2)),
                [
                    "taal|klant",
                    "",
                ],
            ),
            "bool8": (
                pa.ExtensionArray.from_storage(pa.bool8(), pa.array([-1, None], pa.int8())),
                ["ja", ""],
            ),
            "no_bool8": (
                pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1], pa.int8())),
                ["nee", "ja"],
            ),
            "json": (pa.array(["taal", None], pa.json_()), ["taal", ""]),
            "uuid": (pa.array([bytes(16), None], pa.uuid()), [str(UUID(int=0)), ""]),
            "half": (pa.array([3.5, None], pa.float16()), ["3.5", ""]),
        }
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({name: array for name, (array, _) in columns.items()}), path)
        ((_, first), (_, second)) = numbered(path)
        assert {name: [first[name], second[name]] for name in columns} == {
            name: texts for name, (_, texts) in columns.items()
        }

    def test_the_row_labels_of_pandas_are_left_out(self, tmp_path):
        table = pa.table({"company": ["a"], "needs": ["taal"], "__index_level_0__": [7]})
        pq.write_table(table, tmp_path / "t.parquet")
        assert read_table(tmp_path / "t.parquet", KNOWN).heading.names == ("company", "needs")


class TestHeading:
    @pytest.mark.parametrize(
        ("heading", "expected"),
        {
            "any order and case": ("Needs;COMPANY", []),
            "a column missing": ("needs;employees", [("company", "table_column_missing")]),
            "a column twice": ("needs;company;Needs", [("needs", "table_column_twice")]),
            "a slip": ("needs;company;employes", [("employes", "table_unknown_column_near")]),
            "a stranger": ("needs;company;qqq", [("qqq", "table_unknown_column")]),
            "no names at all": ("12;taal;ja", [("12", "table_no_names")]),
        }.values(),
    )
    def test_names_are_checked(self, tmp_path, heading, expected):
        table = read_table(written(tmp_path, heading + "\n1;2;3\n"), KNOWN)
        faults = heading_faults(table.heading, KNOWN, ("company", "needs"))
        assert [(fault.params["column"], fault.code) for fault in faults] == expected
        assert all(fault.where == f"row 1, {fault.params['column']}" for fault in faults)

    def test_a_name_is_known_whatever_its_case(self, tmp_path):
        heading = read_table(written(tmp_path, " Needs ;COMPANY\n1;2\n"), KNOWN).heading
        assert canonical_names(heading, KNOWN) == {"company": "COMPANY", "needs": "Needs"}


def _workbook(path: Path, change: Callable[[openpyxl.Workbook], object]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["company", "needs"])
    book.active.append(["a", "taal"])
    change(book)
    book.save(path)


def _chart_only(book: openpyxl.Workbook) -> None:
    book.create_chartsheet()
    book.remove(book.active)


def _far_cell(book: openpyxl.Workbook) -> None:
    book.active["XFD1048576"] = 1


def _bomb(path: Path) -> None:
    _workbook(path, lambda book: None)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/blank.bin", bytes(UNPACKED_LIMIT // 4))


def _lying_bomb(path: Path) -> None:
    """Write a bomb whose directory announces ten bytes."""
    _bomb(path)
    content = path.read_bytes()
    size = (UNPACKED_LIMIT // 4).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (10).to_bytes(4, "little")))


def _folder(path: Path, *parts: dict[str, str] | None) -> None:
    """Write parts of one row each; None is a file of no bytes."""
    path.mkdir()
    for number, row in enumerate(parts):
        part = path / f"{number}.parquet"
        part.touch() if row is None else write_parquet(part, [row])


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)  # the whole path may be too long for a socket


def _struct(path: Path) -> None:
    pq.write_table(pa.table({"company": ["a"], "needs": [{"first": "taal"}]}), path)


def _halved(path: Path, write: Callable[[Path], object]) -> None:
    write(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


NAMES = b"company;needs\n"
FILE_FAULTS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "no such file": ("t.csv", lambda path: None, "table_not_found"),
    "another kind": ("t.xls", _bytes(b"x"), "table_kind"),
    "text called ods": ("t.ods", _bytes(TEXT.encode()), "table_workbook_broken"),
    "a workbook of Excel called ods": (
        "t.ods",
        lambda path: write_xlsx(path.with_suffix(".xlsx"), [{"company": "a"}]).rename(path),
        "table_workbook_broken",
    ),
    "no ending": ("t", _bytes(NAMES), "table_kind"),
    "not a regular file": ("t.csv", _socket, "table_not_a_file"),
    "empty": ("t.csv", _bytes(b""), "table_empty_file"),
    "only a mark": ("t.csv", _bytes(codecs.BOM_UTF8), "table_empty_file"),
    "only blank lines": ("t.csv", _bytes(b"\n\n ;\n"), "table_empty_file"),
    "heading only": ("t.csv", _bytes(NAMES), "table_no_rows"),
    "heading and blank lines": ("t.csv", _bytes(NAMES + b";\n\n"), "table_no_rows"),
    "heading only in a sheet": (
        "t.xlsx",
        lambda path: _workbook(path, lambda book: book.active.delete_rows(2)),
        "table_no_rows",
    ),
    "empty sheet": ("t.xlsx", lambda path: openpyxl.Workbook().save(path), "table_empty_file"),
    "no rows in parquet": (
        "t.parquet",
        lambda path: pq.write_table(pa.table({"company": pa.array([], pa.string())}), path),
        "table_no_rows",
    ),
    "bars between the columns": ("t.csv", _bytes(b"company|needs\na|b\n"), "table_one_column"),
    "a workbook called csv": (
        "t.csv",
        lambda path: write_xlsx(path.with_suffix(".xlsx"), [{"company": "a"}]).rename(path),
        "table_looks_like",
    ),
    "a parquet file called csv": (
        "t.csv",
        lambda path: write_parquet(path, [{"company": "a"}]),
        "table_looks_like",
    ),
    "a picture called csv": ("t.csv", _bytes(b"\x89PNG\r\n\x1a\n\x81\x8d"), "table_binary"),
    "zero bytes": ("t.csv", _bytes(NAMES + b"a;ta\0al\n"), "table_nul"),
    "utf-16 without a mark": ("t.csv", _bytes("company;needs".encode("utf-16-le")), "table_nul"),
    "half a utf-16 file": ("t.csv", _bytes(TEXT.encode("utf-16")[:-1]), "table_binary"),
    "a line without end": ("t.csv", _bytes(NAMES + b"a" * 3_000_000), "table_long_line"),
    "a quote that never closes": ("t.csv", _bytes(NAMES + b'a;"taal\nb;c\n'), "table_open_quote"),
    "an endless cell": (
        "t.csv",
        _bytes(NAMES + b'a;"' + b"taal\n" * 40_000),
        "table_open_quote",
    ),
    "text called xlsx": ("t.xlsx", _bytes(TEXT.encode()), "table_workbook_broken"),
    "half a workbook": (
        "t.xlsx",
        lambda path: _halved(path, lambda p: _workbook(p, lambda book: None)),
        "table_workbook_broken",
    ),
    "a zip that is no workbook": (
        "t.xlsx",
        lambda path: zipfile.ZipFile(path, "w").close(),
        "table_workbook_broken",
    ),
    "a zip bomb": ("t.xlsx", _bomb, "table_workbook_bomb"),
    "a zip bomb that lies": ("t.xlsx", _lying_bomb, "table_workbook_bomb"),
    "a cell far away": (
        "t.xlsx",
        lambda path: _workbook(path, _far_cell),
        "table_workbook_wide",
    ),
    "charts only": ("t.xlsx", lambda path: _workbook(path, _chart_only), "table_workbook_no_sheet"),
    "a stray quote": (
        "t.csv",
        _bytes(NAMES + b'a;"taal\nb;klant\nc;taal"\nd;klant\n'),
        "table_swallowed_rows",
    ),
    "an empty folder": ("t.csv", Path.mkdir, "table_no_parts"),
    "parts that differ": (
        "t.parquet",
        lambda path: _folder(path, {"company": "a"}, {"needs": "b"}),
        "table_parts_differ",
    ),
    "an empty part": (
        "t.parquet",
        lambda path: _folder(path, {"company": "a"}, None),
        "table_parquet_broken",
    ),
    "text called parquet": ("t.parquet", _bytes(TEXT.encode()), "table_parquet_broken"),
    "half a parquet file": (
        "t.parquet",
        lambda path: _halved(path, lambda p: write_parquet(p, [{"company": "a"}])),
        "table_parquet_broken",
    ),
    "text that is not UTF-8": (
        "t.parquet",
        lambda path: pq.write_table(
            pa.table({"company": pa.array([b"\xff"]).view(pa.string())}), path
        ),
        "table_parquet_broken",
    ),
    "objects in parquet": ("t.parquet", _struct, "table_parquet_type"),
}


@pytest.mark.parametrize(("name", "make", "code"), FILE_FAULTS.values(), ids=FILE_FAULTS.keys())
def test_a_file_that_is_no_table_is_refused(tmp_path, monkeypatch, name, make, code):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    make(path)
    with pytest.raises(UnreadableFile) as refusal:
        cells(path)
    (fault,) = refusal.value.faults
    assert (fault.where, fault.code) == (name, code)
    assert all(fault.text(language) for language in ("nl", "en"))


def _other(part: Path) -> None:
    write_parquet(part, [{"needs": "b"}])


@pytest.mark.parametrize(
    ("change", "code"),
    [(Path.unlink, "table_part_gone"), (_other, "table_parts_differ")],
    ids=["gone", "another in its place"],
)
def test_a_part_that_changes_while_it_is_read_is_refused_by_name(tmp_path, change, code):
    folder = tmp_path / "t.parquet"
    _folder(folder, {"company": "a"}, {"company": "b"})
    table = read_table(folder, KNOWN)
    assert next(table.blocks).cells["company"].to_pylist() == ["a"]
    change(folder / "1.parquet")
    with pytest.raises(UnreadableFile, match=r"1\.parquet") as refusal:
        next(table.blocks)
    assert [fault.code for fault in refusal.value.faults] == [code]


def test_a_part_without_rows_adds_none(tmp_path):
    _folder(tmp_path / "t", {"company": "a"}, {"company": "c"})
    pq.write_table(pa.table({"company": pa.array([], pa.string())}), tmp_path / "t/0b.parquet")
    assert [(row, c["company"]) for row, c in numbered(tmp_path / "t")] == [(2, "a"), (3, "c")]


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "ROW_LIMIT", 2)
    with pytest.raises(UnreadableFile, match="more than 2 rows"):
        cells(written(tmp_path, "company;needs\n" + "a;taal\n" * 3))


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = written(tmp_path, TEXT)

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(UnreadableFile, match="Permission denied"):
        cells(path)


def test_the_refusal_names_the_separators_it_tried(tmp_path):
    with pytest.raises(UnreadableFile, match=", ; tab"):
        cells(written(tmp_path, "company|needs\na|b\n"))


def test_twenty_megabytes_are_read(tmp_path):
    row = "a" * 36 + ";12;taal|klant;ja\n"
    n_rows = 21_000_000 // len(row)
    path = written(tmp_path, TEXT.split("\r\n")[0] + "\n" + row * n_rows)
    assert path.stat().st_size > 20_000_000
    assert sum(len(block.rows) for block in read_table(path, KNOWN).blocks) == n_rows

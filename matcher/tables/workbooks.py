"""A workbook of Excel or OpenDocument as records of text, one set of rules for both.

Values are read by calamine. What it does not tell comes from the XML: formulas without a result,
merged cells, hidden rows. Both kinds of file are a zip of XML: a small file can unpack to
gigabytes, and one cell far away makes a reader set aside room for every cell before it. Both are
refused before a sheet is read.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain, islice, repeat
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, LargeZipFile, ZipFile

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from matcher.errors import Fault, UnreadableFile
from matcher.tables.cells import ERROR, NO_RESULT, unlike_thousands, written
from matcher.tables.delimited import GROUP, Records
from matcher.tables.excel import scan_excel
from matcher.tables.faults import shown, unreadable
from matcher.tables.headings import holds_table
from matcher.tables.opendocument import scan_opendocument
from matcher.tables.sheets import Area, Sheet

EXCEL_SUFFIX, OPEN_SUFFIX = ".xlsx", ".ods"
UNPACKED_LIMIT = 200_000_000
"""Bytes that a workbook may unpack to; a million rows belong in a CSV or Parquet file."""
RATIO_LIMIT = 200
"""Unpacked size over packed size; real sheets stay under 60. Small files are left alone."""
CELL_LIMIT = 8_000_000
"""Rows times columns of a sheet; the reader takes 32 bytes for each, filled or not."""
MOST_SHEETS = 30
"""Sheets in which the table is looked for."""

_SMALL = 10_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheet of a workbook that holds the table."""

    groups: Iterator[Records]
    """Its rows in groups, each cell as text."""
    notes: tuple[Fault, ...]
    """What to say of the choice between sheets, and of formulas that nobody may have calculated."""
    hidden: tuple[tuple[int, int], ...]
    """First and last of rows that are hidden, from 0."""
    sheet: str
    """Name of the sheet."""
    others: tuple[str, ...]
    """Names of other visible sheets that hold a table too."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    cells: CalamineSheet
    sheet: Sheet

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows from the top, each cell as text, blank ones too."""
        first = self.cells.start[1] if self.cells.start else 0
        read = ([""] * first + [_text(cell) for cell in row] for row in self.cells.iter_rows())
        yield from _filled(read, self.sheet)


def read_workbook(path: Path, known: Collection[str], sheet: str | None = None) -> Workbook:
    """Return the first visible sheet that holds a table whose columns may have the known names.

    If none does, it is the first visible one that is not empty: its faults can be told. Whoever
    names a ``sheet`` gets that one, hidden or not.

    Raises
    ------
    UnreadableFile
        If the file is no sound workbook, has a password, unpacks to too much, has no visible
        sheet or not the one that is named, or has the table on a hidden one.
    """
    try:
        with ZipFile(path) as archive:
            _refuse_locked(path, archive)
            _refuse_bomb(path, archive)
            scan = _scanner(path, archive)
            with CalamineWorkbook.from_path(str(path)) as book:
                if sheet is not None:
                    return _named(path, book, scan, sheet)
                return _chosen(path, book, scan, known)
    except _DAMAGE as error:
        if _is_locked_excel(path):
            raise unreadable(path, "table_workbook_locked") from error
        raise unreadable(path, "table_workbook_broken") from error


# The last row is what zipfile raises on members that are encrypted, cut off or oddly packed; its
# word for a way of packing that it does not know is a RuntimeError.
_DAMAGE = (
    *(CalamineError, BadZipFile, LargeZipFile, zlib.error, ElementTree.ParseError, ExpatError),
    *(EOFError, KeyError, OSError, RuntimeError, ValueError),
)


def _refuse_locked(path: Path, archive: ZipFile) -> None:
    """Refuse an OpenDocument file with a password: its list of members says so."""
    encrypted = any(member.flag_bits & 1 for member in archive.infolist())
    if not encrypted and _MANIFEST in archive.namelist():
        with archive.open(_MANIFEST) as stream:
            encrypted = b":encryption-data" in stream.read(_CHUNK)
    if encrypted:
        raise unreadable(path, "table_workbook_locked")


_MANIFEST = "META-INF/manifest.xml"


def _is_locked_excel(path: Path) -> bool:
    """Return whether a file is what Excel makes of a workbook with a password.

    That is no zip but a compound file, which names its streams in UTF-16 ([MS-OFFCRYPTO] 2.3).
    """
    with suppress(OSError), path.open("rb") as file:
        if file.read(4) == b"\xd0\xcf\x11\xe0":
            return "EncryptedPackage".encode("utf-16-le") in file.read(UNPACKED_LIMIT)
    return False


def _refuse_bomb(path: Path, archive: ZipFile) -> None:
    """Refuse a workbook that unpacks to too much, also where its directory says otherwise."""
    members = archive.infolist()
    packed = max(path.stat().st_size, 1)
    _refuse_size(path, sum(member.file_size for member in members), packed)
    unpacked = 0
    for member in members:
        # The directory of a bomb may lie: count what really comes out, not what it announces.
        member.file_size = 2 * UNPACKED_LIMIT
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                _refuse_size(path, unpacked, packed)


def _refuse_size(path: Path, unpacked: int, packed: int) -> None:
    if unpacked > UNPACKED_LIMIT or (unpacked > _SMALL and unpacked > RATIO_LIMIT * packed):
        raise unreadable(path, "table_workbook_bomb", limit=UNPACKED_LIMIT // 1_000_000)


def _scanner(path: Path, archive: ZipFile) -> Callable[[str], Sheet]:
    """Return what tells of a sheet, by its name."""
    if path.suffix.casefold() == EXCEL_SUFFIX:
        return partial(scan_excel, archive)
    sheets = scan_opendocument(archive)
    _refuse_wide(path, sheets.values())  # calamine reads all of them at once
    return sheets.__getitem__


def _refuse_wide(path: Path, sheets: Collection[Sheet]) -> None:
    """Refuse sheets whose cells lie too far apart."""
    if sum(sheet.n_rows * sheet.n_columns for sheet in sheets) > CELL_LIMIT:
        widest = max(sheets, key=lambda sheet: sheet.n_rows * sheet.n_columns)
        told = {"rows": widest.n_rows, "columns": widest.n_columns}
        raise unreadable(path, "table_workbook_wide", **told)


def _chosen(
    path: Path, book: CalamineWorkbook, scan: Callable[[str], Sheet], known: Collection[str]
) -> Workbook:
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    hidden = [sheet.name for sheet in sheets if sheet.name not in visible]
    if not visible:
        _refuse_hidden(path, book, scan, hidden, known)
        raise unreadable(path, "table_workbook_no_sheet")
    tables: list[_Loaded] = []
    filled: _Loaded | None = None
    for name in visible[:MOST_SHEETS]:
        try:
            loaded = _load(path, book, scan, name)
        except UnreadableFile:
            if not tables:
                raise
            continue  # a chart of a million cells beside the table is nobody's business
        top = list(islice(loaded.rows(), GROUP))
        if holds_table(top, known):
            tables.append(loaded)
        if filled is None and any(map(any, top)):
            filled = loaded
    if not tables:
        _refuse_hidden(path, book, scan, hidden, known)
    read = next(iter([*tables, *([filled] if filled else [])]), loaded)
    notes: list[Fault] = []
    if len(sheets) > 1:
        notes.append(Fault(path.name, "table_sheet_read", {"sheet": shown(read.name)}))
    if len(tables) > 1:
        others = ", ".join(shown(table.name) for table in tables[1:])
        notes.append(Fault(path.name, "table_sheets_unread", {"sheets": others}))
    if read.sheet.zeros:
        columns = ", ".join(map(_letters, sorted(read.sheet.zeros)))
        notes.append(Fault(path.name, "table_only_zeros", {"columns": columns}))
    beside = tuple(table.name for table in tables if table is not read)
    return Workbook(_groups(read.rows()), tuple(notes), read.sheet.hidden, read.name, beside)


def _named(path: Path, book: CalamineWorkbook, scan: Callable[[str], Sheet], name: str) -> Workbook:
    """Return the sheet with a name."""
    if name not in book.sheet_names:
        told = {"sheet": shown(name), "choices": ", ".join(map(shown, book.sheet_names))}
        raise unreadable(path, "table_no_such_sheet", **told)
    loaded = _load(path, book, scan, name)
    return Workbook(_groups(loaded.rows()), (), loaded.sheet.hidden, name, ())


def _refuse_hidden(
    path: Path,
    book: CalamineWorkbook,
    scan: Callable[[str], Sheet],
    names: Collection[str],
    known: Collection[str],
) -> None:
    """Say that the table is on a hidden sheet, if it is."""
    for name in islice(names, MOST_SHEETS):
        with suppress(UnreadableFile):  # nobody asked for that sheet
            top = list(islice(_load(path, book, scan, name).rows(), GROUP))
            if holds_table(top, known):
                break
    else:
        return
    raise unreadable(path, "table_sheet_hidden", sheet=shown(name))


def _load(path: Path, book: CalamineWorkbook, scan: Callable[[str], Sheet], name: str) -> _Loaded:
    sheet = scan(name)
    _refuse_wide(path, [sheet])
    areas = tuple(_clipped(area, sheet) for area in sheet.areas)
    # Merged cells never lie over each other: more of them than cells is no sheet.
    if sum(map(_size, areas)) > CELL_LIMIT:
        raise unreadable(path, "table_workbook_broken")
    return _Loaded(name, book.get_sheet_by_name(name), replace(sheet, areas=areas))


def _clipped(area: Area, sheet: Sheet) -> Area:
    bottom, right = min(area.bottom, sheet.n_rows - 1), min(area.right, sheet.n_columns - 1)
    return replace(area, bottom=bottom, right=right)


def _size(area: Area) -> int:
    return max(area.bottom - area.top + 1, 0) * max(area.right - area.left + 1, 0)


def _filled(rows: Iterable[list[str]], sheet: Sheet) -> Iterator[list[str]]:
    """Yield rows with what their areas hold; a row without cells of its own stays blank."""
    # Texts first: the first cell of merged ones may hold one.
    waiting = deque(sorted(sheet.areas, key=lambda area: (area.top, area.text is None)))
    below = max((area.bottom + 1 for area in waiting if area.text is not None), default=0)
    held: list[tuple[Area, str]] = []
    for row, found in enumerate(chain(rows, repeat([]))):
        if found == [] and row >= below:
            return
        record = found + [""] * (sheet.n_columns - len(found))
        while waiting and waiting[0].top <= row:
            area = waiting.popleft()
            held.append((area, area.text if area.text is not None else ""))
        for place, (area, text) in enumerate(held):
            if area.text is not None:
                _fill(record, area, text)
            elif area.top == row:
                held[place] = area, record[area.left] if area.left < len(record) else ""
        if any(map(str.strip, record)):
            for area, text in held:
                if area.text is None:
                    _fill(record, area, text)
        held = [each for each in held if each[0].bottom > row]
        yield record


def _fill(record: list[str], area: Area, text: str) -> None:
    for column in range(area.left, area.right + 1):
        record[column] = text + _letters(column) if text in (NO_RESULT, ERROR) else text


def _letters(column: int) -> str:
    """Return the name of a column, counted from 0: 25 is Z, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _groups(rows: Iterator[list[str]]) -> Iterator[Records]:
    while group := list(islice(rows, GROUP)):
        yield group


_DURATION = re.compile(r"P(?:([0-9]+)D)?T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,][0-9]+)?S)?")


def _text(cell: object) -> str:
    """Return a cell as it would stand in a text file."""
    if isinstance(cell, float):
        return float_text(cell)
    if isinstance(cell, timedelta):
        return _hours(round(cell.total_seconds()))
    # In an .ods file a day and more arrives as ISO 8601 writes it.
    if isinstance(cell, str) and cell[:1] == "P" and (found := _DURATION.fullmatch(cell)):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return _hours(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    return written(cell)


def _hours(seconds: int) -> str:
    """Return a duration as a sheet shows it: hours, also more than 24, and minutes."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def float_text(number: float) -> str:
    """Return a number so that it is read as the same one."""
    return unlike_thousands(repr(int(number)) if number.is_integer() else repr(number))

"""The first sheet of an Excel workbook as records of text, after a look at what it would unpack to.

An .xlsx file is a zip of XML: a small file can unpack to gigabytes, and one cell far away makes a
reader set aside room for every cell before it. Both are refused before the sheet is read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from zipfile import BadZipFile, LargeZipFile, ZipFile

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
)

from matcher.tables.cells import unlike_thousands, written
from matcher.tables.delimited import GROUP, Records
from matcher.tables.faults import unreadable

UNPACKED_LIMIT = 200_000_000
"""Bytes that a workbook may unpack to; a million rows belong in a CSV or Parquet file."""
RATIO_LIMIT = 200
"""Unpacked size over packed size; real sheets stay under 60. Small files are left alone."""
CELL_LIMIT = 8_000_000
"""Rows times columns of a sheet; the reader takes 32 bytes for each, filled or not."""

_SMALL = 10_000_000
_CHUNK = 1 << 20
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACE = re.compile(rb"<(?:\w+:)?c\s(?:[^<>]*\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ERROR = re.compile(rb"<(?:\w+:)?c\s[^<>]*t=[\"']e[\"'][^<>]*>")


def read_first_sheet(path: Path) -> Iterator[Records]:
    """Yield the rows of the first worksheet in groups, each cell as text.

    Raises
    ------
    UnreadableFile
        If the file is no sound workbook, unpacks to too much, or holds an error of Excel.
    """
    try:
        with ZipFile(path) as archive:
            _refuse_bomb(path, archive)
            with CalamineWorkbook.from_path(str(path)) as book:
                name = _first_sheet_name(path, book)
                _refuse_sheet(path, archive, _member(archive, name))
                yield from _groups(book.get_sheet_by_name(name))
    except _DAMAGE as error:
        raise unreadable(path, "table_workbook_broken") from error


# The last row is what zipfile raises on members that are encrypted, cut off or oddly packed; its
# word for a way of packing that it does not know is a RuntimeError.
_DAMAGE = (
    *(CalamineError, BadZipFile, LargeZipFile, zlib.error, ElementTree.ParseError),
    *(EOFError, KeyError, OSError, RuntimeError, ValueError),
)


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


def _first_sheet_name(path: Path, book: CalamineWorkbook) -> str:
    for sheet in book.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet:
            return sheet.name
    raise unreadable(path, "table_workbook_no_sheet")


def _member(archive: ZipFile, sheet: str) -> str:
    """Return the name of the zip member that holds a sheet; KeyError if the workbook has none."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    ids = {
        entry.get("name"): next((v for k, v in entry.items() if k.endswith("}id")), None)
        for entry in workbook.iterfind(".//{*}sheet")
    }
    target = targets[ids[sheet]]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _refuse_sheet(path: Path, archive: ZipFile, member: str) -> None:
    """Refuse a sheet with an error of Excel in a cell, or whose cells lie too far apart."""
    rows = columns = 1
    with archive.open(member) as stream:
        for xml in _whole_tags(stream):
            if found := _ERROR.search(xml):
                at = _PLACE.match(found.group())
                raise unreadable(path, "table_workbook_error", cell=_name(at))
            places = _PLACE.findall(xml)
            if len(places) != len(_CELL.findall(xml)):
                raise unreadable(path, "table_workbook_broken")
            rows = max(rows, max((int(row) for _, row in places), default=1))
            columns = max(columns, max(map(_number, {letters for letters, _ in places}), default=1))
            if rows * columns > CELL_LIMIT:
                raise unreadable(path, "table_workbook_wide", rows=rows, columns=columns)


def _whole_tags(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield XML in chunks that end before a tag begins."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        chunk = rest + chunk
        end = chunk.rfind(b"<")
        yield chunk[:end]
        rest = chunk[end:]
    yield rest


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _name(at: re.Match[bytes] | None) -> str:
    return b"".join(at.groups()).decode() if at else "?"


def _groups(sheet: CalamineSheet) -> Iterator[Records]:
    rows = sheet.iter_rows()  # begins with the blank rows above the table
    while group := [[_text(cell) for cell in row] for row in islice(rows, GROUP)]:
        yield group


def _text(cell: object) -> str:
    """Return a cell as it would stand in a text file."""
    return float_text(cell) if isinstance(cell, float) else written(cell)


def float_text(number: float) -> str:
    """Return a number so that it is read as the same one."""
    return unlike_thousands(repr(int(number)) if number.is_integer() else repr(number))

"""A table as text: which encoding, which separator, and its records in order.

People hand in what their programme saves: UTF-8 with or without a byte order mark, UTF-16 (Excel's
"Unicode text"), Windows-1252; a comma, a semicolon or a tab; any line ending; a ``sep=`` line.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import IO

from matcher.errors import Fault, UnreadableFile
from matcher.tables.cells import read_number
from matcher.tables.faults import KEPT_FAULTS, unreadable
from matcher.tables.headings import HEADING_ROWS, heading_at, names_in

SEPARATORS = {",": ",", ";": ";", "tab": "\t"}
"""Name of a separator in a sentence -> the separator."""

Records = list[list[str]]
_Group = tuple[Records, list[int]]
"""Records, and the places of those that stand on several lines."""

# Measured: small groups stay in the processor's cache; 8 192 records take twice as long per record.
# A multiple of 16, so that Excel's groups of rows (records.py) do not straddle two groups.
GROUP = 512

_BREAK = re.compile("\r\n|\r|\n")
_SCAN_BYTES = 1 << 20
_MAGIC = {
    b"PK\x03\x04": ".xlsx",
    b"PAR1": ".parquet",
    b"\xd0\xcf\x11\xe0": ".xls",
    b"%PDF": ".pdf",
    b"\x1f\x8b": ".gz",
}
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_records(path: Path, known: Collection[str]) -> Iterator[Records]:
    """Yield the records of a text file in groups, blank lines as empty records.

    Records are counted, not lines: a line break inside quotes stays inside its cell, as in a
    spreadsheet. ``known`` holds the names that the columns may have; they tell the separator.
    Where none is known it is the one that makes rows of equal width below a heading.

    Raises
    ------
    UnreadableFile
        If the file is empty, not text, or not a table, or if a quote swallows rows.
    """
    encoding = _encoding(path)
    # newline="": the csv module sees every line ending itself, also a bare carriage return.
    with path.open(encoding=encoding, newline="") as file:
        said = _said_separator(file)
        start = file.tell()
        find = _separator if known else _even_separator
        separator = said or find(path, file, known)
        file.seek(start)
        yield from _whole(path, _records(path, file, separator), separator, known)


def _encoding(path: Path) -> str:
    """Return the encoding of a file; refuse what is not text."""
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise unreadable(path, "table_empty_file")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            raise unreadable(path, "table_looks_like", kind=kind)
    marked = [encoding for mark, encoding in _MARKS.items() if head.startswith(mark)]
    for encoding in marked or ["utf-8", "cp1252"]:
        if _is_text(path, encoding):
            return encoding
    raise unreadable(path, "table_binary")


def _is_text(path: Path, encoding: str) -> bool:
    """Say whether a whole file decodes; refuse zero bytes and lines without an end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, since_break = 1, 0
    with path.open("rb") as file:
        raw = b"start"
        while raw:
            raw = file.read(_SCAN_BYTES)
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError:
                return False
            if "\0" in text:
                line += _breaks(text[: text.index("\0")])
                raise unreadable(path, "table_nul", line=line)
            line += _breaks(text)
            last = max(text.rfind("\n"), text.rfind("\r"))
            since_break = len(text) - last - 1 if last >= 0 else since_break + len(text)
            if since_break > _SCAN_BYTES:
                raise unreadable(path, "table_long_line", line=line)
    return True


def _breaks(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _said_separator(file: IO[str]) -> str | None:
    """Return the separator of Excel's ``sep=;`` line, which Excel hides; else rewind."""
    line = file.readline(16).strip()
    if line.lower().startswith("sep=") and len(line) == 5:
        return line[4]
    if line.lower() == "sep=":  # the tab itself was stripped
        return "\t"
    file.seek(0)
    return None


def _separator(path: Path, file: IO[str], known: Collection[str]) -> str:
    """Return the separator that splits a line near the top into the most known column names.

    Counting characters fails where cells hold commas; a heading holds only names. Below the first
    line one name tells nothing: a title may hold such a word.
    """
    lines = list(islice((line for line in file if line.strip()), HEADING_ROWS))
    if not lines:
        raise unreadable(path, "table_empty_file")
    scores: dict[str, tuple[int, int, int]] = {}
    for separator in SEPARATORS.values():
        scores[separator] = (0, 0, 0)
        for at, line in enumerate(lines):
            cells = next(csv.reader([line], delimiter=separator), [])
            hits = names_in(cells, known)
            if at == 0 or hits > 1:
                scores[separator] = max(scores[separator], (hits, -at, len(cells)))
    best = max(scores, key=lambda separator: scores[separator])
    if scores[best][2] < 2:
        tried = " ".join(SEPARATORS)
        raise unreadable(path, "table_one_column", tried=tried)
    return best


def _even_separator(path: Path, file: IO[str], known: Collection[str]) -> str:
    """Return the separator that splits the records near the top into rows of equal width.

    A heading of that width goes before all: decimal commas are as even, but their numbers are in
    no heading.
    """
    sample = file.read(_SAMPLE)
    if not sample.strip():
        raise unreadable(path, "table_empty_file")
    scores: dict[str, tuple[bool, float]] = {}
    for separator in SEPARATORS.values():
        reader = csv.reader(StringIO(sample, newline=""), delimiter=separator)
        records = [record for record in reader if any(map(str.strip, record))]
        if len(sample) == _SAMPLE and len(records) > 1:
            records.pop()  # cut off in its middle
        width, times = Counter(map(len, records)).most_common(1)[0]
        heading = next((record for record in records if len(record) == width), [])
        named = width > 1 and not any(isinstance(read_number(cell), float) for cell in heading)
        scores[separator] = named, (times / len(records)) ** 2 * (width - 1)
    best = max(scores, key=lambda separator: scores[separator])
    if not scores[best][1]:
        raise unreadable(path, "table_one_column", tried=" ".join(SEPARATORS))
    return best


_SAMPLE = 1 << 16


def _whole(
    path: Path, groups: Iterator[_Group], separator: str, known: Collection[str]
) -> Iterator[Records]:
    """Pass records on; refuse the file where a quote made one of several rows."""
    width = above = 0
    swallowed: list[Fault] = []
    for group, over_lines in groups:
        if not width:
            at = heading_at(group, known)
            width = 0 if at is None else len(group[at])
        for place in over_lines:
            rows = _swallowed(group[place], separator, width)
            if rows and len(swallowed) < KEPT_FAULTS:
                told = {"row": above + place + 1, "rows": rows}
                swallowed.append(Fault(path.name, "table_swallowed_rows", told))
        above += len(group)
        if not swallowed:
            yield group
    if swallowed:
        raise UnreadableFile(swallowed)


def _swallowed(record: list[str], separator: str, width: int) -> int:
    """Return how many rows of a file a record holds between quotes, if they are rows at all.

    A line break inside a cell is good; but where the lines beside it have as many cells as there
    are columns, they were rows.
    """
    if width < 2:
        return 0
    for at, cell in enumerate(record):
        if "\n" not in cell and "\r" not in cell:
            continue
        lines = _BREAK.split(cell)
        first, *middle, last = (line.count(separator) + 1 for line in lines)
        ends = at + first == width and last + len(record) - at - 1 == width
        if width in middle or ends:
            return len(lines)
    return 0


def _records(path: Path, file: IO[str], separator: str) -> Iterator[_Group]:
    ended = False

    def lines() -> Iterator[str]:
        nonlocal ended
        yield from file
        ended = True

    reader = csv.reader(lines(), delimiter=separator)

    def whole_records() -> Iterator[tuple[list[str], int]]:
        row = line = 0
        try:
            for row, record in enumerate(reader, start=1):
                if ended:  # the file stopped before this record did
                    raise unreadable(path, "table_open_quote", row=row)
                yield record, reader.line_num - line
                line = reader.line_num
        except csv.Error:  # a cell of more than 131 072 characters
            raise unreadable(path, "table_open_quote", row=row + 1) from None

    records = whole_records()
    while group := list(islice(records, GROUP)):
        over_lines = [place for place, (_, n_lines) in enumerate(group) if n_lines > 1]
        yield [record for record, _ in group], over_lines

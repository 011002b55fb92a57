"""Reading a table as people send it: CSV, Excel, OpenDocument or Parquet -> text cells.

Nothing is understood here but the form: each cell is still the text somebody wrote, and each row
knows its number in a spreadsheet, so that whoever gives the cells a meaning can point at them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.arrays import Ints
from matcher.errors import Fault
from matcher.tables.delimited import read_records
from matcher.tables.faults import nearest, place, shown, unreadable
from matcher.tables.parquet import read_parquet
from matcher.tables.records import Block, Heading, read_blocks
from matcher.tables.workbooks import EXCEL_SUFFIX, OPEN_SUFFIX, read_workbook

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (EXCEL_SUFFIX, OPEN_SUFFIX)
PARQUET_SUFFIX = ".parquet"
ROW_LIMIT = 10_000_000
"""More rows than this are not a file of outcomes but a mistake, or an attack on the memory."""


@dataclass(frozen=True, slots=True)
class Table:
    """The heading of a table, and its rows, which can be read once."""

    path: Path
    heading: Heading
    blocks: Iterator[Block]
    notes: list[Fault]
    """What to say of a table that is read: which sheet, a title, hidden rows. Whole once all blocks
    are."""


def read_table(path: Path, known: Collection[str]) -> Table:
    """Open a table whose columns may have the ``known`` names.

    Raises
    ------
    UnreadableFile
        If it is not there, not a table, damaged, or has no rows. What only reading can tell is
        raised while the blocks are read.
    """
    notes: list[Fault] = []
    heading, blocks = _open(path, known, notes)
    if heading is None or not any(heading.names):
        raise unreadable(path, "table_empty_file")
    if heading.n_above:
        told = {"row": heading.row, "n": heading.n_above}
        notes.append(Fault(path.name, "table_title_above", told))
    return Table(path, heading, _counted(path, blocks), notes)


def _open(
    path: Path, known: Collection[str], notes: list[Fault]
) -> tuple[Heading | None, Iterator[Block]]:
    if not path.exists():
        raise unreadable(path, "table_not_found")
    if not (path.is_file() or path.is_dir()):  # a pipe would keep us waiting
        raise unreadable(path, "table_not_a_file")
    suffix = path.suffix.casefold()
    try:
        if suffix == PARQUET_SUFFIX or path.is_dir():
            return read_parquet(path)
        if suffix in WORKBOOK_SUFFIXES:
            book = read_workbook(path, known)
            notes += book.notes
            heading, blocks = read_blocks(book.groups, known)
            return heading, _hidden_told(path, blocks, book.hidden, notes)
        if suffix in TEXT_SUFFIXES:
            return read_blocks(read_records(path, known), known)
    except OSError as error:
        raise unreadable(path, "table_cannot_open", reason=error.strerror or "?") from error
    raise unreadable(path, "table_kind", suffix=shown(path.suffix))


def _hidden_told(
    path: Path, blocks: Iterator[Block], hidden: Sequence[tuple[int, int]], notes: list[Fault]
) -> Iterator[Block]:
    """Pass the blocks on; note at the end how many of their rows nobody sees in the sheet."""
    n = 0
    for block in blocks:
        n += n_hidden(block.rows, hidden)
        yield block
    if n:
        notes.append(Fault(path.name, "table_hidden_rows", {"n": n}))


def n_hidden(rows: Ints, hidden: Sequence[tuple[int, int]]) -> int:
    """Return how many rows lie in ranges, counted from 0, that nobody sees in the sheet."""
    ends = np.array(hidden, dtype=np.int64).reshape(-1, 2) + 1
    before = np.searchsorted(ends[:, 0], rows, side="right")
    after = np.searchsorted(ends[:, 1], rows, side="left")
    return int((before - after).sum())


def _counted(path: Path, blocks: Iterator[Block]) -> Iterator[Block]:
    """Pass the blocks on; refuse a table without rows, or with too many."""
    n_rows = 0
    try:
        for block in blocks:
            n_rows += len(block.rows)
            if n_rows > ROW_LIMIT:
                raise unreadable(path, "table_too_many_rows", limit=ROW_LIMIT)
            yield block
    except OSError as error:  # the disk, or the network behind it, failed half-way
        raise unreadable(path, "table_cannot_open", reason=error.strerror or "?") from error
    if n_rows == 0:
        raise unreadable(path, "table_no_rows")


def canonical_names(heading: Heading, known: Sequence[str]) -> dict[str, str]:
    """Return the known name of each column -> its name as written, whatever the case."""
    written = {name.casefold(): name for name in heading.names}
    return {name: written[name.casefold()] for name in known if name.casefold() in written}


def heading_faults(
    heading: Heading, known: Sequence[str], required: Collection[str]
) -> list[Fault]:
    """Return what is wrong with the names of the columns: unknown, there twice, or not there."""
    names = [name.casefold() for name in heading.names if name]
    if not set(names) & {name.casefold() for name in known}:
        first = shown(next(name for name in heading.names if name))
        return [_fault(heading, first, "table_no_names", known=", ".join(required))]
    faults: list[Fault] = []
    for name, times in Counter(names).items():
        if name not in {column.casefold() for column in known}:
            near = nearest(name, known)
            code = "table_unknown_column_near" if near else "table_unknown_column"
            faults.append(_fault(heading, shown(name), code, near=near))
        elif times > 1:
            faults.append(_fault(heading, shown(name), "table_column_twice", times=times))
    faults += [
        _fault(heading, name, "table_column_missing")
        for name in required
        if name.casefold() not in names
    ]
    return faults


def _fault(heading: Heading, column: str, code: str, **params: object) -> Fault:
    where = place(heading.row, column)
    return Fault(where, code, {"row": heading.row, "column": column, **params})

"""The cells of a text file or a sheet, before anybody knows which tool wrote them.

Names of columns may be whole questions, stand there twice or be missing, and a tool may write
several rows of them: so the rows are read in two steps, the top first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from matcher.arrays import Ints
from matcher.errors import Fault, UnreadableFile
from matcher.tables.cells import UNSEEN
from matcher.tables.delimited import Records, read_records
from matcher.tables.faults import Collected, place, shown, unreadable
from matcher.tables.headings import heading_at
from matcher.tables.reader import TEXT_SUFFIXES, WORKBOOK_SUFFIXES, n_hidden
from matcher.tables.records import Block, Heading, blocks_below
from matcher.tables.workbooks import read_workbook

TOP = 3
"""So many rows may hold names: Qualtrics writes three."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The top of a table, and its rows, which can be read once."""

    path: Path
    sheet: str | None
    row: int
    """The row of the file that the first row of names stands in."""
    names: tuple[str, ...]
    """A name for each column, no two alike."""
    top: tuple[tuple[str, ...], ...]
    """The rows below the names, as far as they may hold names too."""
    groups: Iterator[Records]
    notes: tuple[Fault, ...]
    hidden: tuple[tuple[int, int], ...] = ()
    """First and last of rows that are hidden in the sheet, from 0."""

    def cell(self, row: int, column: int) -> str:
        """Return a cell of the top, single spaced; empty where the row is shorter, or not there."""
        cells = self.top[row] if row < len(self.top) else ()
        return tidy(cells[column]) if column < len(cells) else ""


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns that were asked for."""

    rows: Ints
    """Number of each row in the file."""
    columns: Mapping[str, pd.Categorical]
    """As answered, single spaced; missing where blank."""
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]


def tidy(text: str) -> str:
    """Return a text single spaced; tools put line breaks and hard spaces in questions."""
    return " ".join(text.replace("\ufeff", "").split())


def open_grid(path: Path, sheet: str | None = None) -> Grid:
    """Open a file of text cells.

    Raises
    ------
    UnreadableFile
        If it is no such file, or nothing stands in it.
    """
    source = _source(path, sheet)
    groups, notes = source.groups, source.notes
    first_row = 1
    for group in groups:
        at = heading_at(group, ())
        if at is not None:
            names = _unique([tidy(cell) for cell in group[at]])
            top = tuple(map(tuple, group[at + 1 : at + TOP]))
            # Blank records in their place keep the number of each row.
            rest: Records = [[] for _ in range(at + 1)] + group[at + 1 :]
            if any(any(map(str.strip, record)) for record in group[:at]):
                told = {"row": first_row + at}
                notes = (*notes, Fault(path.name, "table_title_above", told))
            blank: Records = [[] for _ in range(first_row - 1)]
            return Grid(
                path=path,
                sheet=source.sheet,
                row=first_row + at,
                names=names,
                top=top,
                groups=chain([blank + rest], groups),
                notes=notes,
                hidden=source.hidden,
            )
        first_row += len(group)
    raise unreadable(path, "table_empty_file")


@dataclass(frozen=True, slots=True)
class _Source:
    groups: Iterator[Records]
    sheet: str | None = None
    notes: tuple[Fault, ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()


def _source(path: Path, sheet: str | None) -> _Source:
    if not path.exists():
        raise unreadable(path, "table_not_found")
    if not path.is_file():
        raise unreadable(path, "table_not_a_file")
    suffix = path.suffix.casefold()
    try:
        if suffix in WORKBOOK_SUFFIXES:
            book = read_workbook(path, (), sheet)
            notes = tuple(note for note in book.notes if note.code != "table_sheets_unread")
            if book.others:
                told = {"sheets": ", ".join(map(shown, book.others))}
                notes = (*notes, Fault(path.name, "survey_sheets_unread", told))
            return _Source(book.groups, book.sheet, notes, book.hidden)
        if suffix in TEXT_SUFFIXES:
            return _Source(read_records(path, ()))
    except OSError as error:
        raise unreadable(path, "table_cannot_open", reason=error.strerror or "?") from None
    raise unreadable(path, "survey_kind", suffix=shown(path.suffix))


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column: a number behind those that are there twice."""
    seen: Counter[str] = Counter()
    taken = set(names)
    unique: list[str] = []
    for at, name in enumerate(names):
        own = name or f"#{at + 1}"
        seen[own] += 1
        while seen[own] > 1 and f"{own} ({seen[own]})" in taken:
            seen[own] += 1
        unique.append(own if seen[own] == 1 else f"{own} ({seen[own]})")
    return tuple(unique)


def read_cells(grid: Grid, n_headings: int, wanted: Collection[str]) -> Cells:
    """Return the wanted columns below so many rows of names; nothing else is kept for a moment.

    Raises
    ------
    UnreadableFile
        If a row does not fit under the names, or a formula has no result.
    """
    heading = Heading(grid.row, grid.names, len(grid.names))
    below = _without(grid.groups, grid.row, grid.row + n_headings - 1)
    rows: list[Ints] = []
    pieces: dict[str, list[pa.DictionaryArray]] = {name: [] for name in wanted}
    faults = Collected()
    for block in blocks_below(heading, 1, below):
        rows.append(block.rows)
        _misfits(block, faults)
        for name, kept in pieces.items():
            kept.append(block.cells[name].dictionary_encode())
    if not rows:
        raise unreadable(grid.path, "table_no_rows")
    numbers = np.concatenate(rows)
    columns = {name: _categorical(kept) for name, kept in pieces.items()}
    for name, column in columns.items():
        _unseen(name, column, numbers, faults)
    n = n_hidden(numbers, grid.hidden)
    notes = (Fault(grid.path.name, "table_hidden_rows", {"n": n}),) if n else ()
    return Cells(numbers, columns, tuple(faults.faults()), notes)


def _without(groups: Iterator[Records], first: int, last: int) -> Iterator[Records]:
    """Pass groups on with some rows blank: names that stand below names."""
    row = 1
    for group in groups:
        for at in range(max(first - row, 0), min(last - row + 1, len(group))):
            group[at] = []
        row += len(group)
        yield group


def _misfits(block: Block, faults: Collected) -> None:
    for position, (code, params) in block.broken.items():
        row = int(block.rows[position])
        faults.add(Fault(f"row {row}", code, {"row": row, **params}))


def _categorical(pieces: Sequence[pa.DictionaryArray]) -> pd.Categorical:
    """Return the pieces of a column as one, each text once."""
    whole = pa.chunked_array(pieces).unify_dictionaries().combine_chunks()
    found = pd.Index([tidy(text) for text in whole.dictionary.to_pylist()], dtype=object)
    words = pd.Index(sorted(set(found) - {""}), dtype=object)
    codes = words.get_indexer(found)[whole.indices.to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, categories=words)


def _unseen(name: str, column: pd.Categorical, rows: Ints, faults: Collected) -> None:
    """Tell of formulas in a column whose result nobody can see."""
    for code, text in enumerate(column.categories):
        told = UNSEEN.get(text[:1])
        if told is not None:
            for row in rows[column.codes == code].tolist():
                params = {"value": shown(text), "row": row, "column": shown(name)}
                faults.add(Fault(place(row, shown(name)), told, params))


def refuse(faults: Sequence[Fault]) -> None:
    """Raise UnreadableFile with faults, if there are any."""
    if faults:
        raise UnreadableFile(faults, total=sum(fault.times for fault in faults))

"""Records of text cells -> a heading and blocks of columns, with the rows that do not fit told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa

from matcher.arrays import Ints
from matcher.tables.delimited import Records
from matcher.tables.faults import shown

BLOCK_ROWS = 32_768
"""Rows checked at once: enough to be fast, few enough to stay small in memory."""

_EXCEL_GROUP = 16

Broken = tuple[str, dict[str, object]]
"""Code and values of the fault of a row whose cells cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a table, without its blank ones, as text cells without null."""

    rows: Ints
    """Number of each row in a spreadsheet: the heading is row 1 when it stands on top."""
    cells: Mapping[str, pa.StringArray]
    broken: Mapping[int, Broken]
    """Position in the block -> why the cells of that row mean nothing."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The names of the columns as written, trimmed, and the row they stand in."""

    row: int
    names: tuple[str, ...]
    """An unnamed column between named ones has an empty name."""


def read_blocks(groups: Iterator[Records]) -> tuple[Heading | None, Iterator[Block]]:
    """Return the heading, the first record that is not blank, and the rows below it in blocks."""
    first_row = 1
    for group in groups:
        for at, record in enumerate(group):
            if any(map(str.strip, record)):
                heading = Heading(first_row + at, _names(record))
                # Blank records in their place keep every later record in its own sixteen.
                rest: Records = [[] for _ in range(at + 1)] + group[at + 1 :]
                return heading, _blocks(heading, first_row, chain([rest], groups))
        first_row += len(group)
    return None, iter(())


def _names(record: list[str]) -> tuple[str, ...]:
    names = [cell.strip().strip("\ufeff") for cell in record]
    while not names[-1]:
        names.pop()
    return tuple(names)


def _blocks(heading: Heading, first_row: int, groups: Iterator[Records]) -> Iterator[Block]:
    pieces: list[Block] = []
    n_rows = 0
    for group in groups:
        piece = _piece(heading, first_row, group)
        first_row += len(group)
        n_rows += len(piece.rows)
        pieces.append(piece)
        if n_rows >= BLOCK_ROWS:
            yield _joined(pieces)
            pieces, n_rows = [], 0
    if n_rows:
        yield _joined(pieces)


def _piece(heading: Heading, first_row: int, group: Records) -> Block:
    """Return one group of records as columns; blank records are left out."""
    width = len(heading.names)
    rows = [at for at, record in enumerate(group) if any(map(str.strip, record))]
    records = [group[at] for at in rows]
    broken: dict[int, Broken] = {}
    if any(len(record) != width for record in records):
        cut_by_excel = _cut_by_excel(heading, first_row, group)
        for position, at in enumerate(rows):
            record = records[position]
            fault = _misfit(record, width)
            if fault is not None and not (len(record) < width and at in cut_by_excel):
                broken[position] = fault
            records[position] = [*record[:width], *[""] * (width - len(record))]
    columns = list(zip(*records, strict=True)) or [()] * width
    for at, name in enumerate(heading.names):
        if not name:
            _refuse_unnamed(at, columns[at], broken)
    cells = {
        name: pa.array(column, type=pa.string())
        for name, column in zip(heading.names, columns, strict=True)
        if name
    }
    return Block(np.array(rows, dtype=np.int64) + first_row, cells, broken)


def _misfit(record: list[str], width: int) -> Broken | None:
    """Return the fault of a record that is shorter or longer than the heading."""
    if len(record) < width:
        return "table_short_row", {"cells": len(record), "names": width}
    extra = [cell for cell in record[width:] if cell.strip()]
    if extra:
        return "table_long_row", {"cells": len(record), "names": width, "value": shown(extra[0])}
    return None


def _cut_by_excel(heading: Heading, first_row: int, group: Records) -> set[int]:
    """Return the places of the records that Excel itself cut short.

    Excel writes rows in sixteens and leaves out the separators of columns at the end that are empty
    in a whole sixteen. A record that is shorter than its neighbours lost a cell somewhere, and what
    stands in it may stand in the wrong column. One row alone tells too little to be believed.
    """
    places: set[int] = set()
    for start in range(0, len(group), _EXCEL_GROUP):
        sixteen = range(start, min(start + _EXCEL_GROUP, len(group)))
        lengths = {len(group[at]) for at in sixteen if group[at]}
        holds_heading = heading.row >= first_row + start
        if len(lengths) == 1 and len(sixteen) > 1 and not holds_heading:
            places.update(sixteen)
    return places


def _refuse_unnamed(at: int, column: tuple[str, ...], broken: dict[int, Broken]) -> None:
    for position, cell in enumerate(column):
        if cell.strip():
            broken.setdefault(
                position, ("table_no_heading", {"number": at + 1, "value": shown(cell)})
            )


def _joined(pieces: list[Block]) -> Block:
    broken: dict[int, Broken] = {}
    offset = 0
    for piece in pieces:
        broken |= {position + offset: fault for position, fault in piece.broken.items()}
        offset += len(piece.rows)
    cells = {
        name: pa.concat_arrays([piece.cells[name] for piece in pieces]) for name in pieces[0].cells
    }
    return Block(np.concatenate([piece.rows for piece in pieces]), cells, broken)

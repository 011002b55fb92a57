"""Records of text cells -> a heading and blocks of columns, with the rows that do not fit told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa

from matcher.arrays import Ints
from matcher.tables.delimited import Records
from matcher.tables.faults import shown
from matcher.tables.headings import heading_at

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
    n_cells: int
    """Cells of that row, with those without a name at its end."""
    n_above: int = 0
    """Rows above it that hold something else, such as a title."""


def read_blocks(
    groups: Iterator[Records], known: Collection[str]
) -> tuple[Heading | None, Iterator[Block]]:
    """Return the heading, which may stand below a title, and the rows below it in blocks."""
    first_row = 1
    for group in groups:
        at = heading_at(group, known)
        if at is not None:
            above = sum(any(map(str.strip, record)) for record in group[:at])
            heading = Heading(first_row + at, _names(group[at]), len(group[at]), above)
            # Blank records in their place keep every later record in its own sixteen.
            rest: Records = [[] for _ in range(at + 1)] + group[at + 1 :]
            return heading, blocks_below(heading, first_row, chain([rest], groups))
        first_row += len(group)
    return None, iter(())


def _names(record: list[str]) -> tuple[str, ...]:
    names = [cell.strip().strip("\ufeff") for cell in record]
    while not names[-1]:
        names.pop()
    return tuple(names)


def blocks_below(heading: Heading, first_row: int, groups: Iterator[Records]) -> Iterator[Block]:
    """Yield the records of some groups, the first of which is row ``first_row``, in blocks."""
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
            fault = _misfit(record, heading)
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


def _misfit(record: list[str], heading: Heading) -> Broken | None:
    """Return the fault of a record that is shorter or longer than the heading.

    One empty cell too many is a fault as well: where decimal commas split a row, each of its cells
    moves one place, and what falls off the end may be empty.
    """
    width = len(heading.names)
    told: dict[str, object] = {"cells": len(record), "names": width}
    if len(record) < width:
        return "table_short_row", told
    if len(record) not in (width, heading.n_cells):
        return "table_long_row", told
    extra = next((at for at in range(width, len(record)) if record[at].strip()), None)
    if extra is not None:
        return "table_no_heading", {"number": extra + 1, "value": shown(record[extra])}
    return None


def _cut_by_excel(heading: Heading, first_row: int, group: Records) -> set[int]:
    """Return the places of the records that Excel itself cut short.

    Excel writes rows in sixteens and leaves out the separators of columns at the end that are empty
    in a whole sixteen. A record that is shorter than its neighbours lost a cell somewhere, and what
    stands in it may stand in the wrong column. A sixteen that the file ends in tells too little.
    """
    places: set[int] = set()
    for start in range(0, len(group) - _EXCEL_GROUP + 1, _EXCEL_GROUP):
        sixteen = range(start, start + _EXCEL_GROUP)
        lengths = {len(group[at]) for at in sixteen if group[at]}
        holds_heading = heading.row >= first_row + start
        if len(lengths) == 1 and not holds_heading:
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

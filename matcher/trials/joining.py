"""Several files of trials as one, in the canonical columns: retraining reads one file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from matcher.errors import Fault, InvalidTrials
from matcher.files import whole_file
from matcher.menu.card import Menu
from matcher.tables.cells import written_text
from matcher.tables.kinds import FreeText
from matcher.tables.reader import canonical_names, read_table
from matcher.trials.columns import (
    FILE_COLUMNS,
    MEASURED_COLUMNS,
    TRIAL_COLUMNS,
    WAVE,
    trial_kinds,
)
from matcher.trials.reader import read_trials

Rows = Iterator[list[str]]


def join_trials(paths: Sequence[Path], menu: Menu, out: Path) -> int:
    """Write the trials of all files to one CSV file and return their number.

    Cells are copied as they are written: their meaning is for whoever reads the file. Only a free
    text that a spreadsheet would run gets an apostrophe before it. The other cells have a form of
    their own, which leaves room for no formula, and with an apostrophe they would be refused.

    The file appears whole or not at all, so it may take the place of one that was joined.

    Raises
    ------
    UnreadableFile, InvalidTrials
        If one of them cannot be used, named after its file; nothing is written then.
    """
    named: set[str] = set()
    for path in paths:
        named |= _named_by(path, menu)
    columns = (*TRIAL_COLUMNS, *(name for name in MEASURED_COLUMNS if name in named))
    longest = _longest_texts(menu, columns)
    n_rows = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out, 0o644, "utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for path in paths:
            for row in _rows(path, columns):
                for place, most in longest.items():
                    row[place] = written_text(row[place], most)
                writer.writerow(row)
                n_rows += 1
    return n_rows


def _longest_texts(menu: Menu, columns: Sequence[str]) -> dict[int, int]:
    """Return the places of the columns of free text, each with its most characters."""
    kinds = {**trial_kinds(menu.ids), **dict.fromkeys(MEASURED_COLUMNS, WAVE)}
    return {
        place: kind.most
        for place, name in enumerate(columns)
        if isinstance(kind := kinds[name], FreeText)
    }


def _named_by(path: Path, menu: Menu) -> set[str]:
    """Return which columns a file has beside those of every joined file, or refuse it."""
    try:
        found = read_trials(path, menu)
    except InvalidTrials as refused:
        named = [Fault(f"{path.name}, {f.where}", f.code, f.params) for f in refused.faults]
        raise InvalidTrials(named, refused.total) from None
    if found.measured is None:
        return set()
    return set(map(str, found.measured.dropna(axis=1, how="all").columns))


def _rows(path: Path, written: Sequence[str]) -> Rows:
    table = read_table(path, FILE_COLUMNS)
    names = canonical_names(table.heading, FILE_COLUMNS)
    for block in table.blocks:
        n_rows = len(block.rows)
        columns = [
            block.cells[names[name]].to_pylist() if name in names else [""] * n_rows
            for name in written
        ]
        yield from (list(row) for row in zip(*columns, strict=True))

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
from matcher.trials.columns import FREE_PREFIX, MOST_FREE, TRIAL_COLUMNS, trial_kinds
from matcher.trials.reader import open_trials, read_trials

Rows = Iterator[list[str]]


def join_trials(paths: Sequence[Path], menu: Menu, out: Path) -> int:
    """Write the trials of all files to one CSV file and return their number.

    Cells are copied as they are written: their meaning is for whoever reads the file. After the
    columns of the contract come those that a file has besides, empty where another file has none.
    Only a free text that a spreadsheet would run gets an apostrophe before it. The other cells have
    a form of their own, which leaves room for no formula, and with an apostrophe they would be
    refused.

    The file appears whole or not at all, so it may take the place of one that was joined.

    Raises
    ------
    UnreadableFile, InvalidTrials
        If one of them cannot be used, named after its file; nothing is written then.
    """
    for path in paths:
        _refuse_faulty(path, menu)
    names = dict.fromkeys(TRIAL_COLUMNS)
    for path in paths:
        # One after the other: those of the contract in its order, then as they come.
        names |= dict.fromkeys(open_trials(path, menu).kinds)
    carried = [name for name in names if name not in TRIAL_COLUMNS]
    if (n_free := sum(name.startswith(FREE_PREFIX) for name in carried)) > MOST_FREE:
        told = {"column": carried[-1], "n": n_free, "bound": MOST_FREE}
        raise InvalidTrials([Fault(out.name, "trial_free_many", told)])
    kinds = trial_kinds(menu.ids, carried)
    longest = {
        place: kind.most for place, kind in enumerate(kinds.values()) if isinstance(kind, FreeText)
    }
    n_rows = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out, 0o644, "utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(kinds)
        for path in paths:
            for row in _rows(path, tuple(kinds)):
                for place, most in longest.items():
                    row[place] = written_text(row[place], most)
                writer.writerow(row)
                n_rows += 1
    return n_rows


def _refuse_faulty(path: Path, menu: Menu) -> None:
    try:
        read_trials(path, menu)
    except InvalidTrials as refused:
        named = [Fault(f"{path.name}, {f.where}", f.code, f.params) for f in refused.faults]
        raise InvalidTrials(named, refused.total) from None


def _rows(path: Path, columns: Sequence[str]) -> Rows:
    table = read_table(path, TRIAL_COLUMNS)
    names = canonical_names(table.heading, columns)
    for block in table.blocks:
        n_rows = len(block.rows)
        cells = [
            block.cells[names[name]].to_pylist() if name in names else [""] * n_rows
            for name in columns
        ]
        yield from (list(row) for row in zip(*cells, strict=True))

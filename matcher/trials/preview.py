"""What a file of trials holds, or what is wrong with it and where, as plain values for a page.

A page may not read such files itself: that takes the libraries of training, and memory that the
size of a file does not tell. It has a process of its own look, and reads what that tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from matcher.disclosure import counts_of_few, of_too_few
from matcher.errors import Fault, InvalidTrials, Refused, UnreadableFile, Warned
from matcher.menu.card import Menu
from matcher.tables.cells import read_number
from matcher.tables.reader import canonical_names, read_table
from matcher.tables.records import Block
from matcher.trials.columns import CONTROL, FILE_COLUMNS, PEOPLE_OF
from matcher.trials.oddities import accepted_of
from matcher.trials.plausible import HEADS
from matcher.trials.reader import Trials, read_trials
from matcher.vocabulary import LANGUAGES

MOST_FAULTS = 300
"""Faults that are shown at their cell; of the rest only the number."""
MOST_ROWS = 20
"""Rows of a good file that are shown."""
LONGEST = 200
"""Characters of a cell that are shown."""
NAMING = ("company", "intervention")
"""Columns by which a person recognises a row."""

Told = dict[str, Any]


def inspect(path: Path, menu: Menu) -> Told:
    """Return a preview of a file of trials that is good, or its faults with the rows they are in.

    Of a good file: ``trials``, ``companies``, ``interventions``, ``simulated``, ``notes`` in both
    languages, ``columns`` and the first ``rows``. Of another: ``faults`` with row,
    column and the sentence in both languages, their ``total``, and the ``columns`` and ``rows``
    that they point at. A fault of the whole file has no row. Of both: the first ``warnings`` with
    their ``code``, the column they are ``about``, ``rows``, ``count``, ``value`` and the line in
    both languages, how many they are, ``n_warnings``, and ``odd``: rows by code. A count of one to
    four people, and a mean or SD of them, is left empty and named in ``hidden``, unless the sender
    must mend that very cell.
    """
    try:
        trials = read_trials(path, menu)
    except UnreadableFile as refused:
        return _refused(refused, (), [])
    except InvalidTrials as refused:
        return _refused(refused, *_at_faults(path, refused.faults[:MOST_FAULTS]))
    columns, rows = _first_rows(path)
    return _preview(trials) | {"columns": columns, "rows": rows}


def _preview(trials: Trials) -> Told:
    frame = trials.frame
    return {
        "good": True,
        "trials": len(frame),
        "companies": int(frame["company"].nunique()),
        "interventions": len({*frame["intervention"]} - {CONTROL}),
        "simulated": trials.simulated,
        "notes": [_said(note) for note in trials.notes],
        **_warnings(trials.warnings),
    }


def _refused(refused: Refused, columns: Sequence[str], rows: Sequence[Told]) -> Told:
    return {
        "good": False,
        "total": refused.total,
        "told": sum(fault.times for fault in refused.faults[:MOST_FAULTS]),
        "faults": [_fault(fault) for fault in refused.faults[:MOST_FAULTS]],
        **_warnings(refused.warnings),
        "columns": list(columns),
        "rows": list(rows),
    }


def _warnings(warnings: Sequence[Warned]) -> Told:
    return {
        "warnings": [_warned(warned) for warned in warnings[:MOST_FAULTS]],
        "n_warnings": len(warnings),
        "odd": accepted_of(warnings),
    }


def _warned(warned: Warned) -> Told:
    value = warned.params.get("value")
    told = {"code": warned.code, "about": warned.about, "value": value}
    told |= {"rows": list(warned.rows), "count": warned.count}
    return told | {language: warned.line(language) for language in LANGUAGES}


def _fault(fault: Fault) -> Told:
    in_row = fault.where.startswith("row ")  # what is wrong with the file itself may name a row too
    return {
        "row": fault.params.get("row") if in_row else None,
        "column": fault.params.get("column"),
        **_said(fault),
    }


def _said(fault: Fault) -> Told:
    return {language: fault.text(language) for language in LANGUAGES}


def _at_faults(path: Path, faults: Sequence[Fault]) -> tuple[list[str], list[Told]]:
    """Return the columns and the rows that faults point at, with what is written there."""
    table = read_table(path, FILE_COLUMNS)
    heading = table.heading
    written = canonical_names(heading, FILE_COLUMNS)
    named = {str(f.params["column"]) for f in faults if f.params.get("column")}
    columns = [column for column in NAMING if column in written]
    columns += [c for c in FILE_COLUMNS if c in named and c not in columns]
    columns += sorted(named - set(columns))
    wanted: defaultdict[int, set[str]] = defaultdict(set)
    for fault in faults:
        if fault.params.get("row"):
            wanted[int(str(fault.params["row"]))].add(str(fault.params.get("column")))
    if heading.row in wanted:
        lower = {name.casefold(): name for name in heading.names}
        cells = {c: _short(written.get(c) or lower.get(c.casefold(), "")) for c in columns}
        return columns, [{"row": heading.row, "cells": cells, "hidden": []}]
    shown = [column for column in columns if column in written]
    return columns, [
        _row(block, shown, written, int(at), wanted[int(block.rows[at])])
        for block in table.blocks
        for at in np.flatnonzero(np.isin(block.rows, list(wanted)))
    ]


def _first_rows(path: Path) -> tuple[list[str], list[Told]]:
    table = read_table(path, FILE_COLUMNS)
    written = canonical_names(table.heading, FILE_COLUMNS)
    columns = [column for column in FILE_COLUMNS if column in written]
    block = next(iter(table.blocks))
    shown = range(min(MOST_ROWS, len(block.rows)))
    return columns, [_row(block, columns, written, at, set()) for at in shown]


def _row(
    block: Block, columns: Sequence[str], written: Mapping[str, str], at: int, wrong: Set[str]
) -> Told:
    cells = {c: _short(block.cells[name][at].as_py()) for c, name in written.items()}
    people = {c: read_number(cells[c]) for c in HEADS if cells.get(c)}  # "4,0" is four too
    few = of_too_few({c: text for c, text in cells.items() if text} | people, PEOPLE_OF)
    few |= counts_of_few(people, HEADS)
    hidden = [c for c in columns if c in few and c not in wrong]
    shown = {c: "" if c in hidden else cells[c] for c in columns}
    return {"row": int(block.rows[at]), "cells": shown, "hidden": hidden}


def _short(cell: str) -> str:
    """Return a cell on one line, without control characters."""
    line = "".join(ch if ch.isprintable() else " " for ch in cell).strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."

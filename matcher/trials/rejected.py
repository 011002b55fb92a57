"""The faulty rows of a file of trials, written beside it with their faults in words."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO

import numpy as np

from matcher.errors import Fault
from matcher.files import whole_file
from matcher.menu.card import Menu
from matcher.tables.cells import harmless
from matcher.tables.faults import row_of, unreadable
from matcher.trials.checks import CheckedBlock
from matcher.trials.companies import CompanyFinder
from matcher.trials.duplicates import TwinFinder
from matcher.trials.reader import open_trials
from matcher.vocabulary import Language


def write_faulty(path: Path, menu: Menu, language: Language = "nl") -> Path:
    """Write the rows of a file that ``read_trials(..., skip_faulty=True)`` leaves out.

    They go to ``NAME.faulty.csv`` beside the input, as Excel opens it (semicolons, UTF-8 with a
    byte order mark): the columns of the input, the row each came from, and its faults. The file
    appears whole or not at all, and replaces that of an earlier run.

    Raises
    ------
    UnreadableFile
        If the input cannot be read, or the folder not be written.
    InvalidTrials
        If the heading of the input is at fault.
    """
    between = _between_rows(open_trials(path, menu).blocks())
    target = path.with_name(f"{path.stem}.faulty.csv")
    try:
        with whole_file(target, 0o600, "utf-8-sig") as file:
            _write(file, open_trials(path, menu).blocks(), between, language)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise unreadable(path, "table_cannot_write", target=target.name, reason=reason) from error
    return target


def _between_rows(blocks: Iterator[CheckedBlock]) -> list[Fault]:
    """Return the faults of rows that do not go together."""
    twins, companies = TwinFinder(), CompanyFinder()
    for checked in blocks:
        twins.add(checked)
        companies.add(checked)
    return sorted([*twins.twins().faults(), *companies.doubles().faults()], key=row_of)


def _write(
    file: IO[str], blocks: Iterator[CheckedBlock], between: Sequence[Fault], language: Language
) -> None:
    writer = csv.writer(file, delimiter=";")
    heading: list[str] = []
    for checked in blocks:
        if not heading:
            heading = list(checked.block.cells)
            writer.writerow([*map(harmless, heading), "row", "faults"])
        columns = [checked.block.cells[name].to_pylist() for name in heading]
        for row, faults in _faults_by_row(checked, between):
            at = int(np.searchsorted(checked.block.rows, row))
            cells = [harmless(column[at]) for column in columns]
            writer.writerow([*cells, row, " | ".join(_sentence(f, language) for f in faults)])


def _faults_by_row(
    checked: CheckedBlock, between: Sequence[Fault]
) -> Iterator[tuple[int, list[Fault]]]:
    """Yield each faulty row of a block with its faults."""
    rows = checked.block.rows
    first, last = (bisect_left(between, int(row), key=row_of) for row in (rows[0], rows[-1] + 1))
    faults = sorted([*checked.faults(), *between[first:last]], key=row_of)
    yield from ((row, list(group)) for row, group in groupby(faults, key=row_of))


def _sentence(fault: Fault, language: Language) -> str:
    column = fault.params.get("column")
    text = fault.text(language)
    return f"{column}: {text}" if column else text

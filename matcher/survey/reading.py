"""One file of a study, whoever wrote it -> a Survey, without what tells who a respondent is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Bools
from matcher.errors import Fault
from matcher.survey.export import Export, Part
from matcher.survey.forms import google_forms, microsoft_forms
from matcher.survey.grid import Grid, open_grid, read_cells, refuse
from matcher.survey.guess import CODED, heading_of
from matcher.survey.keeping import Kept, finished
from matcher.survey.limesurvey import limesurvey
from matcher.survey.packages import (
    PACKAGE_SUFFIXES,
    Dictionary,
    answers_as_days,
    open_package,
    read_values,
)
from matcher.survey.personal import are_companies, is_personal, plain
from matcher.survey.qualtrics import qualtrics
from matcher.survey.result import Reason, Survey
from matcher.tables.faults import nearest, place, shown
from matcher.tables.reader import WORKBOOK_SUFFIXES
from matcher.tables.workbooks import read_workbook

_NEARLY_ALL, _FEWEST = 0.9, 10
"""A column in which so large a share of the cells, and so many, are found once tells rows apart."""


def read_survey(path: Path, sheet: str | None = None, keep: Collection[str] = ()) -> Survey:
    """Return what stands in one file of a study.

    Columns that tell who somebody is are left out before anything of them is kept, and so are
    answers in somebody's own words, except those in ``keep``: names as the file has them. Answers
    that do not count (previews, unfinished) are left out and counted.

    Raises
    ------
    UnreadableFile
        If it is not a file that is known here, is damaged, has no answers, or not a column that
        is asked for; it names all faults, and never what stands in a column that would be left out.
    """
    if path.suffix.casefold() in PACKAGE_SUFFIXES:
        return _read_package(open_package(path), frozenset(keep))
    return _read_grid(open_grid(path, sheet), frozenset(keep))


def sheets_of(path: Path) -> tuple[str | None, ...]:
    """Return the sheets of a workbook that hold a table; one without a name for any other file.

    Raises
    ------
    UnreadableFile
        If it is a workbook and no sound one.
    """
    if path.suffix.casefold() not in WORKBOOK_SUFFIXES:
        return (None,)
    book = read_workbook(path, ())
    return (book.sheet, *book.others)


def _read_package(told: Dictionary, keep: Collection[str]) -> Survey:
    # A survey tool may have written it: then its own columns have the names of its own.
    grid = Grid(told.path, None, 1, told.names, (), iter(()), ())
    found = _export_of(grid)
    questions = tuple(map(_asked, told.names, told.questions))
    export = replace(found, tool=told.tool, because=Reason(told.tool), questions=questions)
    refuse(_not_there(grid, keep))
    personal, technical, asked = _sorted_out(grid, export, keep)
    counting = _counting(grid, export)
    n_rows, values = read_values(told, list(dict.fromkeys([*asked, *counting.values()])))
    left = export.leave_out({part: values[name].cells for part, name in counting.items()})
    counts, stays = _counted(left, n_rows)
    stays = _without_copies({name: values[name].cells for name in asked}, stays, counts)
    parts = dict(zip(told.names, export.parts, strict=True))
    kept = []
    for name, question in zip(told.names, questions, strict=True):
        if name in asked:
            each = values[name]
            part = "day" if each.is_day and parts[name] == "answer" else parts[name]
            read = _kept(name, question, each.cells[stays], part, export.unseen)
            missing = {**each.missing(stays), **read.missing}
            of_tool = part == parts[name]
            kept.append(replace(read, labels=each.labels, missing=missing, of_tool=of_tool))
    return finished(
        file=told.path,
        sheet=None,
        export=export,
        rows=np.arange(1, n_rows + 1)[stays],
        kept=kept,
        dropped=counts,
        personal=personal,
        technical=technical,
        keep=keep,
        notes=answers_as_days([name for name in asked if values[name].answers_as_days]),
    )


def _asked(name: str, label: str) -> str:
    return label or name


def _not_there(grid: Grid, keep: Collection[str]) -> list[Fault]:
    """Return the faults of columns that are asked for and not there."""
    faults = []
    for name in sorted(set(keep) - set(grid.names)):
        near = nearest(name, grid.names)
        code = "survey_no_such_column_near" if near else "survey_no_such_column"
        told = {"column": shown(name), "near": shown(near or ""), "row": grid.row}
        faults.append(Fault(place(grid.row, shown(name)), code, told))
    return faults


def _counting(grid: Grid, export: Export) -> dict[Part, str]:
    """Return the columns that tell whether a row counts."""
    return {
        part: grid.names[at]
        for at, part in enumerate(export.parts)
        if part in ("status", "finished", "day")
    }


def _plain(grid: Grid) -> Export:
    n = len(grid.names)
    part: Part = "answer"
    return Export("plain", Reason("plain"), 1, (part,) * n, ("",) * n, separators=";|")


def _export_of(grid: Grid) -> Export:
    for told in (qualtrics, limesurvey, microsoft_forms, google_forms):
        export = told(grid)
        if export is not None:
            return export
    return _plain(grid)


def _read_grid(grid: Grid, keep: Collection[str]) -> Survey:
    export = _with_companies(grid, _export_of(grid))
    refuse([*export.faults, *_not_there(grid, keep)])
    personal, technical, asked = _sorted_out(grid, export, keep)
    counting = _counting(grid, export)
    cells = read_cells(grid, export.n_headings, [*asked, *counting.values()])
    refuse(cells.faults)
    left = export.leave_out({part: cells.columns[name] for part, name in counting.items()})
    counts, stays = _counted(left, len(cells.rows))
    stays = _without_copies({name: cells.columns[name] for name in asked}, stays, counts)
    questions = dict(zip(grid.names, export.questions, strict=True))
    parts = dict(zip(grid.names, export.parts, strict=True))
    kept = [
        _kept(name, questions[name], cells.columns[name][stays], parts[name], export.unseen)
        for name in asked
    ]
    return finished(
        file=grid.path,
        sheet=grid.sheet,
        export=export,
        rows=cells.rows[stays],
        kept=kept,
        dropped=counts,
        personal=personal,
        technical=technical,
        keep=keep,
        notes=(*grid.notes, *cells.notes),
    )


def _sorted_out(
    grid: Grid, export: Export, keep: Collection[str]
) -> tuple[list[str], list[str], list[str]]:
    """Return the names of the columns that are personal, technical, and to be read."""
    personal, technical, asked = [], [], []
    for at, name in enumerate(grid.names):
        part = export.parts[at]
        if part in ("technical", "status", "finished"):
            technical.append(name)
        elif part == "personal":  # the tool says so, whoever asks for it
            personal.append(name)
        elif (
            name in keep
            or part in ("company", "day")
            or (part == "text" and heading_of(name, export.questions[at]) in CODED)
        ):
            asked.append(name)
        elif part == "text" or _who(name, export.questions[at]):
            personal.append(name)
        else:
            asked.append(name)
    return personal, technical, asked


def _who(name: str, question: str) -> bool:
    own_words = heading_of(name, question) == "text"
    return own_words or is_personal(question) or is_personal(name)


def _with_companies(grid: Grid, export: Export) -> Export:
    """Return that a column called "name" is the company's, in a list of companies without one."""
    if export.tool != "plain" or not are_companies(grid.names):
        return export
    if any(heading_of(name) == "company" for name in grid.names):
        return export
    named = [plain(name) in ("naam", "name") for name in grid.names]
    parts = zip(named, export.parts, strict=True)
    return replace(export, parts=tuple("company" if own else part for own, part in parts))


def _counted(left: Mapping[str, Bools], n_rows: int) -> tuple[dict[str, int], Bools]:
    """Return how many rows are left out for the first of their reasons, and which stay."""
    stays = np.ones(n_rows, dtype=bool)
    counts: dict[str, int] = {}
    for reason, where in left.items():
        n = int((where & stays).sum())
        if n:
            counts[reason] = n
        stays &= ~where
    return counts, stays


def _without_copies(
    columns: Mapping[str, pd.Categorical], stays: Bools, counts: dict[str, int]
) -> Bools:
    """Return which rows stay when those that are copies of one above do not; they are counted.

    Every cell is the same, a cell among them that nearly nobody shares: a number of the respondent,
    or the moment that a tool wrote. Without such a column two people may just have answered alike.
    """
    codes = pd.DataFrame({name: cells.codes[stays] for name, cells in columns.items()})
    filled = codes.where(codes >= 0)
    shares = filled.nunique() / filled.count().clip(lower=1)
    telling = shares[(shares >= _NEARLY_ALL) & (shares * filled.count() >= _FEWEST)].index
    again = np.zeros(len(stays), dtype=bool)
    if len(telling):
        known = (codes[telling] >= 0).any(axis=1)
        again[stays] = (codes.duplicated() & known).to_numpy()
    if again.any():
        counts["twice"] = int(again.sum())
    return stays & ~again


def _kept(name: str, question: str, values: pd.Categorical, part: Part, unseen: str) -> Kept:
    values = values.remove_unused_categories()  # what only a row that is left out held
    missing = {}
    if unseen and unseen in values.categories:
        n = int((values == unseen).sum())
        if n:
            missing["unseen"] = n
        values = values.remove_categories([unseen])
    return Kept(name, question or name, values, {}, missing, part)

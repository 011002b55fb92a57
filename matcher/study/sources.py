"""The files of a study as they were decided to be, read again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Array
from matcher.errors import Fault, InvalidSurvey, UnreadableFile
from matcher.study.columns import IGNORED
from matcher.study.study_file import LEAVE_OUT, FileSettings, StudyFile
from matcher.survey.grid import open_grid, read_cells
from matcher.survey.likert import Numbers, Scale, read_items
from matcher.survey.reading import read_survey
from matcher.survey.result import Survey
from matcher.survey.words import tidied
from matcher.tables.cells import read_number
from matcher.tables.faults import shown


@dataclass(frozen=True, slots=True)
class TextTable:
    """A company list or a log: its cells as text."""

    file: str
    columns: Mapping[str, list[str]]
    roles: Mapping[str, str]
    rows: list[int]


@dataclass(frozen=True, slots=True)
class Respondents:
    """The answers of one file; arrays in the order of its rows."""

    file: str
    settings: FileSettings
    rows: list[int]
    codes: list[str]
    names: list[str]
    people: list[str]
    """Codes that people made of themselves; empty where there is none."""
    waves: list[str]
    """Words in the column of waves; the wave of the file where it has none."""
    started: Array
    """Days since 1970; NaN where nobody knows."""
    answers: Array
    """(n_rows, n_items) in the order of the instrument, on its scale; NaN is no answer."""
    dropped: Mapping[str, int]
    """Why rows were left out -> how many."""
    personal: tuple[str, ...]
    missing: Mapping[str, int]
    """What was answered that is no answer -> how often, over all items."""
    turned: tuple[str, ...]
    """Items whose codes run against their words, and were turned."""


def in_file(file: str, fault: Fault) -> Fault:
    """Return a fault that names its file."""
    if fault.where.startswith(file):
        return fault
    return Fault(f"{file}, {fault.where}", fault.code, fault.params)


def path_of(folder: Path, file: FileSettings) -> Path:
    """Return where a file is.

    Raises
    ------
    UnreadableFile
        If it is not there, or is another file than the one that was looked at.
    """
    path = folder / file.path
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        told = {"path": file.path, "reason": error.strerror or "?"}
        raise UnreadableFile([Fault(file.name, "study_file_gone", told)]) from None
    if digest != file.sha256:
        raise UnreadableFile([Fault(file.name, "study_file_changed", {"path": file.path})])
    return path


def read_table(folder: Path, file: FileSettings) -> TextTable:
    """Return a company list or a log; columns that are ignored are never read.

    Raises
    ------
    UnreadableFile
        If it cannot be read, or a column that was named is not there.
    """
    grid = open_grid(path_of(folder, file), file.sheet or None)
    wanted = [name for name, role in file.columns.items() if role != IGNORED]
    _refuse_missing(file.name, wanted, grid.names)
    cells = read_cells(grid, 1, wanted)
    if cells.faults:
        raise UnreadableFile(cells.faults)
    columns = {name: _texts(cells.columns[name]) for name in wanted}
    roles = {name: file.columns[name] for name in wanted}
    return TextTable(file.name, columns, roles, cells.rows.tolist())


def _refuse_missing(file: str, wanted: Collection[str], there: Collection[str]) -> None:
    faults = [
        Fault(file, "study_no_column", {"value": shown(name), "choices": _some(there)})
        for name in wanted
        if name not in there
    ]
    if faults:
        raise UnreadableFile(faults)


def _some(names: Collection[str]) -> str:
    told = [shown(name) for name in names]
    return ", ".join([*told[:12], *(["..."] if len(told) > 12 else [])])


def _texts(column: pd.Categorical) -> list[str]:
    words = [*map(str, column.categories), ""]
    return [words[code] for code in column.codes]


def read_respondents(folder: Path, file: FileSettings, study: StudyFile) -> Respondents:
    """Return the answers of one file.

    Raises
    ------
    UnreadableFile
        If it cannot be read, or a column that was named is not there.
    InvalidSurvey
        If answers are not on the scale of the instrument.
    """
    columns = [*file.columns.values(), *file.items.values()]
    survey = read_survey(path_of(folder, file), file.sheet or None, keep=frozenset(columns))
    _refuse_missing(file.name, columns, survey.rows.columns)
    numbers = _numbers(survey, file, study)
    items = study.instrument.item_names
    answers = np.full((len(survey.rows), len(items)), np.nan)
    for at, item in enumerate(items):
        if item in file.items:
            answers[:, at] = numbers.values[file.items[item]]
    missing: dict[str, int] = {}
    for told in numbers.missing.values():
        for word, n in told.items():
            missing[word] = missing.get(word, 0) + n
    item_of = {column: item for item, column in file.items.items()}

    def cells(key: str) -> list[str]:
        return _cells(survey, file.columns.get(key))

    return Respondents(
        file=file.name,
        settings=file,
        rows=survey.rows.index.tolist(),
        codes=cells("company_code"),
        names=cells("company_name"),
        people=cells("person"),
        waves=cells("wave") if "wave" in file.columns else [file.wave] * len(survey.rows),
        started=_days(survey, file.columns.get("started")),
        answers=answers,
        dropped=survey.dropped,
        personal=survey.personal,
        missing=missing,
        turned=tuple(item_of[column] for column in numbers.turned),
    )


def _numbers(survey: Survey, file: FileSettings, study: StudyFile) -> Numbers:
    """Return the items on the scale of the instrument, with words as they were decided."""
    names = list(file.items.values())
    span = study.instrument.range
    if span is None:
        raise InvalidSurvey([Fault(file.name, "study_no_scale")])
    gone = {word for word, told in study.answers.items() if told == LEAVE_OUT}
    points = {
        tidied(word): number
        for word, told in study.answers.items()
        if isinstance(number := read_number(told), float)
    }
    seen = scale_of(survey, names, gone)
    same = seen is not None and (seen.least, seen.most) == (span.low, span.high)
    words = seen.words if seen is not None and same else {}
    scale = Scale(span.low, span.high, {**words, **points})
    try:
        return read_items(survey, names, scale, gone)
    except InvalidSurvey as refused:
        faults = [in_file(file.name, fault) for fault in refused.faults]
        raise InvalidSurvey(faults, total=refused.total) from None


def scale_of(survey: Survey, names: Sequence[str], gone: Collection[str] = ()) -> Scale | None:
    """Return the scale whose words are in the answers, whatever else is; None where it is unclear.

    ``gone`` are answers that are none.
    """
    try:
        return read_items(survey, names, None, gone).scale
    except InvalidSurvey as refused:
        others = {str(fault.params["value"]) for fault in refused.faults}
    try:
        return read_items(survey, names, None, {*gone, *others}).scale
    except InvalidSurvey:
        return None


def _cells(survey: Survey, name: str | None) -> list[str]:
    if name is None:
        return [""] * len(survey.rows)
    cells = survey.rows[name]
    labels = survey.column(name).labels
    if isinstance(cells.dtype, pd.CategoricalDtype):
        words = [labels.get(str(word), str(word)) for word in cells.cat.categories]
        return [[*words, ""][code] for code in cells.cat.codes]
    texts = cells.map(lambda cell: f"{cell:.12g}" if isinstance(cell, float) else str(cell)[:10])
    return texts.where(cells.notna(), "").tolist()


def _days(survey: Survey, name: str | None) -> Array:
    """Return the days of a column as numbers."""
    if name is None:
        return np.full(len(survey.rows), np.nan)
    cells = survey.rows[name]
    if not pd.api.types.is_datetime64_any_dtype(cells):
        return np.full(len(survey.rows), np.nan)
    days = cells.to_numpy("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float))

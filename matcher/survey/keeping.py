"""Columns that are read -> a survey: what each holds is guessed, and who is in it is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.errors import Fault
from matcher.survey.days import days_of
from matcher.survey.export import Export, Part
from matcher.survey.guess import Guess, Seen, guess, seen, separator_of
from matcher.survey.personal import (
    OFTEN,
    are_companies,
    lives_where,
    share_telling,
    tells_who,
)
from matcher.survey.result import Column, ColumnKind, Reason, Survey, are_people
from matcher.survey.words import is_no_answer
from matcher.tables.cells import read_number
from matcher.tables.faults import shown, unreadable

_RARE_WORDS = 2
"""Words of an answer that only one respondent gave, from which on it may tell of somebody."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A column on its way to a survey."""

    name: str
    question: str
    values: pd.Categorical
    labels: Mapping[str, str]
    missing: Mapping[str, int]
    part: Part = "answer"
    of_tool: bool = True
    """Whether the tool itself says what part it is."""

    @property
    def n_filled(self) -> int:
        """How many cells hold something."""
        return int((self.values.codes >= 0).sum())


def finished(
    *,
    file: Path,
    sheet: str | None,
    export: Export,
    rows: Ints,
    kept: Sequence[Kept],
    dropped: Mapping[str, int],
    personal: Iterable[str],
    technical: Iterable[str],
    keep: Collection[str],
    notes: Iterable[Fault],
) -> Survey:
    """Return the survey of the columns that are read, guessed and without whoever is in them.

    Raises
    ------
    UnreadableFile
        If no answers are left.
    """
    if not len(rows):
        told = {"n": sum(dropped.values()), **{f"n_{why}": n for why, n in dropped.items()}}
        raise unreadable(file, "survey_no_answers" if dropped else "table_no_rows", **told)
    hidden, said = list(personal), list(notes)
    found: list[tuple[Kept, Seen, ColumnKind, Reason]] = []
    for each in kept:
        if each.name not in keep and share_telling(each.values) >= OFTEN:
            hidden.append(each.name)
            continue
        answers = seen(each.values, each.labels)
        kind, because = _guessed(each, answers)
        if kind == "text" and each.name not in keep:
            hidden.append(each.name)
        else:
            found.append((each, answers, kind, because))
    n_items = sum(kind == "item" for _, _, kind, _ in found)
    listed = are_companies(each.name for each in kept)
    people = are_people(export.tool, n_items) or (n_items > 0 and not listed)
    columns: list[Column] = []
    frame: dict[str, object] = {}
    for each, answers, kind, because in found:
        if because.code == "codes_once" and not people:
            kind = "company"
        if people and each.name not in keep and lives_where(each.name, each.question):
            hidden.append(each.name)
            continue
        values, missing = each.values, dict(each.missing)
        separator = separator_of(answers, export.separators) if kind == "choice" else ""
        if each.name not in keep:
            values = _without_people(values, kind, people, separator, missing)
        cells = _values(each.name, values, kind)
        said += cells.notes
        missing |= cells.missing
        empty = len(rows) - each.n_filled - sum(each.missing.values())
        missing = {"empty": empty, **missing} if empty else missing
        frame[each.name] = cells.values
        months = frozenset(rows[cells.months].tolist()) if cells.months is not None else frozenset()
        column = Column(
            each.name, each.question, each.labels, kind, because, missing, months, separator
        )
        columns.append(column)
    return Survey(
        file=file.name,
        sheet=sheet,
        tool=export.tool,
        guessed_because=export.because,
        columns=tuple(columns),
        rows=pd.DataFrame(frame, index=pd.Index(rows, name="row"), copy=False),
        dropped=dict(dropped),
        personal=tuple(hidden),
        technical=tuple(technical),
        notes=tuple(said),
    )


def _guessed(each: Kept, answers: Seen) -> Guess:
    if each.part == "day":
        return "day", Reason("day_of_tool" if each.of_tool else "days")
    if each.part == "company":
        return "company", Reason("heading", {"heading": each.name})
    if each.part == "text":
        return "text", Reason("own_words", {"different": len(answers.words)})
    return guess(each.name, each.question, answers)


def _without_people(
    values: pd.Categorical,
    kind: ColumnKind,
    people: bool,
    separator: str,
    missing: dict[str, int],
) -> pd.Categorical:
    """Return a column without the cells that tell who somebody is, or may.

    Where respondents choose from a few answers, what only one of them wrote is his own words.
    """
    values, n = _masked(values, tells_who(values))
    if n:
        missing["personal"] = n
    if kind == "choice" and people:
        if separator:
            values = _without_rare_parts(values, separator)
        else:
            counts = np.bincount(values.codes[values.codes >= 0], minlength=len(values.categories))
            long = [len(str(word).split()) >= _RARE_WORDS for word in values.categories]
            values, n = _masked(values, (counts == 1) & np.array(long, dtype=bool))
            if n:
                missing["own_words"] = n
    return values


def _masked(values: pd.Categorical, where: Bools) -> tuple[pd.Categorical, int]:
    """Return a column without some of its categories, and how many cells held them."""
    n = int(where[values.codes[values.codes >= 0]].sum()) if where.any() else 0
    gone = list(values.categories[where]) if where.any() else []
    return (values.remove_categories(gone) if gone else values), n


def _without_rare_parts(values: pd.Categorical, separator: str) -> pd.Categorical:
    """Return cells of several answers without those that stand in one cell only."""
    counts = np.bincount(values.codes[values.codes >= 0], minlength=len(values.categories))
    cells = [
        [part.strip() for part in str(word).split(separator) if part.strip()]
        for word in values.categories
    ]
    times: Counter[str] = Counter()
    for parts, count in zip(cells, counts, strict=True):
        times.update(dict.fromkeys(parts, int(count)))
    kept = [
        f"{separator} ".join(p for p in parts if times[p] > 1 or len(p.split()) < _RARE_WORDS)
        for parts in cells
    ]
    words = pd.Index(sorted(set(kept) - {""}), dtype=object)
    codes = np.append(words.get_indexer(pd.Index(kept, dtype=object)), -1)[values.codes]
    return pd.Categorical.from_codes(codes, categories=words)


@dataclass(frozen=True, slots=True)
class _Cells:
    """A column in the form of its kind."""

    values: object
    notes: tuple[Fault, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    months: Bools | None = None


def _values(name: str, values: pd.Categorical, kind: ColumnKind) -> _Cells:
    """Return the cells of a column in the form of its kind, and what to say of them."""
    if kind == "day":
        days = days_of(values)
        notes, missing = _unread(name, values, days.unread, "no_day")
        if days.month_first or days.doubtful:
            code = "survey_month_first" if days.month_first else "survey_day_or_month"
            notes = (*notes, Fault(shown(name), code, {"column": shown(name)}))
        return _Cells(days.values.astype("datetime64[s]"), notes, missing, days.months)
    if kind == "number":
        read = [read_number(str(word)) for word in values.categories]
        numbers = np.array([np.nan if isinstance(n, str) else n for n in read] + [np.nan])
        cells = numbers[values.codes]
        notes, missing = _unread(name, values, np.isnan(cells) & (values.codes >= 0), "no_number")
        return _Cells(cells, notes, missing)
    return _Cells(values)


def _unread(
    name: str, values: pd.Categorical, where: Bools, why: str
) -> tuple[tuple[Fault, ...], dict[str, int]]:
    """Return what to say of the cells that are not of the kind of their column, and how many."""
    where = where & ~_said_unknown(values)
    n = int(where.sum())
    if not n:
        return (), {}
    first = str(values.categories[values.codes[where][0]])
    told = {"column": shown(name), "value": shown(first), "n": n}
    return (Fault(shown(name), f"survey_{why}", told),), {why: n}


def _said_unknown(values: pd.Categorical) -> Bools:
    unknown = [is_no_answer(str(word)) for word in values.categories]
    return np.asarray(np.array([*unknown, False], dtype=bool)[values.codes])

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
from matcher.survey.guess import CODED, Guess, Seen, guess, heading_of, seen, separator_of
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
    found = [_found(each) for each in kept]
    people = _are_people(export, found)
    stays = {each.name: not _hides(each, people) or each.name in keep for each in found}
    read = [
        _read(each, rows, people, each.name in keep, export.separators)
        for each in found
        if stays[each.name]
    ]
    return Survey(
        file=file.name,
        sheet=sheet,
        tool=export.tool,
        guessed_because=export.because,
        columns=tuple(column for column, _ in read),
        rows=pd.DataFrame(
            {column.name: cells.values for column, cells in read},
            index=pd.Index(rows, name="row"),
            copy=False,
        ),
        dropped=dict(dropped),
        personal=(*personal, *(name for name, stay in stays.items() if not stay)),
        technical=tuple(technical),
        notes=(*notes, *(note for _, cells in read for note in cells.notes)),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A column with what it holds, as far as it is guessed by itself."""

    kept: Kept
    answers: Seen
    kind: ColumnKind
    because: Reason

    @property
    def name(self) -> str:
        return self.kept.name


def _found(kept: Kept) -> _Found:
    answers = seen(kept.values, kept.labels)
    return _Found(kept, answers, *_guessed(kept, answers))


def _are_people(export: Export, found: Sequence[_Found]) -> bool:
    """Return whether each row is a respondent: then less is kept of what only one of them wrote."""
    n_items = sum(each.kind == "item" for each in found)
    listed = are_companies(each.name for each in found)
    return are_people(export.tool, n_items) or (n_items > 0 and not listed)


def _hides(each: _Found, people: bool) -> bool:
    """Return whether a column is left out for what stands in it."""
    if each.kind == "text" or share_telling(each.kept.values) >= OFTEN:
        return True
    return people and lives_where(each.name, each.kept.question)


def _read(
    each: _Found, rows: Ints, people: bool, whole: bool, separators: str
) -> tuple[Column, _Cells]:
    """Return a column and its cells; ``whole`` is with whatever tells who somebody is."""
    kept, kind = each.kept, each.kind
    if each.because.code == "codes_once" and not people:
        kind = "company"  # a code that is there once is that of a respondent, or else of a company
    values, missing = kept.values, dict(kept.missing)
    separator = separator_of(each.answers, separators) if kind == "choice" else ""
    if not whole:
        values = _without_people(values, kind, people, separator, missing)
    cells = _values(kept.name, values, kind)
    empty = len(rows) - kept.n_filled - sum(kept.missing.values())
    column = Column(
        name=kept.name,
        question=kept.question,
        labels=kept.labels,
        kind=kind,
        because=each.because,
        missing={**({"empty": empty} if empty else {}), **missing, **cells.missing},
        months=frozenset() if cells.months is None else frozenset(rows[cells.months].tolist()),
        separator=separator,
    )
    return column, cells


def _guessed(each: Kept, answers: Seen) -> Guess:
    if each.part == "day":
        return "day", Reason("day_of_tool" if each.of_tool else "days")
    if each.part == "company":
        return "company", Reason("heading", {"heading": each.name})
    if each.part == "text" and heading_of(each.name, each.question) not in CODED:
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

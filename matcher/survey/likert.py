"""Answers on a scale as numbers: words in two languages, numbers in text, codes with words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from matcher.arrays import Array, Bools
from matcher.errors import Fault, InvalidSurvey
from matcher.survey.guess import POINT_CODE
from matcher.survey.result import Column, Survey
from matcher.survey.words import (
    MISSING_CODES,
    Answer,
    WordScale,
    is_no_answer,
    read_answer,
    scales_of,
    tidied,
)
from matcher.tables.cells import before_spreadsheet
from matcher.tables.faults import Collected, nearest, place, shown

_LENGTHS = (5, 7, 10)
"""How long a scale of bare numbers is taken to be: the first that fits, unless it is declared."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale that some items are answered on."""

    least: float
    most: float
    words: Mapping[str, float] = field(default_factory=dict)
    """Word, tidied -> its number; empty where answers are numbers only."""
    family: str = "numbers"

    @classmethod
    def of_words(cls, scale: WordScale) -> Scale:
        """Return a scale that is known by its words, from 1 up."""
        points = {word: float(point) for word, point in scale.points.items()}
        return cls(1.0, float(scale.most), points, scale.family)

    def told(self) -> str:
        """Return what may be answered, from the least to the most."""
        first: dict[float, str] = {}
        for word, number in self.words.items():
            first.setdefault(number, word)
        numbers = f"{self.least:g}-{self.most:g}"
        return ", ".join([numbers, *(first[number] for number in sorted(first))])


@dataclass(frozen=True, slots=True)
class Numbers:
    """Items as numbers."""

    values: pd.DataFrame = field(repr=False)
    """A column of float64 for each item; NaN is missing. The index is that of the survey."""
    scale: Scale
    others: tuple[Scale, ...]
    """Scales that the same answers may be on; empty where there is no doubt."""
    missing: Mapping[str, Mapping[str, int]]
    """Item -> what was answered that is no answer on the scale -> how often."""
    turned: tuple[str, ...]
    """Items whose codes run against their words: 1 is "helemaal mee eens". They are turned, so that
    the most is always the most of what the words say."""


@dataclass(frozen=True, slots=True)
class _Item:
    """The different answers of an item."""

    column: Column
    cells: pd.Categorical
    answers: tuple[Answer, ...]
    blank: Bools
    """Of each different answer: whether it is none."""

    @property
    def name(self) -> str:
        return self.column.name

    def used(self) -> Bools:
        """Return which of the different answers are there."""
        codes = self.cells.codes
        return np.bincount(codes[codes >= 0], minlength=len(self.answers)) > 0


def read_items(
    survey: Survey,
    names: Sequence[str],
    scale: Scale | None = None,
    no_answer: Collection[str] = (),
) -> Numbers:
    """Return items that are answered on one scale as numbers.

    Without a ``scale`` it is the one whose words, or numbers, are seen. Words go before codes: a
    file in which 1 is "helemaal mee eens" is turned. What is in ``no_answer``, as the cells have
    it, is missing, as "weet niet" always is.

    Raises
    ------
    InvalidSurvey
        If an answer is not on the scale; all faults at once, each with its rows and a way out.
    KeyError
        If there is no such column.
    """
    items = [_item(survey, name, no_answer) for name in names]
    likely = [scale] if scale is not None else _scales(items)
    faults = Collected()
    values, missing, turned = {}, {}, []
    for item in items:
        numbers, is_turned = _numbers(item, likely[0], faults, survey.rows.index)
        values[item.name] = np.append(numbers, np.nan)[item.cells.codes]
        missing[item.name] = _no_answers(item)
        if is_turned:
            turned.append(item.name)
    if found := faults.faults():
        raise InvalidSurvey(found, total=faults.total)
    frame = pd.DataFrame(values, index=survey.rows.index, copy=False)
    return Numbers(frame, likely[0], tuple(likely[1:]), missing, tuple(turned))


def blocks(survey: Survey, names: Sequence[str] | None = None) -> list[tuple[str, ...]]:
    """Return the items that are answered on the same scale together, in the order of the file."""
    found: dict[object, list[str]] = {}
    for name in survey.of_kind("item") if names is None else names:
        item = _item(survey, name)
        scales = scales_of(_words(item))
        # Bare numbers are one block: an item that nobody gave a 5 is not on a shorter scale.
        found.setdefault(scales[0].family if scales else "numbers", []).append(name)
    return [tuple(block) for block in found.values()]


def _item(survey: Survey, name: str, no_answer: Collection[str] = ()) -> _Item:
    column, series = survey.column(name), survey.rows[name]
    cells = series.array
    if not isinstance(cells, pd.Categorical):
        texts = series.map(lambda number: f"{number:g}", na_action="ignore")
        cells = pd.Categorical(texts)
    told = [column.labels.get(str(word), "") for word in cells.categories]
    answers, blank = [], []
    for word, label in zip(map(str, cells.categories), told, strict=True):
        answer = read_answer(word)
        number = _point(word) if answer.number is None else answer.number
        answers.append(Answer(number, tidied(read_answer(label).words) if label else answer.words))
        none = is_no_answer(word) or (bool(label) and is_no_answer(label))
        blank.append(none or word in no_answer)
    return _Item(column, cells, tuple(answers), np.array(blank, dtype=bool))


def _point(word: str) -> float | None:
    found = POINT_CODE.fullmatch(word)
    return float(found[1]) if found else None


def _words(item: _Item) -> set[str]:
    """Return the words of an item that are seen, or stand beside its codes."""
    seen = {
        answer.words
        for answer, used, blank in zip(item.answers, item.used(), item.blank, strict=True)
        if used and not blank and not _is_code(answer)
    }
    labels = {read_answer(label).words for label in item.column.labels.values()}
    return (seen | labels) - {""}


def _is_code(answer: Answer) -> bool:
    return answer.number is not None and POINT_CODE.fullmatch(answer.words.upper()) is not None


def _scales(items: Iterable[_Item]) -> list[Scale]:
    """Return the scales that the answers may be on, the likeliest first."""
    items = list(items)
    words = set().union(*map(_words, items))
    found = [Scale.of_words(scale) for scale in scales_of(words)]
    codes = [number for item in items for number in _codes(item)]
    if found and not sum(map(_n_coded, items)) > sum(map(_n_worded, items)):
        return found
    if not codes:
        return [Scale(1, 5)]
    least, most = min(codes), max(codes)
    if found:
        # The codes say how long it is; the words which end is which.
        fitting = [scale for scale in found if scale.most - 1 == most - least]
        if fitting:
            return [_moved(scale, least) for scale in fitting]
        ends = _ends(items, found)
        if ends is not None:
            return [ends]
    return _bare(least, most)


def _codes(item: _Item) -> list[float]:
    """Return the numbers that are answered or stand beside words, of no answer that is none."""
    answered = [
        answer.number
        for answer, used, blank in zip(item.answers, item.used(), item.blank, strict=True)
        if used and not blank and answer.number is not None
    ]
    labelled = [
        number
        for code, label in item.column.labels.items()
        if not is_no_answer(label) and (number := read_answer(code).number) is not None
    ]
    return [number for number in answered + labelled if number not in MISSING_CODES]


def _n_coded(item: _Item) -> int:
    """Return how many cells hold a number."""
    return _n_cells(item, [answer.number is not None for answer in item.answers])


def _n_worded(item: _Item) -> int:
    """Return how many cells hold words alone."""
    return _n_cells(item, [answer.number is None for answer in item.answers])


def _n_cells(item: _Item, which: Sequence[bool]) -> int:
    codes = item.cells.codes[item.cells.codes >= 0]
    return int((np.array(which, dtype=bool) & ~item.blank)[codes].sum())


def _moved(scale: Scale, least: float) -> Scale:
    """Return a scale that begins elsewhere than at 1."""
    words = {word: number - scale.least + least for word, number in scale.words.items()}
    return Scale(least, least + scale.most - scale.least, words, scale.family)


def _ends(items: Iterable[_Item], found: Sequence[Scale]) -> Scale | None:
    """Return the scale of codes of which only the ends, or some points, have words."""
    told: dict[float, str] = {}
    for item in items:
        for number, words in _pairs(item):
            told[number] = words
    codes = [number for item in items for number in _codes(item)]
    known = [word for word in told.values() if word in found[0].words]
    if len(known) < 2:
        return None
    least, most = min(codes), max(codes)
    return Scale(least, most, {}, found[0].family)


def _pairs(item: _Item) -> list[tuple[float, str]]:
    """Return the numbers of an item that have words, with them."""
    labelled = [
        (number, read_answer(label).words)
        for code, label in item.column.labels.items()
        if (number := read_answer(code).number) is not None and not is_no_answer(label)
    ]
    written = [
        (answer.number, answer.words)
        for answer, blank in zip(item.answers, item.blank, strict=True)
        if answer.number is not None and answer.words and not blank and not _is_code(answer)
    ]
    return labelled + written


def _bare(least: float, most: float) -> list[Scale]:
    if least < 1:
        return [Scale(0.0, float(n)) for n in (10, *range(4, 10)) if n >= most][:1]
    return [Scale(1.0, float(n)) for n in (*_LENGTHS, int(most)) if n >= most][:2]


def _numbers(
    item: _Item, scale: Scale, faults: Collected, rows: pd.Index[int]
) -> tuple[Array, bool]:
    """Return the number of each different answer, and whether they were turned."""
    turned = _runs_back(item)
    numbers = np.full(len(item.answers), np.nan)
    for at, (answer, used) in enumerate(zip(item.answers, item.used(), strict=True)):
        if item.blank[at] or not used:
            continue
        number = answer.number
        if number is None:
            number = scale.words.get(answer.words)
        elif turned:
            number = scale.least + scale.most - number
        if number is None or not scale.least <= number <= scale.most:
            _tell(item, at, scale, faults, rows)
        else:
            numbers[at] = number
    return numbers, turned


def _runs_back(item: _Item) -> bool:
    """Return whether the codes of an item fall where their words rise."""
    pairs = _pairs(item)
    scales = scales_of({words for _, words in pairs})
    known = sorted((n, scales[0].points[w]) for n, w in pairs if scales and w in scales[0].points)
    return len(known) > 1 and known[0][0] < known[-1][0] and known[0][1] > known[-1][1]


def _tell(item: _Item, at: int, scale: Scale, faults: Collected, rows: pd.Index[int]) -> None:
    word = str(item.cells.categories[at])
    where = rows[item.cells.codes == at].tolist()
    told: dict[str, object] = {
        "value": shown(word),
        "row": where[0],
        "column": shown(item.name),
        "choices": scale.told(),
    }
    code = "survey_not_on_scale"
    if item.answers[at].number in MISSING_CODES:
        code = "survey_code_of_none"
    elif likely := before_spreadsheet(word):
        code, told = "table_changed", {**told, "likely": likely}
    elif near := nearest(item.answers[at].words, scale.words):
        code, told = "survey_not_on_scale_near", {**told, "near": near}
    faults.add(Fault(place(where[0], shown(item.name)), code, told), where, len(where))


def _no_answers(item: _Item) -> dict[str, int]:
    """Return what was answered that is no answer, and how often."""
    codes = item.cells.codes
    counts = np.bincount(codes[codes >= 0], minlength=len(item.answers))
    told = {}
    for at in np.flatnonzero(item.blank & (counts > 0)).tolist():
        word = str(item.cells.categories[at])
        label = item.column.labels.get(word)
        told[f"{word} {label}" if label else word] = int(counts[at])
    return told

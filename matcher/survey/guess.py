"""What stands in a column: guessed from its name and its answers, with the reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from matcher.survey.days import is_day
from matcher.survey.personal import plain
from matcher.survey.result import ColumnKind, Reason
from matcher.survey.words import MISSING_CODES, is_no_answer, known_words, read_answer

Guess = tuple[ColumnKind, Reason]

CODED = ("company", "person")
"""What people type in a field of their own words that is no text: a code, or whose company."""
_MOST_WORDS = 6
_MOST_CHOICES, _LONGEST_CHOICE = 40, 60
_MOST_POINTS = 11
"""From 0 to 10 is the longest scale of items."""
_ALIKE = 0.9
"""Where so many answers are of one form the column is, and the rest are faults in it."""
_LIKERT = 0.6
_CODE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_./-]{1,19}")
_IN_PARTS = re.compile(r"(?=.*[0-9])[A-Za-z0-9]{1,4}(?:[ _./-][A-Za-z0-9]{1,4}){1,4}")
"""A code that somebody made of letters and a day, parts apart: ``AN 05 K``."""
POINT_CODE = re.compile(r"(?:A|AO|SQ|P)0{0,3}([0-9]{1,2})")
"""A point as LimeSurvey codes it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers of a column, each different one once."""

    words: Sequence[str]
    counts: Sequence[int]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_answers(self) -> int:
        """How many cells are filled."""
        return sum(self.counts)

    def share(self, flags: Sequence[bool]) -> float:
        """Return the share of the answers for whose words a flag is set."""
        told = sum(count for count, flag in zip(self.counts, flags, strict=True) if flag)
        return told / self.n_answers if self.n_answers else 0.0


def seen(column: pd.Categorical, labels: Mapping[str, str] | None = None) -> Seen:
    """Return the different answers of a column that say something; of very many a part."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.categories))
    step = max(len(counts) // _MOST_SEEN, 1)
    told = [
        (str(word), int(count))
        for word, count in zip(column.categories[::step], counts[::step], strict=True)
        if count and not is_no_answer(str(word))
    ]
    words, each = zip(*told, strict=True) if told else ((), ())
    return Seen(words, each, labels or {})


_MOST_SEEN = 2_000
"""Measured: the form of 200 000 different cells takes seconds to tell, that of these nothing."""


@cache
def _headings() -> Mapping[str, re.Pattern[str]]:
    file = resources.files(__package__).joinpath("headings.toml")
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        kind: re.compile(rf"^({_any(table['alone'])})$|\b({_any(table['words'])})\b")
        for kind, table in told.items()
    }


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


def heading_of(name: str, question: str = "") -> str | None:
    """Return what the name of a column says that stands in it; None if it says nothing.

    Examples
    --------
    >>> heading_of("Bedrijfscode"), heading_of("v12"), heading_of("Datum van de start")
    ('company', None, 'day')
    """
    for text in (question, name):
        words = plain(text)
        # A statement is no heading, but whoever asks may take more words.
        most = _MOST_WORDS * (2 if "?" in text else 1)
        if 0 < len(words.split()) <= most:
            found = [(at.start(), kind) for kind, at in _found(words)]
            if found:
                return min(found, key=lambda each: _ORDER.index(each[1]))[1]
    return None


_ORDER = (
    *("text", "person", "count", "day", "background", "company", "wave", "intervention", "state"),
)
"""Which goes first where a heading holds words of two: "Grootte van het bedrijf" is no company."""


def _found(words: str) -> list[tuple[str, re.Match[str]]]:
    hits = ((kind, pattern.search(words)) for kind, pattern in _headings().items())
    return [(kind, hit) for kind, hit in hits if hit]


def guess(name: str, question: str, answers: Seen, is_numeric: bool = False) -> Guess:
    """Return what a column holds and why."""
    heading = heading_of(name, question)
    by_heading = Reason("heading", {"heading": question or name})
    if heading == "text":
        return "text", by_heading
    if answers.labels and _are_points(answers.labels.values()):
        return "item", Reason("labels")
    numbers = [read_answer(word) for word in answers.words]
    words_known = [a.words in known_words() for a in numbers]
    if heading in (None, "wave", "state") and answers.share(words_known) >= _LIKERT:
        return "item", Reason("scale_words", {"share": round(100 * answers.share(words_known))})
    if heading == "company":
        return "company", by_heading
    if heading == "person":
        return _person(answers, by_heading)
    if heading == "day" and answers.share([is_day(word) for word in answers.words]) >= 0.5:
        return "day", by_heading
    if heading in ("wave", "background", "intervention", "state"):
        return "choice", by_heading
    if (
        is_numeric
        or answers.share([a.number is not None and not a.words for a in numbers]) >= _ALIKE
    ):
        return _number(heading, answers, [a.number for a in numbers if a.number is not None])
    if heading == "count":
        return "choice", by_heading
    if answers.share([is_day(word) for word in answers.words]) >= _ALIKE:
        return "day", Reason("days")
    if answers.words and _are_point_codes(answers):
        return "item", Reason("point_codes")
    return _words(answers)


def _are_points(labels: Iterable[str]) -> bool:
    words = [read_answer(label).words for label in labels]
    return sum(word in known_words() for word in words) >= 2


def _are_point_codes(answers: Seen) -> bool:
    found = [POINT_CODE.fullmatch(word) for word in answers.words]
    return len(answers.words) <= _MOST_POINTS and answers.share([bool(f) for f in found]) >= _ALIKE


def _person(answers: Seen, by_heading: Reason) -> Guess:
    """Return that a column holds codes of respondents, unless they are rather names."""
    codes = [any(f.fullmatch(word) for f in (_PERSON, _IN_PARTS)) for word in answers.words]
    return ("person", by_heading) if answers.share(codes) >= _ALIKE else ("text", Reason("names"))


_PERSON = re.compile(r"(?=\S*[0-9])[^\s@]{1,30}|[A-Z]{1,4}")
"""With a digit, or a few capitals: "Jan" is a name."""


def _number(heading: str | None, answers: Seen, numbers: Sequence[float]) -> Guess:
    if heading == "count":
        return "number", Reason("count")
    if answers.labels:
        return "choice", Reason("labelled")
    numbers = [number for number in numbers if number not in MISSING_CODES]
    whole = all(number.is_integer() for number in numbers)
    if whole and numbers and min(numbers) >= 0 and max(numbers) <= 10 and len(numbers) > 1:
        return "item", Reason("points", {"least": min(numbers), "most": max(numbers)})
    return "number", Reason("numbers")


def _words(answers: Seen) -> Guess:
    if not answers.words:
        return "text", Reason("empty")
    n, different = answers.n_answers, len(answers.words)
    short = max(map(len, answers.words)) <= _LONGEST_CHOICE
    again = answers.share([count > 1 for count in answers.counts])
    if answers.share([bool(_CODE.fullmatch(word)) for word in answers.words]) >= _ALIKE:
        if again >= 0.5 and different > 1:
            return "company", Reason("codes_again", {"n": n, "different": different})
        return "person", Reason("codes_once", {"n": n})
    if short and different <= _MOST_CHOICES and again >= _ALIKE:
        return "choice", Reason("few_words", {"different": different})
    return "text", Reason("own_words", {"different": different})


def separator_of(answers: Seen, marks: str) -> str:
    """Return what stands between several answers in a cell; empty where there are none.

    The parts must come back more often than the whole cells do, or a comma is only a comma.
    """
    for mark in marks:
        parts = [part.strip() for word in answers.words for part in word.split(mark)]
        parts = [part for part in parts if part]
        several = [mark in word.rstrip(mark + " ") for word in answers.words]
        ends = answers.words and all(word.endswith(mark) for word in answers.words)
        again = ends or (any(several) and len(set(parts)) < len(answers.words) * 0.8)
        few = len(set(parts)) <= _MOST_CHOICES
        if again and few and max(map(len, parts)) <= _LONGEST_CHOICE:
            return mark
    return ""

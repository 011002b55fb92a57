"""The respondents of all files brought together: a wave each, a row per person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.errors import Fault
from matcher.measure.study import Wave
from matcher.study.names import Matching
from matcher.study.sources import Respondents
from matcher.study.spelling import code_form
from matcher.study.study_file import AFTER, BEFORE, NAME, StudyFile
from matcher.tables.cells import read_day
from matcher.tables.faults import shown


@dataclass(frozen=True, slots=True)
class Gathered:
    """The waves of a study, and what became of every row."""

    waves: tuple[Wave, ...]
    """In order of time."""
    counts: Mapping[str, Mapping[str, int]]
    """File -> what became of its rows -> how many: why they were left out, or ``counted``."""
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Rows:
    """The rows of one wave while they are gathered."""

    answers: list[Array] = field(default_factory=list)
    companies: list[Ints] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    started: list[Array] = field(default_factory=list)
    days: list[str] = field(default_factory=list)


def gather(
    settings: StudyFile,
    respondents: Sequence[Respondents],
    matchings: Sequence[Matching],
    keys: Sequence[str],
    headcounts: Array,
) -> Gathered:
    """Return the waves of a study.

    Rows without a company of the list do not count.

    Parameters
    ----------
    settings : StudyFile
        What was decided.
    respondents, matchings : sequences of one length
        Each file, and the companies of its rows.
    keys : sequence of str
        The companies of the list.
    headcounts : ndarray of shape (n_companies,)
        People who work there; NaN where nobody knows.
    """
    at = {key: place for place, key in enumerate(keys)}
    counts: dict[str, Counter[str]] = {}
    waves: dict[str, _Rows] = {}
    faults: list[Fault] = []
    for file, matching in zip(respondents, matchings, strict=True):
        counts[file.file] = Counter(file.dropped)
        where = np.array(
            [at[key] if key is not None else -1 for key in matching.companies()], dtype=np.intp
        )
        named = np.array([_wave(word, settings) for word in file.waves], dtype=object)
        for word in sorted({w for w, wave in zip(file.waves, named, strict=True) if not wave}):
            faults.append(Fault(f"{file.file}, {NAME}", "study_no_wave", {"value": shown(word)}))
        counts[file.file]["no_company"] += int((where < 0).sum())
        for wave in sorted({str(each) for each in named if each}):
            mine = (named == wave) & (where >= 0)
            _add(waves.setdefault(wave, _Rows()), file, where, mine)
            counts[file.file]["counted"] += int(mine.sum())
    order = _in_time(waves)
    people = _numbered([rows.people for _, rows in order])
    made = [
        _wave_of(name, rows, person, headcounts)
        for (name, rows), person in zip(order, people, strict=True)
    ]
    return Gathered(
        tuple(made), {file: dict(+each) for file, each in counts.items()}, tuple(faults)
    )


def _wave(word: str, settings: StudyFile) -> str:
    """Return the wave that the word of a row tells; nothing if it tells none."""
    if word in settings.waves:
        return settings.waves[word]
    return word if word in {BEFORE, AFTER, *(file.wave for file in settings.file)} else ""


def _add(rows: _Rows, file: Respondents, where: Ints, mine: Bools) -> None:
    rows.answers.append(file.answers[mine])
    rows.companies.append(where[mine])
    rows.people += [code for code, is_mine in zip(file.people, mine, strict=True) if is_mine]
    rows.started.append(file.started[mine])
    if file.settings.day:
        rows.days.append(file.settings.day)


def _in_time(waves: Mapping[str, _Rows]) -> list[tuple[str, _Rows]]:
    """Return the waves in order of time: before, after, and later ones by their first day."""
    first = (BEFORE, AFTER)

    def place(name: str) -> tuple[int, str, str]:
        rank = first.index(name) if name in first else len(first)
        return rank, min(waves[name].days, default="~"), name

    return [(name, waves[name]) for name in sorted(waves, key=place)]


def _numbered(people: Sequence[Sequence[str]]) -> list[Ints]:
    """Return a number for each code of a person, the same in every wave; -1 where there is none."""
    numbers: dict[str, int] = {}
    return [
        np.array(
            [
                numbers.setdefault(form, len(numbers)) if (form := code_form(code)) else -1
                for code in codes
            ],
            dtype=np.intp,
        )
        for codes in people
    ]


def _wave_of(name: str, rows: _Rows, person: Ints, headcounts: Array) -> Wave:
    started = np.concatenate(rows.started)
    days = sorted(day for text in rows.days if isinstance(day := read_day(text), date))
    return Wave(
        name=name,
        answers=np.concatenate(rows.answers),
        company=np.concatenate(rows.companies),
        person=person if (person >= 0).any() else None,
        started=started if np.isfinite(started).any() else None,
        headcount=headcounts,
        day=days[(len(days) - 1) // 2] if days else None,
    )

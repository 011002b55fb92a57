"""What was read of the files of a study, written to its study file as guesses, each with why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.errors import Fault, InvalidSurvey
from matcher.measure.items import item_fit, turned_on_six
from matcher.measure.moments import covariances
from matcher.messages import say
from matcher.study.columns import guess_roles
from matcher.study.items import Asked, Paired, pair_items
from matcher.study.sources import scale_of
from matcher.study.study_file import AFTER, BEFORE, UNDECIDED, Pad
from matcher.survey.likert import Numbers, Scale, blocks, read_items
from matcher.survey.result import Column, Recognised, Role, Survey
from matcher.survey.roles import ANOTHER_WAVE, middle_day, wave_of
from matcher.tables.cells import read_day
from matcher.vocabulary import Language

_CODE = re.compile(r"code|nummer|number|\b(?:nr|id)\b", re.I)
_ALL = 0.95
"""Share of different numbers in a column of numbers of rows; a copied row has one twice."""
HALF = 0.5
"""From this share of items without a column on, the file may be another questionnaire."""
PEOPLE: frozenset[Role] = frozenset({"before", "after", "both", "respondents"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is new to the study."""

    path: Path
    digest: str
    survey: Survey


class Guesses:
    """Writes what was read to a study file, each guess with why."""

    def __init__(self, pad: Pad, folder: Path, language: Language) -> None:
        self._pad, self._folder, self._language = pad, folder, language

    def write(self, pairs: Sequence[tuple[Source, Recognised]]) -> list[Fault]:
        """Write the files, the instrument first where there is none; return what to say of them."""
        people = [pair for pair in pairs if pair[1].role in PEOPLE]
        items = self._items()
        if not items and people:
            items = self._instrument(_fullest(people))
        notes: list[Fault] = []
        numbered: list[tuple[Survey, Paired]] = []
        for source, told in pairs:
            paired = None
            if told.role in PEOPLE and items:
                paired = pair_items(items, _asked(told.survey))
                numbered.append((told.survey, paired))
                notes += _left_over(source.path.name, items, paired)
            self._file(source, told, paired)
            self._waves(told)
        self._scale(numbered)
        return notes

    def _items(self) -> dict[str, Asked]:
        """Return the items of the instrument as the study has them."""
        return {
            item.name: Asked(item.name, item.question or item.name)
            for item in self._pad.settings.instrument.item
        }

    def _instrument(self, survey: Survey) -> dict[str, Asked]:
        """Write the items of the longest block of answers on one scale, and return them."""
        block = max(blocks(survey), key=len)
        items: dict[str, Asked] = {}
        for number, name in enumerate(block, start=1):
            column = survey.column(name)
            items[f"item{number}"] = Asked(name, column.question)
        self._pad.put("instrument", "name", "", self._say("instrument_name"))
        self._pad.put("instrument", "scale", UNDECIDED)
        half = ceil(len(items) / 2)
        self._pad.put("instrument", "min_items", half, self._say("half", n=len(items)))
        for item, asked in items.items():
            self._pad.add(
                "instrument.item",
                {"name": item, "question": asked.question, "reversed": False},
                {},
            )
        return items

    def _file(self, source: Source, told: Recognised, paired: Paired | None) -> None:
        survey = told.survey
        role, wave = _role_and_wave(told.role)
        why = " ".join(each.text(self._language) for each in told.because)
        doubt = " ".join(each.text(self._language) for each in told.doubt)
        values: dict[str, object] = {
            "path": _from(self._folder, source.path),
            "sha256": source.digest,
        }
        if survey.sheet is not None:
            values["sheet"] = survey.sheet
        values["role"] = role
        comments = {"role": self._guess(why, doubt)}
        if role == "respondents":
            day = middle_day(survey) or ""
            if told.wave is None:
                values["wave"] = self._wave_at(day, wave)
            values["day"] = day
            if day:
                comments["day"] = self._say("middle_day")
            columns, reasons = self._columns(survey, told.wave)
            if survey.personal:
                values["left_out"] = list(survey.personal)
                comments["left_out"] = self._say("left_out")
            values["columns"] = columns
            comments |= {f"columns.{key}": text for key, text in reasons.items()}
            if paired is not None:
                values["items"] = {**paired.columns, **dict.fromkeys(paired.doubtful, UNDECIDED)}
                comments |= self._likeness(survey, paired)
        elif role in ("companies", "log"):
            values["columns"] = self._table(role, survey)
        self._pad.add("file", values, comments)

    def _wave_at(self, day: str, wave: str) -> str:
        """Return the wave of a file: one of the study that was held then, or a later one."""
        days: dict[str, list[date | None]] = {}
        for file in self._pad.settings.of_role("respondents"):
            if file.wave not in ("", UNDECIDED):
                told = read_day(file.day)
                days.setdefault(file.wave, []).append(None if isinstance(told, str) else told)
        if not day or wave == BEFORE:
            return wave
        then = date.fromisoformat(day)
        known = {name: [d for d in each if d is not None] for name, each in days.items()}
        for name, each in known.items():
            if any(abs(then - other) < ANOTHER_WAVE for other in each):
                return name
        later = all(other < then for each in known.values() for other in each)
        if not any(known.values()) or not later or None in days.get(AFTER, []):
            return wave
        number = 2
        while f"{AFTER}-{number}" in days:
            number += 1
        return f"{AFTER}-{number}" if AFTER in days else AFTER

    def _columns(self, survey: Survey, wave: str | None) -> tuple[dict[str, str], dict[str, str]]:
        """Return which column tells the company, the person, the start and the wave, and why."""
        found: dict[str, Column] = {}
        companies = [survey.column(name) for name in survey.of_kind("company")]
        for column in companies:
            coded = _CODE.search(f"{column.name} {column.question}") is not None
            found.setdefault("company_code" if coded else "company_name", column)
        for name in survey.of_kind("person"):
            if not _numbers_rows(survey.rows[name]):
                found.setdefault("person", survey.column(name))
        for name in survey.of_kind("day"):
            if survey.column(name).because.code == "day_of_tool":
                found.setdefault("started", survey.column(name))
        if wave is not None:
            found["wave"] = survey.column(wave)
        if not companies:
            return {"company_code": UNDECIDED, **{k: c.name for k, c in found.items()}}, {}
        reasons = {key: self._guess(c.because.text(self._language)) for key, c in found.items()}
        return {key: column.name for key, column in found.items()}, reasons

    def _table(self, role: str, survey: Survey) -> dict[str, str]:
        """Return which column of a company list or a log holds what."""
        table = "list" if role == "companies" else "log"
        return dict(guess_roles(table, headings_of(survey)))  # type: ignore[arg-type]

    def _likeness(self, survey: Survey, paired: Paired) -> dict[str, str]:
        comments = {}
        for item, column in {**paired.columns, **paired.doubtful}.items():
            likeness = paired.likeness[item]
            if likeness < 100:
                told = {"column": column, "question": survey.column(column).question}
                text = self._say("item_like", percent=round(likeness), **told)
                comments[f"items.{item}"] = text
        return comments

    def _waves(self, told: Recognised) -> None:
        if told.wave is None:
            return
        cells = told.survey.rows[told.wave]
        labels = told.survey.column(told.wave).labels
        for word in cells.cat.categories:
            wave = wave_of(labels.get(str(word), str(word)))
            why = self._guess(labels.get(str(word), "")) if wave else ""
            self._pad.put("waves", str(word), wave or UNDECIDED, why)

    def _scale(self, numbered: Sequence[tuple[Survey, Paired]]) -> None:
        """Write the scale, the words that are not on it, and which items look reversed."""
        read: list[tuple[Numbers, Paired]] = []
        scales: list[Scale] = []
        for survey, paired in numbered:
            columns = list(paired.columns.values())
            if not columns:
                continue
            try:
                numbers = read_items(survey, columns)
            except InvalidSurvey as refused:
                for fault in refused.faults:
                    near = str(fault.params.get("near", ""))
                    why = self._say("word_near", near=near) if near else ""
                    self._pad.put("answers", str(fault.params["value"]), UNDECIDED, why)
                scales += filter(None, [scale_of(survey, columns)])
            else:
                read.append((numbers, paired))
                scales.append(numbers.scale)
                self._told_scale(numbers)
        for scale in scales:
            self._pad.settle("instrument", "scale", _ends(scale), self._guess(scale.told()))
        self._reversed(read)

    def _told_scale(self, numbers: Numbers) -> None:
        if numbers.others:
            why = self._say("scale_or", others=", ".join(map(_ends, numbers.others)))
            self._pad.settle("instrument", "scale", _ends(numbers.scale), self._guess(why))

    def _reversed(self, read: Sequence[tuple[Numbers, Paired]]) -> None:
        """Mark items that run against the others; a person who marked one already decided."""
        instrument = self._pad.settings.instrument
        span = instrument.range
        if span is None or not read or any(item.reversed for item in instrument.item):
            return
        names = instrument.item_names
        frames = []
        for numbers, paired in read:
            frame = numbers.values.rename(columns={c: i for i, c in paired.columns.items()})
            frames.append(frame.reindex(columns=list(names)))
        answers = pd.concat(frames, ignore_index=True).to_numpy(float)
        answers = np.where(span.outside(answers), np.nan, answers)
        straight = turned_on_six(answers, span, np.zeros(len(names), dtype=bool))
        fit = item_fit(covariances(straight, np.zeros(len(straight), dtype=np.intp))[0])
        for at in np.flatnonzero(fit.explained):
            text = self._say("runs_against", r=f"{fit.rest[at]:.2f}")
            self._pad.change("instrument.item", int(at), "reversed", True, self._guess(text))

    def _say(self, key: str, **params: object) -> str:
        return say(self._language, f"study.{key}", **params)

    def _guess(self, why: str, doubt: str = "") -> str:
        text = self._say("guess", why=why) if why else ""
        return " ".join(filter(None, (text, self._say("doubt", doubt=doubt) if doubt else "")))


def headings_of(survey: Survey) -> list[str]:
    """Return the names of all columns, also of those that a survey leaves out.

    What was tried stands in somebody's own words, and the name of a company is no person's.
    """
    return [*(column.name for column in survey.columns), *survey.personal]


def _ends(scale: Scale) -> str:
    return f"{scale.least:g}-{scale.most:g}"


def _role_and_wave(role: Role) -> tuple[str, str]:
    match role:
        case "before" | "after":
            return "respondents", BEFORE if role == "before" else AFTER
        case "respondents":
            return "respondents", UNDECIDED
        case "both":
            return "respondents", ""
        case "companies" | "log":
            return role, ""
    return "leave_out", ""


def _fullest(people: Sequence[tuple[Source, Recognised]]) -> Survey:
    """Return the file whose items define the instrument: of the first wave, with most answers."""
    told = [each for _, each in people]
    first = [each for each in told if each.role in ("before", "both")] or told
    asks = [each for each in first if any(c.question != c.name for c in each.survey.columns)]
    return max(asks or first, key=lambda each: len(each.survey.rows)).survey


def _numbers_rows(cells: pd.Series) -> bool:
    """Return whether a column is a number of each row, which says nothing of who it was before."""
    known = cells.dropna().astype(str)
    numbers = bool(known.str.fullmatch(r"[0-9]+(?:\.0)?").all())
    return numbers and known.nunique() >= _ALL * len(known)


def _asked(survey: Survey) -> list[Asked]:
    return [Asked(name, survey.column(name).question) for name in survey.of_kind("item")]


def _left_over(file: str, items: Mapping[str, Asked], paired: Paired) -> Iterator[Fault]:
    """Yield what to say of items that a file lacks, and of columns that are no item."""
    if len(paired.missing) >= HALF * len(items):
        told = {"n": len(paired.missing), "total": len(items)}
        yield Fault(file, "study_other_questions", told)
    elif paired.missing:
        yield Fault(file, "study_items_missing", {"items": ", ".join(paired.missing)})
    if paired.others:
        yield Fault(file, "study_items_unused", {"columns": ", ".join(paired.others)})


def _from(folder: Path, path: Path) -> str:
    """Return a path as it is found from a folder, with slashes on every system."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()

"""The invented people of the example: what they think, what they type, and in which file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import numpy as np

from matcher.arrays import Array
from matcher.study.questionnaire import own_toml, questionnaire

Wave = Literal["before", "after"]
WAVES: Mapping[Wave, tuple[datetime, int]] = {
    "before": (datetime(2025, 1, 20, 8), 25),
    "after": (datetime(2025, 9, 8, 8), 25),
}
"""Wave -> the first morning and the number of days in which people answer."""
CODED = ("qualtrics", "spss", "limesurvey")
"""Files that ask for the code of the company and a code of one's own; Forms asks the name alone."""
MOST = 7

_LEVEL, _BETWEEN, _WITHIN, _ITEM, _GAIN, _SAME = 4.4, 0.45, 0.8, 0.9, 0.25, 0.6
"""On 1-7: level, SD of companies, of their people and of answers, mean gain, and r over time."""
_EASE = (-0.2, 0.0, 0.4, 0.1, -0.1, 0.0, 0.2, -0.4)
_TOLD = 0.9
"""Share of people who make a code of their own where they are asked to."""
_OPEN, _MOST_GAPS, _BROKEN_OFF = 0.14, 2, 2
"""Share of people who leave sentences open, how many at most, and after how many others stop."""
_EVERY = 30
"""One in so many people gives one answer to everything."""
_SOMETIMES = 5
"""One in so many rows has a remark."""
_LAST = ("A", "E", "K", "M", "N", "S", "T")
_LETTERS = ("MA", "AN", "JO", "GE", "TI", "EL", "SI", "WI", "GR", "HE", "BA", "LI", "TR", "FE")
_REMARKS = (
    "Meer tijd graag.",
    "Vraag het maar aan Wiebe, die weet alles van de machines.",
    "Fijn dat jullie dit vragen!",
    'Bij ons heet het "even meekijken", dat werkt goed.',
    "De cursus was te lang; een halve dag is genoeg.",
    "geen",
    "Op de nachtploeg komt hier niets van terecht.",
    "Ik leer het meest van mijn vaste maatje.",
    "Vraag 5 vond ik lastig",
    "We hebben wel tijd, maar niemand die het uitlegt.",
    "Liever geen toetsen.",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one wave, as they are before anything is typed."""

    company: str
    turned: tuple[int | None, ...]
    """Answer to each item on 1-7, more is more learning; None where there is none."""
    pairing: str
    """Their own code; empty where they made none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file of answers."""

    person: Person
    file: str
    code: str
    name: str
    pairing: str
    started: datetime
    seconds: int
    kind: Literal["answer", "unfinished", "preview"] = "answer"
    unsure: bool = False
    """Whether an answer that is missing says ``weet niet``."""
    remark: str = ""

    @property
    def given(self) -> tuple[int | None, ...]:
        """Answers as they were given: those to a reversed item turned back."""
        return tuple(
            MOST + 1 - answer if item.is_reversed and answer else answer
            for item, answer in zip(questionnaire().items, self.person.turned, strict=True)
        )


@cache
def invented() -> dict[str, Any]:
    """Return the companies, the doubtful spellings and the log of the example."""
    return own_toml("example.toml")


def people(seed: int) -> dict[Wave, list[Person]]:
    """Return everybody who answered, in the order of the companies; the same for the same seed."""
    rng = np.random.default_rng([seed, 1])
    found: dict[Wave, list[Person]] = {"before": [], "after": []}
    for company in invented()["company"]:
        n_before, n_after, n_both = company["answered"]
        level = rng.normal(_LEVEL, _BETWEEN)
        moods = rng.normal(size=n_before)
        later = _SAME * moods[:n_both] + np.sqrt(1 - _SAME**2) * rng.normal(size=n_both)
        later = np.append(later, rng.normal(size=n_after - n_both))
        # Forms has no code of one's own to ask for, and some would rather not make one.
        codes = _own_codes(n_before + n_after - n_both, rng)
        later_codes = codes[:n_both] + codes[n_before:]
        gain = rng.normal(_GAIN, 0.2)
        parts: tuple[tuple[Wave, Array, list[str], float], ...] = (
            ("before", moods, codes[:n_before], level),
            ("after", later, later_codes, level + gain),
        )
        for wave, mood, own, height in parts:
            coded = company.get(wave) in CODED
            for each, code in zip(mood, own, strict=True):
                answers = _answers(height + _WITHIN * each, rng)
                if (len(found[wave]) + 1) % _EVERY == 0:
                    answers = _straight(rng)
                told = code if coded and rng.random() < _TOLD else ""
                found[wave].append(Person(company["code"], answers, told))
    return found


def _own_codes(n: int, rng: np.random.Generator) -> list[str]:
    """Return n codes that differ: letters of a mother's name, a day, the last letter of a name."""
    codes: dict[str, None] = {}
    while len(codes) < n:
        codes[f"{rng.choice(_LETTERS)}{rng.integers(1, 32):02d}{rng.choice(_LAST)}"] = None
    return list(codes)


def _answers(level: float, rng: np.random.Generator) -> tuple[int | None, ...]:
    exact = level + np.array(_EASE) + _ITEM * rng.normal(size=len(_EASE))
    answers: list[int | None] = np.clip(np.rint(exact), 1, MOST).astype(int).tolist()
    if rng.random() < _OPEN:
        gaps = rng.integers(1, _MOST_GAPS + 1)
        for place in rng.choice(len(answers), size=gaps, replace=False):
            answers[place] = None
    return tuple(answers)


def _straight(rng: np.random.Generator) -> tuple[int, ...]:
    """Return one answer to everything: to a reversed item it means the opposite."""
    one = int(rng.integers(MOST // 2 + 1, MOST + 1))
    return tuple(MOST + 1 - one if item.is_reversed else one for item in questionnaire().items)


def rows(seed: int) -> dict[str, list[Row]]:
    """Return the rows of each file, the earliest first, with everything that is wrong in them."""
    rng = np.random.default_rng([seed, 2])
    companies = {company["code"]: company for company in invented()["company"]}
    found: dict[str, list[Row]] = {}
    for wave, several in people(seed).items():
        first, days = WAVES[wave]
        seen: dict[str, int] = {}
        for person in several:
            company = companies[person.company]
            place = seen[person.company] = seen.get(person.company, 0) + 1
            row = _doubtful(_typed(person, company, company[wave], place, rng), place)
            of_file = found.setdefault(row.file, [])
            kind, bare = divmod(len(of_file), _SOMETIMES)
            remark = "" if bare else _REMARKS[kind % len(_REMARKS)]
            minutes = int(rng.integers(days)) * 24 * 60 + int(rng.integers(9 * 60))
            started = first + timedelta(minutes=minutes, seconds=int(rng.integers(60)))
            of_file.append(replace(row, started=started, remark=remark))
    for file, typed in found.items():
        typed += [*_broken_off(typed, rng), *_previews(file, typed, rng)]
        typed.sort(key=lambda row: row.started)
        typed[:] = _twice(file, typed, rng)
    return found


def _typed(
    person: Person, company: dict[str, Any], file: str, place: int, rng: np.random.Generator
) -> Row:
    """Return what somebody types; the people of a company take its spellings in turn."""
    coded = file in CODED
    code = person.company
    codes = (code, code.lower(), code, code.replace("-", " "), code, code.replace("O", "0"))
    names = [company["name"], *company["typed"], company["name"], company["name"]]
    names += [*company.get("slips", ()), ""] if coded else []
    own = person.pairing
    return Row(
        person,
        file,
        codes[place % len(codes)] if coded else "",
        names[place % len(names)],
        str(rng.choice([own, own, own, own.lower(), f"{own[:2]} {own[2:]}".strip()])),
        datetime.min,
        int(rng.integers(120, 600)),
        unsure=bool(rng.random() < 0.5),
    )


def _doubtful(row: Row, place: int) -> Row:
    """Return a row as the first people of some companies typed it: nobody but a person can tell."""
    for each in invented()["doubtful"]:
        if (each["company"], each["file"]) == (row.person.company, row.file) and place <= each["n"]:
            return replace(row, code=each["typed_code"], name=each["typed_name"])
    return row


def _broken_off(several: list[Row], rng: np.random.Generator) -> Iterator[Row]:
    """Yield rows of people who stopped after two sentences."""
    may = [row for row in several if None not in row.person.turned[:_BROKEN_OFF]]
    for place in rng.choice(len(may), size=3, replace=False):
        row = may[place]
        answers = row.person.turned[:_BROKEN_OFF] + (None,) * (len(_EASE) - _BROKEN_OFF)
        yield replace(
            row,
            person=replace(row.person, turned=answers, pairing=""),
            pairing="",
            started=row.started + timedelta(minutes=int(rng.integers(30, 300))),
            seconds=40,
            kind="unfinished",
            unsure=False,
            remark="",
        )


def _previews(file: str, several: list[Row], rng: np.random.Generator) -> Iterator[Row]:
    """Yield the trials of the researcher, which only Qualtrics keeps."""
    if file == "qualtrics":
        for place in rng.choice(len(several), size=2, replace=False):
            row = several[place]
            yield replace(
                row, started=row.started - timedelta(days=20), kind="preview", remark="test"
            )


def _twice(file: str, several: list[Row], rng: np.random.Generator) -> Iterator[Row]:
    """Yield all rows, and two of them once more, at the same moment: sent twice."""
    may = [
        place
        for place, row in enumerate(several)
        if row.kind == "answer" and (row.pairing or file not in CODED) and None not in row.given
    ]
    again = set(rng.choice(may, size=2, replace=False).tolist()) if file != "limesurvey" else set()
    for place, row in enumerate(several):
        yield row
        if place in again:
            yield row

"""A whole invented study, with what is wrong in real ones, whose right outcome is known.

The outcome is worked out from the invented people, before anything is typed, so that whoever reads
the files can be held to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from matcher.files import whole_file
from matcher.study.example_files import FILES, columns, example_bytes
from matcher.study.example_people import MOST, WAVES, Person, Row, Wave, invented, people, rows
from matcher.study.questionnaire import Said

__all__ = [
    "FILES",
    "FLAWS",
    "MIN_ITEMS",
    "READMES",
    "ExampleTruth",
    "Flaw",
    "Measured",
    "company_score",
    "example_truth",
    "person_score",
    "readme",
    "write_example",
]

MIN_ITEMS = 4
"""Sentences that somebody must have answered to count; any number from 3 to 6 gives the same."""
FEWEST = 5
"""A company of fewer respondents is not shown."""
READMES: Mapping[Literal["nl", "en"], str] = {"nl": "LEESMIJ.txt", "en": "README.txt"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong in the files, as in real ones."""

    id: str
    file: str
    """Kind of file it is in, a key of ``FILES``; one of those where there are more."""
    said: Said


FLAWS = tuple(
    Flaw(raw["id"], raw["file"], {"nl": raw["nl"], "en": raw["en"]}) for raw in invented()["flaw"]
)
"""What is wrong in the files, each of them at least once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A company in one wave, on 1-6."""

    mean: float
    sd: float
    n: int
    n_twice: int
    """People among them whose own code is there in both waves."""


@dataclass(frozen=True, slots=True)
class ExampleTruth:
    """What comes out of the files if they are read right; companies go by their code."""

    companies: tuple[Mapping[str, Any], ...]
    """Of each ``company``: ``name``, ``sector``, ``sbi_version``, ``size_class``, ``province``."""
    trials: tuple[Mapping[str, Any], ...]
    """A row per line of the log that is on the menu, in the columns of a file of trials; days as
    ``date``, None where unknown. A company of fewer than five respondents has its scores too."""
    off_menu: tuple[Mapping[str, Any], ...]
    """The same for what is not on the menu, with the words of the log in ``intervention``."""
    measured: Mapping[tuple[str, Wave], Measured]
    """Company and wave -> its scores; not there where nobody answered."""
    spellings: Mapping[tuple[str, str], str]
    """Code and name as they were typed -> company, over all files; empty where it was left open."""
    doubtful: frozenset[tuple[str, str]]
    """Spellings that nobody can be sure of without asking."""
    cards: Mapping[str, str | None]
    """Words of the log -> id of the card, ``geen``, or None for what is not on the menu."""
    columns: Mapping[str, Mapping[str, str]]
    """File -> column -> what it is: ``company_code``, ``company_name``, ``pairing``, ``item_1``."""
    reversed_items: tuple[str, ...]
    n_rows: Mapping[str, int]
    """File -> rows of answers in it."""
    left_out: Mapping[str, Mapping[str, int]]
    """File -> why rows do not count -> how many: ``preview``, ``unfinished``, ``duplicate``."""
    straight_lines: Mapping[str, int]
    """File -> people who gave one answer to everything, none left open; they count."""
    n_incomplete: Mapping[str, int]
    """File -> people who count though they left something open."""


def person_score(turned: Sequence[int | None], min_items: int = MIN_ITEMS) -> float | None:
    """Return the mean of answers on 1-7, more is more learning, carried to 1-6; None of too few.

    >>> person_score((7, 7, 4, None)), person_score((7, None, None, None))
    (None, None)
    >>> person_score((7, 7, 4, 4))
    4.75
    """
    given = [answer for answer in turned if answer is not None]
    return 1 + 5 * (fmean(given) - 1) / (MOST - 1) if len(given) >= min_items else None


def company_score(several: Sequence[Person], twice: frozenset[str] = frozenset()) -> Measured:
    """Return what is measured of the people of a company; the SD has n - 1 below it."""
    scored = [(person, score) for person in several if (score := person_score(person.turned))]
    scores = [score for _, score in scored]
    n_twice = sum(person.pairing in twice for person, _ in scored)
    return Measured(fmean(scores), stdev(scores), len(scores), n_twice)


def example_truth(seed: int) -> ExampleTruth:
    """Return the right outcome of the study that ``write_example`` writes for the same seed."""
    typed = rows(seed)
    measured = _measured(people(seed))
    log = invented()["log"]
    entries = [_trial(each, measured) for each in log]
    spellings = {
        (row.code, row.name): row.person.company for several in typed.values() for row in several
    } | {("", each["typed"]): each["company"] for each in log}
    once = {file: list(dict.fromkeys(several)) for file, several in typed.items()}
    counted = {
        FILES[file]: [row.given for row in several if row.kind == "answer"]
        for file, several in once.items()
    }
    return ExampleTruth(
        companies=tuple(_company(each) for each in invented()["company"]),
        trials=tuple(
            each for each, entry in zip(entries, log, strict=True) if entry["intervention"]
        ),
        off_menu=tuple(
            each | {"intervention": entry["tried"]}
            for each, entry in zip(entries, log, strict=True)
            if not entry["intervention"]
        ),
        measured=measured,
        spellings=spellings,
        doubtful=frozenset(
            (each["typed_code"], each["typed_name"]) for each in invented()["doubtful"]
        ),
        cards={each["tried"]: each["intervention"] or None for each in log},
        columns=columns(),
        reversed_items=("item_5",),
        n_rows={FILES[file]: len(several) for file, several in typed.items()},
        left_out={FILES[file]: _left_out(several) for file, several in typed.items()},
        straight_lines={
            file: sum(len(set(given)) == 1 for given in several)
            for file, several in counted.items()
        },
        n_incomplete={
            file: sum(None in given for given in several) for file, several in counted.items()
        },
    )


def _measured(waves: Mapping[Wave, Sequence[Person]]) -> dict[tuple[str, Wave], Measured]:
    of_company: dict[tuple[str, Wave], list[Person]] = defaultdict(list)
    for wave, several in waves.items():
        for person in several:
            of_company[person.company, wave].append(person)
    own = {
        key: frozenset(person.pairing for person in several if person.pairing)
        for key, several in of_company.items()
    }
    nobody: frozenset[str] = frozenset()
    twice = {
        company: own[company, "before"] & own.get((company, "after"), nobody)
        for company, wave in of_company
        if wave == "before"
    }
    return {key: company_score(several, twice[key[0]]) for key, several in of_company.items()}


def _company(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "company": raw["code"],
        "name": raw["name"],
        "sector": raw["section"],
        "sbi_version": "2025",
        "size_class": raw["size"],
        "province": raw["province"],
    }


def _trial(
    entry: Mapping[str, Any], measured: Mapping[tuple[str, Wave], Measured]
) -> dict[str, Any]:
    companies = {each["code"]: _company(each) for each in invented()["company"]}
    profile = ("sector", "sbi_version", "province")
    start = entry.get("day", entry.get("from"))
    row = {
        "source": "experiment",
        "company": entry["company"],
        **{name: companies[entry["company"]][name] for name in profile},
        "intervention": entry["intervention"],
        "start_date": start if isinstance(start, date) else None,
        "end_date": entry.get("to"),
        "state": entry["state"],
        "participants": entry.get("participants"),
        "hours_per_participant": entry.get("hours"),
        "scale": "1-6",
    }
    for wave in WAVES:
        scores = measured.get((entry["company"], wave))
        row[f"culture_{wave}"] = scores.mean if scores else None
        row[f"culture_{wave}_sd"] = scores.sd if scores else None
        row[f"respondents_{wave}"] = scores.n if scores else None
    return row


def _left_out(several: Sequence[Row]) -> dict[str, int]:
    kinds = Counter(row.kind for row in several if row.kind != "answer")
    twice = sum(n - 1 for n in Counter(several).values())
    return dict(kinds) | ({"duplicate": twice} if twice else {})


def readme(language: Literal["nl", "en"]) -> str:
    """Return what the folder tells of itself: its files and everything that is wrong in them."""
    flaws = "\n".join(f"- {FILES[flaw.file]}: {flaw.said[language]}" for flaw in FLAWS)
    n = len(invented()["company"])
    told: str = invented()["readme"][language]
    return told.format(**FILES, n=n, flaws=flaws)


def write_example(folder: Path, seed: int) -> tuple[Path, ...]:
    """Write the study in a folder, which is made if it is not there; return its files.

    The same seed gives the same bytes. Files of the same names are written over.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = example_bytes(seed)
    content |= {READMES[language]: readme(language).encode() for language in READMES}
    written = []
    for name, each in content.items():
        with whole_file(folder / name, 0o644) as file:
            file.write(each)
        written.append(folder / name)
    return tuple(written)

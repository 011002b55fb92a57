"""The third step of a study: trials, measurements and the report of the data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from matcher.errors import Fault, InvalidStudy, Warned
from matcher.files import write_together
from matcher.measure.scale import SIX
from matcher.measure.study import Instrument, Measure, measure_study
from matcher.menu.card import Menu
from matcher.places.lookup import Places
from matcher.study.cards import CardWords
from matcher.study.companies import Company
from matcher.study.gathered import Gathered, gather
from matcher.study.guesses import HALF
from matcher.study.log import Entry
from matcher.study.pseudonyms import Keys, keep_pseudonyms
from matcher.study.study_file import AFTER, BEFORE, NAME, StudyFile
from matcher.study.when import When
from matcher.study.who import Known, doubts, no_progress, read_known
from matcher.tables.cells import harmless
from matcher.trials.columns import CONTROL, MEASURED_COLUMNS, TRIAL_COLUMNS
from matcher.trials.measurements import measurements_of, measurements_text
from matcher.trials.oddities import confirm
from matcher.vocabulary import Language

TRIALS, MEASUREMENTS, OFF_MENU, KEYS = "trials.csv", "measurements.csv", "off-menu.csv", "keys.csv"
SEED = 2026
"""Of the bootstrap, so that the same files give the same bytes."""
COLUMNS = (*TRIAL_COLUMNS, *MEASURED_COLUMNS)
OFF_MENU_COLUMNS = ("company", "called", "start_date", "end_date", "state")


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made."""

    folder: Path
    trials: tuple[Mapping[str, Any], ...]
    measurements: pd.DataFrame
    off_menu: tuple[Mapping[str, Any], ...]
    measure: Measure
    gathered: Gathered
    known: Known
    keys: Keys
    warnings: tuple[Warned, ...]
    """What was odd, and accepted."""
    menu: Menu
    left_out: Mapping[str, int]
    """Why an entry of the log is no trial -> how many: ``no_company``."""


def build_study(
    folder: Path,
    cards: CardWords,
    places: Places,
    language: Language = "nl",
    *,
    accepted: bool = False,
    describe: Callable[[Built, Language], Mapping[str, str]] | None = None,
    progress: Callable[[str], None] = no_progress,
) -> Built:
    """Write the trials and measurements of a study, or say all that stands in the way.

    The files are written last and together; pseudonyms come from the key file of the folder, which
    is added to first: a pseudonym that was given stays. ``describe`` makes texts about them, by
    name of file, which are written with them: where it fails, nothing is. ``progress`` is told the
    name of each file that was read, and then of each file that holds what was made.

    Raises
    ------
    InvalidStudy
        With every fault, and every value of the study file that waits for a decision.
    Unconfirmed
        If something is odd, and it was not ``accepted``.
    BrokenKeys
        If the key file is none.
    OSError
        If a file cannot be written.
    """
    known = read_known(folder, cards, places, progress)
    settings = known.settings
    waiting = {id(each.fault) for each in doubts(known) if each.is_open(settings)}
    faults = [*settings.undecided(), *(f for f in known.faults if id(f) not in waiting)]
    if not known.respondents:
        faults.append(Fault(NAME, "study_no_respondents"))
    listed = known.companies.listed
    headcounts = np.array([_people(company) for company in known.companies.companies])
    gathered = gather(
        settings, known.respondents, known.matchings, [each.key for each in listed], headcounts
    )
    faults += [*gathered.faults, *_other_questions(known)]
    warnings = (*known.warnings, *_odd(known, gathered))
    if faults:
        raise InvalidStudy(_once(faults), warnings=warnings)
    confirm(warnings, accepted=accepted)
    keys = keep_pseudonyms(folder / KEYS, listed, language)
    names = [keys.pseudonyms[each.key] for each in listed]
    measure = measure_study(
        _instrument(settings), names, gathered.waves, np.random.default_rng(SEED)
    )
    measurements = measurements_of(measure)
    progress(MEASUREMENTS)
    rows = _Trials(
        known, dict(zip((each.key for each in listed), names, strict=True)), measurements
    )
    trials, off_menu = rows.trials(), rows.off_menu()
    built = Built(
        folder,
        tuple(trials),
        measurements,
        tuple(off_menu),
        measure,
        gathered,
        known,
        keys,
        warnings,
        cards.menu,
        {"no_company": rows.n_without},
    )
    texts = {
        TRIALS: _text(COLUMNS, trials),
        MEASUREMENTS: measurements_text(measurements),
        OFF_MENU: _text(OFF_MENU_COLUMNS, off_menu),
    }
    described = {} if describe is None else describe(built, language)
    write_together(folder, {**texts, **described})
    progress(TRIALS)
    return built


def _other_questions(known: Known) -> Iterator[Fault]:
    """Yield a fault per file that lacks so many items that its scores are of something else."""
    for file, missing in _missing_items(known):
        n_items = len(known.settings.instrument.item)
        if len(missing) >= HALF * n_items:
            told = {"n": len(missing), "total": n_items}
            yield Fault(file, "study_other_questions", told)


def _missing_items(known: Known) -> Iterator[tuple[str, list[str]]]:
    """Yield each file of respondents with the items that nobody gave it a column for."""
    for file in known.respondents:
        there = file.settings.items
        yield file.file, [i for i in known.settings.instrument.item_names if i not in there]


def _odd(known: Known, gathered: Gathered) -> Iterator[Warned]:
    """Yield what is odd about the waves and their questions."""
    for file, missing in _missing_items(known):
        if 0 < len(missing) < HALF * len(known.settings.instrument.item):
            told = {"file": file, "items": ", ".join(missing)}
            yield Warned("items", "study_items_missing", told, count=len(missing))
    days = [(wave.day, wave.name) for wave in gathered.waves if wave.day is not None]
    for (day, name), (later, next_name) in pairwise(days):
        if later < day:
            turned = {"first": name, "day": str(day), "second": next_name, "later": str(later)}
            yield Warned("wave", "study_waves_turned", turned)
    if len({wave.name for wave in gathered.waves}) == 1:
        yield Warned("wave", "study_one_wave", {"wave": gathered.waves[0].name})


def _once(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults without those that are told twice."""
    return list({(f.where, f.code, str(f.params.get("value"))): f for f in faults}.values())


def _people(company: Company) -> float:
    """Return how many people work in a company; NaN where only a class is known, or nothing."""
    return float("nan") if company.employees is None else float(company.employees)


def _instrument(settings: StudyFile) -> Instrument:
    told = settings.instrument
    span = told.range
    if span is None:
        raise InvalidStudy([Fault(NAME, "study_no_scale")])
    return Instrument(
        name=told.name or "1",
        items=told.item_names,
        scale=span,
        min_items=told.min_items,
        reversed=frozenset(item.name for item in told.item if item.reversed),
    )


class _Trials:
    """Makes rows of trials: of each entry of the log on the menu, and of who only was measured."""

    def __init__(self, known: Known, names: Mapping[str, str], measurements: pd.DataFrame) -> None:
        self._known, self._names = known, names
        self._companies = {each.listed.key: each for each in known.companies.companies}
        self._entries = known.log.entries if known.log else ()
        self._scores = {
            (row["company"], row["wave"]): row for row in measurements.to_dict("records")
        }

    @property
    def n_without(self) -> int:
        """Entries of the log of no company of the list."""
        return sum(entry.company is None for entry in self._entries)

    def trials(self) -> list[dict[str, Any]]:
        """Return the rows, those of the log first, in its order."""
        rows = [
            self._row(str(entry.company), str(entry.card), entry)
            for entry in self._entries
            if entry.company is not None and entry.card is not None
        ]
        tried = {entry.company for entry in self._entries if entry.off_menu or entry.card}
        measured = {company for company, _ in self._scores}
        return rows + [
            self._row(key, CONTROL, None)
            for key, name in self._names.items()
            if key not in tried and name in measured
        ]

    def off_menu(self) -> list[dict[str, Any]]:
        """Return what was tried that is not on the menu."""
        return [
            {"company": self._names[entry.company], "called": entry.off_menu, **_course(entry)}
            for entry in self._entries
            if entry.company is not None and entry.off_menu is not None
        ]

    def _row(self, key: str, card: str, entry: Entry | None) -> dict[str, Any]:
        row: dict[str, Any] = {
            "source": self._known.settings.source,
            "company": self._names[key],
            "intervention": card,
            **_profile(self._companies[key]),
        }
        row |= _course(entry) if entry else {"state": "unknown"}
        if entry is not None:
            row |= {
                "participants": entry.participants,
                "hours_per_participant": entry.hours,
                "cost_eur": entry.cost,
            }
        return row | self._scored(self._names[key])

    def _scored(self, name: str) -> dict[str, Any]:
        """Return the scores before and after, and the waves they are of."""
        told: dict[str, Any] = {}
        for wave, when in ((BEFORE, "before"), (AFTER, "after")):
            score = self._scores.get((name, wave))
            if score is not None:
                told |= {
                    "scale": str(SIX),
                    f"culture_{when}": score["mean"],
                    f"culture_{when}_sd": score["sd"],
                    f"respondents_{when}": int(score["n"]),
                    f"measured_{when}": wave,
                }
        return told


def _profile(company: Company) -> dict[str, Any]:
    told: dict[str, Any] = {"province": company.province}
    told["employees"] = company.employees if company.size is None else str(company.size)
    if company.section is not None:
        told |= {"sector": company.section.letter, "sbi_version": company.section.sbi_version}
    return told


def _course(entry: Entry) -> dict[str, Any]:
    return {
        "state": entry.state,
        "start_date": _day(entry.start, "earliest"),
        "end_date": _day(entry.end, "latest"),
    }


def _day(when: When | None, end: Literal["earliest", "latest"]) -> str | None:
    """Return a day as a file of trials has it: a month stays a month, what is wider is an end."""
    if when is None:
        return None
    day: date = getattr(when, end)
    return f"{day:%Y-%m}" if when.precision == "month" else day.isoformat()


def _text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return harmless(str(value))

"""The codebook: what every column of the trials and measurements of a study means here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from matcher.disclosure import beside_total
from matcher.messages import catalogue
from matcher.report.parts import Section, Table, Wording
from matcher.study.build import COLUMNS, MEASUREMENTS, TRIALS, Built
from matcher.study_report.seen import Seen
from matcher.tables.cells import harmless
from matcher.tables.kinds import Choice, Day, FreeText, Kind, Listing, Number, Pseudonym, YesNo
from matcher.trials.columns import CONTROL, MEASURED_COLUMNS, WAVE, trial_kinds
from matcher.trials.measurements import KINDS, MEASUREMENT_COLUMNS
from matcher.vocabulary import TERMS, Language

CODEBOOK = "codebook.csv"
_TELL_OF_PEOPLE = frozenset(
    ("culture_before_sd", "culture_after_sd", "sd", "n_twice", "correlation")
)
"""Where these are empty one person answered, or nobody twice."""


class Entry(NamedTuple):
    """One column of a file."""

    file: str
    column: str
    meaning: str
    unit: str
    values: str
    origin: str
    """How it came about here."""
    missing: str
    """Rows in which it is empty, as far as that may be told."""


def codebook(built: Built, say: Wording) -> tuple[Entry, ...]:
    """Return an entry for every column of both files, in their order."""
    kinds = dict(trial_kinds(card.id for card in built.menu))
    kinds |= dict.fromkeys(MEASURED_COLUMNS, WAVE)
    trials = [
        _entry(TRIALS, name, kinds[name], [row.get(name) for row in built.trials], built, say)
        for name in COLUMNS
    ]
    measured = [
        _entry(MEASUREMENTS, name, KINDS[name], built.measurements[name].tolist(), built, say)
        for name in MEASUREMENT_COLUMNS
    ]
    return (*trials, *measured)


def _entry(file: str, name: str, kind: Kind, cells: list[Any], built: Built, say: Wording) -> Entry:
    known = catalogue(say.language)
    of = "trial" if file == TRIALS else "measurement"
    key = f"report.study.code.{of}.{name}"
    empty = sum(bool(cell is None or cell == "" or pd.isna(cell)) for cell in cells)
    instrument = built.measure.instrument
    told = {
        "items": ", ".join(instrument.items),
        "scale": instrument.scale,
        "min_items": instrument.min_items,
        "n": len(instrument.items),
    }
    meaning = known.get(f"{key}.meaning")
    origin = known.get(f"{key}.origin", say("study.code.not_filled"))
    return Entry(
        file,
        name,
        TERMS["field"][name].label(say.language) if meaning is None else meaning,
        known.get(f"{key}.unit", ""),
        _values(name, kind, say),
        origin.format(**told),
        say("hidden")
        if name in _TELL_OF_PEOPLE
        else say.count(beside_total([empty, len(cells) - empty])[0]),
    )


def _values(name: str, kind: Kind, say: Wording) -> str:
    if name == "intervention":
        return say("study.code.cards", control=CONTROL)
    if isinstance(kind, Number):
        least, most = kind.bounds
        ends = {"least": say.number(least, 0), "most": say.number(most, 0)}
        return say("study.code.whole" if kind.whole else "study.code.number", **ends)
    if isinstance(kind, Choice):
        return ", ".join(dict.fromkeys(kind.values.values()))
    if isinstance(kind, Listing):
        return ", ".join(kind.values)
    names: Mapping[type, str] = {
        YesNo: "yes_no",
        Day: "day",
        Pseudonym: "pseudonym",
        FreeText: "text",
    }
    return say(f"study.code.{names[type(kind)]}") if type(kind) in names else "1-6"


def write_codebook(built: Built, language: Language) -> str:
    """Return the codebook as a CSV file has it."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(Entry._fields)
    for entry in codebook(built, Wording(language, built.menu)):
        writer.writerow([harmless(cell) for cell in entry])
    return file.getvalue()


def codebook_section(seen: Seen, say: Wording) -> Section:
    """Return the columns that the study filled; the others are named."""
    entries = codebook(seen.built, say)
    empty = say("study.code.not_filled")
    rows = tuple(
        (e.column, e.file, e.meaning, e.unit, e.values, e.origin, e.missing)
        for e in entries
        if e.origin != empty
    )
    head = say.head(
        "study.code.column study.code.file study.code.meaning study.code.unit study.code.values"
        " study.code.origin study.code.missing"
    )
    left = ", ".join(e.column for e in entries if e.origin == empty)
    parts = (
        say("study.code.what", file=CODEBOOK),
        Table(say("study.code.table"), head, rows, frozenset(range(6))),
        say("study.code.left", columns=left),
    )
    return Section("codebook", say("study.code.title"), parts)

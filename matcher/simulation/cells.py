"""The cells of a simulated file: true and measured values as people write them down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.profile.schema import PROFILE_FIELDS
from matcher.simulation.companies import TRANSITIONS, Companies, Texts
from matcher.simulation.worlds import World
from matcher.vocabulary import NEEDS


def words(values: Sequence[str], codes: Ints) -> Texts:
    """Return the word for each code; code -1 is an empty cell."""
    return np.array([*values, ""], dtype=object)[codes]


def decimals(values: Array, form: str) -> Texts:
    """Return numbers as text; NaN is an empty cell."""
    cells = ["" if np.isnan(v) else format(v, form) for v in values]
    return np.array(cells, dtype=object)


def days(first: date, numbers: Ints, told: Bools) -> Texts:
    """Return ISO dates, counted from the first day; empty where not told."""
    cells = [
        (first + timedelta(days=int(number))).isoformat() if flag else ""
        for number, flag in zip(numbers, told, strict=True)
    ]
    return np.array(cells, dtype=object)


def blank_unless(told: Bools, cells: Texts) -> Texts:
    """Return the cells, empty where not told."""
    return np.where(told, cells, "")


def profile_cells(companies: Companies, world: World) -> dict[str, Texts]:
    """Return the profile columns of each company but the culture score, with what it left open."""
    cells: dict[str, Texts] = {
        "employees": companies.employees.astype(str).astype(object),
        "sector": companies.sector,
        "sbi_version": companies.sbi_version,
        "needs": _needs(companies.need_rank),
        "transitions": _transitions(companies.transitions),
        "owner_support": companies.owner_support.astype(str).astype(object),
    }
    for name, question in world.answers.items():
        cells[name] = words(question.values, companies.answers[name])
    return {
        name: blank_unless(companies.is_told(name), cells[name])
        for name in PROFILE_FIELDS
        if name != "culture_baseline"
    }


def taken(cells: Mapping[str, Texts], rows: Ints) -> dict[str, Texts]:
    """Return some rows of every column."""
    return {name: column[rows] for name, column in cells.items()}


def _needs(rank: Ints) -> Texts:
    lists = []
    for row in rank:
        named = np.flatnonzero(row)
        lists.append("|".join(NEEDS[code] for code in named[np.argsort(row[named])]))
    return np.array(lists, dtype=object)


def _transitions(flags: Bools) -> Texts:
    lists = ["|".join(t for t, f in zip(TRANSITIONS, row, strict=True) if f) for row in flags]
    return np.array([text or "geen" for text in lists], dtype=object)

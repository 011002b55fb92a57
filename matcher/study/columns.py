"""What the columns of a company list and of a log hold, guessed from their headings."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal

from matcher.errors import Fault
from matcher.study.spelling import name_words
from matcher.tables.faults import FIRST_ROWS, shown

Table = Literal["list", "log"]
IGNORED = "-"
"""The role of a column that is not read."""
SEVERAL: frozenset[str] = frozenset({"name", "register", "note"})
"""Roles that more than one column may have."""

Roles = Mapping[str, str]
"""Heading -> what its column holds."""


@cache
def _words(table: Table) -> Mapping[str, Mapping[str, str]]:
    text = resources.files(__package__).joinpath("columns.toml").read_text(encoding="utf-8")
    raw: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return {role: {_tidy(word): word for word in words} for role, words in raw[table].items()}


def roles_known(table: Table) -> tuple[str, ...]:
    """Return the roles that a column of a table may have."""
    return (*_words(table), IGNORED)


def guess_roles(table: Table, headings: Iterable[str]) -> Roles:
    """Return what each column holds by its heading; one that nobody knows is ignored.

    A role of which there is one goes to the heading that says it best, the first of equals.

    Examples
    --------
    >>> dict(guess_roles("list", ["Bedrijfsnaam", "KvK-nr.", "Aantal medewerkers (2023)"]))
    {'Bedrijfsnaam': 'name', 'KvK-nr.': 'register', 'Aantal medewerkers (2023)': 'employees'}
    """
    headings = list(headings)
    best = [_best(table, heading) for heading in headings]
    taken: dict[str, int] = {}
    for at in sorted(range(len(headings)), key=lambda at: (-best[at][0], at)):
        score, role = best[at]
        if score and role not in SEVERAL:
            taken.setdefault(role, at)
    return {
        heading: role if score and taken.get(role, at) == at else IGNORED
        for at, (heading, (score, role)) in enumerate(zip(headings, best, strict=True))
    }


def _best(table: Table, heading: str) -> tuple[float, str]:
    """Return how well the best role fits a heading, 0 for not at all, and that role."""
    tidy = _tidy(heading)
    scores = {
        role: max((_fit(tidy, word) for word in words), default=0.0)
        for role, words in _words(table).items()
    }
    role = max(scores, key=lambda each: scores[each])
    return scores[role], role


def _fit(heading: str, word: str) -> float:
    if heading == word:
        return 1_000.0
    # A heading of many words is a question, and what stands in it may be about anything.
    within = f" {word} " in f" {heading} " and len(heading.split()) <= _MOST_WORDS
    return float(len(word)) if within else 0.0


_MOST_WORDS = 5


def _tidy(heading: str) -> str:
    return name_words(heading.replace("_", " ").replace("#", " nr "))


def chosen_roles(
    file: str, table: Table, headings: Collection[str], chosen: Roles | None
) -> tuple[Roles, list[Fault]]:
    """Return the roles of the columns, those that somebody chose first, and what is wrong there."""
    faults: list[Fault] = []
    known = roles_known(table)
    chosen = dict(chosen or {})
    for heading, role in list(chosen.items()):
        told = {"value": shown(heading), "role": shown(role), "choices": ", ".join(known)}
        if heading not in headings:
            faults.append(Fault(file, "columns_no_such_heading", told))
        elif role not in known:
            faults.append(Fault(f"{file}, {shown(heading)}", "columns_no_such_role", told))
            del chosen[heading]
    taken = {role for role in chosen.values() if role not in SEVERAL}
    guessed = guess_roles(table, [each for each in headings if each not in chosen])
    roles = {
        heading: chosen.get(heading) or (IGNORED if guessed[heading] in taken else guessed[heading])
        for heading in headings
    }
    for role in sorted(taken - {IGNORED}):
        twice = [heading for heading in headings if roles[heading] == role]
        if len(twice) > 1:
            told = {"role": role, "columns": ", ".join(map(shown, twice))}
            faults.append(Fault(file, "columns_role_twice", told))
    return roles, faults


def cells_of(
    columns: Mapping[str, Sequence[str]], roles: Roles, role: str, n_rows: int
) -> Sequence[str]:
    """Return the cells of the column of a role; empty ones where no column has it."""
    for heading, cells in columns.items():
        if roles[heading] == role:
            return cells
    return [""] * n_rows


def first_rows(cells: Sequence[str], rows: Sequence[int]) -> dict[str, tuple[int, list[int]]]:
    """Return how often each different cell is there, and the first rows that have it."""
    found: dict[str, tuple[int, list[int]]] = {}
    for cell, row in zip(cells, rows, strict=True):
        n, first = found.get(cell, (0, []))
        if len(first) < FIRST_ROWS:
            first = [*first, row]
        found[cell] = n + 1, first
    return found


def heading_of(roles: Roles, role: str) -> str:
    """Return the heading of the column of a role, for a fault; the role if no column has it."""
    return shown(next((heading for heading, held in roles.items() if held == role), role))

"""A block of trials checked: its values, the rows that are good, and every fault in the others.

What is odd and may be right is found with it: a warning is no fault, and its row stays good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools
from matcher.errors import Fault
from matcher.tables.cells import read_number
from matcher.tables.columns import Column, empty_column, read_column
from matcher.tables.distinct import Params
from matcher.tables.faults import FIRST_ROWS, place, shown
from matcher.tables.kinds import FreeText, Kind
from matcher.tables.records import Block
from matcher.trials import plausible
from matcher.trials.columns import REQUIRED_COLUMNS
from matcher.trials.lost_zeros import lost_zeros
from matcher.trials.pseudonyms import Telling, names_a_person, telling
from matcher.trials.rules import RowRule, broken_rules

MAY_BE_BLANK = frozenset({"state"})
"""Required columns in which an empty cell is an answer: unknown."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a block that break one rule in one column."""

    code: str
    column: str
    at: NDArray[np.intp]
    params: Params
    by_cell: bool = False
    """What it says follows from what the cell holds."""


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A block of trials with its values and its faults."""

    block: Block
    names: Mapping[str, str]
    """Name of a column -> its name in the file."""
    columns: Mapping[str, Column]
    found: tuple[Found, ...]
    odd: tuple[Found, ...] = ()
    """What a person has to look at; also in rows with a fault."""

    @property
    def n_faults(self) -> int:
        """How many faults there are, over all rows."""
        return sum(len(found.at) for found in self.found) + len(self.block.broken)

    @property
    def good(self) -> Bools:
        """Which rows have no fault."""
        good = np.ones(len(self.block.rows), dtype=bool)
        for found in self.found:
            good[found.at] = False
        good[list(self.block.broken)] = False
        return good

    def faults(self, most: int | None = None) -> list[Fault]:
        """Return the faults by row, then by column; at most so many, the first rows first."""
        order = {name: number for number, name in enumerate(self.columns)}
        places = [
            (int(at), order[found.column], number)
            for number, found in enumerate(self.found)
            for at in found.at[:most]
        ]
        places += [(at, -1, -1) for at in self.block.broken]
        places.sort()
        return [self._fault(at, number) for at, _, number in places[:most]]

    def told(self) -> Iterator[tuple[Fault, Sequence[int], int]]:
        """Yield faults, equal ones of a column once, with their first rows and how many there are.

        They come by row, then by column.
        """
        each: list[tuple[int, int, int, NDArray[np.intp]]] = []
        order = {name: number for number, name in enumerate(self.columns)}
        for number, found in enumerate(self.found):
            place = order[found.column]
            each += [(int(at[0]), place, number, at) for at in self._alike(found)]
        each += [(at, -1, -1, np.array([at])) for at in self.block.broken]
        for first, _, number, at in sorted(each, key=lambda told: told[:3]):
            rows = self.block.rows[at[:FIRST_ROWS]].tolist()
            yield self._fault(first, number), rows, len(at)

    def _alike(self, found: Found) -> list[NDArray[np.intp]]:
        """Return the places of what was found, those of equal cells together."""
        codes = self.columns[found.column].codes[found.at]
        if not found.by_cell:
            alike: dict[tuple[object, ...], list[int]] = {}
            for at, code in zip(found.at.tolist(), codes.tolist(), strict=True):
                alike.setdefault((code, *found.params(at).items()), []).append(at)
            return [np.array(places) for places in alike.values()]
        order = np.argsort(codes, kind="stable")
        edges = np.flatnonzero(np.diff(codes[order])) + 1
        return np.split(found.at[order], edges)

    def _fault(self, at: int, number: int) -> Fault:
        row = int(self.block.rows[at])
        if number < 0:
            code, told = self.block.broken[at]
            return Fault(f"row {row}", code, {"row": row, **told})
        found = self.found[number]
        params = {"row": row, "column": found.column, "value": self._cell(found.column, at)}
        extra = found.params(at)
        code = f"{found.code}_near" if "near" in extra else found.code
        if found.code in _BOUNDS and _is_code(params["value"]):
            code = "trial_no_answer"
        return Fault(place(row, found.column), code, params | dict(extra))

    def warned(self, found: Found, at: int) -> dict[str, object]:
        """Return what the sentence of a warning needs, with the value as it is written."""
        value = self._cell(found.column, at)
        return {"value": value, **found.params(at)}

    def _cell(self, column: str, at: int) -> str:
        written = self.names.get(column)
        return shown(self.block.cells[written][at].as_py().strip()) if written else ""


def check_block(block: Block, names: Mapping[str, str], kinds: Mapping[str, Kind]) -> CheckedBlock:
    """Read the cells of a block of trials and find every fault in it."""
    n_rows = len(block.rows)
    columns = {
        name: read_column(block.cells[names[name]], kind)
        if name in names
        else empty_column(kind, n_rows)
        for name, kind in kinds.items()
    }
    columns, recorded = _names_of_the_service(columns)
    # Nothing is said about the cells of a row that does not fit its heading: they may be shifted.
    fits = np.ones(n_rows, dtype=bool)
    fits[list(block.broken)] = False
    found = [
        Found(broken.code, name, np.flatnonzero(broken.mask & fits), broken.params, by_cell=True)
        for name, column in columns.items()
        for broken in column.broken
    ]
    texts = [name for name, kind in kinds.items() if isinstance(kind, FreeText)]
    found += [
        Found("table_empty_cell", name, np.flatnonzero(columns[name].blank & fits), _nothing, True)
        for name in REQUIRED_COLUMNS
        if name not in MAY_BE_BLANK
    ]
    found += [
        Found(rule.code, rule.column, np.flatnonzero(rule.mask & fits), rule.params)
        for rule in (*broken_rules(columns), *lost_zeros(columns), *plausible.impossible(columns))
    ]
    odd = [
        Found(rule.code, rule.column, np.flatnonzero(rule.mask & fits), rule.params)
        for rule in (*plausible.odd(columns), *recorded)
    ]
    for code, name, mask in _telling(columns, texts):
        where = found if code == "trial_register_number" else odd
        where.append(Found(code, name, np.flatnonzero(mask & fits), _nothing))
    found, odd = ([each for each in some if len(each.at)] for some in (found, odd))
    return CheckedBlock(block, names, columns, tuple(found), tuple(odd))


def _names_of_the_service(
    columns: Mapping[str, Column],
) -> tuple[dict[str, Column], list[RowRule]]:
    """Return the columns with each pseudonym as the service recorded it, and those that are odd.

    3-jan in such a row may be what somebody typed, before the service refused it, or what a
    spreadsheet made of 3-1 since. Nobody can type it again, so it is no fault.
    """
    recorded = columns["source"].values == "service"
    kept, odd = dict(columns), []
    for name in ("company", "table"):
        broken = []
        for rule in columns[name].broken:
            if rule.code == "table_changed" and (rule.mask & recorded).any():
                odd.append(RowRule("changed_name", name, rule.mask & recorded, rule.params))
                rule = replace(rule, mask=rule.mask & ~recorded)
            broken.append(rule)
        kept[name] = replace(columns[name], broken=tuple(broken))
    return kept, odd


def _telling(
    columns: Mapping[str, Column], texts: Sequence[str]
) -> Iterator[tuple[str, str, Bools]]:
    """Yield where a pseudonym or a text may tell who is meant."""
    for name in ("company", "table"):
        column = columns[name]
        why = np.array([None if v is None else telling(v) for v in column.distinct.tolist()])
        for reason, code in _WHY.items():
            if name == "company" or code != "name_of_a_company":
                yield code, name, (why == reason)[column.codes]
    for name in texts:
        column = columns[name]
        persons = np.array([t is not None and names_a_person(t) for t in column.distinct.tolist()])
        yield "names_a_person", name, persons[column.codes]


_WHY: Mapping[Telling, str] = {
    "register_number": "trial_register_number",
    "number_of_a_register": "number_of_a_register",
    "name_of_a_company": "name_of_a_company",
}
"""Why a pseudonym tells too much -> the code of its fault or warning."""
_BOUNDS = frozenset({"table_too_small", "table_too_large"})


def _is_code(cell: object) -> bool:
    """Return whether a cell out of bounds is how a questionnaire writes "no answer"."""
    number = read_number(str(cell))
    return not isinstance(number, str) and number in plausible.NO_ANSWER


def _nothing(_: int) -> dict[str, Any]:
    return {}

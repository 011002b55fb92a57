"""One pseudonym of two companies, and one company under two, found over a whole file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Array, Ints
from matcher.errors import Fault, Warned
from matcher.tables.faults import FIRST_ROWS, place, row_of
from matcher.trials.checks import CheckedBlock
from matcher.trials.profiles import NO_END, Difference, Known, differences
from matcher.vocabulary import SBI_VERSIONS, SECTORS, Province, SbiVersion

PROVINCES = get_args(Province)
SECTIONS: Sequence[tuple[SbiVersion, str]] = [(v, s) for v in SBI_VERSIONS for s in SECTORS[v]]
"""Version of the SBI and letter."""


class _Kept(NamedTuple):
    """What is kept of some rows: 26 bytes each."""

    company: NDArray[np.uint64]
    alike: NDArray[np.uint64]
    """The same of pseudonyms that differ in capitals and hyphens only."""
    rows: Ints
    employees: NDArray[np.int32]
    """Of a size class its first number; -1 where nothing is known."""
    at_most: NDArray[np.int32]
    """The same as ``employees``, or the last number of a size class."""
    sector: NDArray[np.int8]
    """Place in ``SECTIONS``, -1 where it is unknown."""
    province: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Doubles:
    """Rows of one pseudonym that cannot be one company, and what is odd about the others."""

    rows: Ints
    """Every row of a company that is two, in order."""
    _faults: tuple[Fault, ...]
    warnings: tuple[Warned, ...]

    def faults(self, most: int | None = None) -> list[Fault]:
        """Return the faults, at most so many, the first rows first."""
        return list(self._faults[:most])


@dataclass(slots=True)
class CompanyFinder:
    """Keeps of every row whose company it is, and what a company seldom changes."""

    _kept: list[_Kept] = field(default_factory=list)

    def add(self, checked: CheckedBlock) -> None:
        """Remember the rows of a block of which the company is known."""
        columns = checked.columns
        company, source = columns["company"], columns["source"]
        size = columns["employees"]
        whole = company.known & (size.known | size.blank)
        whole[list(checked.block.broken)] = False
        simulated = np.asarray(source.values == "simulated", dtype=np.uint64)
        folded = [
            None if name is None else name.casefold().replace("-", "").replace("_", "")
            for name in company.distinct.tolist()
        ]
        at = company.codes[whole]
        self._kept.append(
            _Kept(
                company=_hashed(company.distinct)[at] + simulated[whole],
                alike=_hashed(np.array(folded, dtype=object))[at] + simulated[whole],
                rows=checked.block.rows[whole],
                employees=_counts(size.least[whole]),
                at_most=_counts(size.most[whole]),
                sector=_sections(columns)[whole],
                province=_place(columns["province"], PROVINCES)[whole],
            )
        )

    def doubles(self) -> Doubles:
        """Return what was found, and forget the rows."""
        every = _Kept(*(np.concatenate(pieces) for pieces in zip(*self._kept, strict=True)))
        self._kept.clear()
        apart: list[Ints] = []
        faults: list[Fault] = []
        warnings: list[Warned] = []
        for group in _changing(every):
            differs = list(differences(group))
            if len(differs) > 1:
                apart.append(np.array([each.row for each in group]))
                faults += _faults(group, differs)
            elif differs:
                warnings.append(_warned(group, differs[0]))
        warnings += _alike(every)
        rows = np.sort(np.concatenate(apart)) if apart else np.empty(0, dtype=np.int64)
        faults.sort(key=row_of)
        return Doubles(rows, tuple(faults), tuple(sorted(warnings, key=lambda w: w.rows)))


def _counts(people: Array) -> NDArray[np.int32]:
    """Return numbers of people as whole ones: -1 where it is not known, ``NO_END`` if infinite."""
    return np.nan_to_num(people, nan=-1, posinf=NO_END).astype(np.int32)


def _hashed(values: NDArray[Any]) -> NDArray[np.uint64]:
    return pd.util.hash_array(values, categorize=False)


def _place(column: Any, known: Sequence[object]) -> NDArray[np.int8]:
    places = {value: at for at, value in enumerate(known)}
    found = np.array([places.get(v, -1) for v in column.distinct.tolist()], dtype=np.int8)
    placed: NDArray[np.int8] = found[column.codes]
    return placed


def _sections(columns: Mapping[str, Any]) -> NDArray[np.int8]:
    """Return the place of each row's sector; -1 where it or its version is unknown."""
    table = np.full((len(SBI_VERSIONS) + 1, len(_LETTERS) + 1), -1, dtype=np.int8)
    for at, (scheme, section) in enumerate(SECTIONS):
        table[SBI_VERSIONS.index(scheme), _LETTERS.index(section)] = at
    version = _place(columns["sbi_version"], SBI_VERSIONS)
    letter = _place(columns["sector"], _LETTERS)
    placed: NDArray[np.int8] = table[version, letter]  # unknown, -1, is the last row or column
    return placed


_LETTERS = sorted({letter for _, letter in SECTIONS})


def _changing(every: _Kept) -> Iterator[list[Known]]:
    """Yield the rows of each company of which not all rows tell the same."""
    order = np.argsort(every.company, kind="stable")  # stable: rows stay in their order
    starts, ends = _runs(every.company[order])
    if not len(starts):
        return
    changing = np.zeros(len(starts), dtype=bool)
    for values in (every.employees, every.at_most, every.sector, every.province):
        kept = values[order]
        least = np.minimum.reduceat(np.where(kept < 0, np.iinfo(kept.dtype).max, kept), starts)
        changing |= least < np.maximum.reduceat(kept, starts)
    for start, end in zip(starts[changing].tolist(), ends[changing].tolist(), strict=True):
        yield [
            Known(
                int(every.rows[at]),
                None if every.employees[at] < 0 else int(every.employees[at]),
                None if every.sector[at] < 0 else SECTIONS[every.sector[at]],
                None if every.province[at] < 0 else PROVINCES[every.province[at]],
                int(every.at_most[at]) if every.at_most[at] > every.employees[at] else None,
            )
            for at in order[start:end].tolist()
        ]


def _runs(values: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return where each run of equal values starts, and where it ends."""
    first = np.ones(min(1, len(values)), dtype=bool)
    starts = np.flatnonzero(np.concatenate([first, values[1:] != values[:-1]]))
    return starts, np.append(starts[1:], len(values))


def _faults(group: Sequence[Known], differs: Sequence[Difference]) -> Iterator[Fault]:
    one, other = differs[0].one.row, differs[0].other.row
    words = ", ".join(each.words for each in differs)
    for row in (each.row for each in group):
        params = {"row": row, "column": "company", "differs": words}
        params["other"] = other if row == one else one
        yield Fault(place(row, "company"), "trial_two_profiles", params)


def _warned(group: Sequence[Known], found: Difference) -> Warned:
    rows = tuple(each.row for each in group)
    told = {"differs": found.words, "row": found.one.row, "other": found.other.row}
    return Warned("company", "two_profiles", told, rows[:FIRST_ROWS], len(rows))


def _alike(every: _Kept) -> Iterator[Warned]:
    """Yield the pseudonyms that another one is but for its capitals and hyphens."""
    order = np.lexsort((every.company, every.alike))
    alike, company = every.alike[order], every.company[order]
    starts, ends = _runs(alike)
    if not len(starts):
        return
    several = np.minimum.reduceat(company, starts) < np.maximum.reduceat(company, starts)
    for start, end in zip(starts[several].tolist(), ends[several].tolist(), strict=True):
        of = order[start:end]
        first, _ = _runs(every.company[of])
        one, other = sorted(int(every.rows[of[run:]].min()) for run in first[:2])
        rows = tuple(np.sort(every.rows[of])[:FIRST_ROWS].tolist())
        told = {"row": one, "other": other}
        yield Warned("company", "pseudonyms_alike", told, rows, len(of))

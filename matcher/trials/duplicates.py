"""Rows that tell of the same trial twice, found over a whole file in little memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools, Ints
from matcher.errors import Fault
from matcher.tables.faults import place
from matcher.trials.checks import CheckedBlock


@dataclass(frozen=True, slots=True)
class Twins:
    """Rows with the same company, intervention and start date as an earlier or later row."""

    rows: Ints
    """Every such row, in order."""
    others: Ints
    """For each of them a row it agrees with: the first, or for the first the second."""
    dated: Bools

    def faults(self, most: int | None = None) -> list[Fault]:
        """Return the faults, at most so many, the first rows first."""
        return [
            Fault(
                place(int(row), "company"),
                "trial_twice_dated" if dated else "trial_twice_undated",
                {"row": int(row), "column": "company", "other": int(other)},
            )
            for row, other, dated in zip(
                self.rows[:most], self.others[:most], self.dated[:most], strict=True
            )
        ]


@dataclass(slots=True)
class TwinFinder:
    """Keeps the key of every row: company, intervention, start date, simulated or not.

    A key is kept as a 64-bit hash: among a million rows the chance that two different ones share a
    hash is 3 in 100 million.
    """

    _keys: list[NDArray[np.uint64]] = field(default_factory=list)
    _rows: list[Ints] = field(default_factory=list)
    _dated: list[Bools] = field(default_factory=list)

    def add(self, checked: CheckedBlock) -> None:
        """Remember the rows of a block whose key is whole; an empty start date is a key too."""
        company, intervention, start, source = (
            checked.columns[name] for name in ("company", "intervention", "start_date", "source")
        )
        whole = company.known & intervention.known & (start.known | start.blank)
        whole[list(checked.block.broken)] = False
        days = start.values.astype(np.int64).view(np.uint64)
        # A simulated company may bear a real one's pseudonym; they never mix.
        simulated = np.asarray(source.values == "simulated", dtype=np.uint64)
        key = _hashed(_hashed(days) + simulated)
        key = _hashed(key + _hashed(intervention.distinct)[intervention.codes])
        key = _hashed(key + _hashed(company.distinct)[company.codes])
        self._keys.append(key[whole])
        self._rows.append(checked.block.rows[whole])
        self._dated.append(start.known[whole])

    def twins(self) -> Twins:
        """Return the rows that stand for the same trial."""
        keys, rows, dated = (
            np.concatenate(pieces) for pieces in (self._keys, self._rows, self._dated)
        )
        # Of a million rows the order of the keys alone is 0.05 GB less than that of everything.
        alone = np.sort(keys)
        twice = alone[1:][alone[1:] == alone[:-1]]
        shared = np.isin(keys, twice)
        keys, rows, dated = keys[shared], rows[shared], dated[shared]
        order = np.argsort(keys, kind="stable")  # stable: equal keys stay in order of their rows
        rows, dated = rows[order], dated[order]
        same = np.diff(keys[order]) == 0
        edge = np.zeros(min(1, len(rows)), dtype=bool)
        with_before, with_after = np.concatenate([edge, same]), np.concatenate([same, edge])
        # The first row of a group is the last one so far that differs from its predecessor.
        first = np.maximum.accumulate(np.where(with_before, 0, np.arange(len(rows))))
        others = np.where(with_before, rows[first], np.roll(rows, -1))
        member = with_before | with_after
        by_row = np.argsort(rows[member])
        return Twins(rows[member][by_row], others[member][by_row], dated[member][by_row])


def _hashed(values: NDArray[Any]) -> NDArray[np.uint64]:
    return pd.util.hash_array(values, categorize=False)


def found_in(blocks: Iterable[CheckedBlock]) -> Twins:
    """Return the twins in all blocks of a file."""
    finder = TwinFinder()
    for checked in blocks:
        finder.add(checked)
    return finder.twins()

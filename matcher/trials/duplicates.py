"""Rows that tell of the same trial twice, or may, found over a whole file in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools, Ints
from matcher.errors import Fault, Warned
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
    warnings: tuple[Warned, ...] = ()
    """Rows that may stand for the same trial."""

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


NEAR = 31
"""Days between two starts of one approach at one company below which they may be one trial."""


@dataclass(slots=True)
class TwinFinder:
    """Keeps the key of every row: company, intervention, start date, simulated or not.

    A key is kept as a 64-bit hash: among a million rows the chance that two different ones share a
    hash is 3 in 100 million.
    """

    _tried: list[NDArray[np.uint64]] = field(default_factory=list)
    """Hash of company, intervention, simulated or not."""
    _days: list[NDArray[np.int32]] = field(default_factory=list)
    """Start, in days since 1970; ``_UNDATED`` where there is none."""
    _rows: list[Ints] = field(default_factory=list)

    def add(self, checked: CheckedBlock) -> None:
        """Remember the rows of a block whose key is whole; an empty start date is a key too."""
        company, intervention, start, source = (
            checked.columns[name] for name in ("company", "intervention", "start_date", "source")
        )
        whole = company.known & intervention.known & (start.known | start.blank)
        whole[list(checked.block.broken)] = False
        # A simulated company may bear a real one's pseudonym; they never mix.
        simulated = np.asarray(source.values == "simulated", dtype=np.uint64)
        key = _hashed(_hashed(intervention.distinct)[intervention.codes] + simulated)
        key = _hashed(key + _hashed(company.distinct)[company.codes])
        self._tried.append(key[whole])
        days = np.where(start.known, start.values.astype(np.int64), _UNDATED)
        self._days.append(days[whole].astype(np.int32))
        self._rows.append(checked.block.rows[whole])

    def twins(self) -> Twins:
        """Return the rows that stand for the same trial, and those that may; forget all rows."""
        tried, days = np.concatenate(self._tried), np.concatenate(self._days)
        rows = np.concatenate(self._rows)
        self._tried.clear()
        self._days.clear()
        self._rows.clear()
        # Of a million rows the order of the keys alone is 0.05 GB less than that of everything.
        alone = np.sort(tried)
        again = np.isin(tried, alone[1:][alone[1:] == alone[:-1]])
        tried, days, rows = tried[again], days[again], rows[again]
        order = np.lexsort((rows, days, tried))
        tried, days, rows = tried[order], days[order], rows[order]
        beside = tried[1:] == tried[:-1]
        same = beside & (days[1:] == days[:-1])
        edge = np.zeros(min(1, len(rows)), dtype=bool)
        with_before, with_after = np.concatenate([edge, same]), np.concatenate([same, edge])
        # The first row of a group is the last one so far that differs from its predecessor.
        first = np.maximum.accumulate(np.where(with_before, 0, np.arange(len(rows))))
        others = np.where(with_before, rows[first], np.roll(rows, -1))
        member = with_before | with_after
        by_row = np.argsort(rows[member])
        return Twins(
            rows=rows[member][by_row],
            others=others[member][by_row],
            dated=(days != _UNDATED)[member][by_row],
            warnings=tuple(_perhaps(days, rows, beside & ~same)),
        )


_UNDATED = np.iinfo(np.int32).min


def _perhaps(days: NDArray[np.int32], rows: Ints, apart: Bools) -> Iterator[Warned]:
    """Yield what may be one trial: told with and without a start, or with two that are alike."""
    at = np.flatnonzero(apart)
    one, other = days[at], days[at + 1]
    undated = one == _UNDATED
    alike = ~undated & ((other.astype(np.int64) - one <= NEAR) | _swapped(one, other))
    for code, found in (("trial_undated_beside_dated", undated), ("trial_nearly_twice", alike)):
        for place_ in at[found].tolist():
            row, beside = sorted((int(rows[place_]), int(rows[place_ + 1])))
            # Told where the start is missing, or else where the trial is told again.
            told = int(rows[place_]) if code == "trial_undated_beside_dated" else beside
            params = {"row": told, "other": row if told == beside else beside}
            yield Warned("start_date", code, params, (told,))


def _swapped(one: NDArray[np.int32], other: NDArray[np.int32]) -> Bools:
    """Return which days are each other with day and month in the other order."""
    parts = []
    for days in (one, other):
        day = days.astype("datetime64[D]")
        month = day.astype("datetime64[M]")
        year = day.astype("datetime64[Y]")
        parts.append((year, (month - year).astype(int) + 1, (day - month).astype(int) + 1))
    (y, m, d), (year, month, day) = parts
    swapped: Bools = (y == year) & (m == day) & (d == month) & (one != other)
    return swapped


def _hashed(values: NDArray[Any]) -> NDArray[np.uint64]:
    return pd.util.hash_array(values, categorize=False)

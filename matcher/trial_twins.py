"""Rows that tell of the same trial twice, found over a whole file in little memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.errors import Fault
from matcher.table_faults import place
from matcher.trial_checks import CheckedBlock


@dataclass(frozen=True, slots=True)
class Twins:
    """Rows with the same company, intervention and start date as an earlier or later row."""

    rows: NDArray[np.int64]
    """Every such row, in order."""
    others: NDArray[np.int64]
    """For each of them a row it agrees with: the first, or for the first the second."""
    dated: NDArray[np.bool_]

    def faults(self, most: int) -> list[Fault]:
        """Return the faults of the first rows."""
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

    Names are kept as 64-bit hashes: among a million rows the chance that two different companies
    share one is 3 in 100 million, and they would have to share intervention and date as well.
    """

    _keys: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, checked: CheckedBlock) -> None:
        """Remember the rows of a block whose key is whole; an empty start date is a key too."""
        company, intervention, start, source = (
            checked.columns[name] for name in ("company", "intervention", "start_date", "source")
        )
        whole = company.known & intervention.known & (start.known | start.blank)
        whole[list(checked.block.broken)] = False
        self._keys.append(
            np.stack(
                [
                    _hashed(company.values[whole]),
                    _hashed(intervention.values[whole]),
                    start.values[whole].astype(np.int64),
                    # A simulated company may bear a real one's pseudonym; they never mix.
                    (source.values[whole] == "simulated").astype(np.int64),
                    checked.block.rows[whole],
                ]
            )
        )

    def twins(self) -> Twins:
        """Return the rows that stand for the same trial."""
        keys = np.concatenate([np.empty((5, 0), dtype=np.int64), *self._keys], axis=1)
        self._keys.clear()
        if keys.shape[1] == 0:
            return Twins(keys[4], keys[4], keys[4] > 0)
        keys = keys[:, np.lexsort(keys[::-1])]
        same = (keys[:4, 1:] == keys[:4, :-1]).all(axis=0)
        edge = np.zeros(1, dtype=bool)
        with_before, with_after = np.concatenate([edge, same]), np.concatenate([same, edge])
        rows = keys[4]
        # The first row of a group is the last one before it that does not equal its predecessor.
        first = np.maximum.accumulate(np.where(with_before, 0, np.arange(len(rows))))
        second = np.minimum(np.arange(len(rows)) + 1, len(rows) - 1)
        others = np.where(with_before, rows[first], rows[second])
        member = with_before | with_after
        order = np.argsort(rows[member])
        dated = keys[2] != np.datetime64("NaT").astype(np.int64)
        return Twins(rows[member][order], others[member][order], dated[member][order])


def _hashed(names: NDArray[np.object_]) -> NDArray[np.int64]:
    return pd.util.hash_array(names, categorize=True).view(np.int64)


def found_in(blocks: Iterable[CheckedBlock]) -> Twins:
    """Return the twins in all blocks of a file."""
    finder = TwinFinder()
    for checked in blocks:
        finder.add(checked)
    return finder.twins()

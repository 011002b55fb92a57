"""Everything odd in a file of trials, told once for all rows that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from matcher.arrays import Array, Ints
from matcher.errors import Unconfirmed, Warned
from matcher.tables.faults import FIRST_ROWS, KEPT_FAULTS
from matcher.trials.checks import CheckedBlock
from matcher.trials.plausible import OFTEN

MANY, TIMES = 6, 3
"""A value that stands there so often, and so many times as often as all values near it, is a code:
nobody's headcounts or marks come in one number only [J]."""


def accepted_of(warnings: Iterable[Warned]) -> dict[str, int]:
    """Return how many rows show what, by the code of the warning."""
    rows: Counter[str] = Counter()
    for warned in warnings:
        rows[str(warned.params.get("more_of", warned.code))] += warned.count
    return dict(sorted(rows.items()))


def confirm(warnings: tuple[Warned, ...], *, accepted: bool) -> dict[str, int]:
    """Return what was accepted, as rows by code; raise Unconfirmed where it was not."""
    if warnings and not accepted:
        raise Unconfirmed(warnings)
    return accepted_of(warnings)


_Key = tuple[str, str, tuple[tuple[str, object], ...]]
"""Column, code, and what the sentence needs: what is told once."""


@dataclass(slots=True)
class OddityFinder:
    """Keeps what is odd in the good rows of the blocks that come by."""

    _rows: dict[_Key, list[int]] = field(default_factory=dict)
    """The first rows that show something."""
    _n_rows: Counter[_Key] = field(default_factory=Counter)
    _often: dict[tuple[str, int], _Often] = field(default_factory=dict)

    def add(self, checked: CheckedBlock) -> None:
        """Take in a block; a row with a fault is told for that."""
        good = checked.good
        for found in checked.odd:
            for at in found.at[good[found.at]].tolist():
                told = checked.warned(found, at)
                key = found.column, found.code, tuple(told.items())
                if key not in self._rows and len(self._rows) >= KEPT_FAULTS:
                    key = found.column, "more_alike", (("more_of", found.code),)
                self._n_rows[key] += 1
                rows = self._rows.setdefault(key, [])
                if len(rows) < FIRST_ROWS:
                    rows.append(int(checked.block.rows[at]))
        for column, codes in OFTEN.items():
            values: Array = np.where(good, checked.columns[column].values, np.nan)
            for code in codes:
                often = self._often.setdefault((column, code), _Often())
                often.add(values, checked.block.rows, code)

    def warnings(self, others: Iterable[Warned]) -> tuple[Warned, ...]:
        """Return everything odd with what was found elsewhere, the first rows first."""
        told = [
            Warned(key[0], key[1], dict(key[2]), tuple(rows), self._n_rows[key])
            for key, rows in self._rows.items()
        ]
        told += [*others, *self._codes()]
        return tuple(sorted(told, key=lambda w: (w.rows, w.about, w.code)))

    def _codes(self) -> Iterator[Warned]:
        for (column, code), often in self._often.items():
            if often.n >= MANY and often.n > TIMES * (often.near + 1):
                params: Mapping[str, object] = {"value": code, "times": often.n}
                rows = tuple(often.rows[:FIRST_ROWS])
                yield Warned(column, "no_answer_often", params, rows, often.n)


@dataclass(slots=True)
class _Often:
    """How often a value stands in a column, and how often one near it."""

    n: int = 0
    near: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, values: Array, rows: Ints, code: int) -> None:
        same = values == code
        self.n += int(same.sum())
        self.near += int((np.abs(values - code) <= max(1, 0.1 * code)).sum()) - int(same.sum())
        if len(self.rows) < FIRST_ROWS:
            self.rows += rows[same][:FIRST_ROWS].tolist()

"""The values of a million trials in little memory, until it is known which of them are used.

A value of a closed list is kept as its number: one or two bytes instead of eight. For a fit by sums
the columns it does not read are checked with the rest and then forgotten, pseudonyms become numbers
too, and the frame holds the numbers: some 90 bytes of a trial in place of 400.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.arrays import Bools
from matcher.profile.schema import PROFILE_FIELDS
from matcher.tables.columns import Column
from matcher.tables.kinds import (
    Choice,
    Day,
    FreeText,
    Headcount,
    Kind,
    Number,
    Pseudonym,
    Scale,
    YesNo,
)
from matcher.trials.columns import MEASURED_COLUMNS, TRIAL_COLUMNS

_READ = frozenset(
    (
        *PROFILE_FIELDS,
        *("source", "company", "table", "intervention", "state", "scale"),
        *("assigned_by", "propensity"),
        *("culture_before", "culture_before_sd", "respondents_before"),
        *("culture_after", "culture_after_sd", "respondents_after"),
    )
)
FIT_COLUMNS: tuple[str, ...] = tuple(name for name in TRIAL_COLUMNS if name in _READ)
"""Columns that a fit reads, in the order of the contract."""


@dataclass(slots=True)
class _Plain:
    """A column of nearly as many values as trials, so that codes would not be shorter."""

    pieces: list[NDArray[Any]] = field(default_factory=list)

    def add(self, column: Column, good: Bools) -> None:
        self.pieces.append(column.values[good])

    def used(self, used: Bools) -> Any:
        return np.concatenate(self.pieces)[used]


@dataclass(slots=True)
class _Coded:
    """A column of few different values; those of a closed list are known beforehand."""

    numbers: dict[object, int]
    dtype: str | None
    """Of the values; None for a column that stays in codes."""
    pieces: list[NDArray[Any]] = field(default_factory=list)

    def add(self, column: Column, good: Bools) -> None:
        # What is not known has no category: -1. NaN, which never equals NaN, is one more per block.
        seen = self.numbers
        places = [
            -1 if value is None else seen.setdefault(value, len(seen))
            for value in column.distinct.tolist()
        ]
        smallest = np.array(places, dtype=np.min_scalar_type(-len(seen) - 1))
        self.pieces.append(smallest[column.codes[good]])

    def codes(self) -> NDArray[Any]:
        return np.concatenate(self.pieces)

    def used(self, used: Bools) -> Any:
        codes = self.codes()[used]
        if self.dtype is None:
            # An index of tuples would become one of several levels.
            values = pd.Index(list(self.numbers), dtype=object, tupleize_cols=False)
            return pd.Categorical.from_codes(codes, categories=values, validate=False)
        known = np.empty(len(self.numbers) + 1, dtype=self.dtype)
        known[:] = [*self.numbers, None]  # so that -1 finds what is not known
        return known[codes]


@dataclass(slots=True)
class _Names:
    """A column of pseudonyms: each text once, and its number for every trial."""

    pieces: list[pa.DictionaryArray] = field(default_factory=list)
    texts: pa.StringArray | None = None
    """The texts by number, once all are in."""

    def add(self, column: Column, good: Bools) -> None:
        # A dictionary holds no null; an empty text is nobody's name.
        texts = pa.array(column.distinct, type=pa.string()).fill_null("")
        known = pa.array(column.codes, mask=~column.known)
        self.pieces.append(pa.DictionaryArray.from_arrays(known, texts).filter(pa.array(good)))

    def used(self, used: Bools) -> Any:
        whole = pa.chunked_array(self.pieces).unify_dictionaries().combine_chunks()
        self.pieces.clear()
        self.texts = whole.dictionary
        pa.default_memory_pool().release_unused()  # what finding equal texts took, as much again
        codes = whole.indices.fill_null(-1).to_numpy()[used]
        # Numbers for categories: pandas looks for doubles among texts, at .15 GB for 700 000.
        numbers = pd.RangeIndex(len(whole.dictionary))
        return pd.Categorical.from_codes(codes, categories=numbers, validate=False)


def _store(kind: Kind, for_fit: bool) -> _Plain | _Coded | _Names:
    if isinstance(kind, Pseudonym | FreeText):
        return _Names() if for_fit else _Plain()
    if isinstance(kind, Number | Headcount):
        return _Plain() if for_fit else _Coded({}, "float64")
    dtype = "datetime64[ns]" if isinstance(kind, Day) else "object"
    return _Coded(_closed(kind), None if for_fit else dtype)


def _closed(kind: Kind) -> dict[object, int]:
    """Return the values of a closed list, numbered; none of a kind whose values are open."""
    values: Iterable[object] = ()
    if isinstance(kind, Choice):
        values = kind.values.values()
    elif isinstance(kind, Scale):
        values = kind.words.values()
    elif isinstance(kind, YesNo):
        values = True, False
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


class TrialStore:
    """The good rows of a file, column by column; with ``for_fit`` as a fit by sums reads them."""

    def __init__(self, kinds: Mapping[str, Kind], for_fit: bool) -> None:
        read = {*FIT_COLUMNS, *MEASURED_COLUMNS}
        names = [name for name in kinds if not for_fit or name in read]
        self._columns = {name: _store(kinds[name], for_fit) for name in names}
        self._company = self._columns["company"]
        self._source = _Coded(_closed(kinds["source"]), None if for_fit else "object")
        self._columns["source"] = self._source

    def add(self, columns: Mapping[str, Column], good: Bools) -> None:
        """Keep the good rows of a block."""
        for name, store in self._columns.items():
            store.add(columns[name], good)

    def simulated(self) -> Bools:
        """Return which rows are simulated."""
        simulated: Bools = self._source.codes() == self._source.numbers["simulated"]
        return simulated

    def frame(self, used: Bools) -> pd.DataFrame:
        """Return the used rows as a frame, and forget them one column at a time.

        For a fit, in place of texts, truths and lists it holds categories, and in place of
        pseudonyms numbers.
        """
        columns: dict[str, pd.Series[Any]] = {}
        for name, store in self._columns.items():
            values = store.used(used)
            store.pieces.clear()
            # Without its dtype, pandas makes text of objects, and NaN of None.
            columns[name] = pd.Series(values, dtype=values.dtype, copy=False)
        return pd.DataFrame(columns, copy=False)

    def companies(self, frame: pd.DataFrame, most: int) -> tuple[str, ...] | None:
        """Return the pseudonyms of the companies in the frame, in order; None if over ``most``."""
        names = frame["company"].unique()
        if len(names) > most:
            return None
        if isinstance(self._company, _Names) and self._company.texts is not None:
            numbers = pa.array(np.asarray(names, dtype=np.int64))
            names = self._company.texts.take(numbers).to_pylist()
        return tuple(sorted(names))

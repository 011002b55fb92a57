"""What a fit by sums reads of a trial, as short as it can be: some 90 bytes in place of 400.

A closed list becomes one byte, a pseudonym the number of its text, a measurement a plain number.
What the fit does not read is checked with the rest and then forgotten, so that memory does not grow
with columns that nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.profile.schema import PROFILE_FIELDS
from matcher.tables.columns import Column, Mask
from matcher.trials.columns import (
    TRIAL_COLUMNS,
    Choice,
    Kind,
    Listing,
    Number,
    Pseudonym,
    Scale,
    YesNo,
)

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
class _Numbers:
    """A measurement: nearly as many values as trials, so that codes would not be shorter."""

    pieces: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, column: Column, good: Mask) -> None:
        self.pieces.append(column.values[good])

    def used(self, used: Mask) -> NDArray[np.float64]:
        values = np.concatenate(self.pieces)
        self.pieces.clear()
        return values[used]


@dataclass(slots=True)
class _Codes:
    """A column of few different values; those of a closed list are known beforehand."""

    numbers: dict[object, int] = field(default_factory=dict)
    pieces: list[NDArray[Any]] = field(default_factory=list)

    def add(self, column: Column, good: Mask) -> None:
        seen = self.numbers
        # What is not known has no category: -1.
        places = [
            -1 if value is None else seen.setdefault(value, len(seen))
            for value in column.distinct.tolist()
        ]
        smallest = np.array(places, dtype=np.min_scalar_type(-len(seen) - 1))
        self.pieces.append(smallest[column.codes[good]])

    def codes(self) -> NDArray[Any]:
        return np.concatenate(self.pieces)

    def used(self, used: Mask) -> pd.Categorical[Any]:
        codes = self.codes()
        self.pieces.clear()
        # An index of tuples would become one of several levels.
        values = pd.Index(list(self.numbers), dtype=object, tupleize_cols=False)
        return pd.Categorical.from_codes(codes[used], categories=values, validate=False)


@dataclass(slots=True)
class _Names:
    """A column of pseudonyms: each text once, and its number for every trial."""

    pieces: list[pa.DictionaryArray] = field(default_factory=list)
    texts: pa.StringArray | None = None
    """The texts by number, once all are in."""

    def add(self, column: Column, good: Mask) -> None:
        # A dictionary holds no null; an empty text is nobody's name.
        texts = pa.array(column.distinct, type=pa.string()).fill_null("")
        known = pa.array(column.codes, mask=~column.known)
        self.pieces.append(pa.DictionaryArray.from_arrays(known, texts).filter(pa.array(good)))

    def used(self, used: Mask) -> pd.Categorical[Any]:
        whole = pa.chunked_array(self.pieces).unify_dictionaries().combine_chunks()
        self.pieces.clear()
        self.texts = whole.dictionary
        pa.default_memory_pool().release_unused()  # what finding equal texts took, as much again
        codes = whole.indices.fill_null(-1).to_numpy()[used]
        # Numbers for categories: pandas looks for doubles among texts, at .15 GB for 700 000.
        numbers = pd.RangeIndex(len(whole.dictionary))
        return pd.Categorical.from_codes(codes, categories=numbers, validate=False)


def _store(kind: Kind) -> _Numbers | _Codes | _Names:
    if isinstance(kind, Number):
        return _Numbers()
    if isinstance(kind, Pseudonym):
        return _Names()
    return _Codes(_closed(kind))


def _closed(kind: Kind) -> dict[object, int]:
    """Return the values of a closed list, numbered; none of a kind whose values are open."""
    values: Iterable[object] = ()
    if isinstance(kind, Choice):
        values = kind.values.values()
    elif isinstance(kind, Scale):
        values = kind.words.values()
    elif isinstance(kind, YesNo):
        values = True, False
    elif not isinstance(kind, Listing):
        raise TypeError(f"a fit reads no {type(kind).__name__}")
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


class CodedStore:
    """The good rows of a file as a fit by sums reads them."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._company, self._source = _Names(), _Codes(_closed(kinds["source"]))
        self._columns = {name: _store(kinds[name]) for name in FIT_COLUMNS}
        self._columns |= {"company": self._company, "source": self._source}

    def add(self, columns: Mapping[str, Column], good: Mask) -> None:
        """Keep the good rows of a block."""
        for name, store in self._columns.items():
            store.add(columns[name], good)

    def simulated(self) -> Mask:
        """Return which rows are simulated."""
        simulated: Mask = self._source.codes() == self._source.numbers["simulated"]
        return simulated

    def frame(self, used: Mask) -> pd.DataFrame:
        """Return the used rows as a frame, and forget them one column at a time.

        Columns are those of ``TrialStore.frame`` that a fit reads; in place of texts, truths and
        lists they hold categories, and in place of pseudonyms numbers.
        """
        columns: dict[str, Any] = {}
        for name, store in self._columns.items():
            columns[name] = pd.Series(store.used(used), copy=False)
        return pd.DataFrame(columns, copy=False)

    def companies(self, frame: pd.DataFrame, most: int) -> tuple[str, ...] | None:
        """Return the pseudonyms of the companies in the frame, in order; None if over ``most``."""
        numbers = pa.array(np.asarray(frame["company"].unique(), dtype=np.int64))
        if self._company.texts is None or len(numbers) > most:
            return None
        return tuple(sorted(self._company.texts.take(numbers).to_pylist()))

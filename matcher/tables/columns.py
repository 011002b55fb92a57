"""Columns of text cells -> values, with a mask for every rule that a cell can break.

Each distinct text of a column is read once: a column of a million cells holds few different ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.arrays import Bools
from matcher.tables.cells import (
    BLANK_WORDS,
    MONTHS,
    SPACES,
    UNSEEN,
    before_spreadsheet,
)
from matcher.tables.distinct import Broken, Distinct, Params, Words, mask_of, nothing, read_distinct
from matcher.tables.kinds import (
    Choice,
    FreeText,
    Headcount,
    Kind,
    Number,
    Pseudonym,
    Scale,
)

_BLANK = pa.array(sorted(BLANK_WORDS), type=pa.string())


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a column, row by row; missing (None, NaN, NaT) where blank or broken."""

    values: NDArray[Any]
    distinct: NDArray[Any]
    codes: NDArray[np.int32]
    """Place of each value among the distinct ones."""
    blank: Bools
    """Nothing is known: empty, or a word for that."""
    broken: tuple[Broken, ...]
    months: Bools
    """Where a day stands for the whole month that was told."""
    ends: tuple[NDArray[Any], NDArray[Any]] | None = None
    """The least and the most that each value can be; None where a value is what it is."""

    @property
    def least(self) -> NDArray[Any]:
        """The least that each value can be: of a class of sizes its first number."""
        return self.values if self.ends is None else self.ends[0]

    @property
    def most(self) -> NDArray[Any]:
        """The most that each value can be: of a class of sizes its last number, or infinite."""
        return self.values if self.ends is None else self.ends[1]

    @property
    def known(self) -> Bools:
        """Where there is a value."""
        known = ~self.blank
        for broken in self.broken:
            known &= ~broken.mask
        return known


def read_column(texts: pa.StringArray, kind: Kind) -> Column:
    """Return the values of a column of text cells."""
    encoded = texts.dictionary_encode()
    codes = encoded.indices.to_numpy()
    words = _words(encoded.dictionary, kind.words if isinstance(kind, FreeText) else frozenset())
    read = _unchanged(kind, words, read_distinct(kind, words))
    broken = tuple(
        Broken(rule.code, rule.mask[codes], _by_row(rule.params, codes))
        for rule in (*read.broken, *words.unseen)
        if rule.mask.any()
    )
    blank = read.blank.copy()
    for rule in words.unseen:
        blank &= ~rule.mask
    months = np.zeros(len(blank), dtype=bool) if read.months is None else read.months
    ends = None if read.ends is None else (read.ends[0][codes], read.ends[1][codes])
    values = read.values
    return Column(values[codes], values, codes, blank[codes], broken, months[codes], ends)


def empty_column(kind: Kind, n_rows: int) -> Column:
    """Return a column of which nothing is known."""
    return read_column(pa.array([""] * n_rows, type=pa.string()), kind)


def _by_row(params: Params, codes: NDArray[np.int32]) -> Params:
    return lambda row: params(int(codes[row]))


def _words(texts: pa.StringArray, meant: frozenset[str]) -> Words:
    tidy = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, SPACES, " "))
    lower = pc.utf8_lower(tidy)
    unseen = tuple(
        Broken(code, mask_of(pc.starts_with(texts, mark)), nothing) for mark, code in UNSEEN.items()
    )
    blank = mask_of(pc.is_in(lower, value_set=_BLANK))
    blank &= ~mask_of(pc.is_in(tidy, value_set=pa.array(sorted(meant), type=pa.string())))
    for rule in unseen:
        blank |= rule.mask
    return Words(tidy, lower, blank, unseen)


def _unchanged(kind: Kind, words: Words, read: Distinct) -> Distinct:
    """Tell of texts that a spreadsheet made of others by that, and not by the rule they break.

    A pseudonym breaks none: as a day it would pass for another company.
    """
    if not isinstance(kind, Number | Headcount | Choice | Scale | Pseudonym):
        return read
    wrong = np.zeros(len(words.blank), dtype=bool)
    for rule in read.broken:
        wrong |= rule.mask
    mark = "," if isinstance(kind, Number) else "-"
    originals: dict[int, str] = {}
    if isinstance(kind, Pseudonym):
        wrong = ~words.blank
        originals = _powers(words)
    looks = wrong & mask_of(pc.match_substring_regex(words.lower, _LIKE_A_DAY))
    for at in np.flatnonzero(looks).tolist():
        if original := before_spreadsheet(words.lower[at].as_py(), mark):
            originals[at] = original
    if not originals:
        return read
    changed = np.zeros(len(words.blank), dtype=bool)
    changed[list(originals)] = True
    values = read.values
    if not isinstance(kind, Pseudonym):  # a name is what it is, also where it may be another
        values = values.copy()
        values[changed] = None if values.dtype == object else np.nan
    rules = (replace(rule, mask=rule.mask & ~changed) for rule in read.broken)
    told = Broken("table_changed", changed, lambda at: {"likely": originals[at]})
    return replace(read, values=values, broken=(*rules, told))


def _powers(words: Words) -> dict[int, str]:
    """Return what may have stood where a spreadsheet shows a power of ten: 2E3 for 2,00E+03."""
    looks = np.flatnonzero(mask_of(pc.match_substring_regex(words.lower, _POWER))).tolist()
    texts = pc.replace_substring_regex(pc.utf8_upper(words.tidy), "[.,]?0*E[+]0*", "E")
    return {at: texts[at].as_py() for at in looks}


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_LIKE_A_DAY = (
    rf"^(?:[0-9]{{1,2}}[-/ ](?:{_MONTH})(?:[-/ ][0-9]{{2,4}})?|(?:{_MONTH})[-/ ][0-9]{{2}}"
    r"|[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}.*|[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{4}.*)$"
)
_POWER = r"^[0-9](?:[.,][0-9]+)?e[+][0-9]{2}$"

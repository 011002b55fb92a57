"""Columns of days as tools write them: with a time behind, month first, or only a month."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools
from matcher.tables.cells import is_month, read_day

_TIME = re.compile(r"[ T]+[0-9]{1,2}[:.][0-9]{2}.*$|T[0-9]{2}.*$", re.S)
"""Also ``10:20:11 AM EET``, as Google writes it."""
_SLASHES = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Days:
    """A column read as days."""

    values: NDArray[np.datetime64]
    """To the day; NaT where there is none."""
    unread: Bools
    """Filled, and no day."""
    months: Bools
    """Where only a month was told, of which it is the first day."""
    month_first: bool
    """They can only be read as month/day/year."""
    doubtful: bool
    """They can be read as day/month/year and as month/day/year; the first was taken."""


def without_time(text: str) -> str:
    """Return a moment without the time of the day.

    Examples
    --------
    >>> without_time("2023/03/06 10:20:11 AM EET"), without_time("2023-03-06T10:20")
    ('2023/03/06', '2023-03-06')
    """
    return _TIME.sub("", text)


def is_day(text: str) -> bool:
    """Return whether a cell tells a day or a month, in whichever order."""
    word = without_time(text)
    return not isinstance(_read(word, False), str) or not isinstance(_read(word, True), str)


def days_of(column: pd.Categorical) -> Days:
    """Return a column of text as days."""
    trimmed = [without_time(str(word)) for word in column.categories]
    codes, words = pd.factorize(np.array([*trimmed, ""], dtype=object))
    distinct = [str(word) for word in words]
    month_first, doubtful = _order(distinct)
    days = np.array([_day(word, month_first) for word in distinct], dtype="datetime64[D]")
    months = np.array([is_month(word) for word in distinct], dtype=bool)
    at = codes[column.codes]  # the code of a blank, -1, is that of the last: ""
    values = days[at]
    return Days(values, np.isnat(values) & (column.codes >= 0), months[at], month_first, doubtful)


def _read(word: str, month_first: bool) -> object:
    found = _SLASHES.fullmatch(word)
    if found and month_first:
        word = f"{found[2]}/{found[1]}/{found[3]}"
    return read_day(word, "first")


def _day(word: str, month_first: bool) -> np.datetime64:
    day = _read(word, month_first)
    return np.datetime64("NaT") if isinstance(day, str) else np.datetime64(str(day))


def _order(words: Sequence[str]) -> tuple[bool, bool]:
    """Return whether days stand month first, and whether nobody can tell."""
    told = [(int(f[1]), int(f[2])) for f in map(_SLASHES.fullmatch, words) if f]
    if any(first > 12 for first, _ in told) or not told:
        return False, False
    if any(second > 12 for _, second in told):
        return True, False
    return False, any(first != second for first, second in told)

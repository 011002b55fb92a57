"""Files of SPSS and Stata: values, words for values, and values that are declared missing.

Read by pyreadstat. Columns that tell who somebody is are known from the dictionary of the file, so
their values are never read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
from numpy.typing import NDArray
from pyreadstat import ReadstatError

from matcher.arrays import Array, Bools
from matcher.errors import Fault
from matcher.survey.grid import tidy
from matcher.survey.result import Tool
from matcher.tables.faults import shown, unreadable
from matcher.tables.workbooks import float_text

SPSS_SUFFIXES, STATA_SUFFIX = (".sav", ".zsav"), ".dta"
PACKAGE_SUFFIXES = (*SPSS_SUFFIXES, STATA_SUFFIX)

_LOCKED = b"ENCRYPTEDSAV"
_STATA_START, _STATA_END = b"<stata_dta>", b"</stata_dta>"
"""The words for values stand last: pyreadstat reads a file without them, and without a word."""
_ENCODINGS = (None, "WINDOWS-1252", "LATIN1")
"""Tried in turn: None is what the file says of itself, and old files say nothing, or lie."""
_SPSS_DAY = re.compile(r"(A|E|S|J)?DATE[0-9.]*|DATETIME[0-9.]*|YMDHMS[0-9.]*|(MO|Q|WK)YR[0-9.]*")
_STATA_DAY = re.compile(r"%[-0-9]*(t?[dcCwmqhy]).*")
_SPSS_ZERO, _STATA_ZERO = np.datetime64("1582-10-14"), np.datetime64("1960-01-01")
_SMALL = 100
"""A day of so few seconds after the calendar began, or days after 1960 in an item, is an answer in
the form of a day."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What a file says of its columns, before any of their values is read."""

    path: Path
    tool: Tool
    names: tuple[str, ...]
    questions: tuple[str, ...]
    encoding: str | None
    meta: Any


@dataclass(frozen=True, slots=True)
class Values:
    """One column as answered, as codes of text."""

    cells: pd.Categorical
    labels: Mapping[str, str]
    reasons: pd.Categorical
    """Why a cell is missing that the file declares so; missing itself elsewhere."""
    is_day: bool
    answers_as_days: bool
    """It has the form of a day, and holds answers."""

    def missing(self, stays: Bools) -> dict[str, int]:
        """Return why cells are missing in the rows that stay -> how often."""
        counts = self.reasons[stays].value_counts(dropna=True)
        return {str(reason): int(n) for reason, n in counts.items() if n}


def open_package(path: Path) -> Dictionary:
    """Return the dictionary of a file.

    Raises
    ------
    UnreadableFile
        If it is not there, no such file, has a password or is cut off.
    """
    if not path.is_file():
        raise unreadable(path, "table_not_a_file" if path.exists() else "table_not_found")
    try:
        with path.open("rb") as file:
            head = file.read(64)
            file.seek(max(path.stat().st_size - len(_STATA_END), 0))
            tail = file.read()
    except OSError as error:
        raise unreadable(path, "table_cannot_open", reason=error.strerror or "?") from None
    if _LOCKED in head:
        raise unreadable(path, "survey_package_locked")
    if head.startswith(_STATA_START) and tail != _STATA_END:
        raise _refused(path)
    for encoding in _ENCODINGS:
        try:
            _, meta = _read(path, encoding, metadataonly=True)
        except UnicodeDecodeError:
            continue
        except ReadstatError as error:
            if "convert" in str(error):
                continue
            raise _refused(path) from None
        tool: Tool = "stata" if _is_stata(path) else "spss"
        names = tuple(meta.column_names)
        questions = tuple(tidy(label or "") for label in meta.column_labels)
        return Dictionary(path, tool, names, questions, encoding, meta)
    raise _refused(path)


def _is_stata(path: Path) -> bool:
    return path.suffix.casefold() == STATA_SUFFIX


def _refused(path: Path) -> Exception:
    kind = "Stata (.dta)" if _is_stata(path) else "SPSS (.sav)"
    return unreadable(path, "survey_package_broken", kind=kind)


def _read(path: Path, encoding: str | None, **options: Any) -> tuple[pd.DataFrame, Any]:
    reader = pyreadstat.read_dta if _is_stata(path) else pyreadstat.read_sav
    frame, meta = reader(path, encoding=encoding, disable_datetime_conversion=True, **options)
    return frame, meta


def read_values(told: Dictionary, wanted: Sequence[str]) -> tuple[int, dict[str, Values]]:
    """Return how many rows there are, and the wanted columns.

    Raises
    ------
    UnreadableFile
        If the file ends before it should, or holds text that is none.
    """
    if not wanted:
        return int(told.meta.number_rows or 0), {}
    stata = told.tool == "stata"
    try:
        # Not with the missing ones of Stata: pyreadstat 1.3.7 then gives a number for the plain
        # missing of a column of whole numbers.
        frame, meta = _read(told.path, told.encoding, usecols=list(wanted), user_missing=not stata)
        if stata:
            _make_numbers(frame, meta)
        letters = _letters(told, frame) if stata else {}
    except (ReadstatError, UnicodeDecodeError):
        raise _refused(told.path) from None
    values = {}
    for name in wanted:
        labels = meta.variable_value_labels.get(name, {})
        form = meta.original_variable_types.get(name) or ""
        ranges = meta.missing_ranges.get(name, [])
        column = frame.pop(name)
        values[name] = _values(column, labels, ranges, letters.get(name), _day_of(form, stata))
    return len(frame), values


def _make_numbers(frame: pd.DataFrame, meta: Any) -> None:
    """Make numbers of the columns of whole numbers that are objects because some are missing."""
    for name in map(str, frame.columns):
        if meta.readstat_variable_types[name] != "string":
            frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)


def _letters(told: Dictionary, frame: pd.DataFrame) -> dict[str, pd.Categorical]:
    """Return which of Stata's missing values each cell is: ``.`` or ``.a`` to ``.z``."""
    numbers = map(str, frame.select_dtypes("number").columns)
    gaps = [name for name in numbers if frame[name].isna().any()]
    if not gaps:
        return {}
    coded, meta = _read(told.path, told.encoding, usecols=gaps, user_missing=True)
    found: dict[str, pd.Categorical] = {}
    for name in gaps:
        where = frame[name].isna().to_numpy()
        labels = meta.variable_value_labels.get(name, {})
        cells = coded[name].to_numpy(dtype=object)[where]
        letters = [cell if isinstance(cell, str) else "" for cell in cells]
        words = {letter: _reason(f".{letter}", labels.get(letter)) for letter in set(letters)}
        reasons = np.full(len(where), None, dtype=object)
        reasons[where] = [words[letter] for letter in letters]
        found[name] = pd.Categorical(reasons)
    return found


def _reason(code: str, words: str | None) -> str:
    return f"{code} {tidy(words)}" if words else code


def _day_of(form: str, stata: bool) -> str:
    """Return how a number stands for a day; empty if it does not."""
    if stata:
        found = _STATA_DAY.fullmatch(form)
        return found[1].lstrip("t") if found else ""
    return "s" if _SPSS_DAY.fullmatch(form) else ""


def _values(
    column: pd.Series[Any],
    labels: Mapping[object, str],
    ranges: Collection[Mapping[str, Any]],
    letters: pd.Categorical | None,
    day: str,
) -> Values:
    if not pd.api.types.is_numeric_dtype(column):
        return _texts(column, labels, ranges)
    numbers = column.to_numpy(dtype=float)
    gone = np.zeros(len(numbers), dtype=bool)
    for each in ranges:
        gone |= (numbers >= float(each["lo"])) & (numbers <= float(each["hi"]))
    words = {float(str(code)): tidy(text) for code, text in labels.items() if _is_number(code)}
    reasons = _reasons(numbers, gone, words) if letters is None else letters
    kept = np.where(gone, np.nan, numbers)
    answers_as_days = bool(day) and not np.any(np.abs(kept) > _SMALL)
    is_day = bool(day) and not answers_as_days
    if is_day:
        return Values(_days(kept, day), {}, reasons, True, False)
    declared = {code for code in words if any(each["lo"] <= code <= each["hi"] for each in ranges)}
    told = {float_text(code): text for code, text in words.items() if code not in declared}
    return Values(_coded(kept), told, reasons, False, answers_as_days)


def _is_number(code: object) -> bool:
    return isinstance(code, int | float)


def _reasons(numbers: Array, gone: Bools, words: Mapping[float, str]) -> pd.Categorical:
    distinct, places = np.unique(numbers[gone], return_inverse=True)
    texts = [_reason(float_text(code), words.get(code)) for code in distinct.tolist()]
    return _placed(gone, places, texts)


def _texts(
    column: pd.Series[Any], labels: Mapping[object, str], ranges: Collection[Mapping[str, Any]]
) -> Values:
    codes, found = pd.factorize(column.to_numpy(dtype=object))
    texts = [tidy(str(text)) for text in found]
    declared = {tidy(str(each["lo"])) for each in ranges}
    gone = np.array([*(text in declared and text != "" for text in texts), False], dtype=bool)
    why = np.array([*(_reason(text, labels.get(text)) for text in texts), ""], dtype=object)
    why[~gone] = None
    reasons = pd.Categorical(why[codes])
    words = pd.Index(sorted(set(texts) - declared - {""}), dtype=object)
    places = np.append(words.get_indexer(pd.Index(texts, dtype=object)), -1)
    told = {tidy(str(code)): tidy(text) for code, text in labels.items()}
    kept = {code: text for code, text in told.items() if code not in declared}
    cells = pd.Categorical.from_codes(places[codes], categories=words)
    return Values(cells, kept, reasons, False, False)


def _coded(numbers: Array) -> pd.Categorical:
    """Return numbers as codes of text; missing where they are."""
    known = ~np.isnan(numbers)
    distinct, places = np.unique(numbers[known], return_inverse=True)
    return _placed(known, places, [float_text(number) for number in distinct.tolist()])


def _placed(known: Bools, places: NDArray[np.intp], texts: Sequence[str]) -> pd.Categorical:
    codes = np.full(len(known), -1, dtype=np.int32)
    codes[known] = places
    categories: Any = pd.Index(list(texts), dtype=object)
    return pd.Categorical.from_codes(codes, categories=categories)


def _days(numbers: Array, unit: str) -> pd.Categorical:
    """Return numbers that stand for days as days in text.

    SPSS counts seconds from 14 October 1582; Stata counts days, weeks, months, quarters, half years
    or milliseconds from 1960, and years as they are.
    """
    known = np.isfinite(numbers)
    distinct, places = np.unique(numbers[known], return_inverse=True)
    return _placed_alike(known, places, [_day(number, unit) for number in distinct.tolist()])


def _placed_alike(known: Bools, places: NDArray[np.intp], texts: Sequence[str]) -> pd.Categorical:
    """Return the same as ``_placed`` of texts of which some are alike: two moments of one day."""
    codes, different = pd.factorize(np.array([*texts], dtype=object), sort=True)
    return _placed(known, codes[places], [str(text) for text in different])


def _day(number: float, unit: str) -> str:
    whole = int(number)
    match unit:
        case "s":
            return str(_SPSS_ZERO + np.timedelta64(whole // 86_400, "D"))
        case "c" | "C":
            return str(_STATA_ZERO + np.timedelta64(whole // 86_400_000, "D"))
        case "d":
            return str(_STATA_ZERO + np.timedelta64(whole, "D"))
        case "w":  # 52 weeks in each year, the last of which has eight or nine days
            year, week = divmod(whole, 52)
            return str(np.datetime64(f"{1960 + year}-01-01") + np.timedelta64(7 * week, "D"))
        case "y":
            return f"{whole:04}-01-01"
        case _:
            months = whole * {"m": 1, "q": 3, "h": 6}[unit]
            return f"{np.datetime64('1960-01', 'M') + np.timedelta64(months, 'M')}-01"


def answers_as_days(names: Collection[str]) -> list[Fault]:
    """Return the note on columns that hold answers in the form of days."""
    return [Fault(shown(name), "survey_answers_as_days", {"column": shown(name)}) for name in names]

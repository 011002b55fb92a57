"""Columns of text cells -> values, with a mask for every rule that a cell can break.

Each distinct text of a column is read once: a column of a million cells holds few different ones.
The reading itself is done on whole arrays, so that a million different faults cost little too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial, singledispatch
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.arrays import Bools
from matcher.tables.cells import (
    BLANK_WORDS,
    EITHER,
    MONTHS,
    NUMBER,
    SPACES,
    UNSEEN,
    YES_NO,
    ZERO_DECIMALS,
    NoDay,
    NoNumber,
    before_spreadsheet,
    is_month,
    read_day,
    read_items,
    read_number,
)
from matcher.tables.faults import nearest, shown
from matcher.tables.kinds import (
    FIRST_YEAR,
    LAST_YEAR,
    Choice,
    Day,
    FreeText,
    Kind,
    Listing,
    Number,
    Pseudonym,
    Scale,
    YesNo,
)

_BLANK = pa.array(sorted(BLANK_WORDS), type=pa.string())

Params = Callable[[int], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Broken:
    """The texts that break one rule, and what its sentence needs about one of them.

    With a ``near`` among the latter the sentence is the one that proposes it: ``CODE_near``.
    """

    code: str
    mask: Bools
    params: Params


@dataclass(frozen=True, slots=True)
class Distinct:
    """The values of the distinct texts of a column; missing (None, NaN, NaT) unless good."""

    values: NDArray[Any]
    blank: Bools
    broken: tuple[Broken, ...]
    months: Bools | None = None
    """Where a day stands for the whole month that was told; None where there are no days."""


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

    @property
    def known(self) -> Bools:
        """Where there is a value."""
        known = ~self.blank
        for broken in self.broken:
            known &= ~broken.mask
        return known


@dataclass(frozen=True, slots=True)
class _Words:
    """The distinct texts of a column: tidied, and in lower case."""

    tidy: pa.StringArray
    lower: pa.StringArray
    blank: Bools
    """Nothing is known, or nothing can be seen."""
    unseen: tuple[Broken, ...]
    """Formulas that no programme calculated, or that failed."""


def read_column(texts: pa.StringArray, kind: Kind) -> Column:
    """Return the values of a column of text cells."""
    encoded = texts.dictionary_encode()
    codes = encoded.indices.to_numpy()
    words = _words(encoded.dictionary, kind.words if isinstance(kind, FreeText) else frozenset())
    read = _unchanged(kind, words, _read(kind, words))
    broken = tuple(
        Broken(rule.code, rule.mask[codes], _by_row(rule.params, codes))
        for rule in (*read.broken, *words.unseen)
        if rule.mask.any()
    )
    blank = read.blank.copy()
    for rule in words.unseen:
        blank &= ~rule.mask
    months = np.zeros(len(blank), dtype=bool) if read.months is None else read.months
    return Column(read.values[codes], read.values, codes, blank[codes], broken, months[codes])


def empty_column(kind: Kind, n_rows: int) -> Column:
    """Return a column of which nothing is known."""
    return read_column(pa.array([""] * n_rows, type=pa.string()), kind)


def _by_row(params: Params, codes: NDArray[np.int32]) -> Params:
    return lambda row: params(int(codes[row]))


def _words(texts: pa.StringArray, meant: frozenset[str]) -> _Words:
    tidy = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, SPACES, " "))
    lower = pc.utf8_lower(tidy)
    unseen = tuple(
        Broken(code, _mask(pc.starts_with(texts, mark)), _nothing) for mark, code in UNSEEN.items()
    )
    blank = _mask(pc.is_in(lower, value_set=_BLANK))
    blank &= ~_mask(pc.is_in(tidy, value_set=pa.array(sorted(meant), type=pa.string())))
    for rule in unseen:
        blank |= rule.mask
    return _Words(tidy, lower, blank, unseen)


def _unchanged(kind: Kind, words: _Words, read: Distinct) -> Distinct:
    """Tell of texts that a spreadsheet made of others by that, and not by the rule they break.

    A pseudonym breaks none: as a day it would pass for another company.
    """
    if not isinstance(kind, Number | Choice | Scale | Pseudonym):
        return read
    wrong = np.zeros(len(words.blank), dtype=bool)
    for rule in read.broken:
        wrong |= rule.mask
    mark = "," if isinstance(kind, Number) else "-"
    originals: dict[int, str] = {}
    if isinstance(kind, Pseudonym):
        wrong = ~words.blank
        originals = _powers(words)
    looks = wrong & _mask(pc.match_substring_regex(words.lower, _LIKE_A_DAY))
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
    return Distinct(values, read.blank, (*rules, told))


def _powers(words: _Words) -> dict[int, str]:
    """Return what may have stood where a spreadsheet shows a power of ten: 2E3 for 2,00E+03."""
    looks = np.flatnonzero(_mask(pc.match_substring_regex(words.lower, _POWER))).tolist()
    texts = pc.replace_substring_regex(pc.utf8_upper(words.tidy), "[.,]?0*E[+]0*", "E")
    return {at: texts[at].as_py() for at in looks}


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_LIKE_A_DAY = (
    rf"^(?:[0-9]{{1,2}}[-/ ](?:{_MONTH})(?:[-/ ][0-9]{{2,4}})?|(?:{_MONTH})[-/ ][0-9]{{2}}"
    r"|[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}.*|[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{4}.*)$"
)
_POWER = r"^[0-9](?:[.,][0-9]+)?e[+][0-9]{2}$"


def _mask(truth: pa.Array) -> Bools:
    return np.asarray(pc.fill_null(truth, False).to_numpy(zero_copy_only=False), dtype=bool)


def _nothing(_: int) -> Mapping[str, object]:
    return {}


def _always(**params: object) -> Params:
    return lambda _: params


def _objects(values: pa.Array, keep: Bools) -> NDArray[Any]:
    """Return texts as Python objects, None where they are not kept."""
    objects = np.array(values.to_pylist(), dtype=object)
    objects[~keep] = None
    return objects


@singledispatch
def _read(kind: Kind, words: _Words) -> Distinct:
    raise TypeError(f"no reader for {type(kind).__name__}")


@_read.register
def _(kind: Number, words: _Words) -> Distinct:
    plain = _mask(pc.match_substring_regex(words.lower, f"^{NUMBER}$")) & ~words.blank
    if not kind.short:
        plain &= ~_mask(pc.match_substring_regex(words.lower, f"^{EITHER}$"))
    texts = pc.replace_substring(pc.utf8_ltrim(words.lower, characters="+"), ",", ".")
    kept = pc.if_else(pa.array(plain), texts, pa.scalar(None, pa.string()))
    numbers = np.array(kept.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
    read = partial(read_number, short=kind.short)
    rules = list(_one_by_one(words, ~plain, read, get_args(NoNumber), numbers))
    if kind.whole:
        rules.append(Broken("table_not_whole", numbers % 1 > 0, _nothing))
    rules += [
        Broken(code, outside(numbers, bound), _always(bound=f"{bound:.9g}"))
        for code, outside, bound in (
            ("table_too_small", np.less, kind.least),
            ("table_not_above", np.less_equal, kind.above),
            ("table_too_large", np.greater, kind.most),
        )
        if bound is not None
    ]
    for rule in rules:
        numbers[rule.mask] = np.nan
    return Distinct(numbers, words.blank, tuple(rules))


def _one_by_one(
    words: _Words,
    where: Bools,
    read: Callable[[str], object],
    codes: Iterable[str],
    values: NDArray[Any],
    params: Params = _nothing,
) -> Iterator[Broken]:
    """Read some texts into their values; yield which of them break what."""
    masks = {code: np.zeros(len(values), dtype=bool) for code in codes}
    where = where & ~words.blank
    texts = words.lower.filter(pa.array(where)).to_pylist()
    for at, text in zip(np.flatnonzero(where).tolist(), texts, strict=True):
        value = read(text)
        if isinstance(value, str):
            masks[value][at] = True
        else:
            values[at] = value
    for code, mask in masks.items():
        yield Broken(code, mask, params)


def _chosen(keys: pa.StringArray, values: Mapping[str, Any]) -> tuple[NDArray[Any], Bools]:
    """Return the value each key stands for, and where there is one."""
    table = np.array([*values.values(), None], dtype=object)
    found = pc.index_in(keys, value_set=pa.array(list(values), type=pa.string()))
    at = pc.fill_null(found, len(values)).to_numpy()
    return table[at], at < len(values)


def _codes(texts: pa.StringArray) -> pa.StringArray:
    """Return texts without the zero decimals that a data frame puts behind codes."""
    return pc.replace_substring_regex(texts, ZERO_DECIMALS, r"\1")


def _choice(
    words: _Words,
    keys: pa.StringArray,
    values: Mapping[str, str],
    code: str,
    proposing: bool = True,
) -> Distinct:
    chosen, known = _chosen(keys, values)
    choices = ", ".join(dict.fromkeys(values.values()))

    def params(at: int) -> Mapping[str, object]:
        near = nearest(keys[at].as_py(), values) if proposing else None
        return {"choices": choices} | ({"near": near} if near else {})

    chosen[words.blank] = None
    return Distinct(chosen, words.blank, (Broken(code, ~known & ~words.blank, params),))


@_read.register
def _(kind: Choice, words: _Words) -> Distinct:
    keys = pc.replace_substring(_codes(words.lower), " ", "_")
    return _choice(words, keys, kind.values, kind.unknown)


@_read.register
def _(kind: Scale, words: _Words) -> Distinct:
    keys = pc.replace_substring_regex(words.lower, r"\s*[-–—/]\s*", "-")
    keys = pc.replace_substring_regex(keys, r"^[12][0-9]{3}-([0-9]{2}-[0-9]{2})\b.*$", r"\1")
    keys = pc.replace_substring_regex(keys, r"^([0-9]{1,2}-[0-9a-z]+)-[0-9]{2,4}$", r"\1")
    # A near word would be one of the days that Excel makes of a scale: no help to anyone.
    return _choice(words, keys, kind.words, "table_unknown_value", proposing=False)


@_read.register
def _(kind: YesNo, words: _Words) -> Distinct:
    chosen, known = _chosen(_codes(words.lower), YES_NO)
    chosen[words.blank] = None
    return Distinct(
        chosen, words.blank, (Broken("table_not_yes_no", ~known & ~words.blank, _nothing),)
    )


@_read.register
def _(kind: Pseudonym, words: _Words) -> Distinct:
    pattern = f"^[A-Za-z0-9_-]{{1,{kind.most}}}$"
    names = _codes(words.tidy)
    good = _mask(pc.match_substring_regex(names, pattern)) & ~words.blank
    wrong = Broken("table_not_a_pseudonym", ~good & ~words.blank, _always(bound=kind.most))
    return Distinct(_objects(names, good), words.blank, (wrong,))


@_read.register
def _(kind: FreeText, words: _Words) -> Distinct:
    long = np.asarray(pc.greater(pc.utf8_length(words.tidy), kind.most))
    wrong = Broken("table_text_too_long", long, _always(bound=kind.most))
    return Distinct(_objects(words.tidy, ~long & ~words.blank), words.blank, (wrong,))


@_read.register
def _(kind: Listing, words: _Words) -> Distinct:
    codes = ("table_unknown_item", "table_double_item", "table_too_few_items")
    masks = {code: np.zeros(len(words.blank), dtype=bool) for code in codes}
    values = np.full(len(words.blank), None, dtype=object)
    allowed, choices = frozenset(kind.values), ", ".join(kind.values)
    for at, word in enumerate(words.lower.to_pylist()):
        if words.blank[at]:
            continue
        items = _items(word, kind)
        if not allowed.issuperset(items):
            masks["table_unknown_item"][at] = True
        elif len(set(items)) < len(items):
            masks["table_double_item"][at] = True
        elif not items and kind.none is None:
            masks["table_too_few_items"][at] = True
        else:
            values[at] = items

    def unknown(at: int) -> Mapping[str, object]:
        items = _items(words.lower[at].as_py(), kind)
        item = next(item for item in items if item not in allowed)
        near = nearest(item, kind.values)
        return {"item": shown(item), "choices": choices} | ({"near": near} if near else {})

    def double(at: int) -> Mapping[str, object]:
        items = _items(words.lower[at].as_py(), kind)
        return {"item": next(item for item in items if items.count(item) > 1)}

    params = (unknown, double, _always(choices=choices))
    broken = tuple(
        Broken(code, masks[code], tell) for code, tell in zip(codes, params, strict=True)
    )
    return Distinct(values, words.blank, broken)


def _items(word: str, kind: Listing) -> tuple[str, ...]:
    return () if word == kind.none else read_items(word, kind.values)


@_read.register
def _(kind: Day, words: _Words) -> Distinct:
    days = np.full(len(words.blank), "NaT", dtype="datetime64[D]")
    # As numbers: NumPy takes longer over a date of Python than reading its text does.
    numbers = days.view(np.int64)
    years = _always(first=FIRST_YEAR, last=LAST_YEAR)
    read = partial(_days_since_1970, of_month=kind.of_month)
    rules = tuple(_one_by_one(words, ~words.blank, read, get_args(NoDay), numbers, years))
    months = np.array([is_month(text) for text in words.lower.to_pylist()], dtype=bool)
    return Distinct(days, words.blank, rules, months & ~np.isnat(days))


def _days_since_1970(text: str, of_month: Literal["first", "last"]) -> int | NoDay:
    day = read_day(text, of_month)
    return day if isinstance(day, str) else day.toordinal() - _1970


_1970 = date(1970, 1, 1).toordinal()

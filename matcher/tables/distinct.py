"""The different texts of a column -> their values, with a mask for every rule that one breaks.

The reading is done on whole arrays, so that a million different faults cost little too.
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
    EITHER,
    NUMBER,
    YES_NO,
    ZERO_DECIMALS,
    NoDay,
    NoNumber,
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
    Headcount,
    Kind,
    Listing,
    Number,
    Pseudonym,
    Scale,
    YesNo,
)
from matcher.tables.sizes import Size, read_size

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
    ends: tuple[NDArray[Any], NDArray[Any]] | None = None
    """The least and the most that each value can be; None where a value is what it is."""


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct texts of a column: tidied, and in lower case."""

    tidy: pa.StringArray
    lower: pa.StringArray
    blank: Bools
    """Nothing is known, or nothing can be seen."""
    unseen: tuple[Broken, ...]
    """Formulas that no programme calculated, or that failed."""


def mask_of(truth: pa.Array) -> Bools:
    """Return where something is true, as numpy has it; what is not known is not."""
    return np.asarray(pc.fill_null(truth, False).to_numpy(zero_copy_only=False), dtype=bool)


def nothing(_: int) -> Mapping[str, object]:
    """Return what a sentence needs that needs nothing."""
    return {}


def _always(**params: object) -> Params:
    return lambda _: params


def _objects(values: pa.Array, keep: Bools) -> NDArray[Any]:
    """Return texts as Python objects, None where they are not kept."""
    objects = np.array(values.to_pylist(), dtype=object)
    objects[~keep] = None
    return objects


@singledispatch
def read_distinct(kind: Kind, words: Words) -> Distinct:
    """Return the values of the different texts of a column of a kind."""
    raise TypeError(f"no reader for {type(kind).__name__}")


@read_distinct.register
def _(kind: Number, words: Words) -> Distinct:
    plain = mask_of(pc.match_substring_regex(words.lower, f"^{NUMBER}$")) & ~words.blank
    if not kind.short:
        plain &= ~mask_of(pc.match_substring_regex(words.lower, f"^{EITHER}$"))
    texts = pc.replace_substring(pc.utf8_ltrim(words.lower, characters="+"), ",", ".")
    kept = pc.if_else(pa.array(plain), texts, pa.scalar(None, pa.string()))
    numbers = np.array(kept.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
    read = partial(read_number, short=kind.short)
    rules = list(_one_by_one(words, ~plain, read, get_args(NoNumber), numbers))
    if kind.whole:
        rules.append(Broken("table_not_whole", numbers % 1 > 0, nothing))
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


@read_distinct.register
def _(kind: Headcount, words: Words) -> Distinct:
    read = read_distinct(kind.number, words)
    fewest, largest = (bound or 0.0 for bound in kind.bounds)
    rules = {rule.code: rule for rule in read.broken}
    numbers, least, most = read.values.copy(), read.values.copy(), read.values.copy()
    told = {code: rules[code].mask.copy() for code in ("table_not_a_number", *_ENDS)}
    upside_down = np.zeros(len(numbers), dtype=bool)
    for at in np.flatnonzero(told["table_not_a_number"]).tolist():
        size = read_size(words.lower[at].as_py())
        upside_down[at] = size == "size_upside_down"
        if not (upside_down[at] or isinstance(size, Size)):
            continue
        told["table_not_a_number"][at] = False
        if isinstance(size, Size):
            told["table_too_small"][at] = size.least < fewest
            told["table_too_large"][at] = max(size.least, size.most or 0) > largest
            if not any(told[code][at] for code in _ENDS):
                numbers[at], least[at] = size.middle, size.least
                most[at] = np.inf if size.most is None else size.most
    broken = [replace(rule, mask=told.get(code, rule.mask)) for code, rule in rules.items()]
    broken.append(Broken("size_upside_down", upside_down, nothing))
    ends = None if np.array_equal(most, numbers, equal_nan=True) else (least, most)
    return Distinct(numbers, words.blank, tuple(broken), ends=ends)


_ENDS = ("table_too_small", "table_too_large")


def _one_by_one(
    words: Words,
    where: Bools,
    read: Callable[[str], object],
    codes: Iterable[str],
    values: NDArray[Any],
    params: Params = nothing,
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
    words: Words,
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


@read_distinct.register
def _(kind: Choice, words: Words) -> Distinct:
    keys = pc.replace_substring(_codes(words.lower), " ", "_")
    return _choice(words, keys, kind.values, kind.unknown)


@read_distinct.register
def _(kind: Scale, words: Words) -> Distinct:
    keys = pc.replace_substring_regex(words.lower, r"\s*[-–—/]\s*", "-")
    keys = pc.replace_substring_regex(keys, r"^[12][0-9]{3}-([0-9]{2}-[0-9]{2})\b.*$", r"\1")
    keys = pc.replace_substring_regex(keys, r"^([0-9]{1,2}-[0-9a-z]+)-[0-9]{2,4}$", r"\1")
    # A near word would be one of the days that Excel makes of a scale: no help to anyone.
    return _choice(words, keys, kind.words, "table_unknown_value", proposing=False)


@read_distinct.register
def _(kind: YesNo, words: Words) -> Distinct:
    chosen, known = _chosen(_codes(words.lower), YES_NO)
    chosen[words.blank] = None
    return Distinct(
        chosen, words.blank, (Broken("table_not_yes_no", ~known & ~words.blank, nothing),)
    )


@read_distinct.register
def _(kind: Pseudonym, words: Words) -> Distinct:
    pattern = f"^[A-Za-z0-9_-]{{1,{kind.most}}}$"
    names = _codes(words.tidy)
    good = mask_of(pc.match_substring_regex(names, pattern)) & ~words.blank
    wrong = Broken("table_not_a_pseudonym", ~good & ~words.blank, _always(bound=kind.most))
    return Distinct(_objects(names, good), words.blank, (wrong,))


@read_distinct.register
def _(kind: FreeText, words: Words) -> Distinct:
    long = np.asarray(pc.greater(pc.utf8_length(words.tidy), kind.most))
    wrong = Broken("table_text_too_long", long, _always(bound=kind.most))
    return Distinct(_objects(words.tidy, ~long & ~words.blank), words.blank, (wrong,))


@read_distinct.register
def _(kind: Listing, words: Words) -> Distinct:
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


@read_distinct.register
def _(kind: Day, words: Words) -> Distinct:
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

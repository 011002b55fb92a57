"""Cells as people type them in a form or a table: read as values, and written again.

A number, a yes or no and a day mean the same at every door. Whole columns are read by the same
rules in ``columns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import numpy as np

from matcher.errors import Fault
from matcher.tables.kinds import FIRST_YEAR, LAST_YEAR

UNKNOWN_WORDS = frozenset({"", "weet niet", "weet ik niet", "onbekend", "unknown", "?", "-"})
"""What people write in an optional cell when they do not know."""
BLANK_WORDS = UNKNOWN_WORDS | {"na"}
"""The same in a file: "NA" is how R writes what it does not know."""
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet would take for the start of a formula."""
YES_NO: Mapping[str, bool] = {
    **dict.fromkeys(("ja", "j", "yes", "true", "waar", "1"), True),
    **dict.fromkeys(("nee", "n", "no", "false", "onwaar", "0"), False),
}
"""Words for yes and no in the columns that hold true or false."""
SPACES = "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
"""What ``str.split`` takes for space, as a pattern that is the same in every engine."""
NUMBER = r"[+-]?(?:[0-9]{1,20}(?:[.,][0-9]{0,20})?|[.,][0-9]{1,20})(?:e[+-][0-9]{1,2})?"
"""A number without a mark for thousands; with a power of ten as programs write it, 1e-05."""
EITHER = r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"
"""A thousand and some, or three decimals? Nobody can tell."""
_GROUPED = re.compile(
    r"(?P<whole>[+-]?[1-9][0-9]{0,2}(?P<mark>[ '’.,])[0-9]{3}(?:(?P=mark)[0-9]{3}){0,5})"
    r"(?:(?!(?P=mark))[.,](?P<part>[0-9]{1,20}))?"
)


_NUMBER, _EITHER = re.compile(NUMBER), re.compile(EITHER)
_TIME = r"(?:[t ][0-9:.]+(?:z|[+-][0-9:]+)?)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[-/]([0-9]{{1,2}})[-/]([0-9]{{1,2}}){_TIME}")
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})[-/]([0-9]{{1,2}})[-/]([0-9]{{4}}){_TIME}")
NoNumber = Literal["table_not_a_number", "table_thousands"]
NoDay = Literal["table_not_a_date", "table_no_such_day", "table_absurd_year"]


def read_number(text: str, short: bool = False) -> float | NoNumber:
    """Return the number that somebody typed, or the code of what is wrong with it.

    Decimals stand after a comma or a point. Thousands may be marked where that leaves no doubt:
    1 850, 1'850, 1.850,50 and 1.250.000 are read. After one point or comma three digits can be
    either: 1.850 is not read, unless the scale is so ``short`` that it has no thousands.

    Examples
    --------
    >>> read_number("1.850,50"), read_number("38,0"), read_number("1.850")
    (1850.5, 38.0, 'table_thousands')
    """
    word = _tidy(text).lower()
    if not short and _EITHER.fullmatch(word):
        return "table_thousands"
    if _NUMBER.fullmatch(word):
        return float(word.replace(",", "."))
    grouped = _GROUPED.fullmatch(word)
    if grouped is None:
        return "table_not_a_number"
    return float(f"{grouped['whole'].replace(grouped['mark'], '')}.{grouped['part'] or 0}")


def read_day(text: str) -> date | NoDay:
    """Return the day that somebody typed, year or day first, or the code of what is wrong."""
    word = _tidy(text).lower()
    if found := _YEAR_FIRST.fullmatch(word):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(word):
        day, month, year = map(int, found.groups())
    else:
        return "table_not_a_date"
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return "table_absurd_year"
    try:
        return date(year, month, day)
    except ValueError:
        return "table_no_such_day"


def typed_number(text: str, short: bool = False) -> object:
    """Return the number in a cell as JSON has it, None if unknown; what is none, as its text."""
    number = read_number(text, short)
    if isinstance(number, str):
        return known_word(text)
    return int(number) if number.is_integer() else number


def whole(value: object) -> object:
    """Return the whole number in a text, for pydantic, which alone takes 1.000 for 1."""
    number = read_number(value) if isinstance(value, str) else value
    return int(number) if isinstance(number, float) and number.is_integer() else value


def typed_day(text: str) -> str | None:
    """Return the day in a cell as JSON has it, None if unknown; what is none, as its text."""
    day = read_day(text)
    return known_word(text) if isinstance(day, str) else day.isoformat()


def typed_yes_no(text: str) -> object:
    """Return the truth in a cell, None if unknown; what is neither yes nor no, as its text."""
    return YES_NO.get(_tidy(text).lower(), known_word(text))


def as_typed(faults: Iterable[Fault], values: Mapping[str, object]) -> list[Fault]:
    """Return the faults of typed values, with what may be thousands called so."""
    doubtful = {
        f"/{name}"
        for name, value in values.items()
        if isinstance(value, str) and read_number(value) == "table_thousands"
    }
    return [
        Fault(fault.where, "table_thousands", fault.params)
        if fault.where in doubtful and fault.code in ("not_whole", "not_a_number")
        else fault
        for fault in faults
    ]


def _tidy(text: str) -> str:
    return " ".join(text.split())


def known_word(text: str) -> str | None:
    """Return the words in a cell, single spaced; None where they say that it is unknown."""
    word = _tidy(text)
    return None if word.lower() in UNKNOWN_WORDS else word


def written(value: object) -> str:
    """Return a value as a cell of a table, in the form that is read back as the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, list | tuple):
        return "|".join(map(str, value)) or "geen"
    return written_number(value) if isinstance(value, float) else str(value)


def written_number(value: float) -> str:
    """Return a number without an exponent, to nine decimals.

    Never with exactly three: nobody could tell 1.125 from a thousand and some.
    """
    return unlike_thousands(np.format_float_positional(value, precision=9, trim="-"))


def unlike_thousands(text: str) -> str:
    """Return a number with three decimals so that nobody reads them as thousands."""
    return f"{text}0" if text[-4:-3] == "." else text


def harmless(text: str) -> str:
    """Return a text that a spreadsheet will show and not run."""
    # A bare "-" is a word for unknown, and no formula.
    runs = text.startswith(FORMULA) and text != "-" and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def written_text(text: str, most: int) -> str:
    """Return a text of at most so many characters that no spreadsheet takes for a formula."""
    return harmless(text)[:most]


PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
"""Names under which companies and learning tables are known here: never their own."""


def is_pseudonym(name: str) -> bool:
    """Return whether a name can be a pseudonym: not what a file of trials reads as unknown."""
    if not re.fullmatch(PATTERN, name):
        return False
    return re.sub("[_-]", " ", name).casefold() not in BLANK_WORDS

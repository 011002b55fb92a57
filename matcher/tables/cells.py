"""Cells as people type them in a form or a table: read as values, and written again.

A number, a yes or no and a day mean the same at every door. Whole columns are read by the same
rules in ``columns``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Literal

import numpy as np

from matcher.errors import Fault
from matcher.tables.kinds import FIRST_YEAR, LAST_YEAR

NO_RESULT, ERROR = "\ue000", "\ue001"
"""Stand before the letters of a cell's column where a formula has no result, or a wrong one."""
UNSEEN: Mapping[str, str] = {NO_RESULT: "table_no_result", ERROR: "table_workbook_error"}
"""Those marks -> the code of the fault."""
UNKNOWN_WORDS = frozenset({"", "weet niet", "weet ik niet", "onbekend", "unknown", "?", "-"})
"""What people write in an optional cell when they do not know."""
BLANK_WORDS = UNKNOWN_WORDS | {
    *("na", "n/a", "nan", "<na>", "nat", "null", "#n/a", "#n/b", "."),
    *("nvt", "n.v.t", "n.v.t.", "niet van toepassing", "not applicable", "n.a.", "n.b."),
    *("geen antwoord", "niet ingevuld", "niet bekend", "no answer", "missing"),
}
"""The same in a file: how R, pandas, SPSS and survey tools write what they do not know."""
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


_MONTH_NAMES = (
    ("jan", "januari", "january"),
    ("feb", "februari", "february"),
    ("mrt", "maart", "mar", "march"),
    ("apr", "april"),
    ("mei", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("aug", "augustus", "august"),
    ("sep", "sept", "september"),
    ("okt", "oktober", "oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
)
MONTHS: Mapping[str, int] = {
    name: month for month, names in enumerate(_MONTH_NAMES, start=1) for name in names
}
"""Names of months, Dutch and English, short and long -> the month from 1."""

_NUMBER, _EITHER = re.compile(NUMBER), re.compile(EITHER)
_TIME = r"(?:[t ][0-9:.]+(?:z|[+-][0-9:]+)?)?"
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = "[0-9]{4}|[0-9]{2}"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_TIME}")
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]({_YEAR}){_TIME}")
_DAY_NAMED = re.compile(rf"([0-9]{{1,2}})[-/ .]+({_NAME})[-/ .]+({_YEAR}){_TIME}")
_MONTH_NAMED = re.compile(rf"({_NAME})[-/ .]+({_YEAR})")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})[-/]([0-9]{4})")
_MONTH_LAST = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})")
_DAY_AND_MONTH = re.compile(rf"([0-9]{{1,2}})[-/ ]({_NAME})")
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


def read_day(text: str, of_month: Literal["first", "last"] | None = None) -> date | NoDay:
    """Return the day that somebody typed, year or day first, or the code of what is wrong.

    A year of two digits is one from 1969 to 2068, as in POSIX. Where only a month is known it
    stands for its first or its last day, whichever is asked for, and else it is no day.

    Examples
    --------
    >>> read_day("6-mrt-23").isoformat(), read_day("maart 2023", "last").isoformat()
    ('2023-03-06', '2023-03-31')
    """
    word = _tidy(text).lower()
    told: tuple[int, int, int | None] | None = _day_told(word)
    if told is None and of_month is not None:
        told = _month_told(word)
    if told is None:
        return "table_not_a_date"
    year, month, day = told
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return "table_absurd_year"
    if not 1 <= month <= 12:
        return "table_no_such_day"
    if day is None:
        day = 1 if of_month == "first" else monthrange(year, month)[1]
    try:
        return date(year, month, day)
    except ValueError:
        return "table_no_such_day"


def is_month(text: str) -> bool:
    """Return whether somebody typed a month and no day of it.

    Examples
    --------
    >>> is_month("maart 2023"), is_month("6 maart 2023")
    (True, False)
    """
    word = _tidy(text).lower()
    return _day_told(word) is None and _month_told(word) is not None


def _day_told(word: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.fullmatch(word):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DAY_FIRST.fullmatch(word):
        return _year(found[3]), int(found[2]), int(found[1])
    if found := _DAY_NAMED.fullmatch(word):
        return _year(found[3]), MONTHS[found[2]], int(found[1])
    return None


def _month_told(word: str) -> tuple[int, int, int | None] | None:
    if found := _MONTH_NAMED.fullmatch(word):
        return _year(found[2]), MONTHS[found[1]], None
    if found := _MONTH_FIRST.fullmatch(word):
        return int(found[2]), int(found[1]), None
    if found := _MONTH_LAST.fullmatch(word):
        return int(found[1]), int(found[2]), None
    return None


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year > 68 else 2000)


def before_spreadsheet(text: str, mark: str = "-") -> str | None:
    """Return what somebody may have typed before a spreadsheet made a day of it, if it did.

    Two words where either can be: ``3-1`` becomes 3-jan in Dutch, and ``1-3`` in American. Numbers
    in cells that have the form of a day become days of about 1900.

    Examples
    --------
    >>> before_spreadsheet("3-jan"), before_spreadsheet("2026-05-03", ",")
    ('3-1 / 1-3', '3,5 / 5,3')
    >>> before_spreadsheet("bak-03") is None
    True
    """
    word = _tidy(text).lower()
    if found := _DAY_AND_MONTH.fullmatch(word):
        one, other = int(found[1]), MONTHS[found[2]]
    elif found := _MONTH_NAMED.fullmatch(word):
        if len(found[2]) == 4:
            return None
        return f"{MONTHS[found[1]]}{mark}{found[2]}"
    elif (told := _day_told(word)) and not _SHORT_YEAR.fullmatch(word):
        year, other, one = told
        if year < _FIRST_TYPED:
            with suppress(ValueError):
                day = date(year, other, one)
                number = (day - _DAY_ZERO).days
                # Excel has a 29 February 1900; LibreOffice counts one less before it.
                return str(number) if day >= _DAY_61 else f"{number - 1} / {number}"
    else:
        return None
    return " / ".join(dict.fromkeys((f"{one}{mark}{other}", f"{other}{mark}{one}")))


_FIRST_TYPED = 1950
"""A day of before this year in a sheet is a number in the form of a day."""
_DAY_ZERO, _DAY_61 = date(1899, 12, 30), date(1900, 3, 1)
_SHORT_YEAR = re.compile("[0-9]{1,2}-[0-9]{1,2}-[0-9]{2}")
"""So no spreadsheet shows a day by itself: a pseudonym may be 01-02-03."""


def code_word(word: str) -> str:
    """Return a word without the zero decimals that a data frame puts behind codes: 2008.0."""
    return _ZERO_DECIMALS.sub(r"\1", word)


ZERO_DECIMALS = r"^([0-9]+)[.,]00?$"
_ZERO_DECIMALS = re.compile(ZERO_DECIMALS)


def read_items(word: str, values: Collection[str]) -> tuple[str, ...]:
    """Return the words in a cell that holds several of a closed list, in lower case.

    Between them stands a bar, a semicolon, a comma, a line break or a space; what a data frame
    writes around a list is left out.

    Examples
    --------
    >>> read_items("['taal', 'breed inzetbaar']", ("taal", "breed-inzetbaar"))
    ('taal', 'breed-inzetbaar')
    """
    items: list[str] = []
    for part in re.split(r"[|;,\n]", _AROUND.sub("", word.lower())):
        tidy = _tidy(part)
        hyphened = tidy.replace(" ", "-")
        if hyphened in values:
            items.append(hyphened)
        elif all(each in values for each in tidy.split()):
            items += tidy.split()
        else:
            items.append(tidy)
    return tuple(items)


_AROUND = re.compile(r"""[\[\](){}'"]""")


def unseen_code(text: str) -> str | None:
    """Return the code of what is wrong with a cell whose value nobody can see; None of others."""
    return UNSEEN.get(text[:1])


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
    return YES_NO.get(code_word(_tidy(text).lower()), known_word(text))


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
    if unseen_code(text):
        return ""
    # A bare "-" is a word for unknown, and no formula.
    runs = text.startswith(FORMULA) and text != "-" and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def written_text(text: str, most: int) -> str:
    """Return a text of at most so many characters that no spreadsheet takes for a formula."""
    return harmless(text)[:most]


PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
"""Names under which companies and learning tables are known here: never their own."""


def is_pseudonym(name: str) -> bool:
    """Return whether a name can be a pseudonym: not what a file of trials reads as unknown.

    Nor what a spreadsheet made of another name: a day.
    """
    if not re.fullmatch(PATTERN, name) or before_spreadsheet(name):
        return False
    return re.sub("[_-]", " ", name).casefold() not in BLANK_WORDS

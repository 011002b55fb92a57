"""Days as people write them in a log: a day, a month, a season, with how precise it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from matcher.study.spelling import filled, plain
from matcher.tables.cells import MONTHS, NoDay, code_word, read_day
from matcher.tables.kinds import FIRST_YEAR, LAST_YEAR

Precision = Literal["day", "week", "month", "season", "year"]
NotWhen = NoDay | Literal["when_no_year"]
"""Codes of what is wrong with a cell."""


@dataclass(frozen=True, slots=True)
class When:
    """A day of which is known between which two it lies, both counted."""

    earliest: date
    latest: date
    precision: Precision
    """As it was told: a part of a month is a week; a quarter and two months are seasons."""


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = "(?:[0-9]{4}|[0-9]{2})"
_AROUND = re.compile(r"^(?:ca\.?|circa|ongeveer|rond|omstreeks|about|around|approx\.?|~|±)\s*")
_LEAD = re.compile(
    r"^(?:sinds|vanaf|per|in|op|since|from|on|start|begonnen|gestart|de|het|the)\s+(?=[a-z0-9])"
)
_PART_NAMES = "begin|start|early|half|medio|midden|mid|eind|einde|end|late"
_PART = re.compile(rf"({_PART_NAMES})(?: of| van)?[ -]({_MONTH})\.?[ -]({_YEAR})")
_SEASON_NAMES = "voorjaar|lente|spring|zomer|summer|najaar|herfst|autumn|fall|winter"
_SEASON = re.compile(
    rf"({_SEASON_NAMES})(?: van| of)?[ -]?({_YEAR})|({_YEAR})[ -]?({_SEASON_NAMES})"
)
_THIRD = re.compile(rf"({_PART_NAMES})[ -]([0-9]{{4}})")
_ORDINAL = re.compile(rf"^([0-9]{{1,2}})(?:ste|e|de|st|nd|rd|th) (?=(?:{_MONTH})\b)")
_WINTER = re.compile(rf"winter ?({_YEAR}) ?[-/] ?({_YEAR})")
_QUARTER = re.compile(
    rf"(?:[qk]([1-4])|([1-4])e? ?(?:kwartaal|quarter|kw\.?)|(?:kwartaal|quarter) ?([1-4]))"
    rf"(?: van| of)?[ -/]*({_YEAR})|([0-9]{{4}})[ -/]*[qk]([1-4])"
)
_HALF = re.compile(
    rf"(?:([12])e? helft(?: van)?|h([12])|([12])(?:st|nd) half(?: of)?)[ -]*({_YEAR})"
)
_WEEK = re.compile(
    rf"(?:week|wk\.?) ?([0-9]{{1,2}})(?: van|,)?[ -]*({_YEAR})|([0-9]{{4}})-?w([0-9]{{2}})"
)
_SCHOOL_YEAR = re.compile(rf"(?:school|studie)?(?:jaar|seizoen|year)? ?({_YEAR}) ?[-/] ?({_YEAR})")
_ORDINALS = {"eerste": "1e", "tweede": "2e", "derde": "3e", "vierde": "4e"} | {
    "first": "1st",
    "second": "2nd",
}
_SEASONS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("voorjaar", "lente", "spring"), (3, 5)),
    **dict.fromkeys(("zomer", "summer"), (6, 8)),
    **dict.fromkeys(("najaar", "herfst", "autumn", "fall"), (9, 11)),
}
"""First and last month, as meteorologists have them."""
_PARTS = {
    **dict.fromkeys(("begin", "start", "early"), (1, 10)),
    **dict.fromkeys(("half", "medio", "midden", "mid"), (11, 20)),
    **dict.fromkeys(("eind", "einde", "end", "late"), (21, 31)),
}
_PERIOD = re.compile(
    r"\s(?:-|–|—|t/m|tot en met|tot|until|to)\s|(?<=[0-9])\s?(?:–|—|t/m)\s?(?=[0-9])"
)
_MONTHS_OF_YEAR = re.compile(
    rf"({_MONTH})\.? ?(?:-|–|—|t/m|tot en met|tot|until|to) ?({_MONTH})\.? ({_YEAR})"
)
_EITHER_MONTH = re.compile(rf"({_MONTH})\.? ?(?:/|of|or|en|and) ?({_MONTH})\.? ({_YEAR})")


def read_when(cell: str) -> When | NotWhen | None:
    """Return the day that somebody means, None if unknown, or the code of what is wrong.

    A season is that of the meteorologists. ``winter 2023`` may be either one of that year, and
    ``rond maart 2023`` may be a month earlier or later.

    Examples
    --------
    >>> read_when("12 mrt '23").precision, read_when("Q2 2023").latest.isoformat()
    ('day', '2023-06-30')
    >>> read_when("voorjaar 2023").earliest.isoformat(), read_when("maart")
    ('2023-03-01', 'when_no_year')
    """
    text = filled(cell)
    if not text:
        return None
    word = code_word(" ".join(re.sub(r"['’`]", " ", plain(text)).replace(",", " ").split()))
    for name, short in _ORDINALS.items():
        word = re.sub(rf"\b{name}\b", short, word)
    about = _AROUND.match(word)
    word = _LEAD.sub("", word[about.end() if about else 0 :])
    word = _ORDINAL.sub(r"\1 ", word)
    found = _told(word)
    return _wider(found) if about and isinstance(found, When) else found


def read_period(cell: str) -> tuple[When, When] | None:
    """Return the two days between which a cell says that something was, or None.

    Examples
    --------
    >>> [when.precision for when in read_period("maart 2023 t/m 6 juni 2023")]
    ['month', 'day']
    """
    word = " ".join(re.sub(r"['’`]", " ", plain(filled(cell))).split())
    if found := _MONTHS_OF_YEAR.fullmatch(word):
        sides = [f"{month} {found[3]}" for month in (found[1], found[2])]
    else:
        sides = _PERIOD.split(word)
    if len(sides) != 2:
        return None
    start, end = map(read_when, sides)
    if isinstance(start, When) and isinstance(end, When) and start.earliest <= end.latest:
        return start, end
    return None


def _told(word: str) -> When | NotWhen:
    day = read_day(word)
    if not isinstance(day, str):
        return When(day, day, "day")
    first, last = read_day(word, "first"), read_day(word, "last")
    if not isinstance(first, str) and not isinstance(last, str):
        return When(first, last, "month")
    for pattern, make in _FORMS:
        if found := pattern.fullmatch(word):
            try:
                return make(found)
            except _NoYear:
                return "table_absurd_year"
            except ValueError:
                return "table_no_such_day"
    if re.fullmatch(rf"(?:[0-9]{{1,2}}[ -]*)?(?:{_MONTH}|{_SEASON_NAMES})", word):
        return "when_no_year"
    return day if day != "table_not_a_date" else _first_of(first, day)


def _first_of(first: date | NoDay, day: NoDay) -> NoDay:
    return first if isinstance(first, str) else day


class _NoYear(ValueError):
    """A year in which nothing of this can have been."""


def _year(digits: str) -> int:
    year = int(digits) + (0 if len(digits) == 4 else 2000)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _NoYear
    return year


def _months(year: int, first: int, last: int, precision: Precision) -> When:
    after = date(year + last // 12, last % 12 + 1, 1)
    return When(date(year, first, 1), after - timedelta(days=1), precision)


def _of_part(found: re.Match[str]) -> When:
    month = _months(_year(found[3]), MONTHS[found[2]], MONTHS[found[2]], "month")
    first, last = _PARTS[found[1]]
    latest = min(month.latest, month.earliest + timedelta(days=last - 1))
    return When(month.earliest + timedelta(days=first - 1), latest, "week")


def _of_third(found: re.Match[str]) -> When:
    third = {1: 1, 11: 5, 21: 9}[_PARTS[found[1]][0]]
    return _months(_year(found[2]), third, third + 3, "season")


def _of_either(found: re.Match[str]) -> When:
    first, last = MONTHS[found[1]], MONTHS[found[2]]
    if first > last:
        raise ValueError
    return _months(_year(found[3]), first, last, "season")


def _of_season(found: re.Match[str]) -> When:
    name, year = found[1] or found[4], _year(found[2] or found[3])
    if name == "winter":  # of January, or of December
        return When(date(year - 1, 12, 1), _winter_ends(year + 1), "season")
    return _months(year, *_SEASONS[name], "season")


def _of_winter(found: re.Match[str]) -> When:
    year = _year(found[1])
    if _year(found[2]) != year + 1:
        raise ValueError
    return When(date(year, 12, 1), _winter_ends(year + 1), "season")


def _winter_ends(year: int) -> date:
    return date(year, 3, 1) - timedelta(days=1)


def _of_quarter(found: re.Match[str]) -> When:
    quarter = int(found[1] or found[2] or found[3] or found[6])
    return _months(_year(found[4] or found[5]), 3 * quarter - 2, 3 * quarter, "season")


def _of_half(found: re.Match[str]) -> When:
    half = int(found[1] or found[2] or found[3])
    return _months(_year(found[4]), 6 * half - 5, 6 * half, "season")


def _of_week(found: re.Match[str]) -> When:
    year, week = _year(found[2] or found[3]), int(found[1] or found[4])
    monday = date.fromisocalendar(year, week, 1)
    return When(monday, monday + timedelta(days=6), "week")


def _of_school_year(found: re.Match[str]) -> When:
    year = _year(found[1])
    if _year(found[2]) != year + 1:
        raise ValueError
    return When(date(year, 8, 1), date(year + 1, 7, 31), "year")


def _of_year(found: re.Match[str]) -> When:
    year = _year(found[1])
    return When(date(year, 1, 1), date(year, 12, 31), "year")


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], When]], ...] = (
    (_PART, _of_part),
    (_THIRD, _of_third),
    (_EITHER_MONTH, _of_either),
    (_WINTER, _of_winter),
    (_QUARTER, _of_quarter),
    (_HALF, _of_half),
    (_WEEK, _of_week),
    (_SCHOOL_YEAR, _of_school_year),
    (re.compile("(?:jaar |year |heel )?([0-9]{4})"), _of_year),
    (_SEASON, _of_season),
)


def _wider(when: When) -> When:
    """Return a day that is told to be about so: as long again on each side, a day two weeks."""
    length = max(when.latest - when.earliest + timedelta(days=1), timedelta(days=14))
    earliest, latest = when.earliest, when.latest
    with suppress(OverflowError):
        earliest, latest = earliest - length, latest + length
    precision: Precision = "month" if when.precision in ("day", "week") else "season"
    return When(earliest, latest, "year" if when.precision == "year" else precision)

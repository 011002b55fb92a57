"""How many people work in a company, as people keep it: a number or a size class.

A class stays a class: nobody can tell which number it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from matcher.study.spelling import filled, plain
from matcher.tables.cells import before_spreadsheet, read_day, read_number
from matcher.vocabulary import SIZE_CLASSES, SizeClass, size_class

NoSize = Literal[
    "table_thousands", "table_not_whole", "size_not_read", "size_upside_down", "size_was_a_day"
]
"""Codes of the faults of a cell."""
_N = r"([0-9]{1,6})"
_UNITS = re.compile(
    r"\b(?:mede)?werknemers?\b|\bmedewerkers?\b|\bmensen\b|\bpersonen\b|\bman\b|\bfte'?s?\b"
    r"|\bemployees\b|\bpeople\b|\bstaff\b|\bpersoneelsleden\b|\bwerkzame\b|\bklasse\b"
)
_ABOUT = re.compile(r"^(?:ca\.?|circa|ongeveer|plusminus|about|±|~)\s*")
_MARKS = str.maketrans({"–": "-", "—": "-", "−": "-", "\u2011": "-", "≤": "<=", "≥": ">="})
_RANGE = re.compile(
    rf"(?:van |from |between |tussen )?{_N} ?(-|tot en met|t/?m|tot|to|through|en|and) ?{_N}"
)
_BELOW = re.compile(
    rf"(?:<|minder dan|kleiner dan|onder(?: de)?|fewer than|less than|under|tot) ?{_N}"
)
_AT_MOST = re.compile(
    rf"(?:<=|=<|max\.?|maximaal|hoogstens|ten hoogste|at most|up to|t/?m|tot en met) ?{_N}"
    rf"|{_N} ?(?:of minder|or fewer|or less|en minder)"
)
_ABOVE = re.compile(rf"(?:>|meer dan|groter dan|boven(?: de)?|over|more than) ?{_N}")
_AT_LEAST = re.compile(
    rf"(?:>=|=>|vanaf|min\.?|minimaal|minstens|at least|from) ?{_N}"
    rf"|{_N} ?(?:\+|of meer|en meer|en hoger|or more|and more|and over|plus)"
)


@dataclass(frozen=True, slots=True)
class Size:
    """A size class: from ``least`` to ``most`` people, both counted; without end if None."""

    least: int
    most: int | None

    @property
    def size_class(self) -> SizeClass | None:
        """The class of the product in which all of it lies; None if it lies in two."""
        first = size_class(self.least)
        last = SIZE_CLASSES[-1] if self.most is None else size_class(self.most)
        return first if first == last else None

    def __str__(self) -> str:
        """Return the class as it is written."""
        return f"{self.least}+" if self.most is None else f"{self.least}-{self.most}"


def read_size(cell: str) -> int | Size | NoSize | None:
    """Return a number of people, a class of it, None if unknown, or the code of what is wrong.

    ``10 tot 20`` ends at 19, for the next class begins there; ``10 tot 19`` and ``10-20`` end at
    what they say. A class that a spreadsheet made a day of is read back where only one can have
    been typed.

    Examples
    --------
    >>> read_size("38 medewerkers"), str(read_size("10 tot 20")), str(read_size("5-sep"))
    (38, '10-19', '5-9')
    >>> read_size("250+"), read_size("veel")
    (Size(least=250, most=None), 'size_not_read')
    """
    text = filled(cell)
    if not text:
        return None
    word = plain(text.translate(_MARKS).replace("+", "\0")).replace("\0", "+")
    word = " ".join(_UNITS.sub(" ", word).split())
    number = read_number(_ABOUT.sub("", word))
    if isinstance(number, float):
        return int(number) if number.is_integer() and number >= 0 else "table_not_whole"
    if number == "table_thousands":
        return number
    if (typed := _days_back(word)) is not None:
        return typed
    return _class(word)


def _class(word: str) -> Size | NoSize:
    if found := _RANGE.fullmatch(word):
        least, most = int(found[1]), int(found[3])
        # Round bounds are where the next class begins: nobody calls 10 to 14 "10 tot 15".
        most -= found[2] == "tot" and most % 5 == 0
        return Size(least, most) if least <= most else "size_upside_down"
    if found := _BELOW.fullmatch(word):
        below = int(found[1])
        return Size(1, below - 1) if below > 1 else "size_not_read"
    if found := _AT_MOST.fullmatch(word):
        most = int(found[1] or found[2])
        return Size(1, most) if most else "size_not_read"
    if found := _ABOVE.fullmatch(word):
        return Size(int(found[1]) + 1, None)
    if found := _AT_LEAST.fullmatch(word):
        return Size(max(int(found[1] or found[2]), 1), None)
    return "size_not_read"


def _days_back(word: str) -> Size | NoSize | None:
    """Return the class that a spreadsheet made a day of; None if it is no day."""
    if re.fullmatch(r"[0-9]+ ?- ?[0-9]+", word):
        return None
    typed = before_spreadsheet(word)
    if typed is None and not isinstance(day := read_day(word, "first"), str):
        typed = f"{day.month}-{day.year % 100}"  # okt 2019
    if typed is None:
        return None
    pairs = [tuple(map(int, each.split("-"))) for each in typed.split(" / ") if "-" in each]
    day = read_day(word)
    if not isinstance(day, str) and day.day == 1:
        pairs.append((day.month, day.year % 100))  # 10-19 is the first of October 2019
    rising = {(least, most) for least, most in pairs if 0 < least < most}
    if len(rising) != 1:
        return "size_was_a_day"
    return Size(*rising.pop())

"""The kinds of value that a column may hold, with their bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""A date outside these years is a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number; ``above`` is an excluded least."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    whole: bool = False

    @property
    def short(self) -> bool:
        """Whether it is so short a scale that three decimals cannot be thousands."""
        return not self.whole and self.most is not None and self.most <= 10

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The least and the most."""
        return self.least, self.most


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list: the word as people write it -> the value it stands for."""

    values: Mapping[str, str]
    unknown: str = "table_unknown_value"
    """Code of the fault about a word that is not in the list."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Some values of a closed list; ``none`` is the word for an empty list."""

    values: tuple[str, ...]
    none: str | None = None


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes, no or unknown."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date; where a cell names only a month, the ``first`` or the ``last`` day of it."""

    of_month: Literal["first", "last"] = "first"


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A name that tells nothing: letters, digits, ``-`` and ``_``."""

    most: int = 40


@dataclass(frozen=True, slots=True)
class FreeText:
    """Any text."""

    most: int = 500
    words: frozenset[str] = frozenset()
    """What is a text here, so written, though elsewhere it says that nothing is known."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of a culture score: the word as it arrives -> ``1-6`` or ``1-5``."""

    words: Mapping[str, str]


Kind = Number | Choice | Listing | YesNo | Day | Pseudonym | FreeText | Scale

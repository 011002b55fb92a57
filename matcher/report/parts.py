"""What a report is made of, and how its numbers read in a language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.disclosure import FEW, Told
from matcher.evaluation.findings import Estimate
from matcher.menu.card import Menu
from matcher.messages import say
from matcher.ranking.wording import decimal
from matcher.vocabulary import TERMS, Language


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first cell of a row is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: frozenset[int] = frozenset({0})
    """Columns that hold words; the others hold numbers and stand to the right."""


Format = Callable[[float, int], str]
"""A value and its number of decimals -> how it reads."""


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a drawing with intervals."""

    label: str
    estimate: Estimate
    solid: bool = True
    """Filled or open marker."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """One line of a drawing that leads from what was measured to what is made of it."""

    label: str
    raw: Estimate
    estimate: float


@dataclass(frozen=True, slots=True)
class Shift:
    """One line of a drawing that shows what was believed before and after."""

    label: str
    before: Estimate
    after: Estimate


@dataclass(frozen=True, slots=True)
class Foretold:
    """One bar of a drawing: the share that was seen, and the shares foretold before and after."""

    label: str
    seen: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Panel:
    """Points that share an axis, under one heading."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a drawing says."""

    name: str
    title: str
    description: str
    axis: str
    number: Format
    """How a value reads on the axis."""
    decimals: int = 2
    """As many at least; more where two marks of an axis would read the same."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with the table of its values, whose caption is its own."""

    table: Table
    draw: Callable[[], str] | None
    """Makes the ``<svg>`` element: only a page that shows it waits for it. None is no drawing."""


Part = str | list[str] | Table | Plot
"""A paragraph, a list, a table or a drawing."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report, in the order in which it is read."""

    id: str
    title: str
    parts: tuple[Part, ...]


class Wording:
    """Sentences, names and numbers in one language.

    It is ``candid`` to who may see the trials: of small counts, pseudonyms and what lies behind.
    """

    def __init__(self, language: Language, menu: Menu, *, candid: bool = False) -> None:
        self.language, self.candid = language, candid
        self._names = {card.id: card.name.of(language) for card in menu}

    def __call__(self, key: str, **params: object) -> str:
        """Return a sentence of the report."""
        return say(self.language, f"report.{key}", **params)

    def elsewhere(self, key: str, **params: object) -> str:
        """Return a sentence from another part of the catalogue."""
        return say(self.language, key, **params)

    def words(
        self, name: str, *, axis: str | None = "axis", decimals: int = 2, **params: object
    ) -> Words:
        """Return what the drawing of a section says; ``params`` go into its description."""
        title, told = self(f"{name}.plot"), self(f"{name}.desc", **params)
        along = "" if axis is None else self(f"{name}.{axis}")
        return Words(name.replace(".", "-"), title, told, along, self.number, decimals)

    def more(self, key: str, **params: object) -> tuple[str, ...]:
        """Return a sentence that only who may see the trials is told."""
        return (self(f"more.{key}", **params),) if self.candid else ()

    def head(self, keys: str) -> tuple[str, ...]:
        """Return the head of a table, from the keys of its columns."""
        return tuple(self(key) for key in keys.split())

    def card(self, card: str) -> str:
        """Return the name of a card; one that left the menu keeps its id."""
        return self._names.get(card, card)

    def term(self, name: str, value: str | None) -> str:
        """Return the label of a value in a closed list."""
        return self("unknown") if value is None else TERMS[name][value].label(self.language)

    def count(self, told: Told) -> str:
        """Return a count as far as it may be told."""
        if told == FEW:
            return self("band.few")
        if told.exact is None:
            return self("band.at_least", n=told.least) if told.least else self("hidden")
        return str(told.exact)

    def number(self, value: float | None, digits: int = 2, *, sign: bool = False) -> str:
        """Return a number with the decimal mark of the language and a real minus."""
        if value is None:
            return self("none")
        # Plus 0: what rounds to 0 from below is no minus 0.
        text = f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
        return decimal(text.replace("-", "−"), self.language)

    def percent(self, share: float | None, digits: int = 0) -> str:
        """Return a share in per cents."""
        return (
            self("none")
            if share is None
            else self("percent", value=self.number(100 * share, digits))
        )

    def interval(
        self, estimate: Estimate, digits: int | None = None, *, percent: bool = False
    ) -> str:
        """Return the interval of an estimate."""
        if estimate.low is None or estimate.high is None:
            return self("none")
        low, high = (self._read(end, digits, percent) for end in (estimate.low, estimate.high))
        return self("interval", low=low, high=high)

    def estimate(
        self, estimate: Estimate, digits: int | None = None, *, percent: bool = False
    ) -> str:
        """Return a figure with its interval behind it."""
        value = self._read(estimate.value, digits, percent)
        return f"{value} ({self.interval(estimate, digits, percent=percent)})"

    def _read(self, value: float | None, digits: int | None, percent: bool) -> str:
        if percent:
            return self.percent(value, digits or 0)
        return self.number(value, 2 if digits is None else digits)

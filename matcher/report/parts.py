"""What a report is made of, and how its numbers read in a language."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.disclosure import FEW, Told
from matcher.evaluation.findings import Estimate
from matcher.menu.card import Menu
from matcher.messages import say
from matcher.vocabulary import TERMS, Language


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first cell of a row is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: frozenset[int] = frozenset({0})
    """Columns that hold words; the others hold numbers and stand to the right."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with the table of its values."""

    svg: str
    caption: str
    table: Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report, in the order in which it is read."""

    id: str
    title: str
    parts: tuple[str | list[str] | Table | Plot, ...]
    """Paragraphs, lists, tables and drawings."""


class Wording:
    """Sentences, names and numbers in one language."""

    def __init__(self, language: Language, menu: Menu) -> None:
        self.language = language
        self._names = {card.id: card.name.of(language) for card in menu}

    def __call__(self, key: str, **params: object) -> str:
        """Return a sentence of the report."""
        return say(self.language, f"report.{key}", **params)

    def elsewhere(self, key: str, **params: object) -> str:
        """Return a sentence from another part of the catalogue."""
        return say(self.language, key, **params)

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
        text = f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}".replace("-", "−")
        return text.replace(".", ",") if self.language == "nl" else text

    def percent(self, share: float | None, digits: int = 0) -> str:
        """Return a share in per cents."""
        return (
            self("none")
            if share is None
            else self("percent", value=self.number(100 * share, digits))
        )

    def interval(self, estimate: Estimate, *, percent: bool = False) -> str:
        """Return the interval of an estimate."""
        if estimate.low is None or estimate.high is None:
            return self("none")
        read = self.percent if percent else self.number
        return self("interval", low=read(estimate.low), high=read(estimate.high))

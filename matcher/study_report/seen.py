"""What a data report may tell: nothing of fewer than five people, nor what adds up to them.

One page, many counts. So every count on it is of one of these kinds, and no two of them add up:

- who has a score in a wave is a whole; the companies are its parts, told together (``told_waves``).
  Who has none is told alone: the rows of a wave are told nowhere, so that nothing is left over;
- rows that were left out are each told alone, per file: no total of a file is told;
- how rows found their company is told in shares, and only where no other share gives it away;
- a part of a wave (a floor, who left) is a rounded share, and none of a few or of all but a few;
- degrees of freedom tell how many people and companies there are: only where nothing is hidden.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Ints
from matcher.disclosure import FEWEST, Told, alone, beside_total, is_few
from matcher.measure.study import Instrument, WaveMeasure
from matcher.measure.told import ToldWave, told_waves
from matcher.study.build import Built
from matcher.study.spelling import core_words, name_words, plain
from matcher.trials.columns import CONTROL
from matcher.trials.pseudonyms import names_a_person

_LEAST_LETTERS = 4
"""A shorter name or code is a part of too many words."""


def part(n: int, whole: int) -> Told:
    """Return what is told of a part of a whole that is told."""
    return beside_total([n, whole - n])[0]


def share(n: float, whole: float) -> float | None:
    """Return a part as a share; None where it is of a few, or of all but a few, or of nothing."""
    few = is_few(round(n)) or is_few(round(whole - n))
    return None if whole < FEWEST or few else n / whole


@dataclass(frozen=True, slots=True)
class SeenWave:
    """One wave as far as it may be seen."""

    measure: WaveMeasure
    told: ToldWave
    answered: Ints
    """(n_items,) people with a score who answered the item."""

    @property
    def scored(self) -> Told:
        """How many people have a score."""
        return alone(self.measure.n_scored)

    @property
    def without(self) -> Told:
        """How many rows have too few answers for a score."""
        return alone(self.measure.n_rows - self.measure.n_scored)

    @property
    def enough(self) -> bool:
        """Whether there are five people with a score: of fewer no figure is told."""
        return self.measure.n_scored >= FEWEST

    @property
    def open(self) -> bool:
        """Whether nothing of the wave is hidden: then numbers of people may stand beside it."""
        return self.enough and not self.told.hides

    @property
    def knows_headcounts(self) -> bool:
        """Whether it is known of any company how many people work there."""
        return bool(np.isfinite(self.measure.by_company.response.share).any())

    @property
    def response(self) -> float | None:
        """The share of who works there that answered, of companies whose headcount is known."""
        found = self.measure.by_company
        known = np.isfinite(found.response.share)
        n, of = found.n[known].sum(), found.headcount[known].sum()
        return share(float(n), float(of))


def seen_waves(built: Built) -> tuple[SeenWave, ...]:
    """Return the waves of a study as far as they may be seen, in order of time."""
    least = built.measure.instrument.min_items
    seen = []
    for measured, told, wave in zip(
        built.measure.waves, told_waves(built.measure), built.gathered.waves, strict=True
    ):
        known = np.isfinite(wave.answers)
        answered = known[known.sum(axis=1) >= least].sum(axis=0)
        seen.append(SeenWave(measured, told, answered))
    return tuple(seen)


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """How rows of answers found their company, as far as it may be told."""

    by_code: float | None
    by_name: float | None
    confirmed: float | None
    """Shares of the rows with a company; None where they tell of a few."""
    left_out: Told
    """Rows of no company of the list, or that name none."""


def who_is_who(built: Built) -> WhoIsWho:
    """Return how the rows of all files found their company."""
    n: Counter[str] = Counter()
    left = 0
    for matching in built.known.matchings:
        left += matching.n_without
        for match in matching.matches:
            if match.company is None:
                left += match.n_rows
            else:
                n[match.how] += match.n_rows
    counts = [n["code"], n["name"], n["confirmed"]]
    whole = sum(counts)
    code, name, confirmed = (
        None if told.exact is None or whole < FEWEST else told.exact / whole
        for told in beside_total(counts)
    )
    return WhoIsWho(code, name, confirmed, alone(left))


class Names:
    """The names and codes of the companies, which no page may have."""

    def __init__(self, built: Built) -> None:
        listed = built.known.companies.listed
        self._names = {
            words
            for company in listed
            for name in company.names
            for words in (name_words(name), core_words(name), plain(name))
            if len(words) >= _LEAST_LETTERS
        }
        self._codes = {
            plain(code)
            for company in listed
            for code in (company.key, company.code)
            if len(code) >= _LEAST_LETTERS
        }

    def are_in(self, text: str) -> bool:
        """Return whether a text may tell of a company or of somebody."""
        words, letters = f" {name_words(text)} ", plain(text)
        return (
            names_a_person(text)
            or any(f" {name} " in words for name in self._names)
            or any(code in letters for code in self._codes)
        )


@dataclass(frozen=True)
class Seen:
    """A study with what of it may be seen."""

    built: Built
    waves: tuple[SeenWave, ...]
    names: Names

    @classmethod
    def of(cls, built: Built) -> Seen:
        """Return what may be seen of a study that was built."""
        return cls(built, seen_waves(built), Names(built))

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        return self.built.measure.instrument

    @property
    def n_controls(self) -> int:
        """Companies that were measured and tried nothing."""
        return len({row["company"] for row in self.built.trials if row["intervention"] == CONTROL})

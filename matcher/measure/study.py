"""The measure of a whole study: each wave, each company, and the changes between waves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.disclosure import FEWEST
from matcher.measure.agreement import Aggregation, Agreement, aggregation, agreement
from matcher.measure.error import (
    Spread,
    Twice,
    correlation_twice,
    error_of_change,
    error_of_mean,
    shrunk_variance,
)
from matcher.measure.items import (
    ItemFit,
    Repeats,
    StraightLines,
    item_fit,
    person_scores,
    repeats,
    straight_lines,
    turned_on_six,
)
from matcher.measure.reliability import N_RESAMPLES, Reliability, reliability
from matcher.measure.response import Attrition, Ends, Response, attrition, ends, paired, response
from matcher.measure.scale import Range


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire: its items, their scale, and when somebody has answered enough of it.

    Raises
    ------
    ValueError
        If a reversed item is none of the items, an item is there twice, or ``min_items`` is not
        between 1 and their number.
    """

    name: str
    items: tuple[str, ...]
    scale: Range
    min_items: int
    reversed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if strange := sorted(self.reversed - set(self.items)):
            raise ValueError(f"reversed, but no item: {', '.join(strange)}")
        if len(set(self.items)) < len(self.items):
            raise ValueError("an item is there twice")
        if not 1 <= self.min_items <= len(self.items):
            raise ValueError(
                f"min_items must lie between 1 and {len(self.items)}, got {self.min_items}"
            )

    @property
    def reversed_items(self) -> Bools:
        """(n_items,) which items are reversed."""
        return np.array([item in self.reversed for item in self.items], dtype=bool)


@dataclass(frozen=True, slots=True)
class Wave:
    """What people answered in one wave; arrays of shape (n_people, ...) in one order."""

    name: str
    answers: Array
    """(n_people, n_items) as they were given; NaN is no answer."""
    company: Ints
    """Place of the company in the list of the study."""
    person: Ints | None = None
    """Code of the person, of one numbering over all waves; below 0 there is none."""
    started: Array | None = None
    """When somebody began, in any unit; NaN where it is not known."""
    headcount: Array | None = None
    """(n_companies,) people who work there; NaN where it is not known."""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ByCompany:
    """The scores of one wave per company, in points on 1-6; arrays of shape (n_companies,)."""

    n: Array
    """People with a score."""
    mean: Array
    """NaN where nobody has one."""
    sd: Array
    """Between its people, with n - 1; NaN below two."""
    spread: Spread
    error: Array
    """Standard error of the mean, from the shrunk variance and who is left to ask."""
    headcount: Array
    response: Response

    @property
    def shown(self) -> Bools:
        """Which companies have enough people to be shown: others count in the model alone."""
        enough: Bools = self.n >= FEWEST
        return enough


@dataclass(frozen=True, slots=True)
class WaveMeasure:
    """All that is known of one wave."""

    name: str
    day: date | None
    n_rows: int
    n_scored: int
    """Rows with enough answers for a score; the others count nowhere else."""
    repeats: Repeats
    straight_lines: StraightLines
    item_fit: ItemFit
    reliability: Reliability
    agreement: Agreement
    aggregation: Aggregation
    ends: Ends
    by_company: ByCompany


@dataclass(frozen=True, slots=True)
class ChangeMeasure:
    """The change from one wave to the next, per company; arrays of shape (n_companies,)."""

    before: str
    after: str
    twice: Twice
    change: Array
    """In points on 1-6; NaN where a wave is missing."""
    error: Array
    attrition: Attrition
    shown: Bools
    """Which companies have enough people in both waves."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The measure of a study."""

    instrument: Instrument
    companies: tuple[str, ...]
    waves: tuple[WaveMeasure, ...]
    changes: tuple[ChangeMeasure, ...]
    """One less than the waves."""


def measure_study(
    instrument: Instrument,
    companies: Sequence[str],
    waves: Sequence[Wave],
    rng: np.random.Generator,
    n_resamples: int = N_RESAMPLES,
) -> Measure:
    """Return the measure of a study, waves in the order of time.

    Raises
    ------
    ValueError
        If an array does not fit the others, a company is not in the list, or an answer is outside
        the scale.
    """
    measured, scores = [], []
    for wave in waves:
        _check(wave, instrument, len(companies))
        found, score = _measure_wave(instrument, wave, len(companies), rng, n_resamples)
        measured.append(found)
        scores.append(score)
    changes = [
        _change(waves[at : at + 2], measured[at : at + 2], scores[at : at + 2])
        for at in range(len(waves) - 1)
    ]
    return Measure(instrument, tuple(companies), tuple(measured), tuple(changes))


def _check(wave: Wave, instrument: Instrument, n_companies: int) -> None:
    n_people = len(wave.company)
    if wave.answers.shape != (n_people, len(instrument.items)):
        raise ValueError(
            f"answers of {wave.name} must have shape {n_people, len(instrument.items)}"
            f", got {wave.answers.shape}"
        )
    for name in ("person", "started"):
        values = getattr(wave, name)
        if values is not None and len(values) != n_people:
            raise ValueError(f"{name} of {wave.name} must have {n_people} rows, got {len(values)}")
    if wave.headcount is not None and len(wave.headcount) != n_companies:
        raise ValueError(f"headcount of {wave.name} must have {n_companies} companies")
    if n_people and not 0 <= wave.company.min() <= wave.company.max() < n_companies:
        raise ValueError(f"a company of {wave.name} is not among the {n_companies}")


def _measure_wave(
    instrument: Instrument,
    wave: Wave,
    n_companies: int,
    rng: np.random.Generator,
    n_resamples: int,
) -> tuple[WaveMeasure, Array]:
    scored = np.isfinite(wave.answers).sum(axis=1) >= instrument.min_items
    answers = turned_on_six(wave.answers, instrument.scale, instrument.reversed_items, scored)
    score, company = np.full(len(scored), np.nan), wave.company[scored]
    score[scored] = person_scores(answers, instrument.min_items)
    found_reliability = reliability(answers, company, rng, n_resamples)
    found = WaveMeasure(
        name=wave.name,
        day=wave.day,
        n_rows=len(score),
        n_scored=int(scored.sum()),
        repeats=repeats(wave.company, wave.answers, wave.person, wave.started),
        straight_lines=straight_lines(wave.answers, instrument.reversed_items),
        item_fit=item_fit(found_reliability.covariance),
        reliability=found_reliability,
        agreement=agreement(answers, company, instrument.scale),
        aggregation=aggregation(score, wave.company),
        ends=ends(answers, score),
        by_company=_by_company(score, wave, n_companies),
    )
    return found, score


def _by_company(score: Array, wave: Wave, n_companies: int) -> ByCompany:
    scored = np.isfinite(score)
    at, known = wave.company[scored], score[scored]
    n = np.bincount(at, minlength=n_companies).astype(float)
    mean = np.bincount(at, known, n_companies) / np.where(n > 0, n, np.nan)
    squares = np.bincount(at, (known - mean[at]) ** 2, n_companies)
    variance = squares / np.where(n > 1, n - 1, np.nan)
    spread = shrunk_variance(variance, n)
    headcount = np.full(n_companies, np.nan) if wave.headcount is None else wave.headcount
    return ByCompany(
        n=n,
        mean=mean,
        sd=np.sqrt(variance),
        spread=spread,
        error=error_of_mean(spread.variance, n, headcount),
        headcount=headcount,
        response=response(n, headcount),
    )


def _coded(
    company: tuple[Ints, Ints], person: tuple[Ints | None, Ints | None], n_companies: int
) -> Bools:
    """Return which companies have codes of people in both waves (n_companies,)."""
    both = np.ones(n_companies, dtype=bool)
    for where, who in zip(company, person, strict=True):
        coded = where[:0] if who is None else where[who >= 0]
        both &= np.bincount(coded, minlength=n_companies) > 0
    return both


def _change(
    waves: Sequence[Wave], measured: Sequence[WaveMeasure], scores: Sequence[Array]
) -> ChangeMeasure:
    company, person = ((waves[0].company, waves[1].company), (waves[0].person, waves[1].person))
    rows = paired(company, person)
    both = np.isfinite(scores[0][rows[0]]) & np.isfinite(scores[1][rows[1]])
    first, second = rows[0][both], rows[1][both]
    before, after = (wave.by_company for wave in measured)
    twice = correlation_twice(scores[0][first], scores[1][second], company[0][first], len(before.n))
    twice.n[~_coded(company, person, len(before.n))] = np.nan
    return ChangeMeasure(
        before=measured[0].name,
        after=measured[1].name,
        twice=twice,
        change=after.mean - before.mean,
        error=error_of_change(
            (before.spread.variance, after.spread.variance),
            (before.n, after.n),
            (before.headcount, after.headcount),
            twice.n,
            twice.correlation,
        ),
        attrition=attrition(company, person, scores[0]),
        shown=before.shown & after.shown,
    )

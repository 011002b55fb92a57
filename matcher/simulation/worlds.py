"""Parameters of the simulated worlds, read from ``worlds.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matcher.vocabulary import (
    SECTOR_GROUPS,
    SIZE_CLASSES,
    Need,
    SectorGroup,
    SizeClass,
    Transition,
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sizes(_Section):
    """Headcounts."""

    largest: int
    weights: dict[SizeClass, float]


class Sectors(_Section):
    """Sections of the industrial classification, in either scheme."""

    weights: dict[str, float]
    sbi_2025: float
    second_letter: dict[str, float]
    missing: float


class Needs(_Section):
    """What companies ask for, and how much a card is worth that serves it."""

    count_weights: tuple[float, ...]
    weights: dict[Need, float]
    missing: Literal[0]
    rank_worth: tuple[float, ...]
    tilt: dict[SectorGroup, dict[Need, float]]


class Transitions(_Section):
    """Which large changes play a part in a sector group."""

    missing: float
    other: float
    chance: dict[SectorGroup, dict[Transition, float]]


class OwnerSupport(_Section):
    """The owner's answer from 1 to 5."""

    weights: tuple[float, float, float, float, float]
    missing: float


class Answers(_Section):
    """One closed question."""

    by: Literal["all", "sector_group", "size_class"]
    values: tuple[str, ...]
    weights: dict[str, tuple[float, ...]]
    score: tuple[float, ...] | None = None
    missing: float = 0.0
    missing_without_hr: float = 0.0

    @property
    def rows(self) -> tuple[tuple[float, ...], ...]:
        """Weights of the answers, one row per sector group, size class or once."""
        keys = {"all": ("all",), "sector_group": SECTOR_GROUPS}.get(self.by, SIZE_CLASSES)
        return tuple(self.weights[key] for key in keys)


class CardBounds(_Section):
    """Where the attributes of a card become the numbers that terms speak of."""

    coaching: tuple[str, ...]
    full_hours: float
    short_hours: float
    long_lead_weeks: float
    long_months: float
    attribute_share: float = Field(ge=0, le=1)


class Term(_Section):
    """A number of the company times a number of the card."""

    company: str = "one"
    card: str = "one"
    effect: float
    at: float | None = None


class Head(_Section):
    """One of the three questions: will it start, will it be finished, what is the gain then."""

    base: float
    scale: float = 1.0
    card_sd: float
    card_range: tuple[float, float]
    range: tuple[float, float] | None = None
    need_match: float = 0.0
    need_match_centre: float = 0.0
    terms: tuple[Term, ...]


class GainHead(Head):
    """The gain if finished, and the share of it that a stopped trial still brings."""

    stopped_share: float
    by_lot: bool = False
    """Whether each card has the gain of another, drawn by lot: what is said of cards is unrelated
    to what they bring, and their differences are as large as ever."""


class Tables(_Section):
    """Learning tables and what they put on offer."""

    smallest: int
    largest: int
    methods: tuple[int, int]
    popularity: float
    enabler_popularity: float
    theme: float
    mixing: float
    missing: float


class Chooser(_Section):
    """Who chose, how often, how sharply, and how often from outside the table's offer."""

    by: str
    weight: float
    sharpness: float
    outside: float


class Choice(_Section):
    """How companies come to a method."""

    trial_weights: tuple[float, ...]
    controls: float
    n_controls: int | None = Field(None, ge=0)
    """How many companies wait, where it is that number and not the share ``controls``."""
    need_match: float
    propensity_logged: float
    advisor_missing: float
    terms: tuple[Term, ...]
    assigned_by: tuple[Chooser, ...]
    advisors: dict[str, str]


class Course(_Section):
    """When a trial starts, ends, stops, and what of that is noted."""

    first_day: date
    recruiting_days: int
    round_days: int
    follow_up_days: int
    state_unknown: float
    start_date_missing: float
    end_date_missing: float
    open_run_months: tuple[float, float]
    stopped_part: tuple[float, float]
    stopped_reasons: dict[str, float]

    @property
    def one_period(self) -> bool:
        """Whether all trials of a company fall in one period, and share its two scores."""
        return self.round_days == 0


class Survey(_Section):
    """The culture score: people, companies, and what changes apart from the card."""

    mean: float
    person_sd: float
    icc: float
    person_retest: float
    response: float
    respondents: tuple[int, int]
    still_there: float
    same_people: float
    drift: float
    scale_1_5: float
    before_missing: float
    baseline_missing: float
    own_change_sd: float
    table_icc: float
    advisor_icc: float
    company_icc: float
    owner_anyway: float
    drift_terms: tuple[Term, ...] = ()
    """How the drift differs between companies, whatever they try."""
    finite_population: bool = False
    """Whether who answers is drawn from the people who work there, so that the mean of all who
    answered is the company's own; otherwise from no end of people."""
    measurements: bool = False
    """Whether trials name their measurements, with a file of those beside them."""

    @property
    def between_sd(self) -> float:
        """SD of the true company means, in points."""
        return float(self.person_sd * self.icc**0.5)

    @property
    def within_sd(self) -> float:
        """SD of people within one company, in points."""
        return float(self.person_sd * (1 - self.icc) ** 0.5)


class Dropout(_Section):
    """Chance that the after-measure is missing."""

    base: float
    not_finished: float
    very_tight: float
    micro: float
    not_started: float
    control: float


class Report(_Section):
    """Hours, cost, participants, satisfaction."""

    hours_cv: float
    hours_missing: float
    cost_bounds: tuple[tuple[float, float], ...]
    cost_missing: float
    participants_share: float
    participants_most: int
    participants_missing: float
    satisfaction_mean: float
    satisfaction_sd: float
    satisfaction_with_gain: float
    satisfaction_shared: float
    satisfaction_stopped: float
    owner_inflation: float
    satisfaction_missing: tuple[float, float]
    continue_finished: float
    continue_stopped: float
    continue_with_gain: float
    continue_missing: float


class World(_Section):
    """All parameters of one world."""

    name: str
    size: Sizes
    sector: Sectors
    needs: Needs
    transitions: Transitions
    owner_support: OwnerSupport
    answers: dict[str, Answers]
    cards: CardBounds
    start: Head
    completion: Head
    gain: GainHead
    tables: Tables
    choice: Choice
    course: Course
    survey: Survey
    dropout: Dropout
    report: Report

    @model_validator(mode="after")
    def _expectation_is_exact(self) -> Self:
        """Refuse what would make the truth of a profile with unknown answers an approximation.

        The truth puts the mean of an unknown answer in its place, which is exact where the answer
        enters linearly: so never in a chance, never past a threshold, never clipped.
        """
        known = {"one", "employees"} | {
            name for name, answers in self.answers.items() if answers.missing == 0
        }
        terms = (*self.start.terms, *self.completion.terms)
        steps = [term for term in self.gain.terms if term.at is not None]
        wrong = [t.company for t in (*terms, *steps) if t.company not in known]
        if wrong or self.gain.range is not None:
            raise ValueError(f"must enter the gain linearly: {wrong or 'gain.range'}")
        return self

    @model_validator(mode="after")
    def _drift_is_of_companies(self) -> Self:
        """Refuse a drift that depends on the card: it would be a part of the gain."""
        if wrong := [term.card for term in self.survey.drift_terms if term.card != "one"]:
            raise ValueError(f"drift may not depend on a card: {wrong}")
        return self


def _laid_over(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Return base with the keys of top in it, tables key by key, everything else replaced."""
    merged = dict(base)
    for key, value in top.items():
        under = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(under, Mapping)
        merged[key] = _laid_over(under, value) if both else value  # type: ignore[arg-type]
    return merged


@cache
def read_worlds() -> Mapping[str, World]:
    """Return the worlds of ``worlds.toml`` by name, in its order."""
    text = resources.files(__package__).joinpath("worlds.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    worlds: dict[str, World] = {}
    for name, own in raw["world"].items():
        like = raw["world"].get(own.pop("like", None), {})
        whole = _laid_over(_laid_over(raw["shared"], like), own)
        worlds[name] = World.model_validate({"name": name} | whole)
    return worlds

"""The menu card: every intervention an advisor can propose, in order, with what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from matcher.vocabulary import Language, Need

LearningForm = Literal["formeel", "non-formeel", "informeel"]
Delivery = Literal[
    "individual", "pairs", "team", "group", "online", "company", "between_companies"
]
Place = Literal["on_the_job", "off_the_job", "both"]
Direction = Literal["outside_in", "inside_out", "both"]
EvidenceDirection = Literal["+", "0", "?"]
Operator = Literal[">=", "<=", "==", "!=", "in", "not in"]
Effect = Literal["exclude", "warn"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    nl: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in one language."""
        return self.nl if language == "nl" else self.en


@dataclass(frozen=True, slots=True)
class Range:
    """A smallest and a largest amount; an unknown largest is None."""

    min: float
    max: float | None


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule about the profile: field, operator, value, and what to say when it fails.

    It can fail only on a known answer. With ``effect`` ``exclude`` the card is then not suitable,
    with ``warn`` it carries a warning.
    """

    id: str
    field: str
    operator: Operator
    value: object
    effect: Effect
    text: Text
    unknown: Text | None = None
    """What to say when the answer is not known; None says nothing."""


@dataclass(frozen=True, slots=True)
class Intervention:
    """One card of the menu."""

    id: str
    status: str
    name: Text
    summary: Text
    description: Text
    first_step: Text
    roles: Text
    form: tuple[LearningForm, ...]
    delivery: tuple[Delivery, ...]
    place: Place
    direction: Direction
    internal_coach: bool | None
    level: tuple[str, ...]
    needs: tuple[Need, ...]
    dimensions: tuple[str, ...]
    lead_weeks: Range
    duration_months: Range | None
    hours_off_job: Range | None
    """Per ordinary participant over the whole run; None is unknown."""
    hours_key_person: Range | None
    cost_band: Range
    min_employees: int
    capacity: int
    """Effect on staffing now: 2 relieves, 0 neutral, -2 costs much."""
    capacity_later: int | None
    grant_window: bool
    evidence: int
    evidence_direction: EvidenceDirection
    study: Text
    providers: tuple[str, ...]
    money: Text
    enabler: bool
    goes_with: tuple[str, ...]
    excludes: tuple[str, ...]
    legal_warning: Text | None
    conditions: tuple[Condition, ...]
    success_measure: Text
    marks: Mapping[str, str]
    """Name of an attribute -> where its value comes from: a source, GK or J."""


@dataclass(frozen=True)
class Menu:
    """The interventions in menu order; ids are unique."""

    version: str
    status: str
    interventions: tuple[Intervention, ...]
    sources: Mapping[str, str]
    source_text: str
    """The file as it was read, so that a model version can carry it."""

    def __iter__(self) -> Iterator[Intervention]:
        return iter(self.interventions)

    def __len__(self) -> int:
        return len(self.interventions)

    @cached_property
    def by_id(self) -> Mapping[str, Intervention]:
        """Id -> intervention."""
        return {card.id: card for card in self.interventions}

    @cached_property
    def ids(self) -> Sequence[str]:
        """Ids in menu order."""
        return tuple(card.id for card in self.interventions)

    @cached_property
    def rankable(self) -> tuple[Intervention, ...]:
        """The cards that get a place of their own: all but the enablers."""
        return tuple(card for card in self.interventions if not card.enabler)

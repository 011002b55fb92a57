"""The menu card: every intervention an advisor can propose, in order, with what is known of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from matcher.errors import Fault, InvalidMenu
from matcher.menu.checks import LIST_FIELDS, read_table
from matcher.menu.schema import (
    UNKNOWN,
    CardTable,
    ConditionTable,
    Delivery,
    Direction,
    Effect,
    EvidenceDirection,
    LearningForm,
    Operator,
    Place,
    RangeTable,
    TextTable,
    shown,
)
from matcher.profile.schema import Profile
from matcher.vocabulary import Language, Need, SuccessMeasure

MAX_BYTES = 1_000_000
"""A menu card is edited by hand; a larger file is something else."""
MAX_LINE = 2_000
"""Longer lines are not written by hand either, and a parser may need their square in memory."""


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
class Success:
    """A measure of the outcomes, with its threshold in the measure's own unit where it has one."""

    measure: SuccessMeasure
    at_least: float | None = None


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

    def holds(self, profile: Profile) -> bool | None:
        """Return whether a company meets the rule; None when its answer is not known.

        A list of answers (needs, transitions) is ``in`` a value when the two share an item.
        """
        answer = getattr(profile, self.field)
        if answer is None:
            return None
        if self.field in LIST_FIELDS:
            shared = any(item in self.value for item in answer)  # type: ignore[operator]
            return shared == (self.operator == "in")
        match self.operator:
            case ">=":
                return bool(answer >= self.value)
            case "<=":
                return bool(answer <= self.value)
            case "==" | "!=":
                return bool(answer == self.value) == (self.operator == "==")
            case _:
                return (answer in self.value) == (self.operator == "in")  # type: ignore[operator]


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
    """What success looks like in the company, for people."""
    success: Success
    """What of the outcomes counts as success, fixed before they come in."""
    marks: Mapping[str, str]
    """Name of an attribute -> where its value comes from: a source, GK or J."""
    time_note: Text | None = None
    """How to read duration and hours where the bare numbers would mislead."""
    unknown: frozenset[str] = frozenset()
    """Amounts of which the card says that nobody knows them yet: ``duration_months.max``."""


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


def _words(table: TextTable) -> Text:
    return Text(table.nl, table.en)


def _words_or_none(table: TextTable | None) -> Text | None:
    return None if table is None else _words(table)


def _range(table: RangeTable) -> Range:
    return Range(table.min, table.max)


def _range_or_none(table: RangeTable | None) -> Range | None:
    return None if table is None else _range(table)


def _condition(table: ConditionTable) -> Condition:
    value = tuple(table.value) if isinstance(table.value, list) else table.value
    return Condition(
        id=table.id,
        field=table.field,
        operator=table.operator,
        value=value,
        effect=table.effect,
        text=_words(table.text),
        unknown=_words_or_none(table.unknown),
    )


def _unknowns(raw: Mapping[str, Any]) -> frozenset[str]:
    """Return the amounts that the file calls unknown."""
    whole = {key for key, value in raw.items() if value == UNKNOWN}
    largest = {
        f"{key}.max"
        for key, value in raw.items()
        if isinstance(value, dict) and value.get("max") == UNKNOWN
    }
    return frozenset(whole | largest)


def _intervention(
    table: CardTable, raw: Mapping[str, Any], marks: Mapping[str, str]
) -> Intervention:
    return Intervention(
        id=table.id,
        status=table.status,
        name=_words(table.name),
        summary=_words(table.summary),
        description=_words(table.description),
        first_step=_words(table.first_step),
        roles=_words(table.roles),
        form=tuple(table.form),
        delivery=tuple(table.delivery),
        place=table.place,
        direction=table.direction,
        internal_coach=table.internal_coach,
        level=tuple(table.level),
        needs=tuple(table.needs),
        dimensions=tuple(table.dimensions),
        lead_weeks=_range(table.lead_weeks),
        duration_months=_range_or_none(table.duration_months),
        hours_off_job=_range_or_none(table.hours_off_job),
        hours_key_person=_range_or_none(table.hours_key_person),
        cost_band=_range(table.cost_band),
        min_employees=table.min_employees,
        capacity=table.capacity,
        capacity_later=table.capacity_later,
        grant_window=table.grant_window,
        evidence=table.evidence,
        evidence_direction=table.evidence_direction,
        study=_words(table.study),
        providers=tuple(table.providers),
        money=_words(table.money),
        enabler=table.enabler,
        goes_with=tuple(table.goes_with),
        excludes=tuple(table.excludes),
        legal_warning=_words_or_none(table.legal_warning),
        conditions=tuple(_condition(row) for row in table.condition),
        success_measure=_words(table.success_measure),
        success=Success(table.success.measure, table.success.at_least),
        marks={**marks, **table.marks},
        time_note=_words_or_none(table.time_note),
        unknown=_unknowns(raw),
    )


_AT_LINE = re.compile(r"at line (\d+)")
_DOUBLE_KEY = ("Cannot overwrite", "Cannot declare", "Duplicate inline")


def _syntax_fault(error: Exception, text: str, file_name: str) -> Fault:
    """Name the line that is no TOML, and show it."""
    lines = text.splitlines()
    found = _AT_LINE.search(str(error))
    number = min(int(found[1]), len(lines)) if found else len(lines)
    line = shown(lines[number - 1].strip()) if lines else ""
    double = str(error).startswith(_DOUBLE_KEY)
    code = "menu_double_key" if double else "menu_syntax"
    return Fault(f"{file_name}, line {number}", code, {"value": line})


# A version mostly carries the menu that is served: reading it again would be a tenth of the start.
@lru_cache(maxsize=2)
def parse_menu(text: str, file_name: str) -> Menu:
    """Return the menu in the text of a file.

    Raises
    ------
    InvalidMenu
        With all faults at once, each with file, table and key; a text that is no TOML has one,
        with its line.
    """
    if len(text) > MAX_BYTES:
        fault = Fault(file_name, "menu_too_long", {"value": len(text), "bound": MAX_BYTES})
        raise InvalidMenu([fault])
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > MAX_LINE:
            where = f"{file_name}, line {number}"
            raise InvalidMenu([Fault(where, "menu_long_line", {"bound": MAX_LINE})])
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    # A thousand brackets are a RecursionError to the parser.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidMenu([_syntax_fault(error, text, file_name)]) from None
    table = read_table(raw, file_name)
    return Menu(
        version=table.version,
        status=table.status,
        interventions=tuple(
            _intervention(card, row, table.marks)
            for card, row in zip(table.intervention, raw["intervention"], strict=True)
        ),
        sources=dict(table.source),
        source_text=text,
    )


def read_menu(path: Path | str) -> Menu:
    """Return the menu in a file.

    Raises
    ------
    InvalidMenu
        If the file is not there, is not text, or breaks a rule; faults name the file without its
        folder.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        raise InvalidMenu([Fault(path.name, "menu_no_file")]) from None
    if len(content) > MAX_BYTES:
        fault = Fault(path.name, "menu_too_long", {"bound": MAX_BYTES})
        raise InvalidMenu([fault])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidMenu([Fault(f"{path.name}, line {line}", "menu_not_utf8")]) from None
    return parse_menu(text, path.name)

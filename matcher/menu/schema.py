"""The border of the menu card: what ``menu.toml`` may hold, and every fault at its place.

A researcher edits the file by hand, so a fault says where it is as a person counts (tables and
items of a list from 1) and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from matcher.errors import Fault
from matcher.vocabulary import Need, SuccessMeasure

LearningForm = Literal["formeel", "non-formeel", "informeel"]
Delivery = Literal["individual", "pairs", "team", "group", "online", "company", "between_companies"]
Place = Literal["on_the_job", "off_the_job", "both"]
Direction = Literal["outside_in", "inside_out", "both"]
Level = Literal["employee", "team", "company"]
Dimension = Literal["CL", "ID", "TL", "ES", "EM", "SC", "SL"]
Provider = Literal[
    "mbo",
    "hbo",
    "wo",
    "own_company",
    "desks",
    "werkcentrum",
    "oo_fund",
    "sbb",
    "private",
    "unions",
    "employer_network",
]
EvidenceDirection = Literal["+", "0", "?"]
Operator = Literal[">=", "<=", "==", "!=", "in", "not in"]
Effect = Literal["exclude", "warn"]
Status = Literal["concept", "vastgesteld"]

UNKNOWN = "unknown"
"""Written where nobody knows the amount yet: a statement, where a missing key is a fault."""
NONE = "none"
"""Written for the hours of a key person where the card has none."""
VARIES = "varies"
"""Written for a duration without a fixed end."""

MAX_TEXT = 1_200
MAX_ITEMS = 100
MAX_CARDS = 200
MAX_FAULTS = 1_000

NO_STUDY = frozenset({"GK", "J"})
"""Marks that are no source: general knowledge, and the makers' own judgement."""

HUGE = 10**15
"""Beyond this a whole number is a slip of the hand; Python refuses to write one of
five thousand digits."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


def shown(value: object) -> str:
    """Return a value as a fault may repeat it: as TOML writes it, short, on one line."""
    match value:
        case bool():
            text = str(value).lower()
        case int():
            text = str(value) if abs(value) < HUGE else hex(value)
        # Never what is inside: a hundred tables deep, that is more than Python's stack holds.
        case list():
            text = "[ ... ]" if value else "[]"
        case dict():
            text = "{ ... }" if value else "{}"
        case _:
            text = str(value)
    text = "".join(ch if ch.isprintable() else " " for ch in text[:80])
    return text if len(text) <= 60 else text[:57] + "..."


def _text(value: object) -> str:
    """Read a text as one line, however it was wrapped in the file."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not a text")
    line = " ".join(value.split())
    if not line:
        raise PydanticCustomError("empty_text", "empty")
    if len(line) > MAX_TEXT:
        raise PydanticCustomError("long_text", "too long", {"bound": MAX_TEXT, "length": len(line)})
    return line


def _named(pattern: re.Pattern[str]) -> PlainValidator:
    def check(value: object) -> str:
        if not isinstance(value, str) or len(value) > 40 or not pattern.fullmatch(value):
            raise PydanticCustomError("slug", "not an id")
        return value

    return PlainValidator(check)


def _amount(value: object) -> float:
    """Keep 16 a whole number and 2.3 a fraction; a boolean and infinity are no amounts."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("float_type", "not a number")
    if not -1e9 < value < 1e9:
        raise PydanticCustomError("float_type", "not a usable number")
    return value


def _items(value: object) -> object:
    """Refuse a list that is too long, and an item that stands twice."""
    if isinstance(value, list):
        if len(value) > MAX_ITEMS:
            raise PydanticCustomError("too_long", "too many", {"max_length": MAX_ITEMS})
        seen: set[str] = set()
        for item in (item for item in value if isinstance(item, str)):
            if item in seen:
                raise PydanticCustomError("double_item", "twice", {"item": shown(item)})
            seen.add(item)
    return value


def _absent(*words: str) -> BeforeValidator:
    """Read each of the words as no value."""
    return BeforeValidator(
        lambda value: None if isinstance(value, str) and value in words else value
    )


Line = Annotated[str, PlainValidator(_text)]
Slug = Annotated[str, _named(SLUG)]
Name = Annotated[str, _named(_NAME)]
Amount = Annotated[float, PlainValidator(_amount)]
_Weeks = Annotated[Amount, Field(ge=0, le=520)]
_Months = Annotated[Amount, Field(ge=0, le=120)]
_Hours = Annotated[Amount, Field(ge=0, le=10_000)]
_Band = Annotated[int, Field(ge=0, le=4)]
_Capacity = Annotated[int, Field(ge=-2, le=2)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TextTable(_Table):
    """A text in both languages."""

    nl: Line
    en: Line


class RangeTable(_Table):
    """A smallest and a largest amount; the largest may be unknown."""

    min: Amount
    max: Annotated[Amount | None, _absent(UNKNOWN)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise PydanticCustomError(
                "range_order", "min > max", {"min": self.min, "max": self.max}
            )
        return self


class Weeks(RangeTable):
    """Weeks from yes to the first activity."""

    min: _Weeks
    max: Annotated[_Weeks | None, _absent(UNKNOWN)]


class Months(RangeTable):
    """Months from the first activity to the last."""

    min: _Months
    max: Annotated[_Months | None, _absent(UNKNOWN)]


class Hours(RangeTable):
    """Hours away from the work over the whole run."""

    min: _Hours
    max: Annotated[_Hours | None, _absent(UNKNOWN)]


class CostBand(RangeTable):
    """Cost bands: 0 is nothing, 4 is above 15,000 euros for the company in the first year."""

    min: _Band
    max: Annotated[_Band | None, _absent(UNKNOWN)]


SUCCESS_BOUNDS: dict[str, tuple[float, float]] = {
    "gain_at_least": (0, 5),
    "satisfaction_owner_at_least": (0, 10),
    "satisfaction_staff_at_least": (0, 10),
    "hours_at_least": (0, 10_000),
}
"""Measures of success that need a threshold, and between what it must lie."""


class SuccessTable(_Table):
    """What of the outcomes counts as success; with ``at_least`` where the measure has one."""

    measure: SuccessMeasure
    at_least: Amount | None = None

    @model_validator(mode="after")
    def _threshold(self) -> Self:
        bounds = SUCCESS_BOUNDS.get(self.measure)
        if (bounds is None) != (self.at_least is None):
            code = "success_without" if self.at_least is None else "success_with"
            raise PydanticCustomError(code, "threshold", {"measure": self.measure})
        if bounds is not None and self.at_least is not None:
            low, high = bounds
            if not low < self.at_least <= high:
                found = {"amount": self.at_least, "low": low, "high": high}
                raise PydanticCustomError("success_bound", "threshold", found)
        return self


class ConditionTable(_Table):
    """One ``[[intervention.condition]]``."""

    id: Name
    field: str
    operator: Operator
    value: object
    effect: Effect
    text: TextTable
    unknown: TextTable | None = None


class CardTable(_Table):
    """One ``[[intervention]]``."""

    id: Slug
    status: Status
    name: TextTable
    summary: TextTable
    description: TextTable
    first_step: TextTable
    roles: TextTable
    form: Annotated[list[LearningForm], BeforeValidator(_items), Field(min_length=1)]
    delivery: Annotated[list[Delivery], BeforeValidator(_items), Field(min_length=1)]
    place: Place
    direction: Direction
    internal_coach: bool | None = None
    level: Annotated[list[Level], BeforeValidator(_items), Field(min_length=1)]
    needs: Annotated[list[Need], BeforeValidator(_items), Field(min_length=1)]
    dimensions: Annotated[list[Dimension], BeforeValidator(_items), Field(min_length=1)]
    lead_weeks: Weeks
    duration_months: Annotated[Months | None, _absent(UNKNOWN, VARIES)]
    hours_off_job: Annotated[Hours | None, _absent(UNKNOWN)]
    hours_key_person: Annotated[Hours | None, _absent(UNKNOWN, NONE)]
    time_note: TextTable | None = None
    cost_band: CostBand
    min_employees: Annotated[int, Field(ge=1, le=100_000)]
    capacity: _Capacity
    capacity_later: Annotated[_Capacity | None, _absent(UNKNOWN)]
    grant_window: bool
    evidence: Annotated[int, Field(ge=0, le=5)]
    evidence_direction: EvidenceDirection
    study: TextTable
    providers: Annotated[list[Provider], BeforeValidator(_items), Field(min_length=1)]
    money: TextTable
    enabler: bool
    goes_with: Annotated[list[Slug], BeforeValidator(_items)]
    excludes: Annotated[list[Slug], BeforeValidator(_items)]
    legal_warning: TextTable | None = None
    success_measure: TextTable
    success: SuccessTable
    marks: dict[str, str] = Field(default_factory=dict)
    condition: list[ConditionTable] = Field(default_factory=list)


class MenuTable(_Table):
    """The whole of ``menu.toml``."""

    version: Annotated[Line, Field(max_length=40)]
    status: Status
    source: dict[str, Line]
    marks: dict[str, str] = Field(default_factory=dict)
    intervention: Annotated[list[CardTable], Field(min_length=1, max_length=MAX_CARDS)]


WORDS_FOR = {
    "duration_months": (UNKNOWN, VARIES),
    "hours_off_job": (UNKNOWN,),
    "hours_key_person": (UNKNOWN, NONE),
}
"""Attributes that may hold a word in place of a range."""

_CODES = {
    "missing": "menu_missing_key",
    "extra_forbidden": "menu_unknown_key",
    "greater_than_equal": "menu_too_small",
    "less_than_equal": "menu_too_large",
    "too_short": "menu_empty_list",
    "too_long": "menu_long_list",
    "string_too_long": "menu_long_text",
    "literal_error": "menu_unknown_value",
    "int_type": "menu_not_whole",
    "int_from_float": "menu_not_whole",
    "float_type": "menu_not_a_number",
    "bool_type": "menu_not_a_boolean",
    "string_type": "menu_not_a_text",
    "list_type": "menu_not_a_list",
    "dict_type": "menu_not_a_table",
    "model_type": "menu_not_a_table",
    "slug": "menu_bad_id",
    "empty_text": "menu_empty_text",
    "long_text": "menu_long_text",
    "double_item": "menu_double_item",
    "range_order": "menu_range_order",
    "success_without": "menu_success_without",
    "success_with": "menu_success_with",
    "success_bound": "menu_success_bound",
}

_RANGES = frozenset(
    {"lead_weeks", "duration_months", "hours_off_job", "hours_key_person", "cost_band"}
)
_TABLES: dict[str, type[_Table]] = {
    "intervention": CardTable,
    "condition": ConditionTable,
    **dict.fromkeys(_RANGES, RangeTable),
    "success": SuccessTable,
}

Loc = tuple[int | str, ...]


def _table_name(loc: Loc, raw: object) -> str:
    """Return ``[[intervention]] 7 (leercoach)`` for the table that a location ends in."""
    names = ".".join(str(part) for part in loc if isinstance(part, str))
    row: Any = raw
    for part in loc:
        row = row[part]
    given = row.get("id") if isinstance(row, dict) else None
    label = f" ({shown(given)})" if isinstance(given, str) and given else ""
    return f"[[{names}]] {int(loc[-1]) + 1}{label}"


def place(loc: Loc, raw: object, file_name: str) -> str:
    """Return file, tables and key of a location, counted from 1."""
    parts, key = [file_name], ""
    for depth, part in enumerate(loc):
        if isinstance(part, int) and loc[depth - 1] in ("intervention", "condition"):
            parts.append(_table_name(loc[: depth + 1], raw))
            key = ""
        elif isinstance(part, int):
            key += f"[{part + 1}]"
        else:
            key += f".{shown(part)}" if key else shown(part)
    return ", ".join([*parts, key] if key else parts)


def _known_keys(loc: Loc) -> Iterable[str]:
    """Return the keys that the table around a location may hold."""
    around = [part for part in loc[:-1] if isinstance(part, str)]
    table = _TABLES.get(around[-1], TextTable) if around else MenuTable
    return table.model_fields


def closest(word: object, known: Iterable[str]) -> str:
    """Return the known name that is most like a word."""
    return get_close_matches(str(word)[:60], list(known), n=1, cutoff=0.0)[0]


def schema_fault(details: ErrorDetails, raw: object, file_name: str) -> Fault:
    """Return what the form of a table refuses, at its place and with a way out."""
    loc = details["loc"]
    code = _CODES.get(details["type"], "menu_invalid")
    context: dict[str, Any] = dict(details.get("ctx") or {})
    last = loc[-1] if loc else ""
    params: dict[str, object] = {"name": shown(last), "value": shown(details["input"])}
    for name in ("item", "bound", "min", "max", "measure", "amount", "low", "high"):
        if name in context:
            params[name] = context[name]
    for name in ("ge", "le", "max_length"):
        if name in context:
            params["bound"] = context[name]
    if code == "menu_unknown_value":
        params["choices"] = str(context["expected"]).replace(" or ", ", ").replace("'", "")
    if code == "menu_unknown_key":
        params["closest"] = closest(last, _known_keys(loc))
    if code == "menu_not_a_table" and last in _RANGES:
        words = WORDS_FOR.get(str(last), ())
        code = "menu_not_a_range_or_word" if words else "menu_not_a_range"
        params["words"] = ", ".join(f'"{word}"' for word in words)
    elif code == "menu_not_a_table" and last == "success":
        code = "menu_not_a_success"
    elif context.get("class_name") == TextTable.__name__:
        code = "menu_not_both_languages"
    if code == "menu_missing_key" and last == "success":
        code = "menu_no_success"
    if code == "menu_empty_list" and last == "intervention":
        code = "menu_no_cards"
    return Fault(place(loc, raw, file_name), code, params)

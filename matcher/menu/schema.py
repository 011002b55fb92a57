"""The card of an intervention, as ``menu.toml`` holds it; and every fault in one at its place.

A researcher edits the file by hand, so a fault says where it is as a person counts (tables and
items of a list from 1) and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator
from pydantic_core import ErrorDetails

from matcher.errors import Fault
from matcher.menu.facts import MAX_FACTS, Fact, Source, Window
from matcher.menu.texts import Line, Listed, Name, Several, Slug, Text
from matcher.profile.schema import Constraints, Profile
from matcher.validation import Array, Loc, Value, bounds, broken, shown, told, within
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

MAX_CARDS = 200
MAX_FAULTS = 1_000

NO_STUDY = frozenset({"GK", "J"})
"""Marks that are no source: general knowledge, and the makers' own judgement."""


def _amount(value: object) -> float:
    """Keep 16 a whole number and 2.3 a fraction; a boolean and infinity are no amounts."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise broken("menu_not_a_number")
    return value


def _absent(*words: str) -> BeforeValidator:
    """Read each of the words as no value."""
    return BeforeValidator(
        lambda value: None if isinstance(value, str) and value in words else value
    )


Amount = Annotated[float, PlainValidator(_amount)]
# An amount to which an asker can set a limit lies within the bounds of that limit.
_Weeks = Annotated[Amount, within(*bounds(Constraints, "max_lead_weeks"))]
_Months = Annotated[Amount, Field(ge=0, le=120)]
_Hours = Annotated[Amount, within(*bounds(Constraints, "max_hours_per_participant"))]
_Band = Annotated[int, within(*bounds(Constraints, "max_cost_band"))]
_Headcount = Annotated[int, within(*bounds(Profile, "employees"))]
_Capacity = Annotated[int, Field(ge=-2, le=2)]

LIST_FIELDS = frozenset({"needs", "transitions"})
"""Fields of a profile whose answer is a list."""


class Range(Value):
    """A smallest and a largest amount; an unknown largest is None."""

    min: Amount
    max: Annotated[Amount | None, _absent(UNKNOWN)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise broken("menu_range_order", min=self.min, max=self.max)
        return self

    @property
    def middle(self) -> float:
        """The middle; of an open range, its smallest."""
        return self.min if self.max is None else (self.min + self.max) / 2


class Weeks(Range):
    """Weeks from yes to the first activity."""

    min: _Weeks
    max: Annotated[_Weeks | None, _absent(UNKNOWN)]


class Months(Range):
    """Months from the first activity to the last."""

    min: _Months
    max: Annotated[_Months | None, _absent(UNKNOWN)]


class Hours(Range):
    """Hours away from the work over the whole run."""

    min: _Hours
    max: Annotated[_Hours | None, _absent(UNKNOWN)]


class CostBand(Range):
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


class Success(Value):
    """A measure of the outcomes, with its threshold in the measure's own unit where it has one."""

    measure: SuccessMeasure
    at_least: Amount | None = None

    @model_validator(mode="after")
    def _threshold(self) -> Self:
        bounds = SUCCESS_BOUNDS.get(self.measure)
        if bounds is None and self.at_least is not None:
            raise broken("menu_success_with", measure=self.measure)
        if bounds is not None and self.at_least is None:
            raise broken("menu_success_without", measure=self.measure)
        if bounds is not None and self.at_least is not None:
            low, high = bounds
            if not low < self.at_least <= high:
                raise broken("menu_success_bound", amount=self.at_least, low=low, high=high)
        return self


class Condition(Value):
    """A rule about the profile: field, operator, value, and what to say when it fails.

    It can fail only on a known answer. With ``effect`` ``exclude`` the card is then not suitable,
    with ``warn`` it carries a warning.
    """

    id: Name
    field: str
    operator: Operator
    value: Annotated[object, AfterValidator(lambda v: tuple(v) if isinstance(v, list) else v)]
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


class Intervention(Value):
    """One card of the menu."""

    id: Slug
    status: Status
    name: Text
    summary: Text
    description: Text
    first_step: Text
    roles: Text
    form: Several[LearningForm]
    delivery: Several[Delivery]
    place: Place
    direction: Direction
    internal_coach: bool | None = None
    level: Several[Level]
    needs: Several[Need]
    dimensions: Several[Dimension]
    lead_weeks: Weeks
    duration_months: Annotated[Months | None, _absent(UNKNOWN, VARIES)]
    hours_off_job: Annotated[Hours | None, _absent(UNKNOWN)]
    """Per ordinary participant over the whole run; None is unknown."""
    hours_key_person: Annotated[Hours | None, _absent(UNKNOWN, NONE)]
    cost_band: CostBand
    min_employees: _Headcount
    capacity: _Capacity
    """Effect on staffing now: 2 relieves, 0 neutral, -2 costs much."""
    capacity_later: Annotated[_Capacity | None, _absent(UNKNOWN)]
    grant_window: bool
    evidence: Annotated[int, Field(ge=0, le=5)]
    evidence_direction: EvidenceDirection
    study: Text | None = None
    providers: Several[Provider]
    money: Text | None = None
    enabler: bool
    goes_with: Listed[Slug]
    excludes: Listed[Slug]
    legal_warning: Text | None = None
    conditions: Array[Condition] = Field((), alias="condition")
    success_measure: Text
    """What success looks like in the company, for people."""
    success: Success
    """What of the outcomes counts as success, fixed before they come in."""
    marks: dict[str, str] = Field(default_factory=dict)
    """Name of an attribute -> where its value comes from: a source, GK or J."""
    time_note: Text | None = None
    """How to read duration and hours where the bare numbers would mislead."""
    facts: Listed[Slug] = ()
    """Ids of the facts of the menu that hold for this card, in the order in which they are read."""
    own_facts: Array[Fact] = Field((), alias="fact")
    """Facts of this card alone."""
    told: tuple[Fact, ...] = ()
    """All facts of the card, those of the menu first. No key of the file."""
    unknown: frozenset[str] = frozenset()
    """Amounts of which the card says that nobody knows them yet: ``duration_months.max``.

    No key of the file, where nothing is a frozenset: the reader finds them in the words.
    """


class MenuTable(Value):
    """The whole of ``menu.toml``."""

    version: Annotated[Line, Field(max_length=40)]
    status: Status
    source: dict[str, Line]
    marks: dict[str, str] = Field(default_factory=dict)
    fact: Annotated[list[Fact], Field(max_length=MAX_FACTS)] = Field(default_factory=list)
    intervention: Annotated[list[Intervention], Field(min_length=1, max_length=MAX_CARDS)]


WORDS_FOR = {
    "duration_months": (UNKNOWN, VARIES),
    "hours_off_job": (UNKNOWN,),
    "hours_key_person": (UNKNOWN, NONE),
}
"""Attributes that may hold a word in place of a range."""

_CODES = {
    "missing": "menu_missing_key",
    "unknown_field": "menu_unknown_key",
    "too_few": "menu_empty_list",
    "too_many": "menu_long_list",
    "text_too_long": "menu_long_text",
    "duplicate": "menu_double_item",
    "not_an_array": "menu_not_a_list",
    "not_an_object": "menu_not_a_table",
}
"""Codes of faults that a menu card has other words for; of the rest ``menu_CODE``."""

_OF_KEY = {
    ("menu_not_a_table", "success"): "menu_not_a_success",
    ("menu_missing_key", "success"): "menu_no_success",
    ("menu_empty_list", "intervention"): "menu_no_cards",
}
"""Code of a fault and the key it is at -> the code that says more."""

_ROWS = frozenset({"intervention", "condition", "fact", "window"})
"""Tables that stand in the file as often as one likes."""
_MADE = frozenset({"unknown", "told"})
"""Attributes of a card that are no key of the file: the reader makes them."""
_RANGES = frozenset(
    {"lead_weeks", "duration_months", "hours_off_job", "hours_key_person", "cost_band"}
)
_TABLES: dict[str, type[Value]] = {
    "intervention": Intervention,
    "condition": Condition,
    **dict.fromkeys(_RANGES, Range),
    "success": Success,
    "fact": Fact,
    "source": Source,
    "window": Window,
}


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
        if isinstance(part, int) and loc[depth - 1] in _ROWS:
            parts.append(_table_name(loc[: depth + 1], raw))
            key = ""
        elif isinstance(part, int):
            key += f"[{part + 1}]"
        else:
            key += f".{shown(part)}" if key else shown(part)
    return ", ".join([*parts, key] if key else parts)


def keys_of(table: type[Value]) -> list[str]:
    """Return the keys that a table of the file may hold."""
    return [field.alias or name for name, field in table.model_fields.items() if name not in _MADE]


def _known_keys(loc: Loc) -> Iterable[str]:
    """Return the keys that the table around a location may hold."""
    around = [part for part in loc[:-1] if isinstance(part, str)]
    return keys_of(_TABLES.get(around[-1], Text) if around else MenuTable)


def closest(word: object, known: Iterable[str]) -> str:
    """Return the known name that is most like a word."""
    return get_close_matches(str(word)[:60], list(known), n=1, cutoff=0.0)[0]


def schema_fault(details: ErrorDetails, raw: object, file_name: str) -> Fault:
    """Return what the form of a table refuses, at its place and with a way out."""
    loc, code, params = told(details)
    last = str(loc[-1]) if loc else ""
    params["name"] = shown(last)
    if details["type"] == "frozen_set_type" or last == "told":
        code = "unknown_field"
    if not code.startswith("menu_"):
        code = _CODES.get(code, f"menu_{code}")
    code = _OF_KEY.get((code, last), code)
    if code == "menu_unknown_key":
        params["closest"] = closest(last, _known_keys(loc))
    if code == "menu_not_a_table" and last in _RANGES:
        words = WORDS_FOR.get(last, ())
        code = "menu_not_a_range_or_word" if words else "menu_not_a_range"
        params["words"] = ", ".join(f'"{word}"' for word in words)
    elif code == "menu_not_a_table" and details["ctx"]["class_name"] == Text.__name__:
        code = "menu_not_both_languages"
    return Fault(place(loc, raw, file_name), code, params)

"""What is read at a border, strictly and once; and what pydantic refuses as faults in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, LiteralString, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from matcher.errors import Fault, Refused

Loc = tuple[int | str, ...]
T = TypeVar("T")
Read = TypeVar("Read", bound=BaseModel)

LONGEST = 100
"""A list with more items is refused for its length, and its doubles are not sought."""
HUGE = 10**15
"""Beyond this a whole number is a slip of the hand; Python refuses to write one of
five thousand digits."""


class Value(BaseModel):
    """A value that is as it should be once it is there: nothing is converted, added or changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SentObject(Value):
    """An object that somebody sends: a member that is null is one that is missing."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_missing(cls, raw: object) -> object:
        if isinstance(raw, dict):
            return {key: value for key, value in raw.items() if value is not None}
        return raw


def broken(code: LiteralString, **params: object) -> PydanticCustomError:
    """Return the error of a rule of our own: its fault has this code and these parameters.

    With a ``field`` among them, the fault is told at that field of the same object.
    """
    return PydanticCustomError(code, code, {"params": params})


def _whole(value: object) -> object:
    """Accept 38 and 38.0 as the same count; leave the rest for the type to refuse."""
    if isinstance(value, float):
        if not math.isfinite(value) or value != int(value):
            raise broken("not_whole")
        return int(value)
    return value


def _number(value: object) -> object:
    """Accept a whole number where a number is asked; a boolean is no number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < HUGE else math.inf
    return value


def _array(value: object) -> object:
    """Read a list as a tuple without doubles."""
    if not isinstance(value, list | tuple):
        return value
    seen: set[object] = set()
    for item in value if len(value) <= LONGEST else ():
        if isinstance(item, str | float | int):
            if item in seen:
                raise broken("duplicate", item=shown(item))
            seen.add(item)
    return tuple(value)


Count = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Array = Annotated[
    tuple[T, ...], BeforeValidator(_array), Field(json_schema_extra={"uniqueItems": True})
]


def bounds(kind: type[BaseModel], name: str) -> tuple[float | None, float | None]:
    """Return the least and the most that a field of numbers may hold; None where it has none."""
    found = kind.model_fields[name].metadata
    least, most = (
        next((getattr(each, side) for each in found if hasattr(each, side)), None)
        for side in ("ge", "le")
    )
    return least, most


def within(least: float | None, most: float | None) -> Any:
    """Return what a field says that may hold no less and no more than this."""
    return Field(ge=least, le=most)


def shown(value: object) -> str:
    """Return a value as a fault may repeat it: as JSON and TOML have it, short, on one line."""
    match value:
        case None | bool():
            text = "null" if value is None else str(value).lower()
        case int() if abs(value) >= HUGE:
            text = hex(value)
        # Never what is inside: a hundred objects deep, that is more than Python's stack holds.
        case list() | tuple():
            text = "[ ... ]" if value else "[]"
        case dict():
            text = "{ ... }" if value else "{}"
        case _:
            text = str(value)
    text = "".join(ch if ch.isprintable() else "?" for ch in text[:61])
    return text if len(text) <= 60 else text[:57] + "..."


def _pointer(loc: Iterable[object]) -> str:
    """Return the JSON pointer of a place (RFC 6901: ~ is ~0 and / is ~1 in a name)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in loc)


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "too_short": "too_few",
    "too_long": "too_many",
    "string_too_short": "text_too_short",
    "string_too_long": "text_too_long",
    "literal_error": "unknown_value",
    "finite_number": "not_a_number",
    "int_type": "not_whole",
    "int_from_float": "not_whole",
    "float_type": "not_a_number",
    "bool_type": "not_a_boolean",
    "string_type": "not_a_text",
    "tuple_type": "not_an_array",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "dict_type": "not_an_object",
}
_BOUNDS = frozenset({"ge", "le", "min_length", "max_length"})


def told(details: ErrorDetails) -> tuple[Loc, str, dict[str, object]]:
    """Return where an error is, the code of its fault and what the sentence needs."""
    context: dict[str, Any] = details.get("ctx", {})
    params = {"value": shown(details["input"])}
    loc = details["loc"]
    if "params" in context:
        code = details["type"]
        params |= context["params"]
        if "field" in params:
            loc = (*loc[:-1], params["field"])
    else:
        code = _CODES.get(details["type"], "invalid")
        for name in _BOUNDS & context.keys():
            params["bound"] = f"{context[name]:.10g}"
        if code == "unknown_value":
            params["choices"] = context["expected"].replace(" or ", ", ").replace("'", "")
    return loc, code, {"field": str(loc[-1]) if loc else "", **params}


def faults_of(error: ValidationError, prefix: str = "") -> list[Fault]:
    """Return the faults in a validation error, each at the JSON pointer of its field."""
    return [
        Fault(prefix + _pointer(loc), code, params)
        for loc, code, params in (
            told(details)
            for details in error.errors(include_url=False)
            if not _follows_from_another(details)
        )
    ]


def _follows_from_another(details: ErrorDetails) -> bool:
    """Return whether too few items are left only because each has a fault of its own."""
    given = details["input"]
    return (
        details["type"] == "too_short"
        and isinstance(given, list | tuple)
        and len(given) >= details["ctx"]["min_length"]
    )


def read(kind: type[Read], raw: object, refusal: type[Refused], prefix: str = "") -> Read:
    """Return what was handed in as a value of a kind, or raise the refusal with all faults."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise refusal(faults_of(error, prefix)) from None


def first_broken(error: ValidationError) -> tuple[str, str]:
    """Return place and rule of the first error, as a programmer reads them: of our own files."""
    first = error.errors(include_url=False)[0]
    return ".".join(str(part) for part in first["loc"]), first["msg"]

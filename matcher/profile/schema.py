"""What is known of one company, and the question an advisor asks about it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from matcher.errors import Fault, InvalidProfile
from matcher.vocabulary import (
    SECTORS,
    SME_LIMIT,
    Extent,
    HrFunction,
    Need,
    Pressure,
    Province,
    SbiVersion,
    SectorGroup,
    Share,
    TrainingBudget,
    Transition,
    WorksCouncil,
    sector_group,
)


def _whole(value: object) -> object:
    """Accept 38 and 38.0 as the same count; leave the rest for the type to refuse."""
    if isinstance(value, float) and not isinstance(value, bool):
        if not math.isfinite(value) or value != int(value):
            raise PydanticCustomError("not_whole", "not a whole number")
        return int(value)
    return value


_LONGEST = 100


def _array(value: object) -> object:
    """Read a JSON array as a tuple without doubles."""
    if not isinstance(value, list | tuple):
        return value
    seen: list[object] = []
    for item in value:
        if item in seen:
            raise PydanticCustomError("duplicate", "{item} stands twice", {"item": str(item)[:60]})
        seen.append(item)
    return tuple(value)


def _number(value: object) -> object:
    """Accept a whole number where a number is asked; a boolean is no number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e15 else math.inf
    return value


def without_nulls(raw: object) -> object:
    """Return a JSON object without its null members, which stand for missing ones."""
    if isinstance(raw, dict):
        return {key: value for key, value in raw.items() if value is not None}
    return raw


Count = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]


class Profile(BaseModel):
    """One company, as its advisor describes it. Equal profiles rank equally; None is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    employees: Count = Field(ge=1, le=100_000, description="mensen die er werken")
    sector: str = Field(description="letter van de sectie in de indeling van `sbi_version`")
    sbi_version: SbiVersion = Field(description="versie van de Standaard Bedrijfsindeling")
    needs: Annotated[tuple[Need, ...], BeforeValidator(_array)] = Field(
        min_length=1,
        max_length=14,
        description="wat het bedrijf nodig heeft, belangrijkste eerst",
    )
    staffing_pressure: Pressure = Field(description="hoe moeilijk mensen te missen zijn")
    province: Province | None = Field(default=None, description="provincie; null is onbekend")
    transitions: Annotated[tuple[Transition, ...] | None, BeforeValidator(_array)] = Field(
        default=None,
        description="veranderingen die spelen; null is onbekend, [] is geen",
    )
    shift_work: Extent | None = Field(
        default=None, description="ploegendienst of wisselende roosters"
    )
    location_work: Extent | None = Field(
        default=None, description="werk op locatie of buitendienst"
    )
    hr_function: HrFunction | None = Field(default=None, description="wie personeelszaken regelt")
    training_budget: TrainingBudget | None = Field(
        default=None,
        description="vast bedrag om te leren, in euro per persoon per jaar",
    )
    oo_fund: bool | None = Field(default=None, description="betaalt mee aan een O&O-fonds")
    works_council: WorksCouncil | None = Field(default=None, description="medezeggenschap")
    recognised_training_company: bool | None = Field(default=None, description="erkend leerbedrijf")
    share_practical: Share | None = Field(
        default=None,
        description="deel praktisch opgeleid: onder 1/3, tot 2/3, daarboven",
    )
    flex_share: Share | None = Field(
        default=None,
        description="deel met flexibel contract: onder 10 %, tot 25 %, daarboven",
    )
    age55_share: Share | None = Field(
        default=None, description="deel boven de 55: onder 15 %, tot 30 %, daarboven"
    )
    running_slim: bool | None = Field(default=None, description="er loopt al een SLIM-subsidie")
    culture_baseline: Number | None = Field(
        default=None,
        ge=1,
        le=6,
        description="leercultuur nu, gemiddelde op een schaal van 1 tot 6",
    )
    owner_support: Number | None = Field(
        default=None,
        ge=1,
        le=5,
        description="'ik maak hier zelf tijd voor', 1 tot 5; null is onbekend",
    )

    # On the later of the two fields, so that it is told together with all other faults.
    @field_validator("sbi_version", mode="after")
    @classmethod
    def _sector_exists(cls, version: SbiVersion, info: ValidationInfo) -> SbiVersion:
        letters = SECTORS[version]
        sector = info.data.get("sector", next(iter(letters)))
        if sector not in letters:
            raise PydanticCustomError(
                "unknown_sector",
                "no such section",
                {
                    "value": _shown(sector),
                    "scheme": version,
                    "first": next(iter(letters)),
                    "last": next(reversed(letters)),
                },
            )
        return version

    @property
    def sector_group(self) -> SectorGroup:
        """The recommender's group of the sector; the same in either scheme where they agree."""
        return sector_group(self.sector, self.sbi_version)

    @property
    def beyond_sme(self) -> bool:
        """Whether the company is larger than an SME: ranked, with a notice."""
        return self.employees >= SME_LIMIT


class Constraints(BaseModel):
    """What the asker rules out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    exclude: Annotated[tuple[str, ...], BeforeValidator(_array)] = Field(
        default=(), max_length=100, description="id's van aanpakken die niet hoeven"
    )
    max_hours_per_participant: Number | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="hoogste aantal uren weg van het werk per persoon",
    )
    max_lead_weeks: Number | None = Field(
        default=None, ge=0, le=520, description="hoogste aantal weken tot de start"
    )
    max_cost_band: Count | None = Field(
        default=None,
        ge=0,
        le=4,
        description="hoogste kostenklasse: 0 niets, 4 boven 15.000 euro",
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, raw: object) -> object:
        """Take a null member for a missing one."""
        return without_nulls(raw)


NO_CONSTRAINTS = Constraints()


class Question(BaseModel):
    """A profile, what is ruled out, and how much of the answer is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    profile: Profile
    constraints: Constraints = Field(default=NO_CONSTRAINTS)
    limit: Count = Field(5, ge=1, le=100, description="aantal aanpakken in het antwoord")
    reasons: Literal["top", "all"] = Field("top", description="de belangrijkste redenen, of alle")
    ask_next: bool = Field(
        default=False,
        description="ook tonen welke antwoorden de eerste drie kunnen veranderen",
    )
    model: str | None = Field(
        default=None, description="versie die moet antwoorden; null is de huidige"
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, raw: object) -> object:
        """Take a null member for a missing one."""
        return without_nulls(raw)


def _shown(value: object) -> str:
    """Return a value as a fault may repeat it: as JSON has it, short, on one line."""
    if value is None or isinstance(value, bool):
        text = "null" if value is None else str(value).lower()
    else:
        text = value if isinstance(value, str) else repr(value)
    text = "".join(ch if ch.isprintable() else "?" for ch in text[:61])
    return text if len(text) <= 60 else text[:57] + "..."


def _pointer(path: Iterable[object]) -> str:
    """Return the JSON pointer of a place (RFC 6901: ~ is ~0 and / is ~1 in a name)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "too_short": "too_few",
    "too_long": "too_many",
    "too_many": "too_many",
    "string_too_short": "text_too_short",
    "string_too_long": "text_too_long",
    "literal_error": "unknown_value",
    "not_whole": "not_whole",
    "duplicate": "duplicate",
    "not_a_pseudonym": "not_a_pseudonym",
    "not_an_origin": "not_an_origin",
    "unknown_sector": "unknown_sector",
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


def _fault(error: ErrorDetails, prefix: str) -> Fault:
    code = _CODES.get(error["type"], "invalid")
    context: dict[str, Any] = dict(error.get("ctx") or {})
    path = error["loc"] if code != "unknown_sector" else (*error["loc"][:-1], "sector")
    where = prefix + _pointer(path)
    params: dict[str, object] = {
        "field": str(path[-1]) if path else "",
        "value": context.get("value", _shown(error["input"])),
        **{
            key: context[key]
            for key in ("item", "scheme", "first", "last", "bound")
            if key in context
        },
    }
    if "ge" in context or "le" in context:
        params["bound"] = f"{context.get('ge', context.get('le')):g}"
    if "min_length" in context or "max_length" in context:
        params["bound"] = context.get("min_length", context.get("max_length"))
    if code == "unknown_value":
        params["choices"] = str(context["expected"]).replace(" or ", ", ").replace("'", "")
    return Fault(where, code, params)


def faults_of(error: ValidationError, prefix: str = "") -> list[Fault]:
    """Return the faults in a validation error, each at the JSON pointer of its field."""
    return [
        _fault(details, prefix)
        for details in error.errors(include_url=False)
        if not _follows_from_another(details)
    ]


def _follows_from_another(details: ErrorDetails) -> bool:
    """Return whether too few items are left only because each has a fault of its own."""
    given = details["input"]
    return (
        details["type"] == "too_short"
        and isinstance(given, list | tuple)
        and len(given) >= details["ctx"]["min_length"]
    )


def read_profile(raw: object) -> Profile:
    """Return the profile in a JSON object, or raise InvalidProfile with all faults."""
    try:
        return Profile.model_validate(raw)
    except ValidationError as error:
        raise InvalidProfile(faults_of(error)) from None


def read_question(raw: object) -> Question:
    """Return the question in a JSON object, or raise InvalidProfile with all faults."""
    try:
        return Question.model_validate(raw)
    except ValidationError as error:
        raise InvalidProfile(faults_of(error)) from None


REQUIRED_FIELDS = tuple(n for n, f in Profile.model_fields.items() if f.is_required())
PROFILE_FIELDS = tuple(Profile.model_fields)


def missing_fields(profile: Profile) -> Iterable[str]:
    """Yield the optional fields nobody answered."""
    for name in PROFILE_FIELDS:
        if getattr(profile, name) is None:
            yield name

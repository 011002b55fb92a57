"""What is known of one company, and the question an advisor asks about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from matcher.errors import InvalidProfile
from matcher.validation import Array, Count, Number, SentObject, Value, broken, read, shown
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
    scheme_bounds,
    sector_group,
)


class Profile(Value):
    """One company, as its advisor describes it. Equal profiles rank equally; None is unknown."""

    employees: Count = Field(ge=1, le=100_000, description="mensen die er werken")
    sector: str = Field(description="letter van de sectie in de indeling van `sbi_version`")
    sbi_version: SbiVersion = Field(description="versie van de Standaard Bedrijfsindeling")
    needs: Array[Need] = Field(
        min_length=1,
        max_length=14,
        description="wat het bedrijf nodig heeft, belangrijkste eerst",
    )
    staffing_pressure: Pressure = Field(description="hoe moeilijk mensen te missen zijn")
    province: Province | None = Field(default=None, description="provincie; null is onbekend")
    transitions: Array[Transition] | None = Field(
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
    recognised_training_company: bool | None = Field(
        default=None, description="erkend leerbedrijf voor dit beroep"
    )
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
            raise broken(
                "unknown_sector", field="sector", value=shown(sector), **scheme_bounds(version)
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


class Constraints(SentObject):
    """What the asker rules out."""

    exclude: Array[str] = Field(
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


NO_CONSTRAINTS = Constraints()


class Question(SentObject):
    """A profile, what is ruled out, and how much of the answer is wanted."""

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


def read_profile(raw: object) -> Profile:
    """Return the profile in a JSON object, or raise InvalidProfile with all faults.

    >>> known = {"sector": "C", "sbi_version": "2025", "staffing_pressure": "gemiddeld"}
    >>> read_profile({**known, "employees": 38, "needs": ["vakkennis"]}).sector_group
    'industrie'
    >>> read_profile({**known, "employees": 0, "needs": ["vakkennis"]})
    Traceback (most recent call last):
    matcher.errors.InvalidProfile: /employees: 0 is too small: the least is 1.
    """
    return read(Profile, raw, InvalidProfile)


def read_question(raw: object) -> Question:
    """Return the question in a JSON object, or raise InvalidProfile with all faults."""
    return read(Question, raw, InvalidProfile)


REQUIRED_FIELDS = tuple(n for n, f in Profile.model_fields.items() if f.is_required())
PROFILE_FIELDS = tuple(Profile.model_fields)


def missing_fields(profile: Profile) -> Iterable[str]:
    """Yield the optional fields nobody answered."""
    for name in PROFILE_FIELDS:
        if getattr(profile, name) is None:
            yield name

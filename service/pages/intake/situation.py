"""The company as somebody described it, said back in its own words."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.profile.schema import NO_CONSTRAINTS, Constraints, read_profile
from matcher.region import Home
from matcher.vocabulary import SECTORS, TERMS, Language, SbiVersion
from service.pages.intake.answers import Asked
from service.pages.intake.questions import NEED_WORDS
from service.pages.shared import words
from service.pages.shared.language import gettext, ngettext
from service.pages.shared.region import current_region


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks, and what they run into."""

    company: str
    province: str
    """Empty outside the provinces of the region."""
    needs: tuple[str, ...]
    """As an entrepreneur says them, most important first."""
    limits: tuple[str, ...]


def company(sbi_version: SbiVersion, sector: str, employees: int, language: Language) -> str:
    """Return what a company does and how many people work there."""
    people = ngettext("%(many)s mens", "%(many)s mensen", employees, many=words.number(employees))
    return f"{SECTORS[sbi_version][sector].label(language)} · {people}"


def situation(asked: Asked, language: Language) -> Situation:
    """Return the situation behind a question."""
    profile = asked.profile
    parts = [company(profile.sbi_version, profile.sector, profile.employees, language)]
    row = current_region().places.provinces.get(asked.home.province or "")
    province = "" if row is None else row.of(language)
    if province:
        parts.append(province)
    parts.append(TERMS["staffing_pressure"][profile.staffing_pressure].label(language))
    return Situation(
        company=" · ".join(parts),
        province=province,
        needs=tuple(str(NEED_WORDS[need]) for need in profile.needs),
        limits=tuple(_limits(asked.constraints)),
    )


def situation_of(profile: object, language: Language) -> Situation:
    """Return the situation of a company as it was recorded."""
    known = read_profile(profile)
    return situation(Asked(known, NO_CONSTRAINTS, Home(known.province)), language)


def _limits(constraints: Constraints) -> list[str]:
    told = []
    if constraints.max_hours_per_participant is not None:
        hours = words.number(constraints.max_hours_per_participant)
        told.append(gettext("hoogstens %(hours)s uur per persoon", hours=hours))
    if constraints.max_lead_weeks is not None:
        weeks = words.number(constraints.max_lead_weeks)
        told.append(gettext("beginnen binnen %(weeks)s weken", weeks=weeks))
    if constraints.max_cost_band is not None:
        told.append(words.lower_first(words.cost_limit(constraints.max_cost_band)))
    if constraints.exclude:
        told.append(
            ngettext(
                "zonder %(num)s aanpak die u al probeerde",
                "zonder %(num)s aanpakken die u al probeerde",
                len(constraints.exclude),
            )
        )
    return told

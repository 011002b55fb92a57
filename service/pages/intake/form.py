"""The intake as the page shows it: questions, what was answered before, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.errors import InvalidProfile
from matcher.vocabulary import NEEDS, Language
from service.pages.intake import pressure, questions
from service.pages.intake.answers import LIMITS, NEEDS_FIRST, REGION, Asked, Cells
from service.pages.intake.complaints import ORDER, complaints
from service.pages.intake.place import NOTHING, Found
from service.pages.intake.questions import Option, Question
from service.pages.shared.region import current_region


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything the intake page shows."""

    cells: Mapping[str, str]
    errors: Mapping[str, str]
    needs: tuple[Option, ...]
    sectors: tuple[Option, ...]
    rare_sectors: tuple[Option, ...]
    spare: tuple[Option, ...]
    horizons: tuple[Option, ...]
    pressures: tuple[Option, ...]
    pressure: str
    """What the three answers about missing people come to, in a sentence."""
    place: Found
    """What was typed for a place, shown again on this page only."""
    provinces: tuple[Option, ...]
    transitions: tuple[Option, ...]
    optional: tuple[Question, ...]
    cost_limits: tuple[Option, ...]

    @property
    def chosen_needs(self) -> tuple[str, ...]:
        """The needs that were chosen, most important first."""
        return tuple(need for need in self.listed("needs") if need in NEEDS)

    @property
    def first_needs(self) -> Mapping[str, str]:
        """Field -> the need that was called first, second or third."""
        return dict(zip(NEEDS_FIRST, self.chosen_needs, strict=False))

    def listed(self, name: str) -> tuple[str, ...]:
        """Return the items of an answer that is a list."""
        return tuple(item for item in self.cells.get(name, "").split("|") if item)

    @property
    def unfolded(self) -> bool:
        """Whether something below the fold was answered, or is wrong."""
        folded = {*self.cells, *self.errors} - {*ORDER, *LIMITS, REGION}
        return bool(folded)

    @property
    def limits_unfolded(self) -> bool:
        """Whether a limit was given, or is wrong."""
        return bool({*self.cells, *self.errors} & {*LIMITS})


def intake(
    cells: Cells,
    language: Language,
    read: Asked | InvalidProfile | None,
    place: Found = NOTHING,
) -> Intake:
    """Return the page for these answers, and what came of reading them once they were sent."""
    return Intake(
        cells=cells,
        errors=complaints(read, language, place.said if place.wrong else ""),
        needs=questions.need_options(),
        sectors=questions.sector_options(language, rare=False),
        rare_sectors=questions.sector_options(language, rare=True),
        spare=questions.options_of(pressure.SPARE),
        horizons=questions.options_of(pressure.HORIZON),
        pressures=questions.pressure_options(language),
        pressure=pressure.derived_words(cells, language),
        place=place,
        provinces=questions.province_options(current_region().places, language),
        transitions=questions.term_options("transitions", language),
        optional=questions.optional_questions(language),
        cost_limits=questions.cost_options(),
    )

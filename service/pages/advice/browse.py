"""Looking through the menu: which cards meet what somebody chose to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.menu.card import Intervention, Menu
from matcher.vocabulary import NEEDS, Language
from service.pages.advice.cards import Course, courses
from service.pages.intake.questions import Option, need_options
from service.pages.shared import words
from service.pages.shared.texts import gettext

_HOURS = (0, 4, 8, 16, 40)
_WEEKS = (2, 4, 8, 12)


@dataclass(frozen=True, slots=True)
class Browsed:
    """The menu as far as it meets the choices."""

    courses: tuple[Course, ...]
    shown: int
    chosen: Mapping[str, str]
    needs: tuple[Option, ...]
    hours: tuple[Option, ...]
    weeks: tuple[Option, ...]
    costs: tuple[Option, ...]


def browse(menu: Menu, query: Mapping[str, str], language: Language) -> Browsed:
    """Return the cards that meet every choice; a choice nobody could make counts as none."""
    options = {
        "punt": need_options(),
        "uren": tuple(Option(str(n), _hours(n)) for n in _HOURS),
        "weken": tuple(
            Option(str(n), gettext("binnen %(weeks)s weken", weeks=words.number(n))) for n in _WEEKS
        ),
        "kosten": tuple(
            Option(str(band), words.cost_limit(band)) for band in range(len(words.COST_BOUNDS))
        ),
    }
    chosen = {
        name: query.get(name, "")
        for name, answers in options.items()
        if query.get(name) in {answer.value for answer in answers}
    }
    found = [card for card in menu if _meets(card, chosen)]
    return Browsed(
        courses=courses(found, language),
        shown=len(found),
        chosen=chosen,
        needs=options["punt"],
        hours=options["uren"],
        weeks=options["weken"],
        costs=options["kosten"],
    )


def _hours(many: int) -> str:
    if not many:
        return gettext("geen uren weg van het werk")
    return gettext("hoogstens %(hours)s uur", hours=words.number(many))


def _meets(card: Intervention, chosen: Mapping[str, str]) -> bool:
    """Return whether a card may fit: at its least hours, weeks and cost; unknown hours may."""
    need = chosen.get("punt")
    hours = card.hours_off_job
    return (
        (need is None or (need in NEEDS and need in card.needs))
        and ("uren" not in chosen or hours is None or hours.min <= int(chosen["uren"]))
        and ("weken" not in chosen or card.lead_weeks.min <= int(chosen["weken"]))
        and ("kosten" not in chosen or card.cost_band.min <= int(chosen["kosten"]))
    )

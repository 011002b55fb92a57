"""The menu as somebody looks through it: the cards that meet their choices, in their courses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.menu.card import Intervention, Menu
from matcher.vocabulary import NEEDS, Language
from service.pages.advice.cards import Facts, facts
from service.pages.intake.questions import Option, cost_options, need_options
from service.pages.shared import words
from service.pages.shared.language import gettext

_HOURS = (0, 4, 8, 16, 40)
_WEEKS = (2, 4, 8, 12)


@dataclass(frozen=True, slots=True)
class Course:
    """Cards that are alike in how people learn, under one heading of the menu."""

    name: str
    about: str
    cards: tuple[Facts, ...]


@dataclass(frozen=True, slots=True)
class Browsed:
    """The menu as far as it meets the choices."""

    courses: tuple[Course, ...]
    shown: int
    chosen: Mapping[str, str]
    options: Mapping[str, tuple[Option, ...]]
    """Name of a choice -> what can be chosen."""


def browse(menu: Menu, query: Mapping[str, str], language: Language) -> Browsed:
    """Return the cards that meet every choice; a choice nobody could make counts as none."""
    options = {
        "punt": need_options(),
        "uren": tuple(Option(str(n), _hours(n)) for n in _HOURS),
        "weken": tuple(
            Option(str(n), gettext("binnen %(weeks)s weken", weeks=words.number(n))) for n in _WEEKS
        ),
        "kosten": cost_options(),
    }
    chosen = {
        name: query.get(name, "")
        for name, answers in options.items()
        if query.get(name) in {answer.value for answer in answers}
    }
    found = [card for card in menu if _meets(card, chosen)]
    return Browsed(courses(found, language), len(found), chosen, options)


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


def courses(menu: Iterable[Intervention], language: Language) -> tuple[Course, ...]:
    """Return cards in their courses, each in menu order; a card stands in one."""
    headings = {
        "work": (gettext("Tijdens het werk"), gettext("Mensen leren terwijl het werk doorgaat.")),
        "plan": (
            gettext("Eerst zicht op wat nodig is"),
            gettext("Een gesprek, een overzicht of een plan."),
        ),
        "apart": (
            gettext("Even weg van het werk"),
            gettext("Een cursus, training of advies, kort of lang."),
        ),
        "proof": (
            gettext("Met een bewijs of diploma"),
            gettext("Iemand laat zien wat hij of zij kan, op papier."),
        ),
        "others": (
            gettext("Samen met andere bedrijven"),
            gettext("U deelt kennis, plekken of mensen."),
        ),
    }
    served: dict[str, list[Facts]] = {key: [] for key in headings}
    for card in menu:
        served[_course_of(card)].append(facts(card, language))
    return tuple(
        Course(name, about, tuple(served[key]))
        for key, (name, about) in headings.items()
        if served[key]
    )


def _course_of(card: Intervention) -> str:
    if card.enabler or "between_companies" in card.delivery:
        return "others"
    if "formeel" in card.form:
        return "proof"
    if "inzicht-plan" in card.needs:
        return "plan"
    return "work" if card.place == "on_the_job" else "apart"

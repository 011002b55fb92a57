"""One card of the menu as the pages show it: its facts in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from matcher.menu.card import Intervention, Menu, Text
from matcher.ranking.wording import success_sentence
from matcher.vocabulary import Language
from service.pages.intake.questions import NEED_WORDS
from service.pages.shared import words
from service.pages.shared.texts import gettext


@dataclass(frozen=True, slots=True)
class Link:
    """Another card, by name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a card says whoever asks."""

    id: str
    name: str
    summary: str
    first_step: str
    hours: str
    hours_each: str
    hours_level: int | None
    key_hours: str
    time_note: str
    cost: str
    cost_level: int
    lead: str
    duration: str
    capacity: str
    capacity_sign: int
    locks: int
    evidence: str
    enabler: bool


def facts(card: Intervention, language: Language) -> Facts:
    """Return the facts of a card in words."""
    return Facts(
        id=card.id,
        name=card.name.of(language),
        summary=card.summary.of(language),
        first_step=_without_label(card.first_step.of(language)),
        hours=words.hours(card.hours_off_job),
        hours_each=words.hours_each(card.hours_off_job),
        hours_level=words.hours_level(card.hours_off_job),
        key_hours=words.key_hours(card),
        time_note=_of(card.time_note, language),
        cost=words.cost(card.cost_band),
        cost_level=words.cost_level(card.cost_band),
        lead=words.weeks(card.lead_weeks),
        duration=words.duration(card),
        capacity=str(words.capacity(card)),
        capacity_sign=card.capacity,
        locks=card.evidence,
        evidence=words.evidence(card),
        enabler=card.enabler,
    )


def _without_label(step: str) -> str:
    """Return a first step without the words that the page sets before it anyway."""
    label, colon, rest = step.partition(": ")
    own = colon and label == gettext("Morgen beginnen")
    return rest[:1].upper() + rest[1:] if own else step


def _of(text: Text | None, language: Language) -> str:
    return "" if text is None else text.of(language)


def links(ids: tuple[str, ...], menu: Menu, language: Language) -> tuple[Link, ...]:
    """Return cards by name, those of the menu only."""
    return tuple(
        Link(card, menu.by_id[card].name.of(language)) for card in ids if card in menu.by_id
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on a card's own page."""

    facts: Facts
    description: str
    roles: str
    study: str
    sources: tuple[str, ...]
    money: str
    money_checked: bool
    """Whether the text itself says to check it."""
    legal: str
    success: str
    counts: str
    """What counts as success in the outcomes."""
    needs: tuple[str, ...]
    forms: tuple[str, ...]
    providers: tuple[str, ...]
    conditions: tuple[str, ...]
    """For whom it is at all."""
    heeds: tuple[str, ...]
    """What to watch when it holds."""
    goes_with: tuple[Link, ...]
    excludes: tuple[Link, ...]


def page(card: Intervention, menu: Menu, language: Language) -> Page:
    """Return a card's page."""
    return Page(
        facts=facts(card, language),
        description=card.description.of(language),
        roles=card.roles.of(language),
        study=card.study.of(language),
        sources=_sources(card, menu),
        money=card.money.of(language),
        money_checked=gettext("controleer") in card.money.of(language).casefold(),
        legal=_of(card.legal_warning, language),
        success=card.success_measure.of(language),
        counts=success_sentence(card.success.measure, card.success.at_least, language),
        needs=tuple(str(NEED_WORDS[need]) for need in card.needs),
        forms=tuple(str(words.FORMS[form]) for form in card.form),
        providers=tuple(str(words.PROVIDERS[provider]) for provider in card.providers),
        conditions=_conditions(card, "exclude", language),
        heeds=_conditions(card, "warn", language),
        goes_with=links(card.goes_with, menu, language),
        excludes=links(card.excludes, menu, language),
    )


def _conditions(
    card: Intervention, effect: Literal["exclude", "warn"], language: Language
) -> tuple[str, ...]:
    """Return rules as somebody reads them whose answers are not known."""
    return tuple(
        (condition.unknown or condition.text).of(language)
        for condition in card.conditions
        if condition.effect == effect
    )


def _sources(card: Intervention, menu: Menu) -> tuple[str, ...]:
    """Return the studies behind the evidence; marks without a study are no source."""
    marks = card.marks.get("study", "").split(",")
    return tuple(menu.sources[mark.strip()] for mark in marks if mark.strip() in menu.sources)


@dataclass(frozen=True, slots=True)
class Course:
    """Cards that are alike in how people learn, under one heading of the menu."""

    name: str
    about: str
    cards: tuple[Facts, ...]


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

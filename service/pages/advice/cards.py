"""One card of the menu as the pages show it: its facts in words."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.menu.card import Intervention, Menu, Text
from matcher.vocabulary import Language
from service.pages.shared import words
from service.pages.shared.language import gettext


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
        time_note=text_of(card.time_note, language),
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


def left_out_options(menu: Menu, language: Language) -> tuple[Link, ...]:
    """Return the approaches that somebody may have tried already, by name."""
    return tuple(Link(card.id, card.name.of(language)) for card in menu.rankable)


def _without_label(step: str) -> str:
    """Return a first step without the words that the page sets before it anyway."""
    label, colon, rest = step.partition(": ")
    own = colon and label == gettext("Morgen beginnen")
    return rest[:1].upper() + rest[1:] if own else step


def text_of(text: Text | None, language: Language) -> str:
    """Return a text of the menu; empty where a card has none."""
    return "" if text is None else text.of(language)


def links(ids: tuple[str, ...], menu: Menu, language: Language) -> tuple[Link, ...]:
    """Return cards by name, those of the menu only."""
    return tuple(
        Link(card, menu.by_id[card].name.of(language)) for card in ids if card in menu.by_id
    )

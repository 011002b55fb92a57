"""A card's own page: everything on it, which companies it suits, how often it was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from matcher.menu.card import Intervention, Menu
from matcher.profile.reference import reference_companies
from matcher.ranking.engine import Engine
from matcher.ranking.wording import listed, success_sentence
from matcher.vocabulary import TERMS, Language
from service.pages.advice.cards import Facts, Link, facts, links, text_of
from service.pages.advice.reach import provider_name
from service.pages.advice.stated import Statements, statements
from service.pages.intake.questions import NEED_WORDS
from service.pages.shared import words
from service.pages.shared.language import gettext

FIRST = 3


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on a card's own page."""

    facts: Facts
    description: str
    roles: str
    study: str
    money: str
    stated: Statements
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
        study=text_of(card.study, language),
        money=text_of(card.money, language),
        stated=statements(card, language),
        success=card.success_measure.of(language),
        counts=success_sentence(card.success.measure, card.success.at_least, language),
        needs=tuple(str(NEED_WORDS[need]) for need in card.needs),
        forms=tuple(str(words.FORMS[form]) for form in card.form),
        providers=tuple(provider_name(each, language) for each in card.providers),
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


@dataclass(frozen=True, slots=True)
class Suits:
    """How often a card is among the first three of the reference companies, and of which."""

    many: int
    of: int
    where: str


def suits(engine: Engine, card: str, language: Language) -> Suits:
    """Return at which of the reference companies a card stands among the first three."""
    groups = _groups(engine).get(card, Counter())
    labels = [
        (TERMS["sector_group"][group].label(language), many) for group, many in groups.most_common()
    ]
    many = groups.total()
    told = [label if many == 1 else f"{label} ({part})" for label, part in labels]
    return Suits(many, len(reference_companies()), listed(told, language))


@lru_cache(maxsize=4)
def _groups(engine: Engine) -> Mapping[str, Counter[str]]:
    """Return per card the sector groups of the companies where it is among the first three."""
    found: dict[str, Counter[str]] = {}
    for company in reference_companies():
        for line in engine.rank(company.profile, explain=0).recommendations[:FIRST]:
            found.setdefault(line.intervention, Counter())[company.profile.sector_group] += 1
    return found


def history(engine: Engine, card: str) -> str:
    """Return in words how many trials of a card the model learned from."""
    told = engine.trials_of(card)
    if told.exact == 0:
        return gettext("In de gegevens heeft nog geen bedrijf dit geprobeerd.")
    many = words.counted(told)
    if engine.info.simulated:
        return gettext(
            "In de nagebootste gegevens staan %(many)s proeven hiermee. Geen echt bedrijf deed ze.",
            many=many,
        )
    return gettext("In de gegevens staan %(many)s proeven van bedrijven hiermee.", many=many)

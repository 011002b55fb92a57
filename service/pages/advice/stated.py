"""What a card says of law, money, providers and evidence, as it stands today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import get_args

from matcher.menu.card import Intervention, Menu
from matcher.menu.facts import Fact, Kind, State, state
from matcher.vocabulary import Language, Province
from service.pages.shared import clock
from service.pages.shared.language import format_day, gettext, ngettext


@dataclass(frozen=True, slots=True)
class Stated:
    """One fact in words, with how much it still holds."""

    text: str
    gate: str
    """Whether a grant can be applied for now; empty where that is no question."""
    doubt: str
    """What to do because it may no longer hold; empty while it does."""
    checked: str
    """When it was looked up last; empty where it never was."""
    source: str
    address: str


@dataclass(frozen=True, slots=True)
class Statements:
    """The facts of a card, each kind where it is read, and what presses."""

    deadlines: tuple[str, ...]
    """What a company has to do soon, each on its own."""
    warnings: tuple[Stated, ...]
    law: tuple[Stated, ...]
    money: tuple[Stated, ...]
    evidence: tuple[Stated, ...]
    others: tuple[Stated, ...]


def statements(
    card: Intervention, language: Language, province: Province | None = None
) -> Statements:
    """Return what a card says today; of regions elsewhere nothing, where a province is known."""
    today = clock.today()
    facts = [fact for fact in card.told if _is_near(fact, province)]

    def of(*kinds: Kind) -> tuple[Stated, ...]:
        return tuple(
            _stated(fact, today, language)
            for fact in facts
            if fact.kind in kinds and not fact.warns
        )

    return Statements(
        deadlines=_deadlines(facts, today, language),
        warnings=tuple(_stated(fact, today, language) for fact in facts if fact.warns),
        law=of("law"),
        money=of("money"),
        evidence=of("evidence"),
        others=of("provider", "term"),
    )


def deadlines(
    cards: Iterable[str], menu: Menu, language: Language, province: Province | None = None
) -> tuple[str, ...]:
    """Return what presses on some cards of the menu, each once."""
    facts = (fact for card in cards if card in menu.by_id for fact in menu.by_id[card].told)
    near = dict.fromkeys(fact.id for fact in facts if _is_near(fact, province))
    return _deadlines([menu.fact(name) for name in near], clock.today(), language)


def _is_near(fact: Fact, province: Province | None) -> bool:
    """Return whether a fact may hold for a company; only of a province we know where it is not."""
    elsewhere = province is not None and fact.region and set(fact.region) <= set(get_args(Province))
    return not elsewhere or province in fact.region


def _deadlines(facts: Iterable[Fact], today: date, language: Language) -> tuple[str, ...]:
    pressing = [
        (found.deadline_in, fact.deadline_text.of(language))
        for fact in facts
        if (found := state(fact, today)).pressing
        and found.deadline_in is not None
        and fact.deadline_text is not None
    ]
    return tuple(f"{text} {_left(days)}" for days, text in sorted(pressing))


def _left(days: int) -> str:
    if days == 0:
        return gettext("Dat kan alleen vandaag nog.")
    return ngettext("Daarvoor hebt u nog %(num)s dag.", "Daarvoor hebt u nog %(num)s dagen.", days)


def _stated(fact: Fact, today: date, language: Language) -> Stated:
    found = state(fact, today)
    ask = gettext("de bron") if fact.ask is None else fact.ask.of(language)
    return Stated(
        text=fact.text.of(language),
        gate=_gate(found, ask),
        doubt=_doubt(found, fact, ask),
        checked=""
        if fact.checked is None
        else gettext("Nagekeken op %(day)s", day=format_day(fact.checked)),
        source=fact.source.title,
        address=fact.source.address,
    )


def _gate(found: State, ask: str) -> str:
    if found.gate == "open" and found.turns is not None:
        return gettext("U kunt nu aanvragen, tot en met %(day)s.", day=format_day(found.turns))
    if found.gate == "ahead" and found.turns is not None:
        return gettext("Aanvragen kan vanaf %(day)s.", day=format_day(found.turns))
    if found.gate == "unknown":
        return gettext(
            "Aanvragen kan nu niet. Wanneer het weer kan, is nog niet bekend: vraag dit na bij "
            "%(ask)s.",
            ask=ask,
        )
    return ""


def _doubt(found: State, fact: Fact, ask: str) -> str:
    if found.deadline_in is not None and found.deadline_in < 0 and fact.deadline is not None:
        return gettext(
            "De laatste dag was %(day)s: vraag bij %(ask)s wat u nu moet doen.",
            day=format_day(fact.deadline),
            ask=ask,
        )
    if found.age == "past":
        return gettext("Dit kan verlopen zijn: controleer het bij %(ask)s.", ask=ask)
    if found.age == "never_checked":
        return gettext("Niemand heeft dit nagekeken: controleer het bij %(ask)s.", ask=ask)
    if fact.certainty == "low" and fact.kind in ("law", "money"):
        return gettext("Dit is niet zeker: controleer het bij %(ask)s.", ask=ask)
    return ""

"""What a card says of law, money, providers and evidence, as it stands today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from matcher.menu.card import Intervention, Menu
from matcher.menu.facts import Fact, Kind, State, state
from matcher.region import Home
from matcher.vocabulary import Language
from service.pages.shared import clock
from service.pages.shared.language import format_day, gettext, ngettext
from service.pages.shared.region import current_region

ANYWHERE = Home()


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
    """The facts of a card on a day, each kind where it is read: put in words when it is."""

    facts: tuple[Fact, ...]
    today: date
    language: Language

    @property
    def deadlines(self) -> tuple[str, ...]:
        """What a company has to do soon, each on its own."""
        return _deadlines(self.facts, self.today, self.language)

    @property
    def warnings(self) -> tuple[Stated, ...]:
        """What is to be read before the card is chosen."""
        return self._of(fact for fact in self.facts if fact.warns)

    @property
    def law(self) -> tuple[Stated, ...]:
        """What the law says besides."""
        return self._of_kinds("law")

    @property
    def money(self) -> tuple[Stated, ...]:
        """Who pays a part, and what it cost."""
        return self._of_kinds("money")

    @property
    def evidence(self) -> tuple[Stated, ...]:
        """What was studied."""
        return self._of_kinds("evidence")

    @property
    def others(self) -> tuple[Stated, ...]:
        """Who delivers it, and what words mean."""
        return self._of_kinds("provider", "term")

    def _of_kinds(self, *kinds: Kind) -> tuple[Stated, ...]:
        return self._of(fact for fact in self.facts if fact.kind in kinds and not fact.warns)

    def _of(self, facts: Iterable[Fact]) -> tuple[Stated, ...]:
        return tuple(_stated(fact, self.today, self.language) for fact in facts)


def statements(card: Intervention, language: Language, home: Home = ANYWHERE) -> Statements:
    """Return what a card says today; of regions elsewhere nothing, where a company's is known."""
    facts = tuple(fact for fact in card.told if _is_near(fact, home))
    return Statements(facts, clock.today(), language)


def deadlines(
    cards: Iterable[str], menu: Menu, language: Language, home: Home = ANYWHERE
) -> tuple[str, ...]:
    """Return what presses on some cards of the menu, each once."""
    facts = (fact for card in cards if card in menu.by_id for fact in menu.by_id[card].told)
    near = dict.fromkeys(fact.id for fact in facts if _is_near(fact, home))
    return _deadlines([menu.fact(name) for name in near], clock.today(), language)


def _is_near(fact: Fact, home: Home) -> bool:
    """Return whether a fact may hold for a company; only where we know better it does not."""
    provinces = current_region().places.provinces
    known = [home.province if place in provinces else home.region for place in fact.region]
    return not fact.region or any(
        here is None or here == place for here, place in zip(known, fact.region, strict=True)
    )


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
        gate=_gate(found, ask, language),
        doubt=_doubt(found, fact, ask, language),
        checked=""
        if fact.checked is None
        else gettext("Nagekeken op %(day)s", day=format_day(fact.checked, language)),
        source=fact.source.title,
        address=fact.source.address,
    )


def _gate(found: State, ask: str, language: Language) -> str:
    if found.gate == "open" and found.turns is not None:
        return gettext(
            "U kunt nu aanvragen, tot en met %(day)s.", day=format_day(found.turns, language)
        )
    if found.gate == "ahead" and found.turns is not None:
        return gettext("Aanvragen kan vanaf %(day)s.", day=format_day(found.turns, language))
    if found.gate == "unknown":
        return gettext(
            "Aanvragen kan nu niet. Wanneer het weer kan, is nog niet bekend: vraag dit na bij "
            "%(ask)s.",
            ask=ask,
        )
    return ""


def _doubt(found: State, fact: Fact, ask: str, language: Language) -> str:
    if found.deadline_in is not None and found.deadline_in < 0 and fact.deadline is not None:
        return gettext(
            "De laatste dag was %(day)s: vraag bij %(ask)s wat u nu moet doen.",
            day=format_day(fact.deadline, language),
            ask=ask,
        )
    if found.age == "past":
        return gettext("Dit kan verlopen zijn: controleer het bij %(ask)s.", ask=ask)
    if found.age == "never_checked":
        return gettext("Niemand heeft dit nagekeken: controleer het bij %(ask)s.", ask=ask)
    if fact.certainty == "low" and fact.kind in ("law", "money"):
        return gettext("Dit is niet zeker: controleer het bij %(ask)s.", ask=ask)
    return ""

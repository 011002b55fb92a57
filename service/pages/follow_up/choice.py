"""What came of the conversation, as one tap says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.menu.card import Menu
from matcher.ranking.engine import Engine
from matcher.tables.cells import is_pseudonym
from matcher.vocabulary import Language
from service.pages.intake.questions import Option, options_of
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l
from service.store.conversation import Choice, ChoiceKind, ChoiceReason

KINDS: Mapping[ChoiceKind, LazyText] = {
    "chosen": _l("Een aanpak uit de lijst"),
    "other": _l("Iets anders"),
    "nothing_now": _l("Nu nog niets"),
    "referred": _l("Doorverwezen"),
}
REASONS: Mapping[ChoiceReason, LazyText] = {
    "time": _l("het kost te veel tijd"),
    "cost": _l("het kost te veel geld"),
    "capacity": _l("er is nu niemand te missen"),
    "already_done": _l("dat doen we al"),
    "owner_prefers": _l("de ondernemer wil liever iets anders"),
    "not_trusted": _l("we geloven het advies niet"),
    "other": _l("een andere reden"),
}


@dataclass(frozen=True, slots=True)
class ChoiceBlock:
    """The buttons under an answer."""

    once: str
    """Id that the conversation gets."""
    model: str
    """Version that was shown."""
    first: tuple[Option, ...]
    """The cards in sight, as ``chosen:id``."""
    rest: tuple[Option, ...]


def choice_block(
    once: str, ranked: tuple[str, ...], in_sight: int, engine: Engine, language: Language
) -> ChoiceBlock:
    """Return what can be chosen under a ranking."""
    cards = engine.menu.by_id
    options = tuple(Option(f"chosen:{id_}", cards[id_].name.of(language)) for id_ in ranked)
    return ChoiceBlock(once, engine.info.version, options[:in_sight], options[in_sight:])


def read_choice(text: str, reason: str, menu: Menu) -> Choice | None:
    """Return the choice a button or a list sent; None when no button sends that."""
    kind, _, card = text.partition(":")
    if kind not in KINDS or (kind == "chosen") != bool(card):
        return None
    if card and card not in menu.by_id:
        return None
    return Choice(kind, card or None, reason if reason in REASONS else None)  # type: ignore[arg-type]


def read_pseudonym(typed: str) -> tuple[str | None, str]:
    """Return a pseudonym, None where nothing was typed, and what is wrong with it."""
    name = "-".join(typed.split())
    if not name or is_pseudonym(name):
        return name or None, ""
    return None, gettext(
        "Gebruik alleen letters, cijfers en streepjes, hoogstens 40, en geen dag als 3-jan. "
        "Bijvoorbeeld: bakker-7."
    )


def said(choice: Choice, menu: Menu, language: Language) -> str:
    """Return a choice in words."""
    if choice.intervention is None:
        return str(KINDS[choice.kind])
    card = menu.by_id.get(choice.intervention)
    name = choice.intervention if card is None else card.name.of(language)
    if choice.kind == "other":
        return gettext("Iets anders: %(name)s", name=name)
    return name


def options(menu: Menu, language: Language) -> tuple[Option, ...]:
    """Return everything that can be chosen, the cards first."""
    cards = tuple(Option(f"chosen:{card.id}", card.name.of(language)) for card in menu.rankable)
    return cards + options_of({kind: KINDS[kind] for kind in KINDS if kind != "chosen"})


def revision_of(text: str | None) -> int | None:
    """Return the revision that a form says to have read; None where it says none."""
    is_one = text is not None and text.isdecimal() and len(text) < 10
    return int(text) if is_one and text is not None else None


def value_of(choice: Choice) -> str:
    """Return a choice as the list of options holds it."""
    return f"chosen:{choice.intervention}" if choice.kind == "chosen" else choice.kind

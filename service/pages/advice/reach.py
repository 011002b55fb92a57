"""Who could deliver a card where a company is, and whom to call first.

Names stand in the region beside the menu card, with what was checked of each; that somebody
offers a card now is checked by nobody yet, and the pages say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.menu.card import Intervention
from matcher.region import Home
from matcher.vocabulary import Language, SectorGroup
from service.pages.shared import words
from service.pages.shared.region import current_region

_OWN_COMPANY = "own_company"
_ANYWHERE = Home()


@dataclass(frozen=True, slots=True)
class Reach:
    """Who could do a card with a company, its own people apart."""

    people: tuple[str, ...]
    yourself: bool
    """The company can do it itself."""


def reach(card: Intervention, home: Home, group: SectorGroup, language: Language) -> Reach:
    """Return who could deliver a card where a company is."""
    named = (
        provider_name(provider, language, home, group)
        for provider in card.providers
        if provider != _OWN_COMPANY
    )
    return Reach(tuple(dict.fromkeys(named)), _OWN_COMPANY in card.providers)


def provider_name(
    provider: str, language: Language, home: Home = _ANYWHERE, group: SectorGroup | None = None
) -> str:
    """Return who a provider is where a company is; without that who it can be in the region."""
    found = current_region().named(provider, home, group, language)
    return str(words.PROVIDERS[provider]) if found is None else found


def desk(home: Home, language: Language) -> str:
    """Return the first desk for an entrepreneur."""
    return provider_name("desks", language, home)


def werkcentrum(home: Home, language: Language) -> str:
    """Return where people and companies get advice about learning and work."""
    return provider_name("werkcentrum", language, home)

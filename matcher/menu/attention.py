"""Which facts of the menu somebody has to look at, why, and which cards they touch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from matcher.menu.card import Menu
from matcher.menu.facts import Fact, last_day, state

WITHIN = 60
"""Days ahead in which a fact that ends has to be looked up again."""

Why = Literal["never_checked", "past", "ends_soon"]


@dataclass(frozen=True, slots=True)
class Attention:
    """One fact to look at."""

    fact: Fact
    cards: tuple[str, ...]
    """Ids of the cards it stands on."""
    why: Why
    last_day: date | None
    """The last day on which it counts; None where it was never checked and has no end."""


def attention(menu: Menu, today: date, within: int = WITHIN) -> tuple[Attention, ...]:
    """Return the facts to look at: never checked first, then by their last day.

    Examples
    --------
    >>> from matcher.menu.card import read_menu
    >>> from matcher.paths import MENU
    >>> first = attention(read_menu(MENU), date(2026, 12, 1))[0]
    >>> first.why, first.last_day
    ('ends_soon', datetime.date(2026, 12, 31))
    """
    found = []
    for fact in menu.facts:
        why = _why(fact, today, within)
        if why is not None:
            cards = tuple(card.id for card in menu.cards_of(fact))
            found.append(Attention(fact, cards, why, last_day(fact)))
    return tuple(sorted(found, key=_urgency))


def _urgency(one: Attention) -> tuple[bool, date]:
    return one.why != "never_checked", one.last_day or date.max


def _why(fact: Fact, today: date, within: int) -> Why | None:
    found = state(fact, today)
    if found.age != "fresh":
        return found.age
    ends = found.last_day is not None and found.last_day <= today + timedelta(within)
    return "ends_soon" if ends else None

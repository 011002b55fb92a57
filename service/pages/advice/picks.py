"""The cards somebody ticked to lay side by side, kept on their own device."""

from __future__ import annotations

from flask import session

from matcher.menu.card import Menu

MOST, LEAST = 3, 2
_KEY = "picks"


def keep_picks(ids: list[str], menu: Menu) -> bool:
    """Keep ticked cards of the menu; return whether there are enough, and not too many."""
    known = [card for card in dict.fromkeys(ids) if card in menu.by_id]
    session[_KEY] = known[: len(menu)]
    return LEAST <= len(known) <= MOST


def picks(menu: Menu) -> tuple[str, ...]:
    """Return the ticked cards that are on the menu."""
    return tuple(card for card in session.get(_KEY, ()) if card in menu.by_id)


def forget_picks() -> None:
    """Clear the ticks from this device."""
    session.pop(_KEY, None)

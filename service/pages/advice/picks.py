"""What somebody picked, kept on their own device: cards to compare, and the advisor's own pick."""

from __future__ import annotations

from flask import session

from matcher.menu.card import Menu

MOST, LEAST = 3, 2
"""Cards that are laid side by side."""
_COMPARED, _OWN = "picks", "own_pick"


def keep_picks(ids: list[str], menu: Menu) -> bool:
    """Keep ticked cards of the menu; return whether there are enough, and not too many."""
    known = [card for card in dict.fromkeys(ids) if card in menu.by_id]
    session[_COMPARED] = known[: len(menu)]
    return LEAST <= len(known) <= MOST


def picks(menu: Menu) -> tuple[str, ...]:
    """Return the ticked cards that are on the menu."""
    return tuple(card for card in session.get(_COMPARED, ()) if card in menu.by_id)


def forget_picks() -> None:
    """Clear the ticks from this device."""
    session.pop(_COMPARED, None)


def keep_own_pick(card: str) -> None:
    """Keep what the advisor would choose, before the ranking is seen; empty is not knowing."""
    session[_OWN] = card


def own_pick() -> str | None:
    """Return the advisor's own pick; None where nothing was picked."""
    return session.get(_OWN) or None


def forget_own_pick() -> None:
    """Clear the advisor's own pick from this device."""
    session.pop(_OWN, None)

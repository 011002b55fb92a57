"""What the advisor would choose, asked before the ranking is seen."""

from __future__ import annotations

from flask import session

_KEY = "own_pick"
UNKNOWN = ""
"""Asked, and answered with not knowing."""


def keep(card: str) -> None:
    """Keep a pick on this device until the conversation is recorded."""
    session[_KEY] = card


def kept() -> str | None:
    """Return the pick; None where nothing was picked."""
    return session.get(_KEY) or None


def asked() -> bool:
    """Return whether the question was answered."""
    return _KEY in session


def forget() -> None:
    """Clear the pick from this device."""
    session.pop(_KEY, None)

"""Moments as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def now() -> str:
    """Return this moment as ISO 8601 in UTC, always as long, so that text sorts by time."""
    return text_of(datetime.now(UTC))


def text_of(moment: datetime) -> str:
    """Return a moment as the tables hold it."""
    return moment.astimezone(UTC).strftime(_FORM)


def at(text: str) -> datetime:
    """Return the moment that a table holds."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)

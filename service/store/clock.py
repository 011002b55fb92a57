"""Moments as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def now() -> str:
    """Return this moment as ISO 8601 in UTC, always as long, so that text sorts by time."""
    return ago(0)


def text_of(moment: datetime) -> str:
    """Return a moment as the tables hold it."""
    return moment.astimezone(UTC).strftime(_FORM)


def at(text: str) -> datetime:
    """Return the moment that a table holds."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)


def ago(seconds: float) -> str:
    """Return the moment so many seconds before this one."""
    return text_of(datetime.now(UTC) - timedelta(seconds=seconds))

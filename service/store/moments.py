"""Moments as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Return this moment as ISO 8601 in UTC, always as long, so that text sorts by time."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """Return a moment in UTC in that form."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

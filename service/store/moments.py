"""Moments as the tables hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> str:
    """Return this moment as ISO 8601 in UTC, always as long, so that text sorts by time."""
    return ago(0)


def ago(seconds: float) -> str:
    """Return the moment so many seconds before this one."""
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

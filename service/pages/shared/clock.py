"""The day on which a page is read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import flask_babel


def today() -> date:
    """Return the day in the Netherlands: what ends on 31 December ends there."""
    here: datetime = flask_babel.to_user_timezone(datetime.now(UTC))
    return here.date()

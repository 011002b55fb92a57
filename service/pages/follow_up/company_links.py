"""The link with which a company tells how it goes: signed, for one conversation, for a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from matcher.trials.follow_up import OVER

HOLDS = timedelta(OVER)


def signed(conversation: str) -> str:
    """Return what stands in the link of a conversation."""
    return _signer().dumps(conversation)


def conversation_of(token: str) -> str | None:
    """Return the conversation of a link; None when it is not ours, was altered, or is too old."""
    try:
        found, made = _signer().loads(token, return_timestamp=True)
    except BadSignature:
        return None
    # One made before the clock was set back is as good; with max_age it would be refused.
    fresh = datetime.now(UTC) - made < HOLDS
    return found if fresh and isinstance(found, str) else None


def _signer() -> URLSafeTimedSerializer:
    # Its own salt: a session cookie is no link, and a link is no session.
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="company-link")

"""Who asks: the organisation on whose behalf a request is made."""

from __future__ import annotations

LOCAL = "local"
"""The organisation of whoever works on this machine itself, where nobody signs in."""


def organisation() -> str:
    """Return the organisation of the request at hand."""
    return LOCAL

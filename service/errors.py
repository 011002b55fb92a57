"""What the service cannot do: one parent of all its refusals, and the kinds a program is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matcher.errors import Fault

Kind = Literal[
    "bad_request",
    "conflict",
    "content_too_large",
    "forbidden",
    "internal_error",
    "invalid_input",
    "method_not_allowed",
    "not_found",
    "not_ready",
    "precondition_failed",
    "precondition_required",
    "too_many_requests",
    "unauthorized",
    "unavailable",
    "unconfirmed",
    "unsupported_media_type",
]


class ServiceError(Exception):
    """Something that cannot be done; where no view has words of its own, its kind is the answer."""

    kind: Kind = "internal_error"
    faults: Sequence[Fault] = ()
    place = "body"
    """Where in a request the faults point."""

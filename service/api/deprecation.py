"""Operations that go: told in the document and on every answer (RFC 9745, RFC 8594)."""

from __future__ import annotations

from calendar import timegm
from dataclasses import dataclass
from datetime import date

from flask import Response, request
from werkzeug.http import http_date


def header(description: str, example: str | int, **more: object) -> dict[str, object]:
    """Return how the document describes a header."""
    kind = "integer" if isinstance(example, int) else "string"
    return {"description": description, **more, "schema": {"type": kind, "examples": [example]}}


HEADERS: dict[str, object] = {
    "Deprecation": header(
        "Sinds wanneer deze aanroep verouderd is, als @seconden na 1970 (RFC 9745)",
        "@1798761600",
        required=True,
    ),
    "Sunset": header("Wanneer deze aanroep ophoudt (RFC 8594)", "Fri, 31 Dec 2027 23:59:59 GMT"),
    "Link": header(
        "rel=successor-version wijst naar wat in de plaats komt",
        '</api/v2/model>; rel="successor-version"',
    ),
}


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an operation is deprecated, when it ends (midnight UTC) and where it goes on."""

    since: date
    ends: date | None = None
    successor: str | None = None
    """Address of what takes its place."""

    @property
    def headers(self) -> dict[str, str]:
        """What every answer of the operation says."""
        told = {"Deprecation": f"@{timegm(self.since.timetuple())}"}
        if self.ends is not None:
            told["Sunset"] = http_date(self.ends)
        if self.successor is not None:
            told["Link"] = f'<{self.successor}>; rel="successor-version"'
        return told


GOING: dict[str, Deprecation] = {}
"""Endpoint -> how it goes. Today none does."""


def say_so(response: Response) -> Response:
    """Tell on an answer that its operation goes, if it does."""
    going = GOING.get(request.endpoint or "")
    if going is not None:
        response.headers.extend(going.headers)
    return response

"""Operations that go: told in the document and on every answer (RFC 9745, RFC 8594)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from flask import Flask, Response
from werkzeug.http import http_date

HEADERS: dict[str, object] = {
    "Deprecation": {
        "description": "Sinds wanneer deze aanroep verouderd is, als @seconden na 1970 (RFC 9745)",
        "required": True,
        "schema": {"type": "string", "examples": ["@1798761600"]},
    },
    "Sunset": {
        "description": "Wanneer deze aanroep ophoudt (RFC 8594)",
        "schema": {"type": "string", "examples": ["Fri, 31 Dec 2027 23:59:59 GMT"]},
    },
    "Link": {
        "description": "rel=successor-version wijst naar wat in de plaats komt",
        "schema": {"type": "string", "examples": ['</api/v2/model>; rel="successor-version"']},
    },
}
_MARK = "__deprecation__"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an operation is deprecated, when it ends and what takes its place."""

    since: datetime
    ends: datetime | None = None
    successor: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What every answer of the operation says."""
        told = {"Deprecation": f"@{int(self.since.timestamp())}"}
        if self.ends is not None:
            told["Sunset"] = http_date(self.ends)
        if self.successor is not None:
            told["Link"] = f'<{self.successor}>; rel="successor-version"'
        return told


def deprecated(
    since: str, ends: str | None = None, successor: str | None = None
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Mark a view, under its ``@bp.get(...)``, as one that goes.

    Parameters
    ----------
    since, ends : str
        Days as ISO 8601, at midnight UTC.
    successor : str, optional
        Address of what takes its place.
    """
    told = Deprecation(_midnight(since), None if ends is None else _midnight(ends), successor)

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def warned(*parts: Any, **named: Any) -> Response:
            response = view(*parts, **named)
            response.headers.extend(told.headers)
            return response

        setattr(warned, _MARK, told)
        return warned

    return decorate


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def mark_deprecated(app: Flask, operations: dict[tuple[str, str], dict[str, Any]]) -> bool:
    """Say it in the document of every operation that is marked; return whether any is.

    Parameters
    ----------
    operations : dict
        Method and address, as in the document, of every operation.
    """
    found = False
    for rule in app.url_map.iter_rules():
        told: Deprecation | None = getattr(app.view_functions[rule.endpoint], _MARK, None)
        if told is None:
            continue
        found = True
        address = rule.rule.replace("<", "{").replace(">", "}")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = operations[method.lower(), address]
            operation["deprecated"] = True
            for status, response in operation["responses"].items():
                if status < "400":
                    response["headers"] |= {
                        name: {"$ref": f"#/components/headers/{name}"} for name in told.headers
                    }
    return found

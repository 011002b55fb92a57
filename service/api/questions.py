"""What a caller sends, read once at the border."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from flask import request
from pydantic_core import from_json

from matcher.errors import BrokenVersion, Fault, InvalidProfile, UnknownVersion
from service.live.current import current_served
from service.live.watch import Served
from service.web.problems import Problem

_PLACE = re.compile(r" at line (\d+) column (\d+)$")
_SYNTAX = {"recursion limit exceeded": "too_deep", "number out of range": "number_too_long"}
_UTF8 = {"", "utf-8", "utf8", "us-ascii"}


def read_json() -> object:
    """Return the JSON in the body of the request, or raise Problem."""
    _require_json()
    raw = request.get_data()
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise Problem("invalid_input", list(_unreadable(raw, str(error)))) from None


def _require_json() -> None:
    charset = request.mimetype_params.get("charset", "").lower()
    packed = request.headers.get("Content-Encoding", "identity").lower()
    if request.mimetype == "application/json" and charset in _UTF8 and packed == "identity":
        return
    sent = f"{request.content_type or '-'} {'' if packed == 'identity' else packed}"
    fault = Fault("", "wrong_content_type", {"value": _printable(sent)})
    raise Problem("unsupported_media_type", [fault], place="header")


def _unreadable(raw: bytes, message: str) -> Iterator[Fault]:
    """Yield why a body is no JSON, by the first thing that holds."""
    if not raw.strip():
        yield Fault("", "empty_body")
        return
    try:
        raw.decode()
    except UnicodeDecodeError:
        yield Fault("", "invalid_utf8")
        return
    try:
        numbers = list(_not_finite(from_json(raw, allow_inf_nan=True)))
    except ValueError:
        numbers = []
    if numbers:
        yield from (Fault(where, "not_finite") for where in numbers)
        return
    place = _PLACE.search(message)
    line, column = place.groups() if place else ("1", "1")
    code = _SYNTAX.get(message[: place.start()] if place else "", "invalid_json")
    yield Fault("", code, {"line": line, "column": column})


def _not_finite(value: object, where: str = "") -> Iterator[str]:
    """Yield the JSON pointer of every number that is no number."""
    if isinstance(value, float) and not math.isfinite(value):
        yield where
    elif isinstance(value, dict):
        for key, member in value.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _not_finite(member, f"{where}/{step}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _not_finite(item, f"{where}/{place}")


def _printable(text: str) -> str:
    return "".join(ch if ch.isprintable() else "?" for ch in text.strip())[:60]


def served_for(version: str | None) -> Served:
    """Return the version that must answer, or raise InvalidProfile at ``/model``."""
    try:
        return current_served(version)
    except UnknownVersion:
        code = "unknown_version"
    except BrokenVersion:
        code = "broken_version"
    raise InvalidProfile([Fault("/model", code, {"value": _printable(version or "")})])

"""One line of JSON per event on stderr. What somebody filled in never stands in it.

A line has the route's template instead of the path, no query, no body and no address. Of an
exception it has the type and the places in the code, not the message: messages repeat values.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
import structlog
from flask import Flask, Response, g, request

KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class _Stderr:
    """Writes to what stderr is at that moment, a whole line at a time."""

    def msg(self, line: str) -> None:
        # A terminal or a pipe that went away must not take the answers with it.
        with suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")

    info = warning = error = msg


_STDERR = _Stderr()


def _render(_logger: object, level: str, fields: MutableMapping[str, Any]) -> str:
    line = {"time": fields.pop("timestamp"), "level": level, **fields}
    return orjson.dumps(line, default=str).decode()


log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    _STDERR,
    processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), _render],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
).bind()


def frames_of(error: BaseException) -> Mapping[str, object]:
    """Return what a log line may say of an exception: its type and where it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "frames": [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-20:]],
    }


class _Forward(logging.Handler):
    """Sends what libraries log through the same lines, by the template of the message.

    Beside an exception waitress has filled in the path already, so there the message is left out.
    """

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            fields |= frames_of(record.exc_info[1])
        else:
            fields["message"] = str(record.msg)
        if record.levelno >= logging.ERROR:
            log.error("library", **fields)
        else:
            log.warning("library", **fields)


def forward_libraries() -> None:
    """Let waitress and the others write lines of the same form."""
    logging.basicConfig(level=logging.WARNING, handlers=[_Forward()], force=True)
    # A line for every request that waits for a thread: under load that is most of them.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def init_app(app: Flask) -> None:
    """Write one line per request."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id = str(uuid4())
    g.started = perf_counter()


def _end(response: Response) -> Response:
    asked, rule = request.method, request.url_rule
    line = {
        # By itself and not by way of structlog, whose every step costs on every request.
        "time": datetime.now(UTC),
        "level": "info",
        "request": g.request_id,
        "method": asked if asked in KNOWN_METHODS else "other",
        "route": rule.rule if rule else None,
        "status": response.status_code,
        "ms": round((perf_counter() - g.started) * 1000, 3),
        "event": "request",
    }
    _STDERR.msg(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode())
    return response

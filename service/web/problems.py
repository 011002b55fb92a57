"""The one form of a refusal to a program: problem details (RFC 9457), with all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import orjson
from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, default_exceptions

from matcher.errors import Fault, Warned
from matcher.messages import say
from matcher.vocabulary import Language
from service.errors import Kind, ServiceError
from service.running import Carried
from service.web.language import asked_language
from service.web.logs import frames_of, log

STATUS: dict[Kind, int] = {
    "bad_request": 400,
    "invalid_input": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "unconfirmed": 409,
    "conflict": 409,
    "precondition_failed": 412,
    "content_too_large": 413,
    "unsupported_media_type": 415,
    "precondition_required": 428,
    "too_many_requests": 429,
    "internal_error": 500,
    "unavailable": 503,
    "not_ready": 503,
}
_KINDS: dict[int, Kind] = {status: kind for kind, status in STATUS.items()} | {400: "bad_request"}
_ALSO: dict[int, tuple[tuple[str, str], ...]] = {
    401: (("WWW-Authenticate", 'ApiKey realm="Leermatch", header="X-API-Key"'),),
    429: (("Retry-After", "60"),),
    503: (("Retry-After", "5"),),
}
"""Headers without which a status tells only half."""
MIMETYPE = "application/problem+json"
SHOWN = 100
"""Faults listed in one answer; the rest is counted."""
FOR_PROGRAMS = ("/api/", "/health", "/metrics")
"""Addresses below which every refusal is a problem; elsewhere a person is reading a page."""

ErrorPage = Callable[[HTTPException], ResponseReturnValue]
error_page: Carried[ErrorPage] = Carried("error_page")
"""What answers a refusal outside ``FOR_PROGRAMS``."""


class Problem(ServiceError):
    """A call that cannot be answered, raised anywhere below a view."""

    def __init__(self, kind: Kind, faults: Sequence[Fault] = (), place: str = "body") -> None:
        super().__init__(kind)
        self.kind = kind
        self.faults = tuple(faults)
        self.place = place


def problem(
    kind: Kind,
    faults: Sequence[Fault] = (),
    place: str = "body",
    headers: Iterable[tuple[str, str]] = (),
    status: int | None = None,
    warnings: Sequence[Warned] = (),
) -> Response:
    """Build a problem response in the language asked for."""
    language = asked_language()
    status = status or STATUS[kind]
    members = problem_members(kind, status, g.request_id, language, faults, place)
    if warnings:
        members["warnings"] = [
            {
                "in": place,
                "pointer": f"/{warned.about}",
                "code": warned.code,
                "detail": warned.text(language),
            }
            for warned in warnings[:SHOWN]
        ]
    response = Response(orjson.dumps(members), status, mimetype=MIMETYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    for name, value in (*_ALSO.get(status, ()), *headers):
        response.headers[name] = value
    return response


def problem_members(
    kind: Kind,
    status: int,
    request_id: str,
    language: Language,
    faults: Sequence[Fault] = (),
    place: str = "body",
) -> dict[str, object]:
    """Return what a problem says, with the first of its faults."""
    members: dict[str, object] = {
        "type": f"urn:problem-type:leermatch:{kind.replace('_', '-')}",
        "title": say(language, f"problem.{kind}.title"),
        "status": status,
        "detail": say(language, f"problem.{kind}.detail", count=len(faults)),
        "instance": f"urn:uuid:{request_id}",
    }
    if faults:
        members["errors"] = [
            {
                "in": place,
                "pointer": fault.where,
                "code": fault.code,
                "detail": fault.text(language),
            }
            for fault in faults[:SHOWN]
        ]
    return members


def kind_of(status: int) -> Kind:
    """Return the kind of problem of an HTTP status."""
    return _KINDS.get(status, "bad_request" if status < 500 else "internal_error")


def init_app(app: Flask) -> None:
    """Answer every refusal: a program gets a problem, a person a page."""
    app.register_error_handler(ServiceError, _raised)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _for_a_program() -> bool:
    return request.path.startswith(FOR_PROGRAMS)


def _raised(error: ServiceError) -> ResponseReturnValue:
    if error.kind == "internal_error":
        return _failed(error)
    if _for_a_program():
        return problem(error.kind, error.faults, error.place)
    return _refused(default_exceptions[STATUS[error.kind]]())


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    keep = [(name, value) for name, value in error.get_headers() if name == "Allow"]
    return refusal(error, keep)


def refusal(error: HTTPException, headers: Iterable[tuple[str, str]]) -> ResponseReturnValue:
    """Answer a refusal as a program or a person reads it, with some headers of its own."""
    code = error.code or 500
    if _for_a_program():
        return problem(kind_of(code), headers=headers, status=code)
    page = current_app.make_response(_page(error))
    page.headers.extend([pair for pair in headers if pair[0] not in page.headers])
    return page


def _page(error: HTTPException) -> ResponseReturnValue:
    page = error_page()
    try:
        return page(error)
    except Exception as failure:  # a page about a fault must not end in another
        log.error("failed", request=g.request_id, **frames_of(failure))
        language = asked_language()
        return Response(say(language, "problem.internal_error.title"), 500, mimetype="text/plain")


def _failed(error: Exception) -> ResponseReturnValue:
    log.error("failed", request=g.request_id, **frames_of(error))
    return _refused(InternalServerError(original_exception=error))

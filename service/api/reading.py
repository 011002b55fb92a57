"""What the views share: how they read, what they refuse and how they say what is known already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from hashlib import sha256
from typing import Annotated, Any, get_type_hints

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field, ValidationError

from matcher.errors import Fault, InvalidOutcome, InvalidProfile, Unconfirmed
from matcher.validation import faults_of
from service.api.deprecation import say_so
from service.api.questions import read_json
from service.web.problems import MIMETYPE, Problem, problem

BASE_PATH = "/api/v1"
PROBLEM: dict[str, Any] = {
    "content": {MIMETYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
"""What a view documents for a refusal; its description follows from the status."""
_ALWAYS = ("405", "500", "503")
FOR_THE_ASKER = [("Cache-Control", "no-store"), ("Vary", "Accept-Language")]
"""On every answer about a company."""

CardId = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=40,
        description="id van een aanpak",
        json_schema_extra={"example": "leermeester"},
    ),
]
"""An intervention in an address."""


def api_blueprint(name: str, module: str, *subject: Tag) -> APIBlueprint:
    """Return a part of the API about a subject, with the refusals that every operation shares."""
    bp = APIBlueprint(
        name,
        module,
        abp_tags=[*subject],
        abp_responses=dict.fromkeys(_ALWAYS, PROBLEM),
        url_prefix=BASE_PATH,
    )
    bp.register_error_handler(InvalidProfile, _invalid_input)
    bp.register_error_handler(InvalidOutcome, _invalid_input)
    bp.register_error_handler(Unconfirmed, _unconfirmed)
    bp.after_request(say_so)
    return bp


def _invalid_input(error: InvalidProfile | InvalidOutcome) -> Response:
    """List every fault with a pointer to its field."""
    return problem("invalid_input", error.faults)


def _unconfirmed(doubt: Unconfirmed) -> Response:
    """List everything that is odd with a pointer to its field."""
    return problem("unconfirmed", warnings=doubt.warnings)


def answers(status: int, told: Any, *refused: int) -> dict[Any, Any]:
    """Return what a view documents: what it tells under a status, and how it may refuse."""
    return {status: told, **dict.fromkeys(refused, PROBLEM)}


def read_by(
    read: Callable[[object], Any], largest: int | None = None
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Document the body of a view by its annotation, and read its JSON ourselves.

    The library would parse with Flask's JSON and stop at the first layer of faults. It then leaves
    the path to us as well.
    """

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        path: type[BaseModel] | None = get_type_hints(view).get("path")

        @wraps(view)
        def with_body(**parts: Any) -> Response:
            known = {} if path is None else {"path": _path(path, parts)}
            if largest is not None:
                request.max_content_length = largest
            return view(body=read(read_json()), **known)

        with_body.__delay_validate_request__ = True  # type: ignore[attr-defined]
        return with_body

    return decorate


def _path(path: type[BaseModel], parts: dict[str, Any]) -> BaseModel:
    try:
        return path.model_validate(parts)
    except ValidationError as error:
        raise Problem("invalid_input", faults_of(error), place="path") from None


def unknown_card(id_: str, where: str, known: Iterable[str]) -> Fault:
    """Return the fault of an id that is not on the menu; it names those that are."""
    params = {"value": id_[:60], "choices": ", ".join(known)}
    return Fault(where, "unknown_intervention", params)


def no_such_card(id_: str, where: str, known: Iterable[str]) -> Problem:
    """Return the refusal of an address with an id that is not on the menu."""
    return Problem("not_found", [unknown_card(id_, where, known)], place="path")


def with_tag(response: Response) -> Response:
    """Give an answer a tag, and send it without its body to who has it already."""
    if "ETag" not in response.headers:
        links = response.headers.get("Link", "").encode()
        response.set_etag(sha256(links + response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response

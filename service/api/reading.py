"""What all views that take a body share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from flask import Response
from pydantic import BaseModel, ValidationError

from matcher.profile import faults_of
from service.problems import Problem

FOR_THE_ASKER = [("Cache-Control", "no-store"), ("Vary", "Accept-Language")]
"""On every answer about a company."""


def read_by(
    read: Callable[[], Any],
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Document the body of a view by its annotation, and read it ourselves.

    The library would parse with Flask's JSON and stop at the first layer of faults. It then leaves
    the path to us as well.
    """

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        path: type[BaseModel] | None = get_type_hints(view).get("path")

        @wraps(view)
        def with_body(**parts: Any) -> Response:
            known = {} if path is None else {"path": _path(path, parts)}
            return view(body=read(), **known)

        with_body.__delay_validate_request__ = True  # type: ignore[attr-defined]
        return with_body

    return decorate


def _path(path: type[BaseModel], parts: dict[str, Any]) -> BaseModel:
    try:
        return path.model_validate(parts)
    except ValidationError as error:
        raise Problem("invalid_input", faults_of(error), place="path") from None

"""The page at ``/api``: the description of the API, for who builds on it to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from service.api.reading import BASE_PATH
from service.api.told import current_document

bp = Blueprint("reference", __name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to call an address."""

    method: str
    address: str
    told: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The name that a link to it uses."""
        return str(self.told["operationId"])


@dataclass(frozen=True, slots=True)
class Chapter:
    """The operations about one subject."""

    name: str
    about: str
    operations: tuple[Operation, ...]


def chapters(document: Mapping[str, Any]) -> tuple[Chapter, ...]:
    """Return the operations of a document by their subject, in its order."""
    operations = [
        Operation(method.upper(), f"{BASE_PATH}{path}", told)
        for path, item in document["paths"].items()
        for method, told in item.items()
    ]
    return tuple(
        Chapter(
            tag["name"],
            tag["description"],
            tuple(each for each in operations if tag["name"] in each.told["tags"]),
        )
        for tag in document["tags"]
    )


@bp.get("/api")
def reference() -> ResponseReturnValue:
    """Show every operation with its fields, examples and refusals."""
    document = orjson.loads(current_document()().body)
    page = render_template("api.html", document=document, chapters=chapters(document))
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    return response

"""The page at ``/api``: the description of the API, for who builds on it to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from service.access import gate
from service.api.prepared import current_document
from service.api.reading import BASE_PATH

bp = Blueprint("reference", __name__)


def chapters(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each subject of a document with its operations, each with its method and address."""
    operations = [
        operation | {"method": method.upper(), "address": BASE_PATH + path}
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return [
        tag | {"operations": [each for each in operations if tag["name"] in each["tags"]]}
        for tag in document["tags"]
    ]


@bp.get("/api")
def reference() -> ResponseReturnValue:
    """Show every operation with its fields, examples and refusals."""
    document = orjson.loads(current_document()(gate.link_instead_of_keys()).body)
    page = render_template("api.html", document=document, chapters=chapters(document))
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    return response

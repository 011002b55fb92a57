"""The JSON API, below ``/api/v1``."""

from __future__ import annotations

from functools import cache

from flask_openapi3 import OpenAPI

from service.api import batches, conversations, page, trials, views
from service.api.document import openapi_document
from service.api.prepared import Prepared, current_document


def init_app(app: OpenAPI) -> None:
    """Serve the API in an application, and the description of what it serves."""
    for part in (views, batches, conversations, trials):
        app.register_api(part.bp)
    app.register_blueprint(page.bp)
    current_document.give(app, cache(lambda link: Prepared.of(openapi_document(app, link))))

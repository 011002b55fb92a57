"""An operation that goes says so on every answer and in the document; the others do not."""

from datetime import date

import pytest
from flask import Response

from service.api import init_app
from service.api.deprecation import GOING, Deprecation
from service.api.document import make_application, openapi_document
from service.api.reading import answers, api_blueprint
from service.api.schemas import LiveModel
from service.web.headers import SecurityHeaders


@pytest.fixture(scope="module")
def app():
    """Return an application with an operation that goes and one that stays."""
    bp = api_blueprint("going", __name__)
    words = {"description": "Zo.", "responses": answers(200, LiveModel)}

    @bp.get("/old", summary="Oud", operation_id="readOld", **words)
    def old():
        return Response("old")

    @bp.get("/older", summary="Ouder", operation_id="readOlder", **words)
    def older():
        return Response("older")

    since = date(2027, 1, 1)
    goes = {
        "going.old": Deprecation(since, ends=date(2028, 1, 1), successor="/api/v2/new"),
        "going.older": Deprecation(since),
    }
    app = make_application("going")
    init_app(app)
    app.register_api(bp)
    app.wsgi_app = SecurityHeaders(app.wsgi_app)
    GOING.update(goes)
    yield app
    for endpoint in goes:
        del GOING[endpoint]


def test_every_answer_says_since_when_till_when_and_what_comes(app):
    headers = app.test_client().get("/api/v1/old").headers
    assert headers["Deprecation"] == "@1798761600"
    assert headers["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert headers["Link"] == '</api/v2/new>; rel="successor-version"'


def test_what_is_not_known_yet_is_not_said(app):
    headers = app.test_client().get("/api/v1/older").headers
    assert headers["Deprecation"] == "@1798761600"
    assert "Sunset" not in headers and "Link" not in headers


def test_the_document_marks_it(app):
    document = openapi_document(app)
    going = document["paths"]["/old"]["get"]
    assert going["deprecated"] is True
    assert going["responses"]["200"]["headers"].keys() == {
        *("API-Version", "Deprecation", "Sunset", "Link")
    }
    assert {"Deprecation", "Sunset", "Link"} <= document["components"]["headers"].keys()


def test_what_stays_says_nothing_of_the_kind(app):
    document = openapi_document(app)
    marked = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if operation.get("deprecated")
    }
    assert marked == {"/old", "/older"}
    plain = make_application("plain")
    init_app(plain)
    assert "Deprecation" not in openapi_document(plain)["components"]["headers"]

"""The page at /api tells the whole document, in the site's own look, from this host alone."""

import re
from html import unescape

import pytest


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/api/v1/openapi.json").json


@pytest.fixture(scope="module")
def page(app):
    answer = app.test_client().get("/api")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return unescape(answer.get_data(as_text=True))


def test_it_shows_every_operation_with_its_words(document, page):
    for path, item in document["paths"].items():
        for method, told in item.items():
            assert f'<span class="api-method">{method.upper()}</span> /api/v1{path}' in page
            assert f'id="{told["operationId"]}"' in page
            assert told["summary"] in page and told["description"] in page


def test_it_shows_every_field_and_what_it_means(document, page):
    for name, schema in document["components"]["schemas"].items():
        _, _, part = page.partition(f'id="{name}"')
        part = part.partition("</article>")[0]
        for field, told in schema.get("properties", {}).items():
            assert f"<code>{field}</code>" in part
            assert told.get("description", "") in part


def test_it_shows_examples_and_every_refusal(document, page):
    for item in document["paths"].values():
        for told in item.values():
            _, _, part = page.partition(f'id="{told["operationId"]}"')
            part = part.partition("</article>")[0]
            for status, response in told["responses"].items():
                assert f"<code>{status}</code> {response['description']}" in part
    assert '"employees": 38' in page and "urn:problem-type:leermatch:invalid-input" in page


def test_every_link_in_it_leads_somewhere(page):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_nothing_in_it_comes_from_elsewhere_or_breaks_the_content_policy(page):
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r"<script(?! src=)|<style|style=", page)


def test_it_is_read_in_english_around_a_dutch_document(app):
    page = app.test_client().get("/api?taal=en").get_data(as_text=True)
    assert '<html lang="en">' in page and '<section lang="nl"' in page
    assert "What you send" in page

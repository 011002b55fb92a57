"""The widget: who may frame it, what it asks and shows, and that it keeps nothing."""

import pytest
from werkzeug.datastructures import MultiDict

from service import create_app
from service.settings import Settings
from tests.service.test_pages_language import COMPANY

SITES = "https://een.nl, http://127.0.0.1:8081"


@pytest.fixture(scope="module")
def widget(models, tmp_path_factory):
    """Return a client of a service whose widget two sites may show."""
    instance = tmp_path_factory.mktemp("instance")
    app = create_app(Settings(models=models, instance=instance, widget_origins=SITES))
    return app.test_client()


def ancestors(answer):
    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    return policy["frame-ancestors"]


def test_only_the_sites_of_the_setting_may_frame_it(widget):
    framed = "https://een.nl http://127.0.0.1:8081"
    assert ancestors(widget.get("/widget")) == framed
    assert ancestors(widget.post("/widget", data=MultiDict(COMPANY))) == framed
    for address in ("/", "/menukaart", "/api", "/api/v1/model", "/widget.js", "/nergens"):
        assert ancestors(widget.get(address)) == "'none'"


def test_without_the_setting_nobody_may(client):
    assert ancestors(client.get("/widget")) == "'none'"


def test_five_answers_give_three_approaches_that_lead_on(widget):
    page = widget.post("/widget", data=MultiDict(COMPANY)).get_data(as_text=True)
    assert page.count('href="/menukaart/') == 3
    assert page.count('target="_blank" rel="noopener"') == page.count("target=") >= 5
    assert "nagebootste gegevens" in page


def test_it_shows_what_the_pages_show_first(widget, app):
    client = app.test_client()
    client.post("/advies", data=MultiDict(COMPANY))
    whole = client.get("/advies").get_data(as_text=True)
    part = widget.post("/widget", data=MultiDict(COMPANY)).get_data(as_text=True)
    names = [piece.partition('"')[0] for piece in part.split('href="/menukaart/')[1:]]
    places = [whole.index(f'id="{name}"') for name in names]
    assert places == sorted(places)


def test_wrong_answers_come_back_with_what_is_wrong(widget):
    answer = widget.post("/widget", data=MultiDict(COMPANY | {"employees": "0"}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'id="employees-fout"' in page and 'value="0"' in page
    assert '<option value="2025-F" selected>' in page


def test_it_keeps_nothing_and_nobody_between_does(widget):
    for answer in (widget.get("/widget?taal=en"), widget.post("/widget", data=MultiDict(COMPANY))):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_it_speaks_english_all_the_way(widget):
    page = widget.get("/widget?taal=en").get_data(as_text=True)
    assert '<html lang="en">' in page and 'action="/widget?taal=en"' in page
    assert "Another company" in widget.post("/widget?taal=en", data=MultiDict(COMPANY)).text


def test_the_script_may_be_loaded_by_another_site(widget):
    answer = widget.get("/widget.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

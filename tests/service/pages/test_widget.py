"""The widget: who may frame it, what it asks and shows, and that it keeps nothing."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from service import create_app
from service.settings import Settings
from tests.service.access.test_keys import eventually
from tests.service.pages.test_pages_language import COMPANY

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


@pytest.fixture
def keyed(models, tmp_path):
    """Return a service where people sign in, and a function that makes a key and tells its id."""
    app = create_app(
        Settings(models=models, instance=tmp_path, auth="local", widget_origins="https://een.nl")
    )

    def create(organisation, *origins):
        named = ["--organisation", organisation, "--scopes", "recommend"]
        given = [word for origin in origins for word in ("--origin", origin)]
        made = app.test_cli_runner().invoke(args=["keys", "create", *named, *given])
        assert made.exit_code == 0, made.output
        told = re.search(r'data-id="([0-9a-f]{16})"', made.stderr)
        return made.stdout.strip(), told and told[1]

    return app, create


def test_the_sites_of_an_organisation_may_frame_its_own_widget_only(keyed):
    app, create = keyed
    client = app.test_client()
    _, ours = create("Ynbusiness", "https://ons.nl", "https://ook.nl:8443")
    _, theirs = create("GroBusiness", "https://hun.nl")
    _, none = create("IBDO")
    assert none is None and ours != theirs
    assert ancestors(client.get(f"/widget?id={ours}")) == "https://ons.nl https://ook.nl:8443"
    answer = client.post(f"/widget?id={theirs}", data=MultiDict(COMPANY))
    assert answer.status_code == 200
    assert ancestors(answer) == "https://hun.nl"
    assert f"/widget?taal=nl&amp;id={theirs}" in answer.text
    assert ancestors(client.get("/widget")) == "https://een.nl"


@pytest.mark.parametrize("wrong", ["", "0" * 16, "x", "%00", "é", "1' OR '1'='1"])
def test_an_id_of_nobody_is_not_there_and_nobody_may_frame_it(keyed, wrong):
    app, create = keyed
    create("Ynbusiness", "https://ons.nl")
    answer = app.test_client().get(f"/widget?id={wrong}")
    assert (answer.status_code, ancestors(answer)) == (404, "'none'")


def test_a_second_key_adds_its_sites_and_a_revoked_one_takes_its_own_away(keyed):
    app, create = keyed
    first, id_ = create("Ynbusiness", "https://oud.nl")
    _, same = create("Ynbusiness", "https://nieuw.nl")
    assert same == id_
    assert first[3:11] not in id_
    client = app.test_client()
    assert ancestors(client.get(f"/widget?id={id_}")) == "https://nieuw.nl https://oud.nl"
    app.test_cli_runner().invoke(args=["keys", "revoke", first[3:11]])
    assert eventually(lambda: ancestors(client.get(f"/widget?id={id_}")) == "https://nieuw.nl")


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

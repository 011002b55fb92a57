"""How often one address may ask: switched on, told in full, and free where only we are."""

import pytest

from service import create_app
from service.settings import Settings
from service.web.rate_limit import USUAL, limit_of
from tests.service.conftest import PROFILE, RECOMMENDATIONS


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """Return a function that makes a client of a service that takes so many a minute."""

    def make(rate):
        folder = tmp_path_factory.mktemp("limited")
        return create_app(
            Settings(models=folder / "m", instance=folder / "i", rate=rate)
        ).test_client()

    return make


def ask(client, address="127.0.0.1", language="nl"):
    return client.post(
        RECOMMENDATIONS,
        json={"profile": PROFILE},
        environ_base={"REMOTE_ADDR": address},
        headers={"Accept-Language": language},
    )


def test_an_address_that_asks_too_often_is_told_when_it_may_again(limited):
    client = limited(3)
    assert [ask(client).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ask(client, language="en")
    assert refused.mimetype == "application/problem+json"
    assert refused.json["type"] == "urn:problem-type:leermatch:too-many-requests"
    assert "Retry-After" in refused.json["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert refused.headers.getlist("Retry-After") == [refused.headers["Retry-After"]]


def test_another_address_goes_on(limited):
    client = limited(1)
    assert [ask(client).status_code for _ in range(2)] == [200, 429]
    assert ask(client, "192.0.2.7").status_code == 200


def test_a_person_gets_a_page_with_the_same_header(limited):
    client = limited(1)
    client.get("/")
    refused = client.get("/")
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Dit ging te snel na elkaar" in refused.text


FREE = ["/health/live", "/health/ready", "/metrics", "/static/icons.svg"]


@pytest.mark.parametrize("address", FREE)
def test_what_watches_and_what_a_page_is_made_of_is_not_counted(limited, address):
    client = limited(1)
    for _ in range(4):
        with client.get(address) as answer:
            assert answer.status_code == 200
    assert ask(client).status_code == 200


SWITCHES = {
    "on this machine without sign-in": (Settings(), 0),
    "on another address": (Settings(host="0.0.0.0"), USUAL),
    "on this machine with sign-in, as behind a proxy": (Settings(auth="local"), USUAL),
    "as many as asked": (Settings(host="0.0.0.0", rate=30), 30),
    "switched off": (Settings(host="0.0.0.0", rate=0), 0),
}


@pytest.mark.parametrize(("settings", "limit"), SWITCHES.values(), ids=SWITCHES.keys())
def test_it_is_on_where_others_can_reach_the_service(settings, limit):
    assert limit_of(settings) == limit


def test_where_it_is_off_no_request_pays_for_it(app):
    names = {each.__module__ for each in app.before_request_funcs.get(None, ())}
    assert not any(name.startswith("flask_limiter") for name in names)


def test_every_operation_documents_it(client):
    document = client.get("/api/v1/openapi.json").json
    for item in document["paths"].values():
        for operation in item.values():
            told = operation["responses"]["429"]
            assert "application/problem+json" in told["content"]
            assert "Retry-After" in told["headers"]

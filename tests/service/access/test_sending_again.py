"""A session that ends while somebody fills in a form: after signing in the form is still there."""

import html
import io
import re
from contextlib import closing

import pytest

from service import create_app
from service.access import kept_forms
from service.access.passwords import hashed
from service.settings import Settings
from service.store import sessions, users
from service.store.clock import ago
from tests.service.access.test_signing_in import PASSWORD, sign_in
from tests.service.pages.test_follow_up_pages import BUILDER, field
from tests.service.pages.test_injection import harmless
from tests.service.pages.test_pages import path_of
from tests.service.payloads import PAYLOADS

PEOPLE = {"anna": "Ynbusiness", "bea": "GroBusiness"}
STATE = {"state": "stopped", "stopped_reason": "te druk in de zaak", "correction": "ja"}


@pytest.fixture(scope="module")
def app(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sending")
    app = create_app(Settings(models=models, instance=folder, auth="local"))
    database = app.extensions["leermatch.database"]
    with closing(database):
        with database.writing() as connection:
            for name, organisation in PEOPLE.items():
                person = users.User(name, organisation, "advisor", hashed(PASSWORD))
                users.add(connection, person)
        yield app


@pytest.fixture
def client(app):
    client = app.test_client()
    assert sign_in(client).status_code == 303
    return client


@pytest.fixture
def expire(app):
    """Return a function that lets an hour pass for everybody who is signed in."""

    def pass_an_hour():
        with app.extensions["leermatch.database"].writing() as connection:
            then = ago(sessions.IDLE_SECONDS + 1)
            connection.exec_driver_sql(f"UPDATE sessions SET seen_at = '{then}'")

    return pass_an_hour


def refused(client, path, form):
    """Send a form and hold that nobody is signed in; return where the way to sign in leads."""
    answer = client.post(path, data=form)
    assert answer.status_code == 303
    assert re.fullmatch(r"/aanmelden\?next=/verder/[0-9a-f]{16}", answer.location)
    return answer.location


def sign_in_form(client, way):
    page = client.get(way).text
    return html.unescape(re.search(r'<form class="sign" method="post" action="([^"]+)"', page)[1])


def let_in(client, way, name="anna"):
    """Sign in on the page that a refused form led to; return where that leads."""
    return client.post(
        sign_in_form(client, way), data={"name": name, "password": PASSWORD}
    ).location


def shown(client, place):
    """Return the form on the page of what was not sent: where it goes, and its fields."""
    page = client.get(place).text
    action = re.search(r'<form class="again" method="post" action="([^"]+)"', page)
    fields = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
    sent = {}
    for name, value in fields:
        sent.setdefault(html.unescape(name), []).append(html.unescape(value))
    return action and html.unescape(action[1]), sent


def sent_again(client, place):
    action, fields = shown(client, place)
    return client.post(action, data=fields)


def tapped(client):
    page = client.get("/advies").text
    return {name: field(page, name) for name in ("once", "model", "keuze")}


def conversation(client):
    client.post("/advies", data=BUILDER)
    return client.post("/keuze", data=tapped(client)).location


def test_the_answers_of_the_intake_are_there_after_signing_in_again(client, expire):
    expire()
    place = let_in(client, refused(client, "/advies", BUILDER))
    assert "Wat u stuurde, is er nog" in client.get(place).text
    assert path_of(sent_again(client, place)) == "/advies"
    assert "38 mensen" in client.get("/advies").text


def test_what_a_company_said_of_its_trial_is_there_after_signing_in_again(client, expire):
    page = conversation(client)
    revision = field(client.get(page).text, "revision")
    expire()
    way = refused(client, f"{page}/stand", STATE | {"revision": revision})
    assert sent_again(client, let_in(client, way)).location == page
    assert STATE["stopped_reason"] in client.get(page).text


def test_a_choice_can_be_recorded_after_signing_in_again(client, expire):
    client.post("/advies", data=BUILDER)
    tap = tapped(client)
    expire()
    place = let_in(client, refused(client, "/keuze", tap))
    assert sent_again(client, place).location == f"/gesprek/{tap['once']}"
    assert client.get(f"/gesprek/{tap['once']}").status_code == 200


def test_a_page_is_about_the_same_company_after_signing_in_again(client, expire):
    address = client.post("/advies", data=BUILDER).location
    client.post("/advies", data=BUILDER | {"employees": "12"})
    expire()
    way = client.get(address).location
    assert let_in(client, way) == address
    assert "38 mensen" in client.get(address).text


def test_what_was_kept_beside_the_answers_stays_for_whoever_signs_in_again(client, expire):
    client.post("/advies", data=BUILDER)
    client.post("/vergelijk", data={"pick": ["leermeester", "mentor-buddy"]})
    expire()
    sign_in(client)
    assert "Leg ze naast elkaar" not in client.get("/vergelijk").text
    page = client.get("/advies").text
    assert field(page, "once")
    assert page.count("checked") == 2


def test_two_tabs_both_find_their_form_back(client, expire):
    page = conversation(client)
    expire()
    first = refused(client, "/advies", BUILDER | {"employees": "12"})
    still_open = sign_in_form(client, first)
    second = refused(client, f"{page}/stand", STATE)
    assert shown(client, let_in(client, second))[1]["stopped_reason"] == [STATE["stopped_reason"]]
    # The first tab still shows the page of signing in; loaded anew it sees that somebody is.
    assert client.get(first).location == first.partition("next=")[2]
    place = client.post(still_open, data={"name": "anna", "password": PASSWORD}).location
    assert shown(client, place)[1]["employees"] == ["12"]
    sent_again(client, place)
    assert "12 mensen" in client.get("/advies").text


def test_back_after_it_was_sent_again_sends_nothing_twice(client, expire):
    expire()
    place = let_in(client, refused(client, "/advies", BUILDER))
    sent_again(client, place)
    back = client.get(place)
    assert back.status_code == 200
    assert shown(client, place) == (None, {})
    assert "Hier staat niets meer klaar" in back.text


def test_somebody_else_on_the_device_finds_no_form_and_no_answers(client, expire):
    client.post("/advies", data=BUILDER | {"employees": "77"})
    expire()
    way = refused(client, "/advies", BUILDER | {"employees": "78"})
    assert shown(client, let_in(client, way, "bea")) == (None, {})
    assert "mensen" not in client.get("/advies").text


def test_who_signs_out_leaves_no_form(client, expire):
    expire()
    refused(client, "/advies", BUILDER)
    client.post("/afmelden")
    assert client.get_cookie("session") is None


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://x.nl"}])
def test_a_form_of_another_site_is_not_kept(client, expire, headers):
    expire()
    assert client.post("/advies", data=BUILDER, headers=headers).status_code == 400
    with client.session_transaction() as session:
        assert "forms" not in session


def test_a_script_that_asks_gets_no_page_of_signing_in(client, expire):
    expire()
    answer = client.post("/druk", data=BUILDER, headers={"Sec-Fetch-Dest": "empty"})
    assert answer.status_code == 403
    with client.session_transaction() as session:
        assert "forms" not in session


def test_a_password_is_never_kept(client, expire):
    expire()
    answer = client.post("/wachtwoord", data={"current": PASSWORD, "new": PASSWORD + "x"})
    assert answer.location == "/aanmelden?next=/wachtwoord"
    with client.session_transaction() as session:
        assert "forms" not in session


def test_a_form_that_no_cookie_holds_is_not_kept_and_the_page_says_so(client, expire):
    expire()
    first = refused(client, "/advies", BUILDER)
    reason = "".join(chr(0x4E00 + number * 37 % 20_000) for number in range(2_000))
    way = refused(client, "/advies", {"stopped_reason": reason})
    assert len(client.get_cookie("session").value) < 4_000
    assert shown(client, let_in(client, way)) == (None, {})
    assert "te groot" in client.get(way.partition("next=")[2]).text
    assert shown(client, first.partition("next=")[2])[0].startswith("/advies?")


def test_everything_that_can_be_answered_fits_in_a_cookie(client, expire):
    full = dict.fromkeys((*BUILDER, *STATE), "abcdefghijklmnopqrstuvwxyz")
    client.post("/advies", data=full)
    expire()
    refused(client, "/advies", full | {"needs": [f"need-{n}-of-fourteen" for n in range(14)]})
    assert len(client.get_cookie("session").value) <= kept_forms.ROOM


def test_a_file_is_not_kept(models, tmp_path):
    app = create_app(Settings(models=models, instance=tmp_path, auth="local"))
    client = app.test_client()
    with closing(app.extensions["leermatch.database"]):
        sent = {"file": (io.BytesIO(b"company"), "x.csv")}
        way = client.post("/onderzoek/bestanden", data=sent).location
        assert way.startswith("/aanmelden?next=/verder/")
        with client.session_transaction() as session:
            assert "forms" not in session


def test_what_is_sent_again_is_text(client, expire):
    expire()
    way = refused(client, "/advies", dict.fromkeys(PAYLOADS, "x") | {"needs": list(PAYLOADS)})
    harmless(client.get(way))
    place = let_in(client, way)
    harmless(client.get(place))
    assert shown(client, place)[1] == {"needs": list(PAYLOADS)}

"""The place or postcode of a company: it gives the province and the desk, and is kept nowhere."""

import html
import json
import re

import pytest
from werkzeug.datastructures import MultiDict

from service.access import kept_forms
from tests.service.pages.tab import Tab
from tests.service.pages.test_follow_up_pages import field
from tests.service.pages.test_pages import path_of
from tests.service.store.filled import database_of, rows_of

COMPANY = {
    "needs": ["inwerken"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "krap",
}
NORTH = "Werkcentrum Groningen Noord-Drenthe"
OF_DRENTHE = "Werkcentrum van de regio Drenthe (de naam vonden we niet; zie werkcentrum.nl)"
OF_ZWOLLE = "Werkcentrum van de Regio Zwolle (vraag de naam na; zie werkcentrum.nl)"
ONE_OF_THREE = "Werkcentrum van uw regio (Assen, Aa en Hunze, Tynaarlo en Noordenveld: Groningen"
SMALL_PLACE = "Zwiggelte"
"""A village of some two hundred people: with size and sector it would be one company."""


@pytest.fixture(scope="module")
def app(make_app, models):
    return make_app(models)


@pytest.fixture
def client(app):
    return app.test_client()


def send(client, **answers):
    return client.post("/advies", data=MultiDict(COMPANY | answers))


def sheet(client, **answers):
    """Return the sheet that somebody takes home after these answers."""
    assert send(client, **answers).status_code == 303
    return html.unescape(client.get("/blad").text)


def said_at_field(page):
    """Return the fault at the field of the place."""
    found = re.search(r'id="place-fout">.*?<span>(.*?)</span>', page, re.S)
    return html.unescape(found[1]) if found else None


def test_the_questions_ask_the_place_and_say_that_it_is_not_kept(client):
    page = client.get("/").text
    assert 'name="place"' in page and "De plaats bewaren we niet." in page
    assert 'name="province" value="groningen"' in page  # as it can be answered without


PLACES = {
    "a town": ("Sneek", "Friesland", "Werkcentrum in Friesland"),
    "a name in Frisian": ("Ljouwert", "Friesland", "Werkcentrum in Friesland"),
    "two digits": ("99", "Groningen", NORTH),
    "a postcode": ("8911 AB", "Friesland", "Werkcentrum in Friesland"),
    "the north of Drenthe": ("Assen", "Drenthe", NORTH),
    "the south-west of Drenthe": ("7941", "Drenthe", OF_ZWOLLE),
    "the rest of Drenthe": ("emmen", "Drenthe", OF_DRENTHE),
    "digits of Drenthe alone": ("78", "Drenthe", ONE_OF_THREE),
}


@pytest.mark.parametrize(("typed", "province", "desk"), PLACES.values(), ids=PLACES.keys())
def test_a_place_gives_the_province_and_the_desk(client, typed, province, desk):
    page = sheet(client, place=typed)
    assert desk in page
    assert f" · {province} · " in html.unescape(client.get("/advies").text)


def test_without_a_place_the_desks_of_the_province_are_told_as_alternatives(client):
    assert ONE_OF_THREE in sheet(client, province="drenthe")
    assert NORTH in sheet(client, province="groningen")


def test_a_place_outside_the_region_is_no_fault(client):
    page = sheet(client, place="Utrecht")
    assert "Werkcentrum van uw regio (voorheen Leerwerkloket" in page
    assert send(client, place="1012 AB").status_code == 303


def test_the_desk_stays_when_somebody_goes_back_and_changes_something_else(client):
    """Without a script too: the form carries the region, and the place is empty again."""
    shown = Tab(client).send("Laat zien wat past", **COMPANY, place="Meppel")
    back = shown.follow("Aanpassen")
    form, _ = back.form("Laat zien wat past")
    assert (form.fields["place"], form.fields["region"]) == ("", "regio-zwolle")
    back.send("Laat zien wat past", employees="40")
    assert OF_ZWOLLE in html.unescape(client.get("/blad").text)


CHANGED = {
    "another province": {"province": "friesland", "region": "regio-zwolle"},
    "a region that is none": {"province": "drenthe", "region": "twente"},
    "a region of nothing": {"province": "anders", "region": "regio-zwolle"},
    "another place": {"place": "Emmen", "region": "regio-zwolle"},
}


@pytest.mark.parametrize("answers", CHANGED.values(), ids=CHANGED.keys())
def test_a_region_that_has_no_part_in_the_province_says_nothing(client, answers):
    assert "Regio Zwolle (vraag" not in sheet(client, **answers)


FAULTS = {
    "no place": (
        {"place": "Atlantis"},
        "We kennen 'Atlantis' niet. Typ een plaats of een postcode.",
    ),
    "a slip of the hand": (
        {"place": "Leewarden"},
        "We kennen 'Leewarden' niet. Bedoelt u Leeuwarden? Kies hieronder",
    ),
    "an unknown place, also beside a province": (
        {"place": "Atlantis", "province": "drenthe"},
        "Of maak dit veld leeg en kies de provincie.",
    ),
    "one name, two provinces": (
        {"place": "Zuidwolde"},
        "Zuidwolde kan op meer plekken liggen: in Groningen of Drenthe. Kies hieronder",
    ),
    "one name, here and elsewhere": (
        {"place": "noordwijk"},
        "Noordwijk kan op meer plekken liggen: in Groningen of een andere provincie.",
    ),
    "one province, two regions": (
        {"place": "Alteveer", "province": "drenthe"},
        "Alteveer kan op meer plekken liggen: in Drenthe.",
    ),
    "two digits of two provinces": (
        {"place": "94"},
        "Postcode 94 kan in Drenthe of Groningen liggen. Typ vier cijfers, of kies de provincie.",
    ),
    "a postcode of another province": (
        {"place": "8911 ab", "province": "drenthe"},
        "Postcode 8911 AB ligt in Friesland, maar u koos Drenthe. Kies de goede provincie",
    ),
    "a place outside, a province inside": (
        {"place": "Utrecht", "province": "drenthe"},
        "Utrecht ligt in een andere provincie, maar u koos Drenthe.",
    ),
    "something very long": ({"place": "a" * 5_000}, "We kennen '" + "a" * 60 + " ...' niet."),
    "markup": ({"place": "<b>Assen</b>"}, "We kennen '<b>Assen</b>' niet."),
}


@pytest.mark.parametrize(("answers", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_wrong_word_gets_its_fault_at_the_field_with_the_way_out(client, answers, words):
    response = send(client, **answers)
    assert response.status_code == 400
    assert words in said_at_field(response.text)
    assert '<a href="#place">' in response.text  # from the summary above
    assert 'id="province-fout"' not in response.text  # it is asked once
    assert "<b>Assen" not in response.text


def test_what_was_typed_stands_there_again_with_the_other_answers(client):
    page = send(client, place='Leewarden "><script>', employees="41").text
    assert 'value="41"' in page
    assert 'value="Leewarden &#34;&gt;&lt;script&gt;"' in page


def test_all_faults_come_at_once(client):
    page = send(client, place="Atlantis", employees="veel").text
    assert 'id="employees-fout"' in page and 'id="place-fout"' in page


def test_nothing_filled_in_asks_for_the_province_as_before(client):
    page = send(client, place="   ").text
    assert 'id="province-fout"' in page and 'id="place-fout"' not in page


@pytest.mark.parametrize(
    ("typed", "chosen", "desk"),
    [
        ("Leewarden", "Leeuwarden", "Werkcentrum in Friesland"),
        ("Alteveer", "Alteveer (Noordenveld)", NORTH),
        ("Alteveer", "Alteveer (Hoogeveen)", OF_DRENTHE),
    ],
)
def test_an_offered_place_can_be_chosen_without_script(client, typed, chosen, desk):
    page = send(client, place=typed).text
    assert f'name="place_is" value="{chosen}"' in page
    assert field(page, "place_was") == typed
    assert desk in sheet(client, place=typed, place_was=typed, place_is=chosen)


def test_an_offer_falls_when_something_else_is_typed(client):
    page = sheet(client, place="Assen", place_was="Leewarden", place_is="Leeuwarden")
    assert NORTH in page


@pytest.mark.parametrize("province", ["groningen", "drenthe"])
def test_the_province_beside_it_says_which_is_meant(client, province):
    assert send(client, place="Zuidwolde", province=province).status_code == 303
    assert send(client, place="94", province=province).status_code == 303


def test_a_place_can_be_looked_up_without_keeping_it(client):
    told = client.post("/plaats", data={"place": "assen"}).get_json()
    assert told == {
        "said": "Assen ligt in Drenthe. Voor werk en leren hoort het bij de regio "
        "Groningen Noord-Drenthe.",
        "wrong": False,
        "choices": [],
        "province": "drenthe",
    }
    asked = client.post("/plaats", data={"place": "Alteveer", "province": "drenthe"}).get_json()
    assert asked["wrong"] and "Alteveer (Hoogeveen)" in asked["choices"]
    assert client.post("/plaats", data={}).get_json()["said"] == ""
    assert "Er zijn nog geen antwoorden" in client.get("/advies").text


def test_it_is_told_in_english_too(client):
    told = client.post("/plaats?taal=en", data={"place": "Utrecht"}).get_json()["said"]
    assert told.startswith("Utrecht lies outside Groningen, Friesland and Drenthe.")
    page = client.post("/advies?taal=en", data=COMPANY | {"place": "94"}).text
    assert said_at_field(page).startswith("Postcode 94 can be in Drenthe or Groningen.")


def test_another_place_of_the_same_province_is_the_same_company(client):
    """The desk is no part of what is recorded: nobody is asked about a second company."""
    shown = Tab(client).send("Laat zien wat past", **COMPANY, place="Meppel")
    once = field(shown.text, "once")
    shown.follow("Aanpassen").send("Laat zien wat past", place="Assen")
    assert field(shown.text, "once") == once
    assert NORTH in html.unescape(client.get("/blad").text)


def test_the_place_is_in_no_table_log_line_cookie_address_or_export(client, app, capsys):
    """Only the province is kept, and the region of the desk in this browser."""
    pages = []
    for answers in (
        {"place": SMALL_PLACE, "employees": "veel"},  # with a fault
        {"place": f"9433 {SMALL_PLACE}", "province": "friesland"},  # a contradiction
        {"place": SMALL_PLACE},
    ):
        sent = send(client, **answers)
        pages += [str(sent.headers), client.get("/").text]
    place = client.post("/plaats", data={"place": SMALL_PLACE})
    assert SMALL_PLACE in place.text  # the answer says it back, to nobody else
    tap = client.get(path_of(sent)).text
    chosen = client.post("/keuze", data={n: field(tap, n) for n in ("once", "model", "keuze")})
    assert chosen.status_code == 303
    addresses = ("/advies", "/blad", chosen.location, "/op-te-volgen", "/api/v1/trials")
    pages += [client.get(address).text for address in addresses]
    pages.append(client.get(f"/api/v1/conversations/{path_of(chosen).rpartition('/')[2]}").text)
    rows = json.dumps(rows_of(database_of(client)), default=str)
    rows += json.dumps(rows_of(database_of(client), "audit"), default=str)
    cookies = json.dumps(session_of(client, app), default=str)
    log = "".join(capsys.readouterr())
    for kept in (*pages, rows, cookies, log):
        assert SMALL_PLACE.casefold() not in kept.casefold() and "9433" not in kept
    assert '"province":"drenthe"' in rows.replace("\\", "").replace(" ", "")
    # Where the desk is: in this browser, and in no row.
    assert "drenthe" in cookies
    assert '"region"' not in rows.replace("\\", "")


def session_of(client, app):
    """Return what the cookie of this browser says to whoever reads it."""
    serializer = app.session_interface.get_signing_serializer(app)
    return serializer.loads(client.get_cookie("session").value)


def test_a_form_that_waits_for_signing_in_does_not_keep_the_place(app):
    with app.test_request_context("/advies", method="POST", data=COMPANY | {"place": SMALL_PLACE}):
        name = kept_forms.keep()
        form = kept_forms.kept(name)
    assert ("employees", "38") in form.fields
    assert SMALL_PLACE not in str(form)


def test_the_form_says_of_each_passing_field_that_no_draft_keeps_it(client):
    page = send(client, place="Alteveer").text
    for name in ("place", "place_was", "place_is"):
        tags = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert tags and all("data-passing" in tag for tag in tags), name

"""From a tap at the table to an outcome that retraining reads, through the real application."""

import csv
import html
import io
import re
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from werkzeug.datastructures import MultiDict

from service.pages.follow_up.company_links import conversation_of, signed
from service.store import codes
from service.store import conversations as store
from service.store.clock import text_of
from service.store.current import current_database
from service.store.tables import conversations
from tests.service.pages.test_pages import path_of

BUILDER = {
    "needs": ["inwerken", "digitaal"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "max_hours_per_participant": "16",
}
BAKER = BUILDER | {"employees": "7", "sector": "2025-C"}


@pytest.fixture(scope="module")
def app(make_app):
    app = make_app()
    with closing(app.extensions["leermatch.database"]):
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


def field(page, name):
    return html.unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1])


def answered(client, answers=BUILDER):
    return client.post("/advies", data=MultiDict(answers), follow_redirects=True).text


def tap(client, page, choice=None):
    sent = {name: field(page, name) for name in ("once", "model", "keuze")}
    return client.post("/keuze", data=sent | ({"keuze": choice} if choice else {}))


def recorded(client, choice=None, answers=BUILDER):
    """Return the address of a conversation, and the card that was tapped."""
    page = answered(client, answers)
    client.post("/opnieuw")
    page = answered(client, answers)
    card = (choice or field(page, "keuze")).partition(":")[2]
    made = tap(client, page, choice)
    assert made.status_code == 303
    return made.headers["Location"], card


def tell(client, place, **outcome):
    revision = field(client.get(place).text, "revision")
    return client.post(f"{place}/stand", data={"revision": revision, **outcome})


def measure(client, place, **outcome):
    revision = field(client.get(f"{place}/meting").text, "revision")
    return client.post(f"{place}/meting", data={"revision": revision, **outcome})


def exported(client, place):
    rows = csv.DictReader(io.StringIO(client.get("/api/v1/trials").text))
    return [row for row in rows if row["company"].endswith(place.rpartition("/")[2])]


def through_api(client, place):
    return client.get(f"/api/v1/conversations/{place.rpartition('/')[2]}")


def days_ago(app, place, days):
    """Let a choice have been made some days ago."""
    with app.app_context(), current_database().writing() as connection:
        moment = text_of(datetime.now(UTC) - timedelta(days))
        here = conversations.c.id == place.rpartition("/")[2]
        connection.execute(update(conversations).where(here).values(chosen_at=moment))


def test_one_tap_records_what_was_shown(client):
    place, card = recorded(client)
    found = through_api(client, place).json
    assert found["choice"]["kind"] == "chosen"
    assert found["choice"]["intervention"] == card
    assert found["profile"]["employees"] == 38
    assert found["constraints"]["max_hours_per_participant"] == 16
    ranked = [line["intervention"] for line in found["recommendation"]["ranking"]]
    assert ranked[0] == card and len(ranked) == 10
    assert "Vraag weer hoe het gaat vanaf" in client.get(place).text


def test_the_same_tap_twice_is_one_conversation(client):
    page = answered(client)
    first, second = tap(client, page), tap(client, page)
    assert first.headers["Location"] == second.headers["Location"]
    assert through_api(client, first.headers["Location"]).headers["ETag"] == '"r2"'


def test_another_tap_changes_the_choice(client):
    page = answered(client)
    place = tap(client, page).headers["Location"]
    assert tap(client, page, "referred").headers["Location"] == place
    assert through_api(client, place).json["choice"]["kind"] == "referred"


def test_a_tab_with_an_older_company_records_nothing_of_the_newer_one(client):
    old = answered(client)
    answered(client, BAKER)
    # A form that says no more than a page of before this one did.
    answer = tap(client, old)
    assert (answer.status_code, path_of(answer)) == (303, "/advies")
    assert "Er is niets vastgelegd" in client.get(answer.headers["Location"]).text


WRONG = ["", "chosen", "chosen:", "chosen:bestaat-niet", "other:bbl", "iets", "nothing_now:bbl"]


@pytest.mark.parametrize("choice", WRONG)
def test_what_no_button_sends_is_refused(client, choice):
    page = answered(client)
    sent = {name: field(page, name) for name in ("once", "model")}
    assert client.post("/keuze", data=sent | {"keuze": choice}).status_code == 400


def test_a_tap_can_be_taken_back_and_leaves_nothing(client):
    place, _ = recorded(client)
    undone = client.post(f"{place}/ongedaan").headers["Location"]
    assert re.fullmatch(r"/advies\?voor=[\w-]+#wat-kiest-u", undone)
    assert client.get(place).status_code == 404
    # The same tap on a page that is still open.
    assert client.post(f"{place}/ongedaan").status_code == 303


@pytest.mark.parametrize("why", ["ten minutes later", "something was told"])
def test_later_it_cannot_be_taken_back(app, client, why):
    place, _ = recorded(client)
    if why == "ten minutes later":
        days_ago(app, place, 10 / 24 / 60 + 1e-4)
    else:
        tell(client, place, state="started")
    assert "Ongedaan maken</button>" not in client.get(place).text
    answer = client.post(f"{place}/ongedaan")
    assert answer.status_code == 409
    assert "tien minuten" in answer.text
    assert client.get(place).status_code == 200


def test_reason_and_pseudonyms_are_added_afterwards(client):
    place, _ = recorded(client)
    page = client.get(place).text
    sent = {
        "revision": field(page, "revision"),
        "keuze": "nothing_now",
        "reden": "capacity",
        "company": "bakker 7",
        "table": "tafel-3",
    }
    assert client.post(f"{place}/keuze", data=sent).status_code == 303
    found = through_api(client, place).json
    assert (found["choice"]["kind"], found["choice"]["reason"]) == ("nothing_now", "capacity")
    assert (found["company"], found["table"]) == ("bakker-7", "tafel-3")
    stale = client.post(f"{place}/keuze", data=sent | {"reden": "cost"})
    assert stale.status_code == 409 and "Iemand anders" in stale.text
    assert through_api(client, place).json["choice"]["reason"] == "capacity"


def test_a_name_that_is_no_pseudonym_is_refused_and_kept_in_its_field(client):
    place, _ = recorded(client)
    revision = field(client.get(place).text, "revision")
    sent = {"revision": revision, "keuze": "referred", "company": "Jansen & Zn."}
    answer = client.post(f"{place}/keuze", data=sent)
    assert answer.status_code == 400
    assert "letters, cijfers en streepjes" in answer.text
    assert field(answer.text, "company") == "Jansen & Zn."


def test_a_state_by_tap_reaches_the_file_that_retraining_reads(client):
    place, card = recorded(client)
    assert tell(client, place, state="started", start_date="2026-03-02").status_code == 303
    assert (
        measure(
            client,
            place,
            scale="1-6",
            respondents_before="8",
            culture_before="3,4",
            respondents_after="6",
            culture_after="3.9",
            satisfaction_owner="8",
            would_continue="ja",
        )
        .headers["Location"]
        .endswith(f"{place}?bewaard=meting")
    )
    assert tell(client, place, state="finished", end_date="2026-05-01").status_code == 303
    (row,) = exported(client, place)
    told = ("intervention", "state", "start_date", "end_date", "culture_before", "culture_after")
    assert [row[name] for name in told] == [
        card,
        "finished",
        "2026-03-02",
        "2026-05-01",
        "3.4",
        "3.9",
    ]
    assert (row["assigned_by"], row["would_continue"], row["source"]) == (
        "leermatch",
        "ja",
        "service",
    )


def test_a_state_that_cannot_follow_says_so_and_can_be_a_correction(client):
    place, _ = recorded(client)
    tell(client, place, state="finished")
    refused = tell(client, place, state="not_started")
    assert refused.status_code == 409
    assert "Eerder is gemeld: Het is klaar" in refused.text
    assert tell(client, place, state="not_started", correction="ja").status_code == 303
    page = client.get(place).text
    assert "later verbeterd" in page
    outcome = through_api(client, place).json["outcomes"][0]
    assert (outcome["state"], outcome["history"][0]["correction"]) == ("not_started", True)


def test_two_people_at_once_do_not_overwrite_each_other(client):
    place, _ = recorded(client)
    revision = field(client.get(place).text, "revision")
    first = client.post(f"{place}/stand", data={"revision": revision, "state": "started"})
    second = client.post(f"{place}/stand", data={"revision": revision, "state": "not_started"})
    assert (first.status_code, second.status_code) == (303, 409)
    assert through_api(client, place).json["outcomes"][0]["state"] == "started"


def test_the_mean_of_fewer_than_five_people_is_kept_and_not_shown(client):
    place, _ = recorded(client)
    few = {"scale": "1-6", "respondents_after": "4", "culture_after": "2,75"}
    measure(client, place, **few)
    page = client.get(f"{place}/meting").text
    assert field(page, "culture_after") == "" and "2,75" not in page
    assert "minder dan vijf" in page
    measure(client, place, scale="1-6", respondents_after="4")
    assert exported(client, place)[0]["culture_after"] == "2.75"
    measure(client, place, scale="1-6", respondents_after="5", culture_after="2,8")
    assert field(client.get(f"{place}/meting").text, "culture_after") == "2,8"


FAULTS = {
    "no number": ({"culture_before": "hoog", "scale": "1-6"}, "Vul een getal in"),
    "no scale": ({"culture_before": "3,2"}, "Kies of de score"),
    "beyond the scale": ({"culture_before": "5,5", "scale": "1-5"}, "5.5"),
    "half a person": ({"respondents_before": "2,5"}, "heel getal"),
}


@pytest.mark.parametrize(("sent", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_in_the_measurement_stands_at_its_field_and_keeps_the_input(client, sent, words):
    place, _ = recorded(client)
    answer = measure(client, place, satisfaction_owner="7", **sent)
    assert answer.status_code == 400
    assert words in answer.text
    assert field(answer.text, "satisfaction_owner") == "7"
    assert through_api(client, place).json["outcomes"] == []


def test_a_company_answers_by_its_link(app, client):
    place, _ = recorded(client)
    link = field(client.get(place).text.replace("readonly", 'name="link"'), "link")
    path = link.removeprefix("http://localhost")
    company = app.test_client()
    page = company.get(path).text
    assert "38 mensen" not in page and "drenthe" not in page.lower()
    sent = {"revision": field(page, "revision"), "state": "started"}
    answer = company.post(f"{path}/stand", data=sent, follow_redirects=True)
    assert "Dank u wel" in answer.text
    assert through_api(client, place).json["outcomes"][0]["state"] == "started"
    assert company.get(f"{path}/meting").status_code == 200


def test_a_measurement_that_was_kept_says_so(client):
    place, _ = recorded(client)
    kept = measure(client, place, scale="1-6", culture_before="3,2")
    assert "De meting is bewaard." in client.get(kept.headers["Location"]).text
    assert "De meting is bewaard." not in client.get(place).text


def test_faults_in_the_measurement_are_told_together_and_each_leads_to_its_field(client):
    place, _ = recorded(client)
    page = measure(client, place, culture_before="hoog", participants="-2").text
    summary = page[page.index('id="fouten"') : page.index("<form")]
    led_to = re.findall(r'href="#(\w+)"', summary)
    assert set(led_to) >= {"culture_before", "participants"}
    assert all(page.count(f'id="{name}"') == 1 for name in led_to)


def test_a_link_that_was_altered_or_erased_opens_nothing(app, client):
    place, _ = recorded(client)
    with app.test_request_context():
        token = signed(place.rpartition("/")[2])
        assert conversation_of(token) == place.rpartition("/")[2]
        # Not the last letter: two of its six bits say nothing, so one in twenty changes is none.
        body, _, signature = token.rpartition(".")
        other = "a" if signature[0] != "a" else "b"
        assert conversation_of(f"{body}.{other}{signature[1:]}") is None
    assert client.get(f"/terugblik/{token}x").status_code == 404
    client.post(f"{place}/ongedaan")
    assert client.get(f"/terugblik/{token}").status_code == 404


DUE = {
    "yesterday": (1, None, "Later"),
    "seven weeks ago": (49, None, "zes weken voorbij"),
    "seven weeks ago, told today": (49, "started", "Later"),
    "half a year ago, told today": (190, "started", "meting achteraf"),
}


@pytest.mark.parametrize(("days", "state", "words"), DUE.values(), ids=DUE.keys())
def test_the_list_says_whom_to_ask(make_app, days, state, words):
    app = make_app()
    with closing(app.extensions["leermatch.database"]):
        client = app.test_client()
        assert "niemand om te bellen" in client.get("/op-te-volgen").text
        place, _ = recorded(client)
        if state:
            tell(client, place, state=state)
        days_ago(app, place, days)
        page = client.get("/op-te-volgen").text
        assert words in page
        assert place in page
        assert "Bouwnijverheid · 38 mensen" in page


def test_two_taps_in_the_list_tell_the_state(app, client):
    place, _ = recorded(client)
    days_ago(app, place, 50)
    sent = {"revision": through_api(client, place).headers["ETag"][2:-1], "state": "started"}
    answer = client.post(f"{place}/stand", data=sent | {"terug": "lijst"})
    assert answer.headers["Location"] == "/op-te-volgen"


def test_the_own_pick_is_asked_before_the_answer_is_seen(client):
    sent = MultiDict(BUILDER | {"eerst": "eigen"})
    assert path_of(client.post("/advies", data=sent)) == "/eigen-keuze"
    assert client.post("/eigen-keuze", data={"kaart": "bestaat-niet"}).status_code == 400
    assert client.post("/eigen-keuze", data={"kaart": "intervisie"}).status_code == 303
    place = tap(client, client.get("/advies").text).headers["Location"]
    assert through_api(client, place).json["own_pick"] == "intervisie"
    client.post("/opnieuw")
    place = tap(client, answered(client)).headers["Location"]
    assert through_api(client, place).json["own_pick"] is None


def test_the_code_brings_the_sheet_back_on_another_device(app, client):
    place, _ = recorded(client)
    code = re.search(r'class="code">([^<]*)<', client.get(place).text)[1]
    other = app.test_client()
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = other.post("/code", data={"code": typed}, environ_base={"REMOTE_ADDR": "127.0.1.1"})
    assert path_of(answer) == "/blad"
    sheet = other.get("/blad").text
    assert "38 mensen" in sheet and f"<strong>{code}</strong>" in sheet
    # What is chosen there is about the same conversation.
    page = other.get("/advies").text
    assert tap(other, page, "referred").headers["Location"] == place


def test_the_sheet_has_a_code_from_the_choice_until_the_answers_change(client):
    answered(client, BAKER)
    assert "sheet-code" not in client.get("/blad").text
    recorded(client)
    assert "sheet-code" in client.get("/blad").text
    answered(client, BAKER)
    assert "sheet-code" not in client.get("/blad").text


NO_NUMBERS = ["nan", "inf", "-inf", "1e999", "1_0", "٣"]


@pytest.mark.parametrize("typed", NO_NUMBERS)
def test_what_only_a_program_takes_for_a_number_is_refused_or_read(client, typed):
    place, _ = recorded(client)
    sent = {"respondents_before": typed, "culture_before": typed, "scale": "1-6"}
    assert measure(client, place, **sent).status_code in (303, 400)


def test_a_refused_number_is_repeated_as_it_was_typed(client):
    place, _ = recorded(client)
    assert "-2 is te weinig" in measure(client, place, participants="-2").text


def test_codes_cannot_be_tried_one_after_another(client):
    def attempt(code):
        sent = {"code": code}
        return client.post(
            "/code", data=sent, environ_base={"REMOTE_ADDR": "127.0.1.2"}
        ).status_code

    assert attempt("kort") == 400
    assert [attempt("00000000") for _ in range(10)] == [404] * 10
    assert attempt("00000000") == 429


def test_a_code_is_read_as_people_write_it():
    assert codes.read("k7qf-2m9p") == "K7QF2M9P"
    assert codes.read("OI L0 0000") == "01100000"
    assert codes.read("K7QF-2M9") is None and codes.read("K7QF-2M9U") is None
    drawn = {codes.draw() for _ in range(200)}
    assert len(drawn) == 200
    assert all(codes.read(codes.spelt(code)) == code for code in drawn)


def test_another_organisations_conversation_does_not_exist(app, client):
    place, _ = recorded(client)
    with app.app_context(), current_database().writing() as connection:
        here = conversations.c.id == place.rpartition("/")[2]
        connection.execute(update(conversations).where(here).values(organisation="een ander"))
    assert client.get(place).status_code == 404
    assert (
        client.post(f"{place}/stand", data={"revision": "2", "state": "started"}).status_code == 404
    )
    with app.app_context(), current_database().reading() as connection:
        assert store.find_anywhere(connection, place.rpartition("/")[2]).outcomes == ()


# A clock that is set


LINKS = {
    "a year ago": (-367, False),
    "today": (0, True),
    "before the clock was set back": (1, True),
}


@pytest.mark.parametrize(("days", "good"), LINKS.values(), ids=LINKS.keys())
def test_a_link_holds_for_a_year_also_when_the_clock_was_set_back(app, monkeypatch, days, good):
    right = time.time
    with app.test_request_context(), monkeypatch.context() as other:
        other.setattr(time, "time", lambda: right() + days * 86_400)
        link = signed("0" * 32)
        other.undo()
        assert conversation_of(link) == ("0" * 32 if good else None)


@pytest.mark.parametrize(("minutes", "status"), [(-2, 303), (2, 303), (11, 409), (-11, 409)])
def test_a_choice_is_undone_within_ten_minutes_by_any_clock(client, app, minutes, status):
    place, _ = recorded(client)
    days_ago(app, place, minutes / 1440)
    assert client.post(f"{place}/ongedaan").status_code == status

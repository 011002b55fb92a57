"""What is odd about an outcome or a pseudonym: nothing is kept until somebody says it is right."""

import re
from contextlib import closing
from datetime import date, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from matcher.trials.outcome import check_beside, read_outcome
from matcher.trials.reader import read_trials
from tests.matcher.table_makers import TRIAL, write_csv
from tests.service.conftest import PROFILE
from tests.service.pages.test_follow_up_pages import field, measure, recorded, tell, through_api
from tests.service.pages.test_outcome_doors import MENU_CARD

CONVERSATIONS = "/api/v1/conversations"
SOON = (date.today() + timedelta(40)).isoformat()


@pytest.fixture(scope="module")
def app(make_app):
    app = make_app()
    with closing(app.extensions["leermatch.database"]):
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


def sent(client, **members):
    return client.post(CONVERSATIONS, json={"profile": PROFILE, **members})


def told(client, place, tag=None, **outcome):
    headers = {"If-Match": tag} if tag else {}
    return client.put(f"{place}/outcomes/leermeester", json=outcome, headers=headers)


ODD = {
    "more than work there": {"participants": 45},
    "a code": {"cost_eur": 99999},
    "a planned end": {"state": "started", "end_date": SOON},
    "a long trial": {"start_date": "2013-03-06", "end_date": "2023-06-30"},
    "a telephone number": {"state": "stopped", "stopped_reason": "bel 06-12345678"},
}
NOT = {
    "999 people": {"respondents_after": 999},
    "an end to come": {"end_date": "2062-06-30"},
    "a start to come": {"state": "started", "start_date": SOON},
    "a spread beyond the scale": {"scale": "1-5", "culture_after": 3, "culture_after_sd": 2.9},
}


def of_a_file(tmp_path, outcome):
    """Return what a file with this outcome of this company is told."""
    alike = {k: "" for k in TRIAL if k in ("start_date", "end_date", "participants", "cost_eur")}
    alike |= dict.fromkeys(("culture_before", "culture_after", "respondents_before", "scale"), "")
    row = TRIAL | alike | {"hours_per_participant": "", "satisfaction_owner": ""}
    row |= {name: str(value) for name, value in outcome.items()}
    return read_trials(write_csv(tmp_path / "t.csv", [row]), MENU_CARD).warnings


@pytest.mark.parametrize("outcome", ODD.values(), ids=ODD.keys())
def test_a_file_and_the_api_tell_it_in_the_same_words(client, tmp_path, outcome):
    outcome = {"state": "finished"} | outcome
    place = sent(client).headers["Location"]
    answer = told(client, place, **outcome)
    assert answer.status_code == 409
    assert answer.json["type"].endswith(":unconfirmed")
    assert "accept_warnings" in answer.json["detail"]
    assert "errors" not in answer.json
    said = [(w["pointer"], w["code"], w["detail"]) for w in answer.json["warnings"]]
    found = of_a_file(tmp_path, outcome)
    assert said == [(f"/{w.about}", w.code, w.text("nl")) for w in found]
    assert client.get(place).json["outcomes"] == []
    kept = told(client, place, **outcome, accept_warnings=True)
    assert kept.status_code == 200
    assert "accept_warnings" not in kept.json["outcomes"][0]


@pytest.mark.parametrize("outcome", NOT.values(), ids=NOT.keys())
def test_what_cannot_be_is_refused_whatever_is_accepted(client, outcome):
    place = sent(client).headers["Location"]
    outcome = {"state": "finished", "respondents_after": 9} | outcome
    answer = told(client, place, **outcome, accept_warnings=True)
    assert answer.status_code == 400
    (fault,) = answer.json["errors"]
    assert fault["code"].startswith("trial_")
    assert fault["pointer"].strip("/") in outcome


def test_what_was_confirmed_is_not_asked_again(client):
    place = sent(client).headers["Location"]
    first = told(client, place, state="started", participants=45, accept_warnings=True)
    more = told(client, place, first.headers["ETag"], state="finished", participants=45)
    assert more.status_code == 200
    other = told(client, place, more.headers["ETag"], state="finished", participants=46)
    assert other.status_code == 409


def test_a_score_beside_another_baseline_is_odd():
    outcome = {"state": "finished", "scale": "1-5", "culture_before": 3.0}
    profile = {"employees": 38, "culture_baseline": 4.2}
    (found,) = check_beside(read_outcome(outcome), profile, {})
    assert (found.code, found.about) == ("baseline_differs", "culture_before")
    assert check_beside(read_outcome(outcome), profile | {"culture_baseline": 3.5}, {}) == []


NAMES = {
    "eight digits": ("12345678", "number_of_a_register"),
    "a name": ("Bakkerij-Jansen", "name_of_a_company"),
    "a legal form": ("jansen-bv", "name_of_a_company"),
}


@pytest.mark.parametrize(("name", "code"), NAMES.values(), ids=NAMES.keys())
def test_a_pseudonym_that_may_tell_who_it_is_is_confirmed_first(client, name, code):
    answer = sent(client, company=name)
    assert (answer.status_code, answer.json["warnings"][0]["code"]) == (409, code)
    assert sent(client, company=name, accept_warnings=True).status_code == 201


def test_a_register_number_that_says_so_is_none(client):
    answer = sent(client, company="kvk-12345678", accept_warnings=True)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "/company")


def test_a_pseudonym_of_another_profile_is_confirmed_first(client):
    assert sent(client, company="bak-01").status_code == 201
    other = PROFILE | {"sector": "Q"}
    answer = client.post(CONVERSATIONS, json={"profile": other, "company": "bak-01"})
    assert answer.status_code == 409
    assert "ander profiel: sector F / Q" in answer.json["warnings"][0]["detail"]
    grown = PROFILE | {"employees": 45}
    again = client.post(CONVERSATIONS, json={"profile": grown, "company": "bak-01"})
    assert again.status_code == 201
    body = {"profile": other, "company": "bak-01", "accept_warnings": True}
    assert client.post(CONVERSATIONS, json=body).status_code == 201
    assert client.post(CONVERSATIONS, json=body | {"accept_warnings": False}).status_code == 201
    # As rows of a file these would be two companies, and are refused.
    body["profile"] = other | {"employees": 380}
    answer = client.post(CONVERSATIONS, json=body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "/company")
    assert "employees 38 / 380, sector F / Q" in answer.json["errors"][0]["detail"]


# The same by hand


def test_the_measurement_page_keeps_what_was_typed_and_asks(client):
    place, _ = recorded(client)
    tell(client, place, state="started")
    answer = measure(client, place, participants="45", cost_eur="1200", would_continue="ja")
    assert answer.status_code == 409
    assert "&#39;45&#39; is meer dan de 38 mensen die er werken" in answer.text
    assert (field(answer.text, "participants"), field(answer.text, "cost_eur")) == ("45", "1200")
    assert 'name="accept_warnings"' in answer.text
    assert 'href="#accept_warnings"' in answer.text
    assert "participants" not in through_api(client, place).json["outcomes"][0]
    kept = measure(client, place, participants="45", cost_eur="1200", accept_warnings="ja")
    assert kept.status_code == 303
    assert through_api(client, place).json["outcomes"][0]["participants"] == 45
    # A tap later on is about something else.
    assert tell(client, place, state="finished").status_code == 303


def test_what_cannot_be_is_told_at_its_field(client):
    place, _ = recorded(client)
    answer = measure(client, place, respondents_after="999", accept_warnings="ja")
    assert answer.status_code == 400
    assert "&#39;999&#39; kan niet: er werken 38 mensen" in answer.text


def test_a_day_to_come_beside_a_tap_is_asked_about_with_what_was_typed(client):
    place, _ = recorded(client)
    answer = tell(client, place, state="started", end_date=SOON)
    assert answer.status_code == 409
    assert "moet nog komen" in answer.text
    assert field(answer.text, "end_date") == SOON
    tick = {"state": "started", "end_date": SOON, "accept_warnings": "ja"}
    assert tell(client, place, **tick).status_code == 303


def rename(client, place, **names):
    page = client.get(place).text
    chosen = re.search(r'<option value="([^"]+)" selected', page)[1]
    form = {"revision": field(page, "revision"), "keuze": chosen, "company": "", "table": ""}
    return client.post(f"{place}/keuze", data=MultiDict(form | names))


@pytest.mark.parametrize("typed", ["12345678", "1234 5678", "Bakkerij Jansen BV"])
def test_a_pseudonym_typed_by_hand_is_asked_about(client, typed):
    place, _ = recorded(client)
    answer = rename(client, place, company=typed)
    assert answer.status_code == 409
    assert field(answer.text, "company") == typed
    assert rename(client, place, company=typed, accept_warnings="ja").status_code == 303
    assert rename(client, place, company=typed, table="tafel-3").status_code == 303


@pytest.mark.parametrize("typed", ["KvK 12345678", "jan@bakkerij.nl"])
def test_what_is_no_pseudonym_is_refused_by_hand_too(client, typed):
    place, _ = recorded(client)
    answer = rename(client, place, company=typed, accept_warnings="ja")
    assert answer.status_code == 400
    assert field(answer.text, "company") == typed

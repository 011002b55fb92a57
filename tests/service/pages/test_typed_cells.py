"""A number, a yes or no and a day as people type them, at the doors of the service.

A fault leaves what was typed in its field, tells what to write there, and keeps nothing.
"""

import html
import re
from contextlib import closing

import pytest
from werkzeug.datastructures import MultiDict

from matcher.errors import InvalidProfile
from service.pages.advice.limits import moved, sliders
from service.pages.follow_up.company_links import signed
from service.pages.intake.answers import collect, read_answers
from service.pages.intake.pressure import derived_class
from service.settings import BadSettings, read_settings
from tests import typed
from tests.service.pages.test_follow_up_pages import BUILDER, exported, field, recorded, through_api

THOUSANDS = "kan een teken voor duizendtallen staan"


@pytest.fixture(scope="module")
def app(make_app):
    app = make_app()
    with closing(app.extensions["leermatch.database"]):
        yield app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="module")
def place(app):
    """Return a conversation of a company that is not too small for any number of people."""
    return recorded(app.test_client(), answers=BUILDER | {"employees": "100000"})[0]


ASKED = {
    "employees": (typed.COUNTS, 100_000),
    "vacancies": (typed.COUNTS, 100_000),
    "culture_baseline": (typed.SCORES, 6),
    "max_hours_per_participant": (typed.AMOUNTS, 10_000),
    "max_lead_weeks": (typed.AMOUNTS, 520),
}


def answered(app, name, text):
    """Return what the intake reads, or the code of what is wrong there."""
    with app.test_request_context():
        cells = collect(MultiDict({"vacancies": "0"} | BUILDER | {name: text}))
        asked = read_answers(cells)
        if isinstance(asked, InvalidProfile):
            [fault] = asked.faults
            assert fault.where == f"/{name}"
            return typed.meaning_of(fault.code)
    return getattr(asked.constraints if name.startswith("max_") else asked.profile, name, None)


def expected(name, meaning):
    """Return what the intake may read where a file reads a meaning."""
    if name == "vacancies":  # a count that only shifts the class: one sentence for all its faults
        if not isinstance(meaning, str):
            return [None]
        return [meaning if meaning == typed.THOUSANDS else "not_whole"]
    return ["not_a_number", "not_whole"] if meaning == typed.NO_NUMBER else [meaning]


@pytest.mark.parametrize("name", ASKED)
def test_the_intake_reads_what_a_file_reads(app, name):
    table, most = ASKED[name]
    wrong = {}
    for case, (text, meaning) in table.items():
        found = answered(app, name, text)
        if found not in expected(name, typed.within(meaning, most)):
            wrong[case] = (text, meaning, found)
    assert wrong == {}


@pytest.mark.parametrize("way", ["/advies", "/widget"])
@pytest.mark.parametrize("text", ["1.000", "12.000", "1,000"])
def test_the_page_keeps_what_was_typed_and_says_what_to_write(client, way, text):
    sent = client.post(way, data=MultiDict(BUILDER | {"employees": text}))
    assert sent.status_code == 400
    assert field(sent.text, "employees") == text
    assert THOUSANDS in html.unescape(sent.text)


def test_what_thousands_are_without_doubt_is_asked_of_the_engine(client):
    client.post("/advies", data=MultiDict(BUILDER | {"employees": "12\u00a0000"}))
    assert "12.000 mensen" in html.unescape(client.get("/advies").text)


def test_posts_that_stay_open_are_counted_as_they_are_typed():
    """3 of 38 is 8 %: of a thousand it would be next to nothing."""
    cells = {"employees": "38,0", "vacancies": "3,0"}
    assert derived_class(cells) == derived_class({"employees": "38", "vacancies": "3"}) == "krap"
    assert derived_class({"employees": "1 000", "vacancies": "3"}) == "gemiddeld"
    assert derived_class({"employees": "1.000", "vacancies": "3"}) is None


@pytest.mark.parametrize(
    ("cell", "place"), [("16", 3), ("16,0", 3), ("1 000", 7), ("1.000", 7), ("x", 7)]
)
def test_a_slider_stands_where_the_typed_limit_is(app, cell, place):
    cells = {"max_hours_per_participant": cell}
    with app.test_request_context():
        assert sliders(cells)[0].place == place
        assert moved(cells, {"max_hours_per_participant": str(place)}) == cells


MEASURED = {
    "participants": (typed.AMOUNTS, 100_000),
    "hours_per_participant": (typed.AMOUNTS, 10_000),
    "cost_eur": (typed.AMOUNTS, 100_000_000),
    "respondents_before": (typed.COUNTS, 100_000),
    "culture_after": (typed.SCORES, 6),
}


def measure(client, place, **outcome):
    revision = field(client.get(f"{place}/meting").text, "revision")
    return client.post(f"{place}/meting", data={"revision": revision, "scale": "1-6", **outcome})


def kept(client, place):
    found = through_api(client, place).json
    return found["outcomes"][0] if found["outcomes"] else {}


@pytest.mark.parametrize("case", typed.TYPED)
def test_the_measurement_reads_what_a_file_reads(client, place, case):
    sent = {name: table[case][0] for name, (table, _) in MEASURED.items()}
    meant = {name: typed.within(table[case][1], most) for name, (table, most) in MEASURED.items()}
    before = kept(client, place)
    wrong = {name for name, meaning in meant.items() if isinstance(meaning, str)}
    answer = measure(client, place, **sent)
    assert {name for name in sent if f'id="{name}-fout"' in answer.text} == wrong
    if wrong:
        assert answer.status_code == 400
        assert all(field(answer.text, name) == text for name, text in sent.items())
        assert (THOUSANDS in html.unescape(answer.text)) == (typed.THOUSANDS in meant.values())
        assert kept(client, place) == before
    # What is right of it alone; and what the page shows, it reads back as the same.
    right = {name: text for name, text in sent.items() if name not in wrong}
    assert measure(client, place, respondents_after="9", **right).status_code == 303
    told = {name: kept(client, place)[name] for name in right}
    assert told == {name: meant[name] for name in right}
    page = client.get(f"{place}/meting").text
    shown = {name: field(page, name) for name in right}
    assert measure(client, place, respondents_after="9", **shown).status_code == 303
    assert {name: kept(client, place)[name] for name in right} == told


@pytest.mark.parametrize("text", ["1.850", "1,850", "1 850"])
def test_a_company_is_read_like_its_advisor(app, client, text):
    place, _ = recorded(client)
    with app.app_context():
        own = f"/terugblik/{signed(place.rpartition('/')[2])}"
    answer = measure(client, own, cost_eur=text)
    if text == "1 850":
        assert (answer.status_code, kept(client, place)["cost_eur"]) == (303, 1850)
    else:
        assert (answer.status_code, field(answer.text, "cost_eur")) == (400, text)
        assert THOUSANDS in html.unescape(answer.text)
        assert kept(client, place) == {}
        assert exported(client, place) == []


@pytest.mark.parametrize("text", ["?", "weet niet", "Onbekend", "-"])
def test_a_word_for_unknown_is_unknown_on_a_page_too(client, place, text):
    assert measure(client, place, cost_eur=text).status_code == 303
    assert "cost_eur" not in kept(client, place)


@pytest.mark.parametrize(("text", "day"), typed.DAYS.values(), ids=typed.DAYS.keys())
def test_a_day_typed_without_a_calendar_is_that_of_a_file(client, text, day):
    place, _ = recorded(client)
    revision = field(client.get(place).text, "revision")
    sent = {"revision": revision, "state": "started", "start_date": text}
    answer = client.post(f"{place}/stand", data=sent)
    if day is None:
        assert answer.status_code == 409
        assert field(answer.text, "start_date") == text
        assert kept(client, place) == {}
    else:
        assert answer.status_code == 303
        assert kept(client, place)["start_date"] == day


SETTINGS = {
    "a thousand days": ("KEEP_CONVERSATIONS_DAYS", "1.000"),
    "in English": ("KEEP_CONVERSATIONS_DAYS", "1,000"),
    "half a day": ("KEEP_AUDIT_DAYS", "1,5"),
    "as Python writes it": ("KEEP_REQUESTS_DAYS", "1_0"),
    "Arabic digits": ("RATE", "\u0661"),
}


@pytest.mark.parametrize(("name", "text"), SETTINGS.values(), ids=SETTINGS.keys())
def test_a_setting_is_never_a_thousandth_of_what_was_meant(monkeypatch, name, text):
    monkeypatch.setenv(f"LEERMATCH_{name}", text)
    with pytest.raises(BadSettings) as refusal:
        read_settings()
    [fault] = refusal.value.faults
    assert fault.where == f"LEERMATCH_{name}"
    assert text in fault.text("nl")
    assert (THOUSANDS in fault.text("nl")) == (re.fullmatch("1[.,]000", text) is not None)


def test_a_setting_is_read_as_it_is_typed(monkeypatch):
    monkeypatch.setenv("LEERMATCH_KEEP_CONVERSATIONS_DAYS", "1 000")
    monkeypatch.setenv("LEERMATCH_KEEP_AUDIT_DAYS", "38,0")
    for word, meant in (("ja", True), ("Nee", False), ("on", True), ("0", False)):
        monkeypatch.setenv("LEERMATCH_SELF_SERVICE", word)
        read = read_settings()
        assert (read.keep_conversations_days, read.keep_audit_days) == (1000, 38)
        assert read.self_service is meant


@pytest.mark.parametrize("text", ["1.000", "1,000", "1e1", "1_0", "\u0661", "x", "9" * 5000])
def test_the_api_reads_a_number_in_an_address_as_a_number_or_not_at_all(client, text):
    answer = client.get("/api/v1/conversations", query_string={"limit": text})
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/limit"]
    assert client.get("/api/v1/conversations?limit=7").status_code == 200

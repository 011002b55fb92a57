"""What the API tells besides recommendations, and what every answer carries."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from matcher.menu.card import read_menu
from matcher.paths import MENU
from matcher.profile.schema import PROFILE_FIELDS, REQUIRED_FIELDS
from matcher.vocabulary import SECTORS, SIZE_CLASSES, TERMS
from service.api.schemas import InterventionCard, InterventionList, LiveModel, Vocabulary
from service.live.watch import Failure
from tests.service.conftest import PROFILE, RECOMMENDATIONS

TOLD = {
    "/api/v1/interventions": InterventionList,
    "/api/v1/interventions/bbl": InterventionCard,
    "/api/v1/vocabulary": Vocabulary,
    "/api/v1/model": LiveModel,
}
ADDRESSES = [*TOLD, "/api/v1/openapi.json", "/health/live", "/health/ready"]
MENU_CARD = read_menu(MENU)


@pytest.mark.parametrize(("address", "form"), TOLD.items())
def test_what_is_told_has_exactly_the_documented_form(client, address, form):
    form.model_validate_json(client.get(address).data)


@pytest.mark.parametrize("card", MENU_CARD.ids)
def test_every_card_is_told_alone_as_in_the_list(client, card):
    told = client.get("/api/v1/interventions").json["interventions"]
    assert client.get(f"/api/v1/interventions/{card}").json in told


def test_the_menu_is_told_whole_and_in_order(client):
    told = client.get("/api/v1/interventions").json
    assert [card["id"] for card in told["interventions"]] == list(MENU_CARD.ids)
    assert told["version"] == MENU_CARD.version
    assert told["status"] == "concept"


def test_what_nobody_knows_is_null_and_named(client):
    card = client.get("/api/v1/interventions/bedrijfsschool").json
    assert card["duration_months"]["max"] is None
    assert "duration_months.max" in card["unknown"]


SUCCESS = {
    "bbl": {"measure": "finished", "at_least": None},
    "leermeester": {"measure": "gain_at_least", "at_least": 0.1},
}


@pytest.mark.parametrize(("card", "success"), SUCCESS.items())
def test_a_card_tells_what_counts_as_success(client, card, success):
    assert client.get(f"/api/v1/interventions/{card}").json["success"] == success


def test_a_card_is_told_in_the_language_asked_for(client):
    address = "/api/v1/interventions/leermeester"
    card = MENU_CARD.by_id["leermeester"]
    english = client.get(address, headers={"Accept-Language": "en"})
    assert client.get(address).json["first_step"] == card.first_step.nl
    assert english.json["first_step"] == card.first_step.en
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in english.headers["Vary"]


def test_the_vocabulary_holds_every_field_with_its_bounds(client):
    fields = {field["name"]: field for field in client.get("/api/v1/vocabulary").json["fields"]}
    assert tuple(fields) == PROFILE_FIELDS
    assert {name for name, field in fields.items() if field["required"]} == set(REQUIRED_FIELDS)
    assert fields["employees"]["bounds"] == {"min": 1, "max": 100_000}
    assert fields["needs"]["bounds"] == {"min_items": 1, "max_items": 14}
    assert fields["culture_baseline"]["bounds"] == {"min": 1, "max": 6}
    assert fields["owner_support"]["bounds"] == {"min": 1, "max": 5}


def test_every_list_a_field_names_is_there_with_labels_in_both_languages(client):
    told = client.get("/api/v1/vocabulary").json
    named = {field["list"] for field in told["fields"]} - {None}
    assert named <= told["lists"].keys()
    for name in named - {"yes_no"}:
        assert [term["id"] for term in told["lists"][name]] == list(TERMS[name])
    assert [term["id"] for term in told["lists"]["yes_no"]] == [True, False]
    assert all(t["label"]["nl"] and t["label"]["en"] for ts in told["lists"].values() for t in ts)


def test_every_value_of_a_list_is_taken_in_a_profile(client):
    told = client.get("/api/v1/vocabulary").json
    for field in told["fields"]:
        for term in told["lists"].get(field["list"], []):
            value = [term["id"]] if field["name"] in ("needs", "transitions") else term["id"]
            body = {"profile": PROFILE | {field["name"]: value}, "limit": 1}
            assert client.post(RECOMMENDATIONS, json=body).status_code == 200


def test_the_two_sector_schemes_map_onto_each_other(client):
    sbi = client.get("/api/v1/vocabulary").json["sbi"]
    letters = {version: [s["letter"] for s in sections] for version, sections in sbi.items()}
    assert letters == {version: list(sections) for version, sections in SECTORS.items()}
    for version, other in (("2008", "2025"), ("2025", "2008")):
        for section in sbi[version]:
            assert section["elsewhere"]
            assert set(section["elsewhere"]) <= set(letters[other])


def test_the_size_classes_leave_no_gap(client):
    classes = client.get("/api/v1/vocabulary").json["size_classes"]
    assert [c["id"] for c in classes] == list(SIZE_CLASSES)
    assert classes[0]["min"] == 1
    assert classes[-1]["max"] is None
    for smaller, larger in pairwise(classes):
        assert smaller["max"] + 1 == larger["min"]


def test_the_model_says_what_it_learned_from(client):
    told = client.get("/api/v1/model").json
    assert told["alias"] == "live"
    assert told["created"] == "2026-05-03T10:15:00+00:00"
    assert told["version"].startswith("20260503T101500Z-")
    assert told["simulated"] is True
    assert told["expert_only"] is False
    assert told["trials"] > told["companies"] > 0


def test_the_expert_prior_says_that_it_learned_nothing(untrained):
    told = untrained.get("/api/v1/model").json
    assert told["expert_only"] is True
    assert told["created"] is None
    assert told["trials"] == told["companies"] == 0


# Seen before


@pytest.mark.parametrize("address", [*TOLD, "/api/v1/openapi.json"])
def test_what_a_caller_has_already_is_not_sent_again(client, address):
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["API-Version"] == "1.0.0"
    assert client.get(address, headers={"If-None-Match": '"other"'}).data == first.data


def test_another_language_is_another_content(client):
    address = "/api/v1/interventions"
    dutch = client.get(address).headers["ETag"]
    assert client.get(address, headers={"Accept-Language": "en"}).headers["ETag"] != dutch


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_is_get_without_a_body(client, address):
    answer = client.head(address)
    assert (answer.status_code, answer.data) == (200, b"")


# Health


def test_the_process_is_live(client):
    assert client.get("/health/live").json == {"status": "live"}


def test_ready_names_the_model_and_the_menu(client):
    told = client.get("/health/ready").json
    assert told["status"] == "ready"
    assert told["model"]["version"].startswith("20260503T101500Z-")
    assert told["menu"] == {"version": MENU_CARD.version}
    assert "refused" not in told


def test_health_tells_why_a_menu_is_not_told(client, monkeypatch):
    live = client.application.extensions["leermatch.live"]
    failure = Failure("menu.toml, version: missing", datetime(2026, 11, 30, tzinfo=UTC))
    monkeypatch.setattr(live, "menu_failure", failure)
    state = client.get("/health/ready").json
    assert state["status"] == "degraded"
    assert state["menu"]["refused"]["reason"] == "menu.toml, version: missing"


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_health_is_never_kept(client, address):
    assert client.get(address).headers["Cache-Control"] == "no-store"


# On every answer

ANSWERS = {
    "an answer": ("POST", RECOMMENDATIONS, {"json": {"profile": PROFILE}}),
    "a refusal": ("POST", RECOMMENDATIONS, {"json": {}}),
    "a body too large": ("POST", RECOMMENDATIONS, {"data": b" " * 70_000}),
    "a wrong kind": ("POST", RECOMMENDATIONS, {"data": b"x"}),
    "the menu": ("GET", "/api/v1/interventions", {}),
    "an unknown address": ("GET", "/api/v1/nothing", {}),
    "an unknown method": ("PUT", "/api/v1/model", {}),
    "the methods there are": ("OPTIONS", RECOMMENDATIONS, {}),
    "health": ("GET", "/health/ready", {}),
}
EXPECTED = {
    "API-Version": "1.0.0",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
}


@pytest.mark.parametrize(("method", "address", "body"), ANSWERS.values(), ids=ANSWERS.keys())
def test_every_answer_carries_the_same_headers(client, method, address, body):
    headers = client.open(address, method=method, **body).headers
    assert {name: headers[name] for name in EXPECTED} == EXPECTED
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert "camera=()" in headers["Permissions-Policy"]
    assert all(len(headers.getlist(name)) == 1 for name in headers.keys())  # noqa: SIM118
    assert "Server" not in headers
    assert "Set-Cookie" not in headers


def test_only_a_secure_connection_is_told_to_stay_secure(client):
    assert "Strict-Transport-Security" not in client.get("/health/live").headers
    secure = client.get("/health/live", base_url="https://localhost")
    assert "max-age=" in secure.headers["Strict-Transport-Security"]


def test_an_answer_about_a_company_is_kept_nowhere(ask):
    assert ask().headers["Cache-Control"] == "no-store"


# Facts


def test_a_fact_is_told_with_its_source_and_dates(client):
    told = client.get("/api/v1/interventions/collegiale-uitleen").json
    report = next(fact for fact in told["facts"] if fact["id"] == "wtta-melden")
    assert report["kind"] == "law"
    assert report["checked"] == told["updated_at"] == "2026-11-29"
    assert report["deadline"] == report["last_day"] == "2026-12-31"
    assert report["source"]["address"] == "https://www.toelatinguitleenmarkt.nl"
    assert report["warns"] is True


def test_a_time_to_apply_is_told_by_its_days(client):
    facts = client.get("/api/v1/interventions/bbl?lang=en").json["facts"]
    (grant,) = [fact for fact in facts if fact["windows"]]
    assert grant["windows"] == [{"opens": "2026-06-02", "closes": "2026-09-17"}]
    assert (grant["ask"], grant["last_day"]) == ("RVO", "2026-12-31")


def test_a_fact_reads_the_same_on_every_card(client):
    told = client.get("/api/v1/interventions").json
    found = {}
    for card in told["interventions"]:
        for fact in card["facts"]:
            assert found.setdefault(fact["id"], fact) == fact
    assert set(found) == {fact.id for fact in MENU_CARD.facts}
    assert told["updated_at"] == date(2026, 11, 29).isoformat()


def test_programs_that_read_no_facts_still_read_the_texts(client):
    told = client.get("/api/v1/interventions/collegiale-uitleen").json
    assert "vóór 1 januari 2027" in told["legal_warning"]
    for card in client.get("/api/v1/interventions").json["interventions"]:
        assert card["money"] and card["study"] and card["roles"]

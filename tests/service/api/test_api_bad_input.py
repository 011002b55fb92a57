"""What a caller gets wrong: a status, a code, a place and the way out; all faults at once."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.messages import catalogue
from service.api.schemas import Problem
from service.web.problems import SHOWN
from tests.service.conftest import PROFILE, RECOMMENDATIONS
from tests.strength import strength

NOT_A_NUMBER = '{"profile": {"employees": NaN, "culture_baseline": [1, -Infinity]}}'


def post(client, body, content_type="application/json", **headers):
    return client.post(
        RECOMMENDATIONS,
        data=body,
        content_type=content_type,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def faults(answer):
    """Return place and code of every fault, after checking the form of the whole problem."""
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["API-Version"] == "1.0.0"
    assert answer.headers["Cache-Control"] == "no-store"
    told = Problem.model_validate_json(answer.data)
    assert told.status == answer.status_code
    assert all(fault.detail for fault in told.errors)
    return [(fault.pointer, fault.code) for fault in told.errors]


# One thing wrong in an otherwise good question

WRONG = {
    "nobody employed": ({"employees": 0}, "/employees", "too_small"),
    "fewer than nobody": ({"employees": -1}, "/employees", "too_small"),
    "half a person": ({"employees": 3.5}, "/employees", "not_whole"),
    "true people": ({"employees": True}, "/employees", "not_whole"),
    "a number in quotes": ({"employees": "38"}, "/employees", "not_whole"),
    "10 to the 30th people": ({"employees": 10**30}, "/employees", "too_large"),
    "10 to the 30th as a float": ({"employees": 1e30}, "/employees", "too_large"),
    "a 4 000-digit number": ({"employees": 10**4000}, "/employees", "too_large"),
    "no employees": ({"employees": None}, "/employees", "not_whole"),
    "unknown need": ({"needs": ["inwerken", "vliegen"]}, "/needs/1", "unknown_value"),
    "the same need twice": ({"needs": ["taal", "taal"]}, "/needs", "duplicate"),
    "no needs": ({"needs": []}, "/needs", "too_few"),
    "needs as text": ({"needs": "taal"}, "/needs", "not_an_array"),
    "sector of the other scheme": ({"sector": "V"}, "/sector", "unknown_sector"),
    "small sector letter": ({"sector": "f"}, "/sector", "unknown_sector"),
    "unknown scheme": ({"sbi_version": "1993"}, "/sbi_version", "unknown_value"),
    "scheme as a number": ({"sbi_version": 2008}, "/sbi_version", "unknown_value"),
    "unknown pressure": ({"staffing_pressure": "druk"}, "/staffing_pressure", "unknown_value"),
    "unknown field": ({"name": "Bakker BV"}, "/name", "unknown_field"),
    "yes in words": ({"oo_fund": "ja"}, "/oo_fund", "not_a_boolean"),
    "culture above the scale": ({"culture_baseline": 7}, "/culture_baseline", "too_large"),
    "support below the scale": ({"owner_support": 0}, "/owner_support", "too_small"),
    "a list for a province": ({"province": ["drenthe"]}, "/province", "unknown_value"),
}


@pytest.mark.parametrize(("change", "pointer", "code"), WRONG.values(), ids=WRONG.keys())
def test_a_fault_in_the_profile_is_told_at_its_field(client, change, pointer, code):
    answer = post(client, json.dumps({"profile": PROFILE | change}))
    assert answer.status_code == 400
    assert faults(answer) == [(f"/profile{pointer}", code)]


@pytest.mark.parametrize(
    "field", ["employees", "sector", "sbi_version", "needs", "staffing_pressure"]
)
def test_a_required_field_that_is_missing_is_told(client, field):
    profile = {name: value for name, value in PROFILE.items() if name != field}
    answer = post(client, json.dumps({"profile": profile}))
    assert answer.status_code == 400
    assert faults(answer) == [(f"/profile/{field}", "missing")]


QUESTIONS = {
    "limit 0": ({"limit": 0}, "/limit", "too_small"),
    "limit 1000": ({"limit": 1000}, "/limit", "too_large"),
    "limit in quotes": ({"limit": "5"}, "/limit", "not_whole"),
    "limit true": ({"limit": True}, "/limit", "not_whole"),
    "unknown reasons": ({"reasons": "some"}, "/reasons", "unknown_value"),
    "ask_next in words": ({"ask_next": "yes"}, "/ask_next", "not_a_boolean"),
    "unknown member": ({"company": "x"}, "/company", "unknown_field"),
    "unknown id in exclude": (
        {"constraints": {"exclude": ["bbl", "zweven"]}},
        "/constraints/exclude/1",
        "unknown_intervention",
    ),
    "the same id twice in exclude": (
        {"constraints": {"exclude": ["bbl", "bbl"]}},
        "/constraints/exclude",
        "duplicate",
    ),
    "negative hours": (
        {"constraints": {"max_hours_per_participant": -1}},
        "/constraints/max_hours_per_participant",
        "too_small",
    ),
    "unknown cost band": (
        {"constraints": {"max_cost_band": 5}},
        "/constraints/max_cost_band",
        "too_large",
    ),
    "constraints as a list": ({"constraints": []}, "/constraints", "not_an_object"),
    "no profile": ({"profile": None}, "/profile", "missing"),
    "profile as text": ({"profile": "x"}, "/profile", "not_an_object"),
    "unknown version": ({"model": "20200101T000000Z-000000000000"}, "/model", "unknown_version"),
    "version that is a path": ({"model": "../../etc/passwd"}, "/model", "unknown_version"),
    "version that is a long text": ({"model": "a" * 9000}, "/model", "unknown_version"),
    "version with a null byte": ({"model": "a\0b"}, "/model", "unknown_version"),
    "version that is empty": ({"model": ""}, "/model", "unknown_version"),
    "version as a number": ({"model": 3}, "/model", "not_a_text"),
}


@pytest.mark.parametrize(("change", "pointer", "code"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_fault_in_the_question_is_told_at_its_member(client, change, pointer, code):
    answer = post(client, json.dumps({"profile": PROFILE} | change))
    assert answer.status_code == 400
    assert faults(answer) == [(pointer, code)]


def test_all_faults_are_told_at_once(client):
    wrong = PROFILE | {"employees": 0, "sector": "Z", "needs": ["taal", "x"], "extra": 1}
    answer = post(client, json.dumps({"profile": wrong, "limit": 0}))
    assert dict(faults(answer)) == {
        "/profile/employees": "too_small",
        "/profile/sector": "unknown_sector",
        "/profile/needs/1": "unknown_value",
        "/profile/extra": "unknown_field",
        "/limit": "too_small",
    }
    assert "5" in answer.json["detail"]


def test_a_flood_of_faults_is_counted_and_not_all_listed(client):
    wrong = PROFILE | {f"field{i}": 1 for i in range(3000)}
    answer = post(client, json.dumps({"profile": wrong}))
    assert len(answer.json["errors"]) == SHOWN
    assert "3000" in answer.json["detail"]


# Bodies that are no question at all

BODIES = {
    "empty": (b"", "", "empty_body"),
    "only space": (b" \r\n\t ", "", "empty_body"),
    "not JSON": (b"employees=38", "", "invalid_json"),
    "half an object": (b'{"profile": {', "", "invalid_json"),
    "a comma too many": (b'{"profile": {},}', "", "invalid_json"),
    "two objects": (b"{} {}", "", "invalid_json"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "", "invalid_json"),
    "half a surrogate": (b'{"profile": "\\ud800"}', "", "invalid_json"),
    "invalid UTF-8": (b'{"profile": "\xff"}', "", "invalid_utf8"),
    "Latin-1": ('{"profile": "caf\u00e9"}'.encode("latin-1"), "", "invalid_utf8"),
    "60 000 open brackets": (b"[" * 60_000, "", "too_deep"),
    "30 000 open and closed brackets": (b"[" * 30_000 + b"]" * 30_000, "", "too_deep"),
    "10 000 nested objects": (b'{"a":' * 10_000, "", "too_deep"),
    "a 5 000-digit number": (b'{"limit": ' + b"9" * 5000 + b"}", "", "number_too_long"),
    "a list": (b"[]", "", "not_an_object"),
    "a number": (b"38", "", "not_an_object"),
    "null": (b"null", "", "not_an_object"),
    "a text": (b'"profile"', "", "not_an_object"),
    "NaN": (b'{"profile": {"employees": NaN}}', "/profile/employees", "not_finite"),
    "infinity": (b'{"a/b": {"c~d": [1, Infinity]}}', "/a~1b/c~0d/1", "not_finite"),
}


@pytest.mark.parametrize(("body", "pointer", "code"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_question_is_refused(client, body, pointer, code):
    answer = post(client, body)
    assert answer.status_code == 400
    assert faults(answer) == [(pointer, code)]


def test_a_number_past_all_floats_is_told_at_its_field(client):
    body = json.dumps({"profile": PROFILE}).replace("38", "1e999")
    assert faults(post(client, body)) == [("/profile/employees", "not_whole")]


def test_every_number_that_is_no_number_is_told(client):
    told = faults(post(client, NOT_A_NUMBER))
    assert told == [
        ("/profile/employees", "not_finite"),
        ("/profile/culture_baseline/1", "not_finite"),
    ]


def test_a_fault_in_the_syntax_says_where(client):
    answer = post(client, b'{\n  "profile": oops}', Accept_Language="en")
    assert "line 2, character 14" in answer.json["errors"][0]["detail"]


TYPES = {
    "a form": ("application/x-www-form-urlencoded", {}),
    "plain text": ("text/plain", {}),
    "none": ("", {}),
    "JSON in UTF-16": ("application/json; charset=utf-16", {}),
    "compressed": ("application/json", {"Content_Encoding": "gzip"}),
    "another JSON": ("application/ld+json", {}),
}


@pytest.mark.parametrize(("content_type", "headers"), TYPES.values(), ids=TYPES.keys())
def test_another_kind_of_content_is_refused(client, content_type, headers):
    answer = post(client, json.dumps({"profile": PROFILE}), content_type, **headers)
    assert answer.status_code == 415
    assert faults(answer) == [("", "wrong_content_type")]
    assert answer.json["errors"][0]["in"] == "header"


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"]
)
def test_json_in_utf8_is_read(client, content_type):
    assert post(client, json.dumps({"profile": PROFILE}), content_type).status_code == 200


def test_a_body_of_exactly_64_kb_is_read_and_one_byte_more_is_not(client):
    body = json.dumps({"profile": PROFILE}).ljust(64 * 1024)
    assert post(client, body).status_code == 200
    answer = post(client, body + " ")
    assert answer.status_code == 413
    assert answer.json["title"] == catalogue("nl")["problem.content_too_large.title"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_refusal_is_told_in_the_language_asked_for(client, language):
    answer = post(client, b"", Accept_Language=language)
    assert answer.headers["Content-Language"] == language
    assert answer.json["errors"][0]["detail"] == catalogue(language)["fault.empty_body"]


# Addresses and methods

ADDRESSES = {
    "nothing there": "/api/v1/nothing",
    "no version": "/api/recommendations",
    "another version": "/api/v2/recommendations",
    "trailing slash": "/api/v1/model/",
    "doubled slash": "/api/v1//model",
    "a card of another kind": "/api/v1/interventions/bbl/costs",
    "under health": "/health/nothing",
    "the root of health": "/health",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_unknown_address_is_a_problem(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert Problem.model_validate_json(answer.data).status == 404
    assert answer.headers["API-Version"] == "1.0.0"


METHODS = {
    "GET recommendations": ("GET", RECOMMENDATIONS, {"OPTIONS", "POST"}),
    "PUT recommendations": ("PUT", RECOMMENDATIONS, {"OPTIONS", "POST"}),
    "POST model": ("POST", "/api/v1/model", {"GET", "HEAD", "OPTIONS"}),
    "DELETE a card": ("DELETE", "/api/v1/interventions/bbl", {"GET", "HEAD", "OPTIONS"}),
    "POST health": ("POST", "/health/live", {"GET", "HEAD", "OPTIONS"}),
    "a made-up method": ("BREW", "/api/v1/model", {"GET", "HEAD", "OPTIONS"}),
}


@pytest.mark.parametrize(("method", "address", "allowed"), METHODS.values(), ids=METHODS.keys())
def test_an_unknown_method_names_those_that_exist(client, method, address, allowed):
    answer = client.open(address, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert Problem.model_validate_json(answer.data).status == 405


def test_an_unknown_card_names_the_cards_there_are(client):
    answer = client.get("/api/v1/interventions/zweven")
    assert answer.status_code == 404
    assert faults(answer) == [("/id", "unknown_intervention")]
    assert "mentor-buddy" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("name", ["%2e%2e%2fsecret", "BBL", "bbl%00", "a" * 300])
def test_a_card_that_is_no_name_is_refused(client, name):
    answer = client.get(f"/api/v1/interventions/{name}")
    assert answer.status_code in (400, 404)
    assert Problem.model_validate_json(answer.data).status == answer.status_code


# Whatever is sent

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.proof
@settings(max_examples=strength(60, 2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from([*PROFILE, "x", "transitions", "oo_fund"]), ANYTHING))
def test_no_profile_whatever_makes_the_service_fail(client, profile):
    answer = post(
        client, json.dumps({"profile": profile}, ensure_ascii=False).encode("utf-8", "replace")
    )
    assert answer.status_code in (200, 400)


@pytest.mark.proof
@settings(max_examples=strength(60, 2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_no_body_whatever_makes_the_service_fail(client, body):
    answer = post(client, body)
    assert answer.status_code == 400
    assert faults(answer)

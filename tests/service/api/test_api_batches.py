"""Many companies in one call: the same advice as one by one, and no fault stops another."""

import json

import pytest

from service.api.batch_requests import MAX_BATCH, BatchAnswer
from tests.service.conftest import PROFILE, RECOMMENDATIONS

BATCHES = "/api/v1/recommendation-batches"
WHOLE = {"constraints": {"exclude": ["bbl"]}, "limit": 3, "reasons": "all"}


def batch(*profiles, **members):
    named = [{"id": f"p{place}", "profile": each} for place, each in enumerate(profiles)]
    return {"profiles": named, **members}


@pytest.fixture
def post(client):
    def post(body, language="nl"):
        return client.post(BATCHES, json=body, headers={"Accept-Language": language})

    return post


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_answer_is_that_of_a_question_of_its_own(client, post, language):
    profiles = [PROFILE | {"employees": people} for people in (3, 38, 120, 300)]
    told = post(batch(*profiles, **WHOLE), language)
    assert told.headers["Content-Language"] == language
    BatchAnswer.model_validate_json(told.data)
    for place, (profile, answer) in enumerate(zip(profiles, told.json["answers"], strict=True)):
        alone = client.post(
            RECOMMENDATIONS,
            json={"profile": profile, **WHOLE},
            headers={"Accept-Language": language},
        ).json
        assert (answer.pop("id"), answer.pop("question_id")) == (f"p{place}", alone.pop("id"))
        assert answer == alone


def test_a_faulty_profile_gets_its_problem_and_the_others_their_advice(post):
    wrong = {"employees": 0, "sector": "F", "sbi_version": "2008", "needs": [], "x": 1}
    answers = post(batch(PROFILE, wrong, None, PROFILE)).json["answers"]
    assert ["problem" in each for each in answers] == [False, True, True, False]
    assert [each["id"] for each in answers] == ["p0", "p1", "p2", "p3"]
    told = {fault["pointer"]: fault["code"] for fault in answers[1]["problem"]["errors"]}
    assert told == {
        "/profiles/1/profile/employees": "too_small",
        "/profiles/1/profile/needs": "too_few",
        "/profiles/1/profile/staffing_pressure": "missing",
        "/profiles/1/profile/x": "unknown_field",
    }
    assert answers[1]["problem"]["status"] == 400
    assert [f["code"] for f in answers[2]["problem"]["errors"]] == ["not_an_object"]


def test_a_thousand_profiles_are_answered_in_their_order(post):
    profiles = [PROFILE | {"employees": 1 + place} for place in range(1000)]
    answers = post(batch(*profiles, limit=1)).json["answers"]
    assert [each["id"] for each in answers] == [f"p{place}" for place in range(1000)]
    assert len({each["question_id"] for each in answers}) == 1000


ONE = {"id": "a", "profile": PROFILE}
REFUSED = {
    "no profiles": ({}, "/profiles", "missing"),
    "none of them": ({"profiles": []}, "/profiles", "too_few"),
    "a thousand and one": (batch(*[PROFILE] * 1001), "/profiles", "too_many"),
    "an id twice": ({"profiles": [ONE, ONE]}, "/profiles/1/id", "duplicate"),
    "no id": ({"profiles": [{"profile": PROFILE}]}, "/profiles/0/id", "missing"),
    "an empty id": ({"profiles": [ONE | {"id": ""}]}, "/profiles/0/id", "text_too_short"),
    "an id of 101": ({"profiles": [ONE | {"id": "a" * 101}]}, "/profiles/0/id", "text_too_long"),
    "a number for an id": ({"profiles": [ONE | {"id": 7}]}, "/profiles/0/id", "not_a_text"),
    "no profile in it": ({"profiles": [{"id": "a"}]}, "/profiles/0/profile", "missing"),
    "something else in it": ({"profiles": [ONE | {"x": 1}]}, "/profiles/0/x", "unknown_field"),
    "limit 0": (batch(PROFILE, limit=0), "/limit", "too_small"),
    "the next question": (batch(PROFILE, ask_next=True), "/ask_next", "unknown_field"),
    "unknown version": (batch(PROFILE, model="x"), "/model", "unknown_version"),
    "unknown id in exclude, with no good profile": (
        batch({}, constraints={"exclude": ["zweven"]}),
        "/constraints/exclude/0",
        "unknown_intervention",
    ),
}


@pytest.mark.parametrize(("body", "pointer", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_with_the_whole_refuses_the_whole(post, body, pointer, code):
    answer = post(body)
    assert answer.status_code == 400
    assert [(f["pointer"], f["code"]) for f in answer.json["errors"]] == [(pointer, code)]


def test_only_a_batch_may_be_two_megabytes(client):
    for address, most in ((BATCHES, MAX_BATCH), (RECOMMENDATIONS, 64 * 1024)):
        body = batch(PROFILE) if address == BATCHES else {"profile": PROFILE}
        whole = json.dumps(body).ljust(most)
        for text, status in ((whole, 200), (whole + " ", 413)):
            answer = client.post(address, data=text, content_type="application/json")
            assert answer.status_code == status

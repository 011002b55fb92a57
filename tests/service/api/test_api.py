"""A question to the API and its answer: form, sums, sameness."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.profile.schema import PROFILE_FIELDS, REQUIRED_FIELDS, Profile
from matcher.ranking.alternatives import possible_answers
from service.api.schemas import RecommendationAnswer
from tests.service.conftest import PROFILE, RECOMMENDATIONS


def test_an_answer_has_exactly_the_documented_form(ask):
    answer = ask({"limit": 26, "reasons": "all", "ask_next": True})
    RecommendationAnswer.model_validate_json(answer.data)


def test_the_answer_without_a_trained_model_has_the_same_form_and_says_so(untrained):
    answer = untrained.post(RECOMMENDATIONS, json={"profile": PROFILE})
    RecommendationAnswer.model_validate_json(answer.data)
    assert answer.json["model"]["expert_only"]
    assert answer.json["model"]["trials"] == 0
    assert answer.json["notices"]


def test_the_members_stand_in_the_order_of_the_contract(ask):
    answer = json.loads(ask().data)
    assert list(answer) == [
        *("id", "model", "menu", "known_case", "ranking"),
        *("not_suitable", "baseline_order", "notices"),
    ]
    assert answer["ranking"][0].keys() >= {"rank", "intervention", "expected_gain", "reasons"}


def test_a_simulated_model_says_so_in_every_answer(ask):
    answer = ask().json
    assert answer["model"]["simulated"] is True
    assert any("nagebootst" in notice for notice in answer["notices"])


def test_five_are_shown_unless_another_number_is_asked_for(ask):
    assert len(ask().json["ranking"]) == 5
    assert [line["rank"] for line in ask({"limit": 3}).json["ranking"]] == [1, 2, 3]
    longest = ask({"limit": 100}).json
    assert len(longest["ranking"]) + len(longest["not_suitable"]) == 25


def test_the_order_goes_down_by_expected_gain(ask):
    means = [line["expected_gain"]["mean"] for line in ask({"limit": 100}).json["ranking"]]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("employees", [3, 38, 180])
def test_all_reasons_add_up_to_the_expected_gain(ask, employees):
    for line in ask({"limit": 100, "reasons": "all"}, employees=employees).json["ranking"]:
        total = sum(reason["effect"] for reason in line["reasons"])
        assert total == pytest.approx(line["expected_gain"]["mean"], abs=0.001)


def test_the_top_reasons_are_two_for_and_one_against(ask):
    for line in ask({"limit": 100}).json["ranking"]:
        effects = [reason["effect"] for reason in line["reasons"]]
        assert len([e for e in effects if e > 0]) <= 2
        assert len([e for e in effects if e < 0]) <= 1
        assert effects == sorted(effects, reverse=True)


def test_the_top_reasons_are_among_all_reasons(ask):
    top, everything = ask().json, ask({"reasons": "all"}).json
    for short, long in zip(top["ranking"], everything["ranking"], strict=True):
        assert all(reason in long["reasons"] for reason in short["reasons"])


def test_an_excluded_card_is_not_suitable_by_the_name_of_the_constraint(ask):
    answer = ask({"constraints": {"exclude": ["bbl"], "max_hours_per_participant": 16}}).json
    conditions = {card["intervention"]: card["condition"] for card in answer["not_suitable"]}
    assert conditions["bbl"] == "exclude"
    assert "max_hours_per_participant" in conditions.values()
    for line in answer["ranking"]:
        assert line["hours_off_job"] is None or line["hours_off_job"]["min"] <= 16


@pytest.mark.parametrize("kept", [0, 2, 3])
def test_when_too_few_are_left_a_notice_says_so_and_where_it_says_why(ask, kept):
    everything = [line["intervention"] for line in ask({"limit": 100}).json["ranking"]]
    answer = ask({"constraints": {"exclude": everything[kept:]}}).json
    assert len(answer["ranking"]) == kept
    told = [notice for notice in answer["notices"] if "not_suitable" in notice]
    assert len(told) == (kept < 3)
    if told:
        assert f": {kept}." in told[0] and str(len(answer["not_suitable"])) in told[0]
    one = ask({"constraints": {"exclude": everything[1:]}, "limit": 1}).json
    assert not [notice for notice in one["notices"] if "not_suitable" in notice]


def test_a_cost_constraint_holds_for_the_cost_band_that_is_shown(ask):
    answer = ask({"constraints": {"max_cost_band": 0}, "limit": 100}).json
    assert {line["cost_band"] for line in answer["ranking"]} == {0}


def test_a_failed_condition_comes_with_the_nearest_change_that_opens_it(ask):
    cards = {c["intervention"]: c for c in ask({"limit": 100}, employees=4).json["not_suitable"]}
    change = cards["bedrijfsschool"]["nearest_change"]
    assert change == {"employees": 10}
    opened = ask({"limit": 100}, employees=change["employees"]).json
    assert "bedrijfsschool" in [line["intervention"] for line in opened["ranking"]]


def test_a_large_company_gets_a_notice(ask):
    assert len(ask(employees=250).json["notices"]) == len(ask(employees=249).json["notices"]) + 1


def test_the_enabler_is_neither_ranked_nor_refused(ask):
    answer = ask({"limit": 100}).json
    shown = [*answer["ranking"], *answer["not_suitable"]]
    assert "collegiale-uitleen" not in [card["intervention"] for card in shown]
    assert any("collegiale-uitleen" in line["goes_with"] for line in answer["ranking"])


def test_a_version_asked_for_by_name_gives_the_same_bytes(ask):
    version = ask().json["model"]["version"]
    assert ask({"model": version}).data == ask().data


# Sameness


def test_the_same_question_gets_the_same_bytes(ask):
    assert ask().data == ask().data


def test_two_services_with_the_same_model_give_the_same_bytes(ask, make_app, models):
    other = make_app(models).test_client()
    assert other.post(RECOMMENDATIONS, json={"profile": PROFILE}).data == ask().data


BODY = {"profile": PROFILE | {"culture_baseline": 4, "transitions": ["zorg", "energie"]}}
SPELLINGS = {
    "other key order": json.dumps({"limit": 5, "profile": dict(reversed(BODY["profile"].items()))}),
    "more space": json.dumps(BODY, indent=7),
    "null for missing": json.dumps(
        {"profile": dict.fromkeys(PROFILE_FIELDS) | BODY["profile"], "constraints": None}
    ),
    "38.0 for 38": json.dumps({"profile": BODY["profile"] | {"employees": 38.0}}),
    "4.0 for 4": json.dumps({"profile": BODY["profile"] | {"culture_baseline": 4.0}}),
    "empty constraints": json.dumps(BODY | {"constraints": {"exclude": []}}),
    "a set in another order": json.dumps(
        {"profile": BODY["profile"] | {"transitions": ["energie", "zorg"]}}
    ),
    "escaped letters": json.dumps(BODY).replace("inwerken", "\\u0069nwerken"),
    "a key twice, the last one counts": '{"profile": 1, ' + json.dumps(BODY)[1:],
    "defaults written out": json.dumps(
        BODY | {"limit": 5.0, "reasons": "top", "ask_next": False, "model": None}
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_another_spelling_of_a_question_gets_the_same_bytes(client, spelling):
    plain = client.post(RECOMMENDATIONS, json=BODY)
    other = client.post(RECOMMENDATIONS, data=spelling, content_type="application/json")
    assert other.status_code == 200
    assert other.data == plain.data


def test_the_language_changes_the_texts_and_not_the_id_or_the_numbers(ask):
    dutch, english = ask(language="nl").json, ask(language="en-GB,en;q=0.9").json
    assert dutch["id"] == english["id"]
    assert dutch["notices"] != english["notices"]
    for here, there in zip(dutch["ranking"], english["ranking"], strict=True):
        assert here["expected_gain"] == there["expected_gain"]


LANGUAGES = {"nothing": (None, "nl"), "French": ("fr", "nl"), "English": ("en", "en")} | {
    "English before Dutch": ("en, nl;q=0.5", "en"),
    "Dutch before English": ("nl, en;q=0.5", "nl"),
    "no header at all": (";;;", "nl"),
}


@pytest.mark.parametrize(("asked", "told"), LANGUAGES.values(), ids=LANGUAGES.keys())
def test_the_answer_says_which_language_it_is_in(ask, asked, told):
    answer = ask(language=asked)
    assert answer.headers["Content-Language"] == told
    assert answer.headers["Vary"] == "Accept-Language"


def test_limit_and_reasons_do_not_change_the_id(ask):
    assert ask({"limit": 9, "reasons": "all"}).json["id"] == ask().json["id"]


OTHERS = {
    "profile": {"profile": PROFILE | {"employees": 39}},
    "order of needs": {"profile": PROFILE | {"needs": ["digitaal", "inwerken"]}},
    "no is not unknown": {"profile": PROFILE | {"oo_fund": False}},
    "none is not unknown": {"profile": PROFILE | {"transitions": []}},
    "constraints": {"profile": PROFILE, "constraints": {"max_cost_band": 2}},
}


@pytest.mark.parametrize("question", OTHERS.values(), ids=OTHERS.keys())
def test_another_question_has_another_id(ask, client, question):
    assert client.post(RECOMMENDATIONS, json=question).json["id"] != ask().json["id"]


def test_another_model_gives_another_id(ask, untrained):
    other = untrained.post(RECOMMENDATIONS, json={"profile": PROFILE})
    assert other.json["id"] != ask().json["id"]


WORDS = {
    name: [None, *possible_answers(name)] for name in PROFILE_FIELDS if name not in REQUIRED_FIELDS
}


REQUIRED = {name: PROFILE[name] for name in REQUIRED_FIELDS}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(answers=st.fixed_dictionaries({name: st.sampled_from(each) for name, each in WORDS.items()}))
def test_every_profile_gets_a_whole_answer_that_does_not_depend_on_spelling(client, answers):
    body = {"profile": REQUIRED | answers, "limit": 100, "reasons": "all"}
    answer = client.post(RECOMMENDATIONS, json=body)
    told = RecommendationAnswer.model_validate_json(answer.data)
    n = len(told.ranking)
    assert sum(line.p_top3 for line in told.ranking) == pytest.approx(min(3, n), abs=1e-4)
    known = {name: value for name, value in answers.items() if value is not None}
    shorter = json.dumps(body | {"profile": dict(reversed((REQUIRED | known).items()))})
    again = client.post(RECOMMENDATIONS, data=shorter, content_type="application/json")
    assert again.data == answer.data


# Which question next


def test_every_optional_question_has_answers_that_a_profile_takes():
    for name, answers in WORDS.items():
        for value in answers:
            Profile.model_validate(PROFILE | {name: value})


OPEN = {"needs": ["taal"]}
"""A company of which some answers are not known and would change the first three."""


def test_only_questions_that_change_the_first_three_are_worth_asking(ask):
    plain = ask({"ask_next": True}, **OPEN).json
    now = [line["intervention"] for line in plain["ranking"][:3]]
    assert plain["ask_next"]
    for question in plain["ask_next"]:
        assert any(answer["top3"] != now for answer in question["answers"])
    told = {question["field"] for question in plain["ask_next"]}
    assert told.isdisjoint(PROFILE)
    for name in WORDS.keys() - told - PROFILE.keys():
        for value in possible_answers(name):
            after = ask(**OPEN, **{name: value}).json["ranking"]
            assert [c["intervention"] for c in after[:3]] == now


def test_answering_does_what_the_next_question_said(ask):
    for question in ask({"ask_next": True}, **OPEN).json["ask_next"]:
        for answer in question["answers"]:
            after = ask(**OPEN, **{question["field"]: answer["value"]}).json
            assert [c["intervention"] for c in after["ranking"][:3]] == answer["top3"]


def test_nothing_is_left_to_ask_when_everything_is_answered(ask):
    everything = {name: answers[1] for name, answers in WORDS.items()}
    assert ask({"ask_next": True}, **everything).json["ask_next"] == []


def test_nothing_to_ask_next_is_told_unless_asked_for(ask):
    assert "ask_next" not in ask().json

"""Whatever the document of the API allows, and what it forbids, asked of a service that runs.

Run by ``tests/service/api/test_schemathesis.py`` in a pytest of its own, for schemathesis takes two
seconds to load and four to lay out what it asks, which no other test should pay for. The address of
the service and a key for everything come in the environment.
"""

import os
import re

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from tests.strength import strength

EXAMPLES = strength(3, 1000)
"""Drawn for every operation, besides the bounds of its schema, which are all asked."""
AN_ID = re.compile(r"[0-9a-f]{32}")
ADDRESS, KEY = os.environ["ASKED_ADDRESS"], {"X-API-Key": os.environ["ASKED_KEY"]}
API = schemathesis.openapi.from_url(f"{ADDRESS}/api/v1/openapi.json")
PROFILE = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken"],
    "staffing_pressure": "krap",
}

load_all_checks()
NOT_CHECKED = CHECKS.get_by_names(["positive_data_acceptance"])
"""In its place stands a check of our own: what fits the schema is refused for few reasons."""
WITHOUT_A_KEY = CHECKS.get_by_names(["ignored_auth"])
"""Asks twice more, without a key and with a wrong one; whether that is refused is a property of the
operation, so once an answer was right in that too the next is not held to it."""
NO_SCHEMA_SAYS = {
    "unknown_version": "which versions there are",
    "unknown_intervention": "which approaches are on the menu",
    "unknown_cursor": "which pages there are",
    "duplicate": "that no two items of a list have one id",
    "not_a_day": "that a day lies between 2000 and 2100, beside the format of a day",
    "trial_end_before_start": "that one day comes after another",
}
"""Code of a fault -> what it is about, that changes or that no schema can say."""
kept: list[str] = []
guarded: set[str] = set()
session = requests.Session()
session.trust_env = False


def recorded():
    """Return the id of a conversation that is there."""
    place = f"{ADDRESS}/api/v1/conversations"
    if not kept or session.get(f"{place}/{kept[-1]}", headers=KEY, timeout=60).status_code != 200:
        made = session.post(place, json={"profile": PROFILE}, headers=KEY, timeout=60)
        kept.append(made.json()["id"])
    return kept[-1]


def refused_for_what_no_schema_says_alone(_context, response, case):
    """Fail if what fits the schema is refused for something that the schema could have said."""
    if case.meta.generation.mode.is_positive and response.status_code == 400:
        faults = response.json()["errors"]
        assert all(each["code"] in NO_SCHEMA_SAYS for each in faults), faults


@API.parametrize()
@seed(20261126)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
def test_what_the_document_allows_and_forbids_is_answered_as_it_says(case):
    if AN_ID.fullmatch(str(case.path_parameters.get("id", ""))):
        # By chance no id would ever be one that is there.
        case.path_parameters["id"] = recorded()
    operation = case.operation.label
    answer = case.call_and_validate(
        base_url=f"{ADDRESS}/api/v1",
        session=session,
        headers=KEY,
        excluded_checks=[*NOT_CHECKED, *(WITHOUT_A_KEY if operation in guarded else ())],
        additional_checks=[refused_for_what_no_schema_says_alone],
        timeout=60,
    )
    if answer.status_code < 300:
        guarded.add(operation)

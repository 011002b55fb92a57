"""Whatever the document of the API allows, and what it forbids, asked of a service that runs.

Run by ``tests/service/api/test_schemathesis.py`` in a pytest of its own, for schemathesis takes two
seconds to load and four to lay out what it asks, which no other test should pay for. The address of
the service and a key for everything come in the environment.
"""

import os
import re
from pathlib import Path

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from tests.strength import strength

EXAMPLES = strength(8, 1000)
"""Drawn for every operation, besides the bounds of its schema, which are all asked."""
API = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "openapi.json")
AN_ID = re.compile(r"[0-9a-f]{32}")
ADDRESS, KEY = os.environ["ASKED_ADDRESS"], {"X-API-Key": os.environ["ASKED_KEY"]}
PROFILE = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken"],
    "staffing_pressure": "krap",
}

load_all_checks()
NOT_CHECKED = CHECKS.get_by_names(["positive_data_acceptance", "ignored_auth"])
"""That a sector fits its scheme, or an end comes after its start, no schema says. And after twenty
wrong keys the answer is 429; ``test_access.py`` has every endpoint with every caller."""
NOT_CHECKED_OF = {
    # One wrong profile among many is told in its place, and the others are answered.
    "/recommendation-batches": CHECKS.get_by_names(["negative_data_rejection"]),
}
kept: list[str] = []


def recorded():
    """Return the id of a conversation that is there."""
    place = f"{ADDRESS}/api/v1/conversations"
    if not kept or requests.get(f"{place}/{kept[-1]}", headers=KEY, timeout=60).status_code != 200:
        made = requests.post(place, json={"profile": PROFILE}, headers=KEY, timeout=60)
        kept.append(made.json()["id"])
    return kept[-1]


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
    case.call_and_validate(
        base_url=f"{ADDRESS}/api/v1",
        headers=KEY,
        excluded_checks=[*NOT_CHECKED, *NOT_CHECKED_OF.get(case.path, ())],
        timeout=60,
    )

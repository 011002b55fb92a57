"""Whatever the document of the API allows, and what it forbids, asked of the running service.

Every operation gets, from a fixed seed, bodies and parameters that fit its schema and ones that do
not. No answer may be a failure of ours, a status or content type that the document does not name,
or a body that does not fit its schema; and what the schema forbids must be refused.
"""

import re

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from service import create_app
from service.settings import Settings
from tests.service.conftest import PROFILE, ROOT
from tests.strength import strength

EXAMPLES = strength(20, 1000)
"""Drawn for every operation, besides the bounds of its schema, which are all asked."""
API = schemathesis.openapi.from_path(ROOT / "docs/openapi.json")
AN_ID = re.compile(r"[0-9a-f]{32}")

load_all_checks()
NOT_CHECKED = CHECKS.get_by_names(["positive_data_acceptance", "ignored_auth"])
"""That a sector fits its scheme, or an end comes after its start, no schema says. And after twenty
wrong keys the answer is 429; ``test_access.py`` has every endpoint with every caller."""
NOT_CHECKED_OF = {
    # One wrong profile among many is told in its place, and the others are answered.
    "/recommendation-batches": CHECKS.get_by_names(["negative_data_rejection"]),
}


@pytest.fixture(scope="module")
def guarded(start_server, write_version, tmp_path_factory):
    """Return a service that asks for keys, and a key that may do everything."""
    folder = tmp_path_factory.mktemp("guarded")
    write_version(folder / "models", 3)
    server = start_server(folder, LEERMATCH_AUTH="local", LEERMATCH_RATE="0")
    words = ["--organisation", "Ynbusiness", "--scopes", "recommend,record,export"]
    app = create_app(Settings(models=folder / "models", instance=folder / "instance"))
    made = app.test_cli_runner().invoke(args=["keys", "create", *words])
    return server, {"X-API-Key": made.stdout.strip()}


@pytest.fixture(scope="module")
def recorded(guarded):
    """Return a function that gives the id of a conversation that is there."""
    server, key = guarded
    place = f"{server.url}/api/v1/conversations"
    kept = []

    def recorded():
        if (
            not kept
            or requests.get(f"{place}/{kept[-1]}", headers=key, timeout=60).status_code != 200
        ):
            made = requests.post(place, json={"profile": PROFILE}, headers=key, timeout=60)
            kept.append(made.json()["id"])
        return kept[-1]

    return recorded


@pytest.mark.proof
@API.parametrize()
@seed(20261126)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
def test_what_the_document_allows_and_forbids_is_answered_as_it_says(case, guarded, recorded):
    if AN_ID.fullmatch(str(case.path_parameters.get("id", ""))):
        # By chance no id would ever be one that is there.
        case.path_parameters["id"] = recorded()
    server, key = guarded
    case.call_and_validate(
        base_url=f"{server.url}/api/v1",
        headers=key,
        excluded_checks=[*NOT_CHECKED, *NOT_CHECKED_OF.get(case.path, ())],
        timeout=60,
    )

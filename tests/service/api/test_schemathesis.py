"""Whatever the document of the API allows, and what it forbids, asked of the running service.

Every operation gets, from a fixed seed, bodies and parameters that fit its schema and ones that do
not. No answer may be a failure of ours, a status or content type that the document does not name,
or a body that does not fit its schema; and what the schema forbids must be refused.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from service import create_app
from service.settings import Settings
from tests.service.conftest import ROOT

PLUGIN = ("-p", "schemathesis.pytest.plugin", "-p", "no:cacheprovider", "-p", "no:xdist")


@pytest.fixture(scope="module")
def guarded(start_server, write_version, tmp_path_factory):
    """Return a service that asks for keys, and a key that may do everything."""
    folder = tmp_path_factory.mktemp("guarded")
    write_version(folder / "models", 3)
    server = start_server(folder, LEERMATCH_AUTH="local", LEERMATCH_RATE="0")
    words = ["--organisation", "Ynbusiness", "--scopes", "recommend,record,export"]
    app = create_app(Settings(models=folder / "models", instance=folder / "instance"))
    made = app.test_cli_runner().invoke(args=["keys", "create", *words])
    return server, made.stdout.strip()


@pytest.mark.proof
def test_what_the_document_allows_and_forbids_is_answered_as_it_says(guarded):
    server, key = guarded
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *PLUGIN, "tests/hardening/asked_of_the_api.py"],
        cwd=ROOT,
        env=os.environ | {"ASKED_ADDRESS": server.url, "ASKED_KEY": key},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Each operation is a test there, and every one was asked.
    (passed,) = re.findall(r"^(\d+) passed", done.stdout, re.MULTILINE)
    assert int(passed) == sum(len(methods) for methods in paths.values())

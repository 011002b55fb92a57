"""What a monitor reads: counts that add up, and nothing of a company."""

import http.client
import json
import time
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.datastructures import MultiDict

from service.access.table import PUBLIC, TABLE
from service.store.database import Unavailable
from tests.service.conftest import PROFILE, RECOMMENDATIONS
from tests.service.pages.test_pages import BUILDER


@pytest.fixture
def app(make_app, models):
    """Return an application that nothing was asked of."""
    return make_app(models)


def read(text):
    """Return every sample as (name, labels) -> value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sample(client, name, **labels):
    return read(client.get("/metrics").text).get((name, tuple(sorted(labels.items()))), 0.0)


ASKED = {"route": RECOMMENDATIONS, "method": "POST", "status": "2xx"}


def test_every_answer_is_counted_by_its_route_method_and_class_of_status(client, ask):
    for _ in range(3):
        ask()
    ask(employees=0)
    client.get("/api/v1/interventions/leermeester")
    client.get("/no/such/place")
    told = read(client.get("/metrics").text)

    def count(**labels):
        return told["leermatch_requests_total", tuple(sorted(labels.items()))]

    assert count(**ASKED) == 3
    assert count(**ASKED | {"status": "4xx"}) == 1
    assert count(route="/api/v1/interventions/<id>", method="GET", status="2xx") == 1
    assert count(route="other", method="GET", status="4xx") == 1
    assert told["leermatch_request_seconds_count", (("route", RECOMMENDATIONS),)] == 4
    # Reading the metrics is itself the one request under way.
    assert told["leermatch_requests_in_flight", ()] == 1


def test_a_company_that_is_ranked_is_counted(client, ask):
    case = ask().json["known_case"]
    assert sample(client, "leermatch_rankings_total", known_case=case) == 1


def test_a_company_that_is_ranked_on_the_page_is_counted(client):
    client.post("/advies", data=MultiDict(BUILDER), follow_redirects=True)
    told = read(client.get("/metrics").text)
    ranked = sum(value for (name, _), value in told.items() if name == "leermatch_rankings_total")
    assert ranked == 1


def test_what_answers_is_told(client, app):
    info = app.extensions["leermatch.live"].served.engine.info
    labels = {"version": info.version, "simulated": "true", "expert_only": "false"}
    assert sample(client, "leermatch_model_info", **labels) == 1
    assert sample(client, "leermatch_model_refused") == 0
    assert 0 < sample(client, "leermatch_start_time_seconds") <= time.time()


def test_a_version_that_does_not_load_is_told(make_app, tmp_path, write_version):
    client = make_app(tmp_path).test_client()
    version = write_version(tmp_path, 3)
    (tmp_path / version / "manifest.json").write_text("{}")
    client.application.extensions["leermatch.live"].look()
    assert sample(client, "leermatch_model_refused") == 1


def test_a_database_that_does_not_answer_is_counted(app, monkeypatch):
    monkeypatch.setitem(TABLE, "unavailable", PUBLIC)

    @app.get("/api/v1/unavailable")
    def unavailable():
        raise Unavailable

    client = app.test_client()
    assert client.get("/api/v1/unavailable").status_code == 503
    assert sample(client, "leermatch_database_unavailable_total") == 1


def test_nothing_of_a_company_and_no_id_is_told(client, ask):
    ask(employees=87, sector="Q")
    client.get("/api/v1/conversations/5f0c1e7a9b2d4c6e8f1a3b5c7d9e0f12")
    told = client.get("/metrics")
    assert told.headers["Cache-Control"] == "no-store"
    assert told.mimetype == "text/plain"
    labels = {name for _, pairs in read(told.text) for name, _ in pairs}
    known = {"route", "method", "status", "le", "known_case", "version", "simulated", "expert_only"}
    assert labels == known
    for word in ("5f0c1e7a", "87", "inwerken", "zeer_krap", "drenthe"):
        assert f'"{word}' not in told.text


BY_OTHERS = {
    "from another address": ({"REMOTE_ADDR": "192.0.2.7"}, {}),
    "without an address": ({"REMOTE_ADDR": ""}, {}),
    "by way of a proxy on this machine": ({}, {"X-Forwarded-For": "192.0.2.7"}),
    "by way of a proxy that says it in its own way": ({}, {"Forwarded": "for=192.0.2.7"}),
    "by way of a proxy that names only itself": ({}, {"Via": "1.1 proxy"}),
    "by way of a proxy that claims this machine": ({}, {"X-Forwarded-For": "127.0.0.1"}),
    "by way of a proxy with a real address": ({}, {"X-Real-IP": "192.0.2.7"}),
}


@pytest.mark.parametrize(("environ", "headers"), BY_OTHERS.values(), ids=BY_OTHERS.keys())
def test_to_others_there_are_no_metrics(client, environ, headers):
    refused = client.get("/metrics", environ_base=environ, headers=headers)
    assert refused.status_code == 401
    assert refused.mimetype == "application/problem+json"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
def test_this_machine_reads_them(client, address):
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 200


def test_numbers_of_several_processes_add_up(start_server, tmp_path):
    server = start_server(tmp_path, "--workers", "2")
    question = json.dumps({"profile": PROFILE})
    kept = [http.client.HTTPConnection(*server.address, timeout=60) for _ in range(8)]
    for connection in kept * 3:
        connection.request("POST", RECOMMENDATIONS, question, {"Content-Type": "application/json"})
        assert connection.getresponse().read()
    with closing(http.client.HTTPConnection(*server.address, timeout=60)) as connection:
        connection.request("GET", "/metrics", headers=server.opened)
        told = read(connection.getresponse().read().decode())
    for connection in kept:
        connection.close()
    assert told["leermatch_requests_total", tuple(sorted(ASKED.items()))] == 24
    assert told["leermatch_request_seconds_count", (("route", RECOMMENDATIONS),)] == 24

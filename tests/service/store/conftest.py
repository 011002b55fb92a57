"""The same tests on both databases: SQLite in a folder, and a real PostgreSQL server."""

import shutil
from contextlib import ExitStack, closing

import pytest

from service import create_app
from service.settings import Settings
from service.store import migrations
from service.store.database import Database
from tests import quick_apps


@pytest.fixture
def empty(monkeypatch):
    """Ask for a database without even its tables, and for the migrations as they are."""
    monkeypatch.setattr(migrations, "upgrade", quick_apps.upgrade)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """Return the address of a database in which nothing is kept yet."""
    empty = "empty" in request.fixturenames
    if request.param == "postgresql":
        return request.getfixturevalue("make_postgresql")("template1" if empty else "migrated")
    path = tmp_path / "own.sqlite"
    if not empty:
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

"""Which errors of a database pass, so that the caller is told to come back, and which do not."""

import sqlite3
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from service.store.database import Unavailable
from tests.service.conftest import PROFILE, RECOMMENDATIONS
from tests.service.store.test_conversations import CONVERSATIONS, record, recorded

LOCKS = {
    "sqlite": "BEGIN EXCLUSIVE",
    "postgresql": "LOCK TABLE conversations, audit IN ACCESS EXCLUSIVE MODE",
}


@contextmanager
def locked(url):
    """Hold a lock on the database in a connection of our own."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute(LOCKS["sqlite"])
        yield
        other.close()
        return
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as other:
        other.execute(text(LOCKS["postgresql"]))
        yield
    engine.dispose()


def unavailable(answer):
    return (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")


def test_a_locked_database_says_come_back_and_advice_goes_on(client, database_url):
    place = recorded(client)
    with locked(database_url):
        assert unavailable(record(client))
        assert client.post(RECOMMENDATIONS, json={"profile": PROFILE}).status_code == 200
    assert client.get(place).status_code == 200
    assert record(client).status_code == 201


# What each kind of database says of its own condition, brought about for real.


@pytest.fixture
def sqlite_file(tmp_path):
    """Return a function that opens an SQLite database that is about to fail in one way."""

    def full(path):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 3")
        return connection, "INSERT INTO t VALUES (zeroblob(100000))"

    def read_only(path):
        sqlite3.connect(path).executescript("CREATE TABLE t (x)")
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        return connection, "INSERT INTO t VALUES (1)"

    def cannot_open(path):
        path.mkdir()
        return None, None

    def interrupted(path):
        connection = sqlite3.connect(path)
        connection.set_progress_handler(lambda: True, 1)
        return connection, "SELECT count(*) FROM sqlite_master"

    return {
        "full": full,
        "read_only": read_only,
        "cannot_open": cannot_open,
        "interrupted": interrupted,
    }


@pytest.mark.parametrize("condition", ["full", "read_only", "cannot_open", "interrupted"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_in_a_bad_way_is_unavailable(database, sqlite_file, tmp_path, condition):
    connection, statement = sqlite_file[condition](tmp_path / "failing")

    def fail():
        if connection is None:
            sqlite3.connect(tmp_path / "failing")
        connection.execute(statement).fetchall()

    with pytest.raises(Unavailable), database.reading():
        try:
            fail()
        except sqlite3.Error as error:
            raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error
    if connection is not None:
        connection.close()


MISTAKES = {
    "a table that is not there": "SELECT * FROM nothing",
    "no SQL": "SELEC 1",
    "a row that breaks a rule": "INSERT INTO audit (sequence) VALUES (1)",
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_of_ours_does_not_pass(database, mistake):
    with pytest.raises(DBAPIError), database.writing() as connection:
        connection.execute(text(mistake))


def test_a_service_that_lost_a_table_says_that_it_failed(client):
    recorded(client)
    database = client.application.extensions["leermatch.database"]
    with database.writing() as connection:
        connection.execute(text("DROP TABLE outcome_history"))
    assert client.get(CONVERSATIONS).status_code == 500


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_ends_a_connection_is_unavailable_and_then_there_again(client, database):
    assert record(client).status_code == 201
    with pytest.raises(Unavailable), database.writing() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert record(client).status_code == 201


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_that_takes_no_writes_for_now_is_unavailable(database):
    with pytest.raises(Unavailable), database.writing() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("CREATE TABLE x (y int)"))

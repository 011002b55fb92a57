"""The database behind the service: SQLite in the instance folder, or PostgreSQL.

A write is one transaction, and it is on disk before it is acknowledged. When the database cannot
answer, whoever asked gets ``Unavailable``; recommendations need no database and go on.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from matcher.errors import Fault
from service.errors import ServiceError
from service.settings import BadSettings

SECONDS_TO_WAIT = 3.0
"""How long a write waits for its turn before the caller is told to come back."""
HEAD = "0004"
"""The newest migration: a database that is there already needs no look at the migrations."""
_WRITES, _ALONE = "leermatch_writes", "leermatch_alone"
_WRITING = 7_126_402_512
"""Number of the lock that every write on PostgreSQL shares, and that who writes alone has."""
_SQLITE_PASSES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""Kinds of SQLite errors that are gone when somebody makes room, mends a disk or waits."""
_READ_ONLY = "25006"
_HELD = {"40P01", "40001", "55P03", sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
"""Deadlock, serialization failure, a lock that did not come: others are at it. All is undone."""


class Unavailable(ServiceError):
    """The database cannot answer now; the same may succeed a little later."""

    kind = "unavailable"


class Busy(Unavailable):
    """Others held for too long what this needed; nothing of it was done."""


class TooNew(Unavailable):
    """The tables are of a newer release, which alone knows how to write them."""

    def __init__(self, found: str) -> None:
        super().__init__(f"revision {found}, newest known {HEAD}")
        self.found, self.known = found, HEAD


class Database:
    """Connections to one database, made ready at its first use.

    Parameters
    ----------
    url : str
        As SQLAlchemy writes it: ``sqlite:///path`` or ``postgresql://user@host/name``.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._preparing = threading.Lock()
        self._ready = False

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection whose reads agree with one another; Unavailable."""
        self.prepare()
        with self.unprepared(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection on which all is kept or, when anything fails, nothing; Unavailable."""
        self.prepare()
        with self.unprepared(writes=True) as connection:
            yield connection

    @contextmanager
    def unprepared(self, *, writes: bool, alone: bool = False) -> Iterator[Connection]:
        """Give a connection to whatever tables there are, or none; Unavailable.

        Who writes ``alone`` waits for all other writes, and they for it: whatever order of tables
        each of them takes, none waits for another that waits for it.
        """
        with _passing_told(), self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: writes, _ALONE: alone})
            if not writes and self.engine.dialect.name == "postgresql":
                # By default each of several reads would see another moment.
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def prepare(self) -> None:
        """Bring the tables up to date, once; several processes may do so at the same time.

        Raises TooNew for tables that a newer release brought up to date, and Unavailable.
        """
        if self._ready:
            return
        with self._preparing, _passing_told():
            if not self._ready:
                self._bring_up(self.revision())
                self._ready = True

    def _bring_up(self, found: str | None) -> None:
        if found == HEAD:
            return
        from service.store import migrations  # alembic costs .2 s to import

        if found is not None and not migrations.knows(found):
            raise TooNew(found)
        migrations.upgrade(self.engine)

    def forget(self) -> None:
        """Look again at the next use whether the tables are up to date."""
        self._ready = False

    def revision(self) -> str | None:
        """Return the revision that the tables are at; None where there are none."""
        with self.engine.connect() as connection:
            return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the same, over a connection that is there already."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@contextmanager
def _passing_told() -> Iterator[None]:
    """Turn errors of the database's condition into Unavailable."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if not _passes(error):
            raise
        raise (Busy if _reason(error) in _HELD else Unavailable) from error


def _reason(error: SQLAlchemyError) -> str | int | None:
    """Return what the database calls an error: a state of PostgreSQL, a kind of SQLite."""
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        # The lower byte is the kind; the rest says more of it.
        return getattr(original, "sqlite_errorcode", 0) & 0xFF
    state: str | None = getattr(original, "sqlstate", None)
    return state


def _passes(error: SQLAlchemyError) -> bool:
    """Return whether an error is of the database's condition, and not of what was asked."""
    if isinstance(error, PoolTimeout) or getattr(error, "connection_invalidated", False):
        return True
    reason = _reason(error)
    if isinstance(reason, int):
        return reason in _SQLITE_PASSES
    # Of PostgreSQL all that has to do with its condition: shutting down, a full disk, a lock that
    # did not come. A server that takes over from another may be read only for a while.
    return reason == _READ_ONLY or isinstance(error, OperationalError | InterfaceError)


def sqlite_url(instance: Path) -> str:
    """Return the URL of the database in an instance folder."""
    return f"sqlite:///{(instance / 'leermatch.sqlite').absolute()}"


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadSettings([Fault("DATABASE_URL", "database_url")]) from None
    name = parsed.get_backend_name()
    if name == "sqlite":
        engine = create_engine(parsed, pool_timeout=SECONDS_TO_WAIT)
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if name in ("postgresql", "postgres"):
        options = f"-c lock_timeout={int(1000 * SECONDS_TO_WAIT)}"
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_timeout=SECONDS_TO_WAIT,
            connect_args={"connect_timeout": int(SECONDS_TO_WAIT), "options": options},
        )
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    raise BadSettings([Fault("DATABASE_URL", "database_url")])


def _open_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by hand: the driver would begin one only at the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    # The lock first: switching to WAL needs it too.
    cursor.execute(f"PRAGMA busy_timeout = {int(1000 * SECONDS_TO_WAIT)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A write takes its turn at the start: a read that turns into one could not wait for it.
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    # As on SQLite a write takes its turn at the start; here the turns of most are at one time.
    options = connection.get_execution_options()
    if options.get(_WRITES, False):
        shared = "" if options.get(_ALONE, False) else "_shared"
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{shared}({_WRITING})")

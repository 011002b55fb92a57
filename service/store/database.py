"""The database behind the service: SQLite in the instance folder, or PostgreSQL.

A write is one transaction, and it is on disk before it is acknowledged. When the database cannot
answer, whoever asked gets ``Unavailable``; recommendations need no database and go on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from matcher.errors import Fault
from service.logs import frames_of, log
from service.settings import BadSettings

SECONDS_TO_WAIT = 3.0
"""How long a write waits for its turn before the caller is told to come back."""
HEAD = "0002"
"""The newest migration: a database that is there already needs no look at the migrations."""
_WRITES = "leermatch_writes"


class Unavailable(Exception):
    """The database cannot answer now; the same may succeed a little later."""


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
        """Give a connection whose reads agree with one another."""
        with self._connection(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection on which all is kept or, when anything fails, nothing."""
        with self._connection(writes=True) as connection:
            yield connection

    @contextmanager
    def _connection(self, *, writes: bool) -> Iterator[Connection]:
        try:
            self.prepare()
            with self.engine.connect() as plain:
                connection = plain.execution_options(**{_WRITES: writes})
                with connection.begin():
                    yield connection
        except (DBAPIError, PoolTimeout) as error:
            if not _passes(error):
                raise
            log.error("database_unavailable", **frames_of(error))
            raise Unavailable from error

    def prepare(self) -> None:
        """Bring the tables up to date, once; several processes may do so at the same time."""
        if self._ready:
            return
        with self._preparing:
            if not self._ready:
                if self._revision() != HEAD:
                    from service.store.migrations import upgrade  # alembic costs .2 s to import

                    upgrade(self.engine)
                self._ready = True

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(
                text("SELECT version_num FROM alembic_version")
            ).scalar()
            return found


def _passes(error: SQLAlchemyError) -> bool:
    """Return whether an error is of the database's condition, and not of what was asked."""
    if isinstance(error, PoolTimeout):
        return True
    original = type(getattr(error, "orig", error)).__name__
    # Of PostgreSQL, a server that shuts down is an InterfaceError or one of its own classes.
    return (
        getattr(error, "connection_invalidated", False)
        or original in ("OperationalError", "InterfaceError")
        or original in ("AdminShutdown", "CrashShutdown", "CannotConnectNow", "DiskFull")
    )


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
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_timeout=SECONDS_TO_WAIT,
            connect_args={"connect_timeout": int(SECONDS_TO_WAIT), "options": options},
        )
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

"""The steps by which the tables came about, for Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_LOCK = 7_126_402_511
"""Number of the lock under which PostgreSQL lets one process migrate at a time."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision; a process that comes second finds it done."""
    with engine.begin() as connection:
        bring_up(connection, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the tables back to a revision."""
    with engine.begin() as connection:
        take_down(connection, revision)


def bring_up(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision within a transaction that is there already."""
    command.upgrade(_config(connection), revision)


def take_down(connection: Connection, revision: str) -> None:
    """Take the tables back within a transaction that is there already."""
    command.downgrade(_config(connection), revision)


def known() -> list[str]:
    """Return the revisions that this release knows, the oldest first."""
    steps = ScriptDirectory(str(Path(__file__).parent)).walk_revisions()
    return [step.revision for step in steps][::-1]


def knows(revision: str) -> bool:
    """Return whether this release can bring tables of this revision up to date."""
    return revision in known()


def _config(connection: Connection) -> Config:
    # SQLite began with its write lock already.
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

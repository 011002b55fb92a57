"""The tables of the service, the same in SQLite and PostgreSQL.

Moments are text, ISO 8601 in UTC with microseconds: they sort as they are, and both databases give
back what was put in. Documents are JSON as text: what was shown is kept byte for byte.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
    select,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up by itself only in a column of its own type INTEGER.
SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
ID, MOMENT, NAME, SLUG = String(32), String(27), String(80), String(40)

conversations = Table(
    "conversations",
    metadata,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("organisation", NAME, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("company", SLUG, nullable=False),
    Column("learning_table", SLUG),
    Column("language", String(2), nullable=False),
    Column("profile", Text, nullable=False),
    Column("constraints", Text, nullable=False),
    Column("recommendation", Text, nullable=False),
    Column("own_pick", SLUG),
    Column("choice_kind", String(20)),
    Column("choice_intervention", SLUG),
    Column("choice_reason", String(20)),
    Column("chosen_at", MOMENT),
    Column("code", String(8)),
    sqlite_autoincrement=True,
)
"""What was shown to whom, and what was chosen. ``sequence`` is the order of recording."""
Index(None, conversations.c.organisation, conversations.c.sequence)
Index(None, conversations.c.code, unique=True)

outcomes = Table(
    "outcomes",
    metadata,
    Column(
        "conversation", ID, ForeignKey(conversations.c.id, ondelete="CASCADE"), primary_key=True
    ),
    Column("intervention", SLUG, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("measures", Text, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
)
"""How each trial of a conversation goes, as last told."""

outcome_history = Table(
    "outcome_history",
    metadata,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("conversation", ID, ForeignKey(conversations.c.id, ondelete="CASCADE"), nullable=False),
    Column("intervention", SLUG, nullable=False),
    Column("state", String(20), nullable=False),
    Column("measures", Text, nullable=False),
    Column("told_at", MOMENT, nullable=False),
    Column("replaced_at", MOMENT, nullable=False),
    Column("correction", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
"""What was told of a trial before, and whether what replaced it was a correction."""
Index(None, outcome_history.c.conversation, outcome_history.c.intervention)

requests = Table(
    "requests",
    metadata,
    Column("organisation", NAME, primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("conversation", ID, ForeignKey(conversations.c.id, ondelete="CASCADE"), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("answered_at", MOMENT, nullable=False),
)
"""Answers to requests that carry an ``Idempotency-Key``: the same again gets the same again.

An answer repeats what was recorded, so it goes when the conversation is erased.
"""
Index(None, requests.c.conversation)

audit = Table(
    "audit",
    metadata,
    Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("organisation", NAME, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""What was done, without content. Rows are only added; each holds the hash of the one before."""

keys = Table(
    "keys",
    metadata,
    Column("prefix", String(8), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("organisation", NAME, nullable=False),
    Column("scopes", String(80), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Column("revoked_at", MOMENT),
    Column("used_on", String(10)),
    Column("origins", Text),
)
"""Keys of programs, without their secrets: of those only the SHA-256. ``used_on`` is a day.

``origins`` are the sites that may show the widget for the organisation, with spaces between.
"""
Index(None, keys.c.organisation)

users = Table(
    "users",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("organisation", NAME, nullable=False),
    Column("role", String(20), nullable=False),
    Column("password", String(200), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)
"""People who sign in with a password, of which only the argon2id hash is here."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("provider", String(10), nullable=False),
    Column("name", NAME, nullable=False),
    Column("organisation", NAME, nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
)
"""Who is signed in. ``digest`` is the SHA-256 of what their browser holds."""
Index(None, sessions.c.name)

attempts = Table(
    "attempts",
    metadata,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("at", MOMENT, nullable=False),
    sqlite_autoincrement=True,
)
"""Passwords tried in the last quarter of an hour, by a keyed hash of name or address."""
Index(None, attempts.c.subject, attempts.c.at)


def n_rows(connection: Connection, table: Table, *which: ColumnElement[bool]) -> int:
    """Return how many rows of a table meet all conditions."""
    asked = select(func.count()).select_from(table).where(*which)
    return int(connection.execute(asked).scalar_one())


def lock(connection: Connection, table: Table) -> None:
    """Let nobody else write to a table until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"))

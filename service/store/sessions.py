"""Who is signed in where, and until when that holds."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, or_, select, update

from service.caller import Role
from service.store.clock import ago, now
from service.store.tables import sessions

IDLE_SECONDS = 60 * 60
"""Without a page for an hour, somebody is no longer signed in."""
ABSOLUTE_SECONDS = 12 * 60 * 60
"""After a working day they sign in again, whatever they do."""
AHEAD_SECONDS = 5 * 60
"""As far as the clock of another process may be ahead; a session from later has no end in sight."""
SEEN_EVERY = 60
"""Seconds between two notes that somebody is still there."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in; ``provider`` is who vouched for them: ``local`` or ``oidc``."""

    provider: str
    name: str
    organisation: str
    role: Role


@dataclass(frozen=True, slots=True)
class Session:
    """A person at one browser."""

    person: Person
    created_at: str
    seen_at: str

    def holds(self) -> bool:
        """Return whether it is still within both its limits."""
        soon = ago(-AHEAD_SECONDS)
        return (
            ago(ABSOLUTE_SECONDS) < self.created_at < soon
            and ago(IDLE_SECONDS) < self.seen_at < soon
        )

    def to_note(self) -> bool:
        """Return whether it was noted long enough ago to be noted again."""
        return self.seen_at <= ago(SEEN_EVERY)


def begin(connection: Connection, person: Person) -> str:
    """Keep that somebody signed in; return the 128 random bits that their browser will hold."""
    ended = or_(
        sessions.c.created_at <= ago(ABSOLUTE_SECONDS),
        sessions.c.seen_at <= ago(IDLE_SECONDS),
        sessions.c.seen_at >= ago(-AHEAD_SECONDS),
    )
    connection.execute(delete(sessions).where(ended))
    token, at = secrets.token_hex(16), now()
    values = asdict(person) | {"digest": digest_of(token), "created_at": at, "seen_at": at}
    connection.execute(insert(sessions).values(**values))
    return token


def find(connection: Connection, digest: str) -> Session | None:
    """Return the session with this digest, whether or not it still holds."""
    row = connection.execute(select(sessions).where(sessions.c.digest == digest)).first()
    if row is None:
        return None
    person = Person(row.provider, row.name, row.organisation, row.role)
    return Session(person, row.created_at, row.seen_at)


def note(connection: Connection, digest: str) -> None:
    """Keep that somebody is still there."""
    connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=now()))


def end(connection: Connection, digest: str) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def end_all(connection: Connection, name: str) -> None:
    """End every session of somebody who signs in with a password."""
    here = (sessions.c.name == name) & (sessions.c.provider == "local")
    connection.execute(delete(sessions).where(here))


def digest_of(token: str) -> str:
    """Return what the table holds in place of what a browser holds."""
    return sha256(token.encode()).hexdigest()

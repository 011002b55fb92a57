"""Whether the database can be used, for who watches over the service."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from matcher.messages import say
from service.store.database import HEAD, Database

State = Literal["ready", "newer", "away", "unknown"]
LOOK_EVERY = 5.0
"""Seconds that an answer holds: asking often must not keep all threads waiting for a database."""


@dataclass(frozen=True, slots=True)
class Found:
    """A state, and where something is wrong what and the way out."""

    state: State
    reason: str | None = None


class Condition:
    """The state of a database, looked at by one request at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking = threading.Lock()
        self._due = 0.0
        self._found = Found("unknown")

    def found(self) -> Found:
        """Return the state as it was at most some seconds ago."""
        if time.monotonic() >= self._due and self._looking.acquire(blocking=False):
            try:
                self._found = look(self._database)
                self._due = time.monotonic() + LOOK_EVERY
            finally:
                self._looking.release()
        return self._found


def look(database: Database) -> Found:
    """Return whether a database answers, and whether this release may write in it."""
    try:
        found = database.revision()
    except (DBAPIError, PoolTimeout) as error:
        # The class and not the message, which names machines and people.
        rule = type(getattr(error, "orig", error)).__name__
        return Found("away", say("en", "fault.database_away", rule=rule))
    if found in (None, HEAD):
        return Found("ready")
    from service.store import migrations  # alembic costs .2 s to import

    if migrations.knows(str(found)):
        return Found("ready")
    return Found("newer", say("en", "fault.database_newer", found=found, known=HEAD))

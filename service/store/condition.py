"""Whether the database can be used, for who watches over the service."""

from __future__ import annotations

import threading
import time
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.store.database import HEAD, Database

State = Literal["ready", "newer", "away", "unknown"]
LOOK_EVERY = 5.0
"""Seconds that an answer holds: asking often must not keep all threads waiting for a database."""


class Condition:
    """The state of a database, looked at by one request at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking = threading.Lock()
        self._due = 0.0
        self._found: State = "unknown"

    def state(self) -> State:
        """Return the state as it was at most some seconds ago."""
        if time.monotonic() >= self._due and self._looking.acquire(blocking=False):
            try:
                self._found = look(self._database)
                self._due = time.monotonic() + LOOK_EVERY
            finally:
                self._looking.release()
        return self._found


def look(database: Database) -> State:
    """Return whether a database answers, and whether this release may write in it."""
    try:
        found = database.revision()
    except (DBAPIError, PoolTimeout):
        return "away"
    if found in (None, HEAD):
        return "ready"
    from service.store import migrations  # alembic costs .2 s to import

    return "ready" if migrations.knows(str(found)) else "newer"

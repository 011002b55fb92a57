"""Passwords tried in the last quarter of an hour, counted across all processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, or_

from service.store.clock import ago, now
from service.store.tables import attempts, lock, n_rows

WINDOW_SECONDS = 15 * 60


def count_one(connection: Connection, limits: Mapping[str, int]) -> bool:
    """Count one more try of each subject, or return False: one of them has had all its tries.

    Counted before the password is looked at, so that tries at the same time all count.
    """
    lock(connection, attempts)
    # What was tried later than now was tried before the clock was set back.
    past = or_(attempts.c.at <= ago(WINDOW_SECONDS), attempts.c.at > ago(-WINDOW_SECONDS))
    connection.execute(delete(attempts).where(past))
    for subject, most in limits.items():
        if n_rows(connection, attempts, attempts.c.subject == subject) >= most:
            return False
    connection.execute(insert(attempts), [{"subject": each, "at": now()} for each in limits])
    return True


def forget(connection: Connection, subjects: Iterable[str]) -> None:
    """Give subjects all their tries back."""
    connection.execute(delete(attempts).where(attempts.c.subject.in_(list(subjects))))

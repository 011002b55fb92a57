"""How long things are kept: a rule per table, applied a little at a time.

Between two steps the others get their turn: a step holds the one write lock of SQLite for some
milliseconds, and who waits for it asks again every tenth of a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from service.store import audit
from service.store.clock import ago
from service.store.conversations import erase_rows
from service.store.database import Database
from service.store.tables import audit as trail
from service.store.tables import conversations, n_rows, outcomes, requests

STEP = 200
"""Rows that go in one transaction."""
PAUSE = 0.15
"""Seconds between two, in which who waits for the lock finds it free."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What may go of a table; both get the moment before which it is old."""

    table: Table
    old: Callable[[Connection, str], ColumnElement[bool]]
    """Returns what makes a row old."""
    take: Callable[[Connection, str], int]
    """Takes up to STEP rows, tells the audit trail, and returns how many went."""

    def count(self, connection: Connection, before: str) -> int:
        """Return how many rows may go."""
        return n_rows(connection, self.table, self.old(connection, before))


def moment_before(days: int) -> str:
    """Return the moment that many days ago, as the tables hold moments."""
    return ago(86_400 * days)


def clock_jumped(connection: Connection) -> bool:
    """Return whether the clock seems to be far ahead: a year without a word, and then now.

    A shorter jump takes no conversation that was not over four years old.
    """
    year, month = moment_before(365), moment_before(30)
    older = exists().where(trail.c.at < year)
    since = exists().where(trail.c.at >= year, trail.c.at < month)
    found: bool = connection.execute(select(and_(older, not_(since)))).scalar_one()
    return found


def expire(database: Database, rule: Rule, before: str) -> int:
    """Take all that is old, step by step, and return how many rows went."""
    total = 0
    while True:
        with database.writing() as connection:
            gone = rule.take(connection, before)
        total += gone
        if gone < STEP:
            return total
        time.sleep(PAUSE)


def _old_conversations(_: Connection, before: str) -> ColumnElement[bool]:
    """Return what makes a conversation old: nothing was recorded of it since."""
    return and_(
        conversations.c.created_at < before,
        or_(conversations.c.chosen_at.is_(None), conversations.c.chosen_at < before),
        not_(
            exists().where(
                outcomes.c.conversation == conversations.c.id, outcomes.c.updated_at >= before
            )
        ),
    )


def _take_conversations(connection: Connection, before: str) -> int:
    asked = select(conversations.c.id, conversations.c.organisation)
    asked = asked.where(_old_conversations(connection, before)).limit(STEP)
    ids = [row.id for row in connection.execute(asked.with_for_update())]
    # Asked again now that they are locked: of one an outcome may have been told just before.
    rows = connection.execute(asked.where(conversations.c.id.in_(ids))).all()
    for row in rows:
        erase_rows(connection, row.id)
        audit.add(connection, row.organisation, "conversation.expire", row.id)
    return len(rows)


def _old_requests(_: Connection, before: str) -> ColumnElement[bool]:
    return requests.c.answered_at < before


def _take_requests(connection: Connection, before: str) -> int:
    key = (requests.c.organisation, requests.c.key)
    some = select(*key).where(_old_requests(connection, before)).limit(STEP)
    gone = connection.execute(delete(requests).where(tuple_(*key).in_(some))).rowcount
    if gone:
        audit.add(connection, audit.OPERATOR, "requests.expire", f"{gone} before {before}")
    return gone


def _old_audit(connection: Connection, before: str) -> ColumnElement[bool]:
    """Return what stands before the first row that is not old, as a clock set back may mix them."""
    first = select(func.min(trail.c.sequence)).where(trail.c.at >= before)
    keep = connection.execute(first).scalar()
    return true() if keep is None else trail.c.sequence < keep


def _take_audit(connection: Connection, before: str) -> int:
    asked = select(trail.c.sequence, trail.c.hash).where(_old_audit(connection, before))
    rows = connection.execute(asked.order_by(trail.c.sequence).limit(STEP)).all()
    if rows:
        last = rows[-1]
        # Told first: the trail is never without a row, and numbers go on.
        audit.add(connection, audit.OPERATOR, audit.EXPIRED, audit.anchor(*last))
        connection.execute(delete(trail).where(trail.c.sequence <= last.sequence))
    return len(rows)


RULES = {
    "requests": Rule(requests, _old_requests, _take_requests),
    "conversations": Rule(conversations, _old_conversations, _take_conversations),
    "audit": Rule(trail, _old_audit, _take_audit),
}
WITHOUT_RULE = {
    "outcomes": "go with their conversation",
    "outcome_history": "goes with its conversation",
    "keys": "stay, so that a revoked one is known for what it was",
    "users": "stay until an administrator disables them",
    "sessions": "end by themselves, and go at the next signing in",
    "attempts": "go when their window has passed",
}
"""Tables without a period of their own, and when their rows do go."""

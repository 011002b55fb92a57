"""The audit trail: what was done, without content, each row holding the hash of the one before."""

from __future__ import annotations

from hashlib import sha256

import orjson
from sqlalchemy import Connection, select, text

from service.store.moments import now
from service.store.tables import audit

FIRST = "0" * 64
"""What the first row holds instead of the hash of a row before it."""


def add(connection: Connection, organisation: str, action: str, subject: str) -> None:
    """Add a row, within the transaction of what was done."""
    if connection.dialect.name == "postgresql":
        # One at a time, or two rows would follow the same one. SQLite has one writer anyway.
        connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    newest = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
    before = connection.execute(newest).first()
    row: dict[str, object] = {
        "sequence": 1 if before is None else before.sequence + 1,
        "at": now(),
        "organisation": organisation,
        "action": action,
        "subject": subject,
        "previous": FIRST if before is None else before.hash,
    }
    connection.execute(audit.insert().values(**row, hash=_hash(row)))


def first_broken(connection: Connection) -> int | None:
    """Return the number of the first row that was altered, taken out or put in; None if none was.

    Rows taken off the end leave no trace in what is left: compare the last number with a backup.
    """
    previous = FIRST
    rows = connection.execute(select(audit).order_by(audit.c.sequence)).mappings()
    for sequence, row in enumerate(rows, 1):
        values = {str(name): value for name, value in row.items()}
        found = values.pop("hash")
        if (row["sequence"], row["previous"], found) != (sequence, previous, _hash(values)):
            return sequence
        previous = found
    return None


def _hash(row: dict[str, object]) -> str:
    return sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()

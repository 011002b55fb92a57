"""The audit trail: what was done, without content, each row holding the hash of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import Connection, select

from service.store.clock import now
from service.store.tables import audit, lock

FIRST = "0" * 64
"""What the first row holds instead of the hash of a row before it."""
EXPIRED = "audit.expire"
"""Action of the row that tells up to which row, and with which hash, old rows were let go."""
OPERATOR = "(operator)"
"""Who did what an administrator does on behalf of no organisation."""


def add(connection: Connection, organisation: str, action: str, subject: str) -> None:
    """Add a row, within the transaction of what was done."""
    lock(connection, audit)  # or two rows would follow the same one
    before = newest(connection)
    row: dict[str, object] = {
        "sequence": 1 if before is None else before.sequence + 1,
        "at": now(),
        "organisation": organisation,
        "action": action,
        "subject": subject,
        "previous": FIRST if before is None else before.hash,
    }
    connection.execute(audit.insert().values(**row, hash=_hash(row)))


class Last(NamedTuple):
    """The end of the trail: what a later trail must still hold."""

    sequence: int
    hash: str


def newest(connection: Connection) -> Last | None:
    """Return number and hash of the newest row; None in an empty trail."""
    asked = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
    row = connection.execute(asked).first()
    return None if row is None else Last(*row)


def first_broken(connection: Connection) -> int | None:
    """Return the number of the first row that was altered, taken out or put in; None if none was.

    Rows taken off the end leave no trace in what is left: compare the last number with a backup.
    """
    asked = select(audit).order_by(audit.c.sequence).execution_options(yield_per=1000)
    with connection.execute(asked) as rows:  # a broken trail is not read to its end
        return broken_among(rows.mappings())


def broken_among(rows: Iterable[Mapping[Any, object]]) -> int | None:
    """Return the same of rows from anywhere, in their order.

    A trail of which old rows expired begins later. A row further on, which the chain protects as
    any other, tells after which one; without it the rows before were taken out.
    """
    sequence, previous = 0, FIRST
    begin = vouched = anchor(sequence, previous)
    for number, row in enumerate(rows):
        values = {str(name): value for name, value in row.items()}
        if number == 0:
            sequence, previous = cast(int, row["sequence"]) - 1, str(row["previous"])
            begin, first = anchor(sequence, previous), sequence + 1
        sequence += 1
        found = values.pop("hash")
        if (row["sequence"], row["previous"], found) != (sequence, previous, _hash(values)):
            return sequence
        if row["action"] == EXPIRED:
            vouched = str(row["subject"])
        previous = str(found)
    return None if begin == vouched else first


def anchor(sequence: int, digest: str) -> str:
    """Return how a trail whose rows up to this one expired names it."""
    return f"{sequence} {digest}"


def _hash(row: dict[str, object]) -> str:
    return sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()

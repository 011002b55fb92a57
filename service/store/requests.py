"""Requests with an ``Idempotency-Key``: sent twice, they are done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import orjson
from sqlalchemy import Connection, insert, select, text

from matcher.errors import Fault
from service.errors import ServiceError
from service.store.clock import now
from service.store.tables import requests

_LOCKS = 7_126
"""Family of locks under which PostgreSQL lets one request with a key run at a time."""


class OtherRequest(ServiceError):
    """The key was used before, for something else."""

    kind, place = "conflict", "header"
    faults = (Fault("/Idempotency-Key", "idempotency_conflict"),)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def earlier(connection: Connection, organisation: str, key: str, digest: str) -> Answered | None:
    """Return what was answered to the same request before; OtherRequest if it was another one.

    From here to the end of the transaction no other request with this key is answered.
    """
    if connection.dialect.name == "postgresql":
        number = crc32(f"{organisation}\0{key}".encode()) - 2**31
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCKS}, {number})"))
    here = (requests.c.organisation == organisation) & (requests.c.key == key)
    row = connection.execute(select(requests).where(here)).first()
    if row is None:
        return None
    if row.digest != digest:
        raise OtherRequest
    headers = [(name, value) for name, value in orjson.loads(row.headers)]
    return Answered(row.status, headers, bytes(row.body))


def keep(
    connection: Connection,
    organisation: str,
    key: str,
    digest: str,
    conversation: str,
    answered: Answered,
) -> None:
    """Keep what was answered about a conversation, in the transaction of what was done."""
    connection.execute(
        insert(requests).values(
            organisation=organisation,
            key=key,
            digest=digest,
            conversation=conversation,
            status=answered.status,
            headers=orjson.dumps(list(answered.headers)).decode(),
            body=answered.body,
            answered_at=now(),
        )
    )

"""All that is kept of a company or a conversation, told and erased when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping, select

from service.store import audit, conversations
from service.store.tables import audit as trail
from service.store.tables import conversations as recorded
from service.store.tables import outcome_history, outcomes, requests

_JSON = ("profile", "constraints", "recommendation", "measures", "headers", "body")
"""Columns that hold JSON, told as such."""


class Kept(NamedTuple):
    """A conversation, and whose it is."""

    id: str
    organisation: str


def found(connection: Connection, id_: str, organisation: str | None = None) -> list[Kept]:
    """Return the conversations of this id or of this company, the oldest first."""
    asked = select(recorded.c.id, recorded.c.organisation).order_by(recorded.c.sequence)
    asked = asked.where((recorded.c.id == id_) | (recorded.c.company == id_))
    if organisation is not None:
        asked = asked.where(recorded.c.organisation == organisation)
    return [Kept(*row) for row in connection.execute(asked)]


def everything(connection: Connection, kept: Sequence[Kept]) -> Mapping[str, object]:
    """Return every row about these conversations by table, as JSON can hold it."""
    ids = [each.id for each in kept]
    told: dict[str, list[dict[str, object]]] = {}
    own = select(recorded).where(recorded.c.id.in_(ids)).order_by(recorded.c.sequence)
    told["conversations"] = [_row(row) for row in connection.execute(own).mappings()]
    for table in (outcomes, outcome_history, requests):
        asked = select(table).where(table.c.conversation.in_(ids)).order_by(*table.primary_key)
        told[str(table.name)] = [_row(row) for row in connection.execute(asked).mappings()]
    told["audit"] = [
        _row(row)
        for id_ in ids
        for row in connection.execute(
            select(trail).where(trail.c.subject.startswith(id_)).order_by(trail.c.sequence)
        ).mappings()
    ]
    return told


def note_export(connection: Connection, kept: Sequence[Kept]) -> None:
    """Tell the audit trail that somebody read it."""
    for each in kept:
        audit.add(connection, each.organisation, "conversation.export", each.id)


def erase(connection: Connection, id_: str, organisation: str) -> int:
    """Erase the conversations of this id or company with all that hangs on them; how many."""
    kept = found(connection, id_, organisation)
    for each in kept:
        conversations.erase(connection, each.organisation, each.id, None)
    return len(kept)


def _row(row: RowMapping) -> dict[str, object]:
    return {str(name): _value(name, value) for name, value in row.items()}


def _value(name: str, value: object) -> object:
    if name in _JSON and isinstance(value, str | bytes | memoryview):
        return orjson.loads(value)
    return value

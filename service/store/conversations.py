"""Conversations and how their trials go: recorded, changed with an eye on who was first, erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from secrets import token_hex
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    exists,
    insert,
    select,
    update,
)

from matcher.errors import Fault, InvalidProfile, Unconfirmed, Warned
from matcher.trials.outcome import Outcome, check_beside, may_follow
from matcher.trials.profiles import differences, known_of
from service.store import audit, codes
from service.store.clock import now
from service.store.conversation import (
    Choice,
    Conversation,
    KeptOutcome,
    NeedsRevision,
    New,
    NotFound,
    NotNext,
    Page,
    Read,
    Stale,
    nameless,
)
from service.store.tables import conversations, outcome_history, outcomes, requests


def record(connection: Connection, organisation: str, new: New, id_: str | None = None) -> str:
    """Keep a conversation and return its id: a new one, unless the caller drew it."""
    id_ = id_ or token_hex(16)
    values = asdict(new) | {"company": new.company or nameless(id_), "code": codes.draw()}
    connection.execute(
        insert(conversations).values(
            **values, id=id_, organisation=organisation, created_at=now(), revision=1
        )
    )
    audit.add(connection, organisation, "conversation.record", id_)
    return id_


def find(connection: Connection, organisation: str, id_: str) -> Conversation:
    """Return a conversation of an organisation, or raise NotFound."""
    return _one(connection, *_own(organisation, id_))


def find_anywhere(connection: Connection, id_: str) -> Conversation:
    """Return a conversation of whatever organisation, for who holds a signed link; NotFound."""
    return _one(connection, conversations.c.id == id_)


def find_by_code(connection: Connection, code: str) -> Conversation:
    """Return the conversation of a short code, of whatever organisation, or raise NotFound."""
    return _one(connection, conversations.c.code == code)


def among(
    connection: Connection, organisation: str, ids: Sequence[str]
) -> tuple[Conversation, ...]:
    """Return those conversations of an organisation that have one of these ids, newest first."""
    asked = (
        select(conversations)
        .where(conversations.c.organisation == organisation, conversations.c.id.in_(ids))
        .order_by(conversations.c.sequence.desc())
    )
    return tuple(_read(connection, connection.execute(asked).mappings().all()))


def _one(connection: Connection, *which: ColumnElement[bool]) -> Conversation:
    return next(_read(connection, [_row(connection, *which)]))


def chosen_since(connection: Connection, organisation: str, moment: str) -> list[Conversation]:
    """Return the conversations of which an approach was chosen since a moment, oldest first."""
    asked = (
        select(conversations)
        .where(
            conversations.c.organisation == organisation,
            conversations.c.choice_intervention.is_not(None),
            conversations.c.chosen_at >= moment,
        )
        .order_by(conversations.c.chosen_at)
    )
    return list(_read(connection, connection.execute(asked).mappings().all()))


def listed(
    connection: Connection,
    organisation: str,
    limit: int,
    before: int | None = None,
    state: str | None = None,
) -> Page:
    """Return conversations newest first.

    Parameters
    ----------
    limit : int
        Most to return.
    before : int, optional
        Number of the last one of the page before.
    state : str, optional
        Only those with a trial in this state; ``open`` is without a choice.
    """
    asked = select(conversations).where(conversations.c.organisation == organisation)
    if before is not None:
        asked = asked.where(conversations.c.sequence < before)
    if state is not None:
        asked = _in_state(asked, state)
    asked = asked.order_by(conversations.c.sequence.desc()).limit(limit + 1)
    rows = connection.execute(asked).mappings().all()
    kept = rows[:limit]
    after = int(kept[-1]["sequence"]) if len(rows) > limit else None
    return Page(tuple(_read(connection, kept)), after)


def _in_state(asked: Select[Any], state: str) -> Select[Any]:
    if state == "open":
        return asked.where(conversations.c.choice_kind.is_(None))
    return asked.where(
        exists().where(outcomes.c.conversation == conversations.c.id, outcomes.c.state == state)
    )


def choose(connection: Connection, organisation: str, id_: str, choice: Choice, read: Read) -> None:
    """Keep what was chosen. NotFound, NeedsRevision, Stale."""
    row = _row(connection, *_own(organisation, id_), to_change=True)
    _check_revision(row, read, there=row["choice_kind"] is not None)
    _touch(connection, row, _chosen(choice))
    audit.add(connection, organisation, "conversation.choose", id_)


def _chosen(choice: Choice) -> dict[str, object]:
    return {
        "choice_kind": choice.kind,
        "choice_intervention": choice.intervention,
        "choice_reason": choice.reason,
        "chosen_at": now(),
    }


def correct(
    connection: Connection, organisation: str, id_: str, new: New, choice: Choice, read: Read
) -> None:
    """Keep other answers about the same company, what was shown for them and what was chosen.

    Its pseudonyms, its code and what was told of its trials stay. NotFound, Stale.
    """
    row = _row(connection, *_own(organisation, id_), to_change=True)
    _check_revision(row, read, there=True)
    names = ("profile", "constraints", "recommendation", "language", "own_pick")
    shown = {name: getattr(new, name) for name in names}
    _touch(connection, row, shown | _chosen(choice))
    audit.add(connection, organisation, "conversation.correct", id_)


def describe(
    connection: Connection, organisation: str, id_: str, company: str | None, table: str | None
) -> None:
    """Keep under which pseudonyms a conversation is known; NotFound.

    Without one it stands for itself.
    """
    row = _row(connection, *_own(organisation, id_), to_change=True)
    names = {"company": company or nameless(id_), "learning_table": table}
    if any(row[name] != value for name, value in names.items()):
        _touch(connection, row, names)
        audit.add(connection, organisation, "conversation.describe", id_)


def other_profile(
    connection: Connection,
    organisation: str,
    company: str,
    profile: Mapping[str, Any],
    but: str | None = None,
) -> Warned | None:
    """Return how the conversations of a pseudonym, but for one, have another profile.

    InvalidProfile where that cannot be one company: as rows of a file they would be refused.
    """
    asked = select(conversations.c.profile).where(
        conversations.c.organisation == organisation,
        conversations.c.company == company,
        conversations.c.id != (but or ""),
    )
    kept = [known_of(orjson.loads(each)) for each in connection.execute(asked).scalars()]
    found = [*differences([*kept, known_of(profile)])]
    if not kept or len(found) == len([*differences(kept)]):
        return None
    params = {"value": company, "differs": ", ".join(each.words for each in found)}
    if len(found) > 1:
        raise InvalidProfile([Fault("/company", "company_of_another_profile", params)])
    return Warned("company", "another_profile", params)


def tell(
    connection: Connection,
    organisation: str,
    id_: str,
    intervention: str,
    outcome: Outcome,
    read: Read,
) -> None:
    """Keep how a trial goes; what was told before stays in the history.

    Raises
    ------
    NotFound, NeedsRevision, Stale
        As for a choice.
    NotNext
        If the state cannot follow the one before and this is not said to be a correction.
    InvalidOutcome
        If it cannot be so at a company with this profile.
    Unconfirmed
        If something new is odd, and the outcome does not say that it is right.
    """
    row = _row(connection, *_own(organisation, id_), to_change=True)
    here = (outcomes.c.conversation == id_) & (outcomes.c.intervention == intervention)
    before = connection.execute(select(outcomes).where(here)).mappings().first()
    _check_revision(row, read, there=before is not None)
    state = outcome.state if before is None else before["state"]
    if not outcome.correction and not may_follow(state, outcome.state):
        raise NotNext(state, outcome.state)
    known = {} if before is None else {"state": before["state"], **orjson.loads(before["measures"])}
    odd = check_beside(outcome, orjson.loads(row["profile"]), known)
    if odd and not outcome.accept_warnings:
        raise Unconfirmed(odd)
    moment = now()
    told = {
        "state": outcome.state,
        "measures": orjson.dumps(outcome.measures()).decode(),
        "updated_at": moment,
    }
    if before is None:
        new = insert(outcomes).values(conversation=id_, intervention=intervention, **told)
        connection.execute(new)
    else:
        connection.execute(
            insert(outcome_history).values(
                conversation=id_,
                intervention=intervention,
                state=before["state"],
                measures=before["measures"],
                told_at=before["updated_at"],
                replaced_at=moment,
                correction=outcome.correction,
            )
        )
        connection.execute(update(outcomes).where(here).values(**told))
    _touch(connection, row, {})
    action = "outcome.correct" if outcome.correction else "outcome.tell"
    audit.add(connection, organisation, action, f"{id_}/{intervention}")


def erase(connection: Connection, organisation: str, id_: str, read: Read) -> None:
    """Erase a conversation with all that hangs on it; NotFound, Stale.

    The audit trail keeps that it was there.
    """
    row = _row(connection, *_own(organisation, id_), to_change=True)
    if read is not None:
        _check_revision(row, read, there=True)
    erase_rows(connection, id_)
    audit.add(connection, organisation, "conversation.erase", id_)


def erase_rows(connection: Connection, id_: str) -> None:
    """Take all rows of a conversation, for a reason that the audit trail is told."""
    for table in (outcome_history, outcomes, requests):
        connection.execute(delete(table).where(table.c.conversation == id_))
    connection.execute(delete(conversations).where(conversations.c.id == id_))


def _own(organisation: str, id_: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return conversations.c.id == id_, conversations.c.organisation == organisation


def _row(
    connection: Connection, *which: ColumnElement[bool], to_change: bool = False
) -> RowMapping:
    asked = select(conversations).where(*which)
    # SQLite has its write lock already, and leaves FOR UPDATE out.
    row = connection.execute(asked.with_for_update() if to_change else asked).mappings().first()
    if row is None:
        raise NotFound
    return row


def _check_revision(row: RowMapping, read: Read, *, there: bool) -> None:
    if read is None:
        if there:
            raise NeedsRevision
    elif not read(row["revision"]):
        raise Stale


def _touch(connection: Connection, row: RowMapping, values: Mapping[str, object]) -> None:
    changed = update(conversations).where(conversations.c.id == row["id"])
    connection.execute(changed.values(**values, revision=row["revision"] + 1))


_AS_THEY_ARE = (
    *("id", "organisation", "created_at", "revision", "company", "learning_table"),
    *("language", "own_pick", "chosen_at", "code"),
)
"""Columns that a conversation has as the table holds them."""


def _read(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[Conversation]:
    """Yield whole conversations: two more questions, however many there are."""
    ids = [row["id"] for row in rows]
    told = _by_conversation(connection, outcomes, outcomes.c.intervention, ids)
    replaced = _by_conversation(connection, outcome_history, outcome_history.c.sequence, ids)
    for row in rows:
        before = replaced.get(row["id"], [])
        kind, card = row["choice_kind"], row["choice_intervention"]
        yield Conversation(
            **{name: row[name] for name in _AS_THEY_ARE},
            profile=orjson.loads(row["profile"]),
            constraints=orjson.loads(row["constraints"]),
            recommendation=orjson.loads(row["recommendation"]),
            choice=None if kind is None else Choice(kind, card, row["choice_reason"]),
            outcomes=tuple(_told(each, before) for each in told.get(row["id"], [])),
        )


def _by_conversation(
    connection: Connection, table: Any, order: Any, ids: Sequence[str]
) -> dict[str, list[RowMapping]]:
    found: dict[str, list[RowMapping]] = {}
    asked = select(table).where(table.c.conversation.in_(ids)).order_by(order)
    for row in connection.execute(asked).mappings():
        found.setdefault(row["conversation"], []).append(row)
    return found


def _told(row: RowMapping, replaced: Sequence[RowMapping]) -> KeptOutcome:
    return KeptOutcome(
        intervention=row["intervention"],
        state=row["state"],
        measures=orjson.loads(row["measures"]),
        updated_at=row["updated_at"],
        history=tuple(
            {
                "state": old["state"],
                **orjson.loads(old["measures"]),
                "told_at": old["told_at"],
                "replaced_at": old["replaced_at"],
                "correction": old["correction"],
            }
            for old in replaced
            if old["intervention"] == row["intervention"]
        ),
    )

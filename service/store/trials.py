"""The outcomes of conversations as rows of the form that retraining reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

import orjson
from sqlalchemy import Connection, select

from matcher.profile.schema import PROFILE_FIELDS
from matcher.tables.cells import written, written_text
from matcher.tables.kinds import FreeText
from matcher.trials.columns import TRIAL_COLUMNS
from matcher.trials.outcome import MEASURES
from service.store.conversation import Conversation, KeptOutcome
from service.store.conversations import listed
from service.store.tables import conversations, outcomes

PAGE = 500
"""Conversations read at a time."""
LONGEST_COMPANY = 40
_LONGEST = FreeText().most


def trials_csv(connection: Connection, organisation: str) -> Iterator[str]:
    """Yield the file of trials of an organisation, in pieces: a header and a row per outcome."""
    yield _lines([TRIAL_COLUMNS])
    yield from _of(connection, organisation)


def all_trials_csv(connection: Connection) -> Iterator[str]:
    """Yield the file of trials of all organisations, in pieces.

    Two organisations may use one pseudonym for two companies, so a pseudonym gets a tail that goes
    with the organisation; it is the same in every export.
    """
    yield _lines([TRIAL_COLUMNS])
    asked = select(conversations.c.organisation).distinct()
    for organisation in sorted(connection.execute(asked).scalars()):
        yield from _of(connection, organisation, _apart)


def _of(
    connection: Connection,
    organisation: str,
    rename: Callable[[Conversation], Conversation] = lambda conversation: conversation,
) -> Iterator[str]:
    newest = _newest(connection, organisation)
    before = None
    while True:
        page = listed(connection, organisation, PAGE, before)
        rows = [
            [row[name] for name in TRIAL_COLUMNS]
            for conversation in page.conversations
            for row in (
                trial(rename(conversation), told)
                for told in conversation.outcomes
                if (conversation.id, told.intervention) in newest
            )
        ]
        if rows:
            yield _lines(rows)
        if page.after is None:
            return
        before = page.after


def _newest(connection: Connection, organisation: str) -> set[tuple[str, str]]:
    """Return which outcomes to export, as conversation and intervention.

    A trial that two conversations tell of, of one company with one start, is one row in a file:
    what was told last holds.
    """
    asked = (
        select(
            outcomes.c.conversation,
            outcomes.c.intervention,
            outcomes.c.measures,
            conversations.c.company,
        )
        .join(conversations, conversations.c.id == outcomes.c.conversation)
        .where(conversations.c.organisation == organisation)
        .order_by(outcomes.c.updated_at, conversations.c.sequence)
    )
    last = {
        (row.company, row.intervention, orjson.loads(row.measures).get("start_date")): (
            row.conversation,
            row.intervention,
        )
        for row in connection.execute(asked)
    }
    return set(last.values())


def _apart(conversation: Conversation) -> Conversation:
    """Return the conversation under a pseudonym that no other organisation uses."""
    name = conversation.company
    if conversation.is_nameless:
        return conversation
    tail = sha256(f"{conversation.organisation}\0{name}".encode()).hexdigest()[:8]
    return replace(conversation, company=f"{name[: LONGEST_COMPANY - 9]}-{tail}")


def trial(conversation: Conversation, told: KeptOutcome) -> Mapping[str, str]:
    """Return one outcome as the cells of a row, empty where something is not known."""
    profile = {name: written(conversation.profile.get(name)) for name in PROFILE_FIELDS}
    measures = {name: written(told.measures.get(name)) for name in MEASURES}
    measures["stopped_reason"] = written_text(measures["stopped_reason"], _LONGEST)
    return {
        **profile,
        **measures,
        "source": "service",
        "company": conversation.company,
        "table": conversation.learning_table or "",
        "advisor_organisation": written_text(conversation.organisation, _LONGEST),
        "intervention": told.intervention,
        "assigned_by": _assigned_by(conversation, told.intervention),
        # Nobody drew lots: how probable the choice was, is not known.
        "propensity": "",
        "state": told.state,
    }


def _assigned_by(conversation: Conversation, intervention: str) -> str:
    """Return who chose: the advisor before the ranking was seen, or somebody who had seen it."""
    choice = conversation.choice
    if conversation.own_pick == intervention:
        return "advisor"
    if choice is not None and choice.intervention == intervention:
        return "leermatch" if choice.kind == "chosen" else "owner"
    return ""


def _lines(rows: object) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()

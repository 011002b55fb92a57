"""The outcomes of conversations as rows of the form that retraining reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from sqlalchemy import Connection, select

from matcher.cells import written
from matcher.outcome import MEASURES
from matcher.profile import PROFILE_FIELDS
from matcher.trial_schema import TRIAL_COLUMNS
from service.store.conversations import Conversation, Told, listed
from service.store.tables import conversations

PAGE = 500
"""Conversations read at a time."""
LONGEST_COMPANY = 40
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the start of a formula."""


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
    before = None
    while True:
        page = listed(connection, organisation, PAGE, before)
        rows = [
            [row[name] for name in TRIAL_COLUMNS]
            for conversation in page.conversations
            for row in (trial(rename(conversation), told) for told in conversation.outcomes)
        ]
        if rows:
            yield _lines(rows)
        if page.after is None:
            return
        before = page.after


def _apart(conversation: Conversation) -> Conversation:
    """Return the conversation under a pseudonym that no other organisation uses."""
    name = conversation.company
    if name == f"gesprek-{conversation.id}":
        return conversation
    tail = sha256(f"{conversation.organisation}\0{name}".encode()).hexdigest()[:8]
    return replace(conversation, company=f"{name[: LONGEST_COMPANY - 9]}-{tail}")


def trial(conversation: Conversation, told: Told) -> Mapping[str, str]:
    """Return one outcome as the cells of a row, empty where something is not known."""
    profile = {name: written(conversation.profile.get(name)) for name in PROFILE_FIELDS}
    measures = {name: _text(written(told.measures.get(name))) for name in MEASURES}
    return {
        **profile,
        **measures,
        "source": "service",
        "company": conversation.company,
        "table": conversation.learning_table or "",
        "advisor_organisation": _text(conversation.organisation),
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


def _text(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay as they are."""
    return f"'{cell}" if cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _lines(rows: object) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()

"""What is done to a conversation from a page: each in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from matcher.errors import Fault, InvalidProfile, Unconfirmed, Warned
from matcher.trials.outcome import Outcome
from matcher.trials.pseudonyms import refusal_or_doubt
from service.errors import ServiceError
from service.pages.advice.recorded import about, recorded
from service.pages.follow_up.conversation import can_undo
from service.pages.follow_up.reporting import read_measurement, read_state, report
from service.pages.intake.answers import Asked
from service.pages.intake.talk import Talk
from service.store import conversations as store
from service.store.conversation import Choice, Conversation, New, NotFound, exactly
from service.store.current import current_database


class TooLate(ServiceError):
    """What was chosen cannot be taken back any more."""


class SameCompany(ServiceError):
    """Something else was recorded in this talk: of this company or of another, nobody said."""

    def __init__(self, recorded: Conversation) -> None:
        super().__init__(recorded.id)
        self.recorded = recorded


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page showed, and what is recorded of it."""

    talk: Talk
    asked: Asked
    new: New


def record_choice(organisation: str, shown: Shown, choice: Choice, replaces: int | None) -> str:
    """Record what was shown and chosen; return the id of its conversation.

    A talk has one conversation: choosing again changes the choice, and what was shown where that
    is something else now.

    Parameters
    ----------
    replaces : int or None
        Revision of the conversation with other answers that somebody says to correct.

    Raises
    ------
    SameCompany
        If other answers were recorded in this talk, and nobody who saw them as they are now said
        that they are corrected.
    """
    try:
        return _record_choice(organisation, shown, choice, replaces)
    except IntegrityError:
        # The same tap arrived twice at one moment: by now the other has recorded it.
        return _record_choice(organisation, shown, choice, replaces)


def _record_choice(organisation: str, shown: Shown, choice: Choice, replaces: int | None) -> str:
    talk, new = shown.talk, shown.new
    with current_database().writing() as connection:
        found = recorded(connection, organisation, talk)
        if not found:
            store.record(connection, organisation, new, talk.id)
            store.choose(connection, organisation, talk.id, choice, None)
            return talk.id
        same = about(found, shown.asked.profile)
        before = same or found[0]
        if same is None and replaces != before.revision:
            raise SameCompany(before)
        read = exactly(before.revision)
        if same is None or same.constraints != orjson.loads(new.constraints):
            store.correct(connection, organisation, before.id, new, choice, read)
        elif before.choice != choice:
            store.choose(connection, organisation, before.id, choice, read)
        return before.id


def change_choice(
    organisation: str,
    id_: str,
    revision: int,
    choice: Choice,
    names: tuple[str | None, str | None],
    *,
    accept_warnings: bool,
) -> None:
    """Change what was chosen and under which pseudonyms.

    NotFound, Stale; InvalidProfile or Unconfirmed if a pseudonym is none, or may be none. One that
    was kept before is not asked about again.
    """
    with current_database().writing() as connection:
        odd = _odd_names(connection, store.find(connection, organisation, id_), names)
        if odd and not accept_warnings:
            raise Unconfirmed(odd)
        store.choose(connection, organisation, id_, choice, exactly(revision))
        store.describe(connection, organisation, id_, *names)


def _odd_names(
    connection: Connection, before: Conversation, names: tuple[str | None, str | None]
) -> list[Warned]:
    """Return what is odd about new pseudonyms; InvalidProfile with what cannot be one."""
    company, table = names
    new = [("company", company, before.company), ("table", table, before.learning_table)]
    typed = [(about, name) for about, name, kept in new if name is not None and name != kept]
    found = [refusal_or_doubt(name, about) for about, name in typed]
    if faults := [each for each in found if isinstance(each, Fault)]:
        raise InvalidProfile(faults)
    odd = [each for each in found if isinstance(each, Warned)]
    if company is not None and ("company", company) in typed:
        other = store.other_profile(
            connection, before.organisation, company, before.profile, before.id
        )
        odd += [] if other is None else [other]
    return odd


def undo(organisation: str, id_: str, now: datetime) -> None:
    """Take a choice back: nothing of the conversation is kept. NotFound, TooLate."""
    with current_database().writing() as connection:
        conversation = store.find(connection, organisation, id_)
        if not can_undo(conversation, now):
            raise TooLate
        store.erase(connection, organisation, id_, exactly(conversation.revision))


def tell_state(conversation: Conversation, revision: int, form: Mapping[str, str]) -> None:
    """Keep a state; NotFound, InvalidOutcome, NotNext, Stale."""
    card, measures = _tried(conversation), conversation.measures
    _tell(conversation, card, revision, read_state(form, measures, conversation.state))


def tell_measurement(conversation: Conversation, revision: int, form: Mapping[str, str]) -> None:
    """Keep what was measured; NotFound, InvalidOutcome, NotNext, Stale."""
    card, state, measures = _tried(conversation), conversation.state, conversation.measures
    shown = report(state, measures, "nl")
    _tell(conversation, card, revision, read_measurement(form, measures, state, shown))


def _tried(conversation: Conversation) -> str:
    if conversation.card is None:
        raise NotFound(conversation.id)
    return conversation.card


def _tell(conversation: Conversation, card: str, revision: int, outcome: Outcome) -> None:
    read = exactly(revision)
    with current_database().writing() as connection:
        store.tell(connection, conversation.organisation, conversation.id, card, outcome, read)

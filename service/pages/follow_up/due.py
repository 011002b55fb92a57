"""The companies to ask how it goes, those that wait longest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import flask_babel

from matcher.menu.card import Menu
from matcher.trials.follow_up import OVER, FollowUp, MomentId, follow_up
from matcher.vocabulary import Language
from service.pages.follow_up import reporting
from service.pages.follow_up.choice import said
from service.pages.follow_up.reporting import STATE_WORDS, Report
from service.pages.intake.situation import company
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l
from service.store.clock import at, text_of
from service.store.conversation import Conversation

MOMENT_WORDS: dict[MomentId, LazyText] = {
    "six_weeks": _l("zes weken"),
    "three_months": _l("drie maanden"),
    "six_months": _l("zes maanden"),
}
AHEAD = 20
"""Companies shown that need no question yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One company to ask."""

    id: str
    revision: int
    name: str
    card: str
    chosen: str
    asks: str
    state: str
    report: Report
    measure: bool
    order: datetime


@dataclass(frozen=True, slots=True)
class DueList:
    """Who to ask now, and who later."""

    now: tuple[Row, ...]
    later: tuple[Row, ...]
    later_left: int


def horizon(now: datetime) -> str:
    """Return the moment before which no choice is followed any more, as the store holds it."""
    return text_of(now - timedelta(OVER))


def due_list(
    chosen: Iterable[Conversation], menu: Menu, language: Language, now: datetime
) -> DueList:
    """Return the list for conversations of which something was chosen."""
    asked: list[Row] = []
    later: list[Row] = []
    for conversation in chosen:
        found = trial_follow_up(conversation, now)
        (asked if found.asks else later).append(_row(conversation, found, menu, language))
    asked.sort(key=lambda row: row.order)
    later.sort(key=lambda row: row.order)
    return DueList(tuple(asked), tuple(later[:AHEAD]), max(len(later) - AHEAD, 0))


def trial_follow_up(conversation: Conversation, now: datetime) -> FollowUp:
    """Return what to ask of the approach that was chosen in a conversation."""
    told = conversation.outcome
    return follow_up(
        at(conversation.chosen_at or conversation.created_at),
        now,
        conversation.state,
        at(told.updated_at) if told else None,
        measured="culture_after" in conversation.measures,
    )


def _row(conversation: Conversation, found: FollowUp, menu: Menu, language: Language) -> Row:
    choice, state = conversation.choice, conversation.state
    chosen = at(conversation.chosen_at or conversation.created_at)
    return Row(
        id=conversation.id,
        revision=conversation.revision,
        name=name_of(conversation, language),
        card="" if choice is None else said(choice, menu, language),
        chosen=day(chosen),
        asks=_asks(found),
        state=str(STATE_WORDS[state]) if state else "",
        report=reporting.report(state, conversation.measures, language),
        measure=found.measure,
        order=found.since or found.next or datetime.max.replace(tzinfo=UTC),
    )


def _asks(found: FollowUp) -> str:
    if found.due is not None:
        return gettext("%(moment)s voorbij", moment=MOMENT_WORDS[found.due])
    if found.measure:
        return gettext("tijd voor de meting achteraf")
    if found.next is not None:
        return gettext("vanaf %(day)s", day=day(found.next))
    return gettext("klaar")


def name_of(conversation: Conversation, language: Language) -> str:
    """Return how a company is called here: its pseudonym, or what it does and its size."""
    if not conversation.is_nameless:
        return conversation.company
    said = conversation.profile
    return company(said["sbi_version"], said["sector"], said["employees"], language)


def day(moment: datetime) -> str:
    """Return a day as the language writes it."""
    return str(flask_babel.format_date(moment, "d MMMM yyyy"))

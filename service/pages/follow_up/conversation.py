"""A recorded conversation as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from matcher.menu.card import Menu
from matcher.vocabulary import Language
from service.pages.advice.recorded import talk_of
from service.pages.follow_up import reporting
from service.pages.follow_up.choice import REASONS, options, revision_of, said, value_of
from service.pages.follow_up.due import day, name_of, trial_follow_up
from service.pages.follow_up.reporting import STATE_WORDS, Report
from service.pages.intake.questions import Option, options_of
from service.pages.intake.talk import handle
from service.pages.shared.language import gettext
from service.store import codes
from service.store.clock import at
from service.store.conversation import Conversation

UNDO = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Passed:
    """One line of what was told."""

    day: str
    words: str
    correction: bool


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Everything on the page of a conversation."""

    id: str
    revision: int
    name: str
    company: str
    table: str
    code: str
    handle: str
    """What links to its answer and its sheet carry, whatever else is filled in meanwhile."""
    created: str
    said: str
    value: str
    reason: str
    own_pick: str
    card: str
    """Id of the card that is tried; empty where nothing is."""
    undo: bool
    options: tuple[Option, ...]
    reasons: tuple[Option, ...]
    asks: str
    now: bool
    """Whether how it goes is what the page is for: it was told before, or is to be asked now."""
    report: Report
    passed: tuple[Passed, ...]
    errors: Mapping[str, str]


def conversation_page(
    conversation: Conversation,
    menu: Menu,
    language: Language,
    now: datetime,
    errors: Mapping[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
) -> ConversationPage:
    """Return the page of a conversation; with what was sent where that could not be kept."""
    choice, sent = conversation.choice, sent or {}
    shown = reporting.report(conversation.state, conversation.measures, language)
    shown = replace(shown, cells={**shown.cells, **sent})
    own = menu.by_id.get(conversation.own_pick or "")
    return ConversationPage(
        id=conversation.id,
        revision=_revision(conversation, errors or {}, sent),
        name=name_of(conversation, language),
        company=sent.get("company", "" if conversation.is_nameless else conversation.company),
        table=sent.get("table", conversation.learning_table or ""),
        code=codes.spelt(conversation.code) if conversation.code else "",
        handle=handle(talk_of(conversation)),
        created=day(at(conversation.created_at)),
        said="" if choice is None else said(choice, menu, language),
        value=sent.get("keuze", "" if choice is None else value_of(choice)),
        reason=sent.get("reden", "" if choice is None else choice.reason or ""),
        own_pick="" if own is None else own.name.of(language),
        card=conversation.card or "",
        undo=can_undo(conversation, now),
        options=options(menu, language),
        reasons=options_of(REASONS),
        asks=_asks(conversation, now),
        now=conversation.outcome is not None or trial_follow_up(conversation, now).asks,
        report=shown,
        passed=_passed(conversation),
        errors=errors or {},
    )


def _revision(
    conversation: Conversation, errors: Mapping[str, str], sent: Mapping[str, str]
) -> int:
    """Return the revision that the page is about: what was filled in goes with what was read."""
    read = revision_of(sent.get("revision"))
    return conversation.revision if read is None or "form" in errors else read


def can_undo(conversation: Conversation, now: datetime) -> bool:
    """Return whether a tap can still be taken back: just now, and nothing hangs on it yet."""
    if conversation.chosen_at is None or conversation.outcomes:
        return False
    return abs(now - at(conversation.chosen_at)) < UNDO


def _asks(conversation: Conversation, now: datetime) -> str:
    """Return when the company is asked next; empty where nothing is tried."""
    if conversation.card is None:
        return ""
    found = trial_follow_up(conversation, now)
    if found.asks:
        return gettext("Het is tijd om te vragen hoe het gaat.")
    if found.next is not None:
        return gettext("Vraag weer hoe het gaat vanaf %(day)s.", day=day(found.next))
    return ""


def _passed(conversation: Conversation) -> tuple[Passed, ...]:
    """Return what was told of the approach that was chosen, newest first."""
    told = conversation.outcome
    if told is None:
        return ()
    newest = Passed(day(at(told.updated_at)), str(STATE_WORDS[told.state]), False)
    before = [
        Passed(day(at(old["told_at"])), str(STATE_WORDS[old["state"]]), bool(old["correction"]))
        for old in reversed(told.history)
    ]
    return (newest, *before)

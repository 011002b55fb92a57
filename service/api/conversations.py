"""Conversations over the API: what was shown, what was chosen, how the trials go."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Connection

from matcher.errors import Fault, Unconfirmed
from matcher.profile.schema import Question
from matcher.tables.cells import whole
from matcher.trials.outcome import Outcome, read_outcome
from service.answering.recording import conversation_of
from service.api.conversation_schemas import ConversationAnswer, ConversationList
from service.api.questions import served_for
from service.api.reading import (
    BASE_PATH,
    FOR_THE_ASKER,
    CardId,
    answers,
    api_blueprint,
    no_such_card,
    read_by,
    with_tag,
)
from service.api.requests import (
    ChoiceSent,
    NewConversation,
    check_intervention,
    read_choice,
    read_conversation,
)
from service.caller import organisation
from service.live.current import current_served
from service.store import conversations as store
from service.store import requests
from service.store.conversation import Choice, Conversation, Read
from service.store.current import current_database
from service.web.language import asked_language
from service.web.problems import Problem

CONVERSATIONS = Tag(name="Gesprekken", description="Wat is getoond, gekozen en wat eruit kwam")
bp = api_blueprint("conversations", __name__, CONVERSATIONS)
LONGEST_KEY = 255
_CURSOR = re.compile(rb"[0-9]{1,18}")
"""A number that any database holds."""


class ConversationPath(BaseModel):
    """Which conversation."""

    id: str = Field(
        pattern=r"^[0-9a-f]{32}$",
        description="kenmerk van het gesprek",
        json_schema_extra={"example": "5f0c1e7a9b2d4c6e8f1a3b5c7d9e0f12"},
    )


class OutcomePath(ConversationPath):
    """Which trial of which conversation."""

    intervention: CardId


class ConversationQuery(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(strict=True, ge=1, le=100), BeforeValidator(whole)] = Field(
        20, description="hoogstens zoveel"
    )
    cursor: str | None = Field(
        None, max_length=40, description="waar de volgende bladzijde begint; staat in Link"
    )
    state: Literal["open", "not_started", "started", "stopped", "finished", "unknown"] | None = (
        Field(None, description="open: nog niets gekozen; anders de stand van een proef")
    )


@bp.post(
    "/conversations",
    summary="Leg een gesprek vast",
    description=(
        "Rekent het advies opnieuw uit en bewaart wat getoond is. Stuur een Idempotency-Key mee: "
        "dezelfde aanroep nog een keer geeft dan hetzelfde antwoord en niets dubbel."
    ),
    operation_id="recordConversation",
    responses=answers(201, ConversationAnswer, 400, 409, 413, 415),
)
@read_by(read_conversation)
def record(body: NewConversation) -> Response:
    """Keep a conversation with the ranking that was shown."""
    question = Question(
        profile=body.profile, constraints=body.constraints, limit=body.limit, model=body.model
    )
    served, language = served_for(question.model), asked_language()
    check_intervention(served.engine.menu, body.own_pick, "/own_pick")
    new = conversation_of(
        question, served, language, own_pick=body.own_pick, company=body.company, table=body.table
    )

    def work(connection: Connection) -> Conversation:
        if body.company is not None:
            profile = body.profile.model_dump(mode="json")
            odd = store.other_profile(connection, organisation(), body.company, profile)
            if odd is not None and not body.accept_warnings:
                raise Unconfirmed([odd])
        id_ = store.record(connection, organisation(), new)
        return store.find(connection, organisation(), id_)

    return _once(work)


@bp.get(
    "/conversations",
    summary="Lees de lijst van gesprekken",
    description="Het nieuwste eerst. Link met rel=next wijst naar de volgende bladzijde.",
    operation_id="listConversations",
    responses=answers(200, ConversationList, 400),
)
def listed(query: ConversationQuery) -> Response:
    """Tell the conversations of an organisation."""
    before = None if query.cursor is None else _number(query.cursor)
    with current_database().reading() as connection:
        page = store.listed(connection, organisation(), query.limit, before, query.state)
    members = [_members(each) for each in page.conversations]
    for each in members:
        del each["recommendation"]
    response = _json({"conversations": members})
    if page.after is not None:
        rest = {"limit": query.limit, "cursor": _cursor(page.after), "state": query.state}
        asked = "&".join(f"{name}={value}" for name, value in rest.items() if value is not None)
        response.headers["Link"] = f'<{BASE_PATH}/conversations?{asked}>; rel="next"'
    return with_tag(response)


@bp.get(
    "/conversations/<id>",
    summary="Lees een gesprek",
    description="Wat getoond is, wat gekozen is en hoe de proeven gaan, met de historie.",
    operation_id="readConversation",
    responses=answers(200, ConversationAnswer, 400, 404),
)
def read(path: ConversationPath) -> Response:
    """Tell one conversation."""
    with current_database().reading() as connection:
        found = store.find(connection, organisation(), path.id)
    return with_tag(told(found))


@bp.delete(
    "/conversations/<id>",
    summary="Wis een gesprek",
    description="Wist profiel, advies, keuze en uitkomsten. In het logboek blijft dat het er was.",
    operation_id="eraseConversation",
    responses=answers(204, None, 400, 404, 412),
)
def erase(path: ConversationPath) -> Response:
    """Erase one conversation."""
    with current_database().writing() as connection:
        store.erase(connection, organisation(), path.id, _read())
    return Response(status=204, headers=FOR_THE_ASKER)


@bp.put(
    "/conversations/<id>/choice",
    summary="Leg de keuze vast",
    description="Een eerdere keuze vervangen kan alleen met If-Match: de ETag van het gesprek.",
    operation_id="putChoice",
    responses=answers(200, ConversationAnswer, 400, 404, 412, 413, 415, 428),
)
@read_by(read_choice)
def choose(path: ConversationPath, body: ChoiceSent) -> Response:
    """Keep what was chosen."""
    check_intervention(current_served().engine.menu, body.intervention, "/intervention")
    choice = Choice(body.kind, body.intervention, body.reason)
    with current_database().writing() as connection:
        store.choose(connection, organisation(), path.id, choice, _read())
        return told(store.find(connection, organisation(), path.id))


@bp.put(
    "/conversations/<id>/outcomes/<intervention>",
    summary="Meld hoe een proef gaat",
    description=(
        "Vervangt wat bekend was; wat er stond, blijft in de historie. Een stand die niet kan "
        "volgen op de vorige is een correctie en vraagt correction: true. Vervangen kan alleen "
        "met If-Match: de ETag van het gesprek."
    ),
    operation_id="putOutcome",
    responses=answers(200, ConversationAnswer, 400, 404, 409, 412, 413, 415, 428),
)
@read_by(read_outcome)
def tell(path: OutcomePath, body: Outcome) -> Response:
    """Keep how a trial goes."""
    menu = current_served().engine.menu
    if path.intervention not in menu.by_id:
        raise no_such_card(path.intervention, "/intervention", menu.ids)
    with current_database().writing() as connection:
        store.tell(connection, organisation(), path.id, path.intervention, body, _read())
        return told(store.find(connection, organisation(), path.id))


def told(conversation: Conversation, status: int = 200) -> Response:
    """Answer with a conversation and the tag that changes when it does."""
    response = _json(_members(conversation), status)
    response.headers["ETag"] = _tag(conversation.revision)
    return response


def _members(conversation: Conversation) -> dict[str, Any]:
    choice = conversation.choice
    return {
        "id": conversation.id,
        "created_at": conversation.created_at,
        "company": conversation.company,
        "table": conversation.learning_table,
        "profile": conversation.profile,
        "constraints": conversation.constraints,
        "recommendation": conversation.recommendation,
        "own_pick": conversation.own_pick,
        "choice": None
        if choice is None
        else {
            "kind": choice.kind,
            "intervention": choice.intervention,
            "reason": choice.reason,
            "chosen_at": conversation.chosen_at,
        },
        "outcomes": [
            {
                "intervention": each.intervention,
                "state": each.state,
                **each.measures,
                "updated_at": each.updated_at,
                "history": each.history,
            }
            for each in conversation.outcomes
        ],
    }


def _json(members: object, status: int = 200) -> Response:
    return Response(
        orjson.dumps(members), status, headers=FOR_THE_ASKER, mimetype="application/json"
    )


def _read() -> Read:
    """Return which revisions ``If-Match`` allows; None without one.

    Of another the refusal tells the tag that holds now.
    """
    if "If-Match" not in request.headers:
        return None

    def allows(revision: int) -> bool:
        if f"r{revision}" in request.if_match:
            return True
        params = {"value": request.headers["If-Match"][:60], "found": _tag(revision)}
        fault = Fault("/If-Match", "changed_since", params)
        raise Problem("precondition_failed", [fault], place="header")

    return allows


def _tag(revision: int) -> str:
    return f'"r{revision}"'


def _recorded(made: Conversation) -> Response:
    response = told(made, 201)
    response.headers["Location"] = f"{BASE_PATH}/conversations/{made.id}"
    return response


def _once(work: Callable[[Connection], Conversation]) -> Response:
    """Record; with an ``Idempotency-Key`` that was used before, repeat what was answered."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with current_database().writing() as connection:
            return _recorded(work(connection))
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= LONGEST_KEY):
        fault = Fault("/Idempotency-Key", "idempotency_key", {"bound": LONGEST_KEY})
        raise Problem("invalid_input", [fault], place="header")
    asked = "\n".join((request.method, request.path, asked_language(), ""))
    digest = sha256(asked.encode() + request.get_data()).hexdigest()
    with current_database().writing() as connection:
        before = requests.earlier(connection, organisation(), key, digest)
        if before is not None:
            return Response(before.body, before.status, headers=[*before.headers])
        made = work(connection)
        response = _recorded(made)
        kept = requests.Answered(
            response.status_code, list(response.headers.items()), response.get_data()
        )
        requests.keep(connection, organisation(), key, digest, made.id, kept)
        return response


def _cursor(number: int) -> str:
    return urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def _number(cursor: str) -> int:
    try:
        digits = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        digits = b""
    if not _CURSOR.fullmatch(digits):
        raise Problem("invalid_input", [Fault("/cursor", "unknown_cursor")], place="query")
    return int(digits)

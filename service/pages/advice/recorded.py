"""What was recorded already in the talk that a page is about."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from matcher.profile.schema import Profile
from service.caller import organisation
from service.pages.intake.answers import cells_of
from service.pages.intake.talk import Talk, begun, last_told
from service.store import conversations as store
from service.store.conversation import Conversation


def recorded(connection: Connection, organisation: str, talk: Talk) -> Sequence[Conversation]:
    """Return the conversations recorded in a talk, newest first: one, unless tabs raced."""
    return store.among(connection, organisation, talk.ids)


def about(found: Sequence[Conversation], profile: Profile) -> Conversation | None:
    """Return the conversation that holds these answers about the company; None without one."""
    told = profile.model_dump(mode="json", exclude_none=True)
    return next((each for each in found if each.profile == told), None)


def talk_of(conversation: Conversation) -> Talk:
    """Return the talk in which a conversation was recorded, whatever else was filled in since.

    What is chosen in it is about the same conversation, where that is of the same organisation.
    """
    told = last_told()
    if told is not None and told.id == conversation.id:
        return told  # with the plain answers and the ticks, which are not recorded
    cells = cells_of(conversation.profile, conversation.constraints)
    ours = conversation.organisation == organisation()
    own_pick = conversation.own_pick or "" if ours else ""
    return begun(cells, conversation.id if ours else "", own_pick)

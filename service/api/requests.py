"""What a caller sends about a conversation, read once at the border."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from matcher.errors import Fault, InvalidProfile, Unconfirmed, Warned
from matcher.menu.card import Menu
from matcher.profile.schema import NO_CONSTRAINTS, Constraints, Profile
from matcher.tables.cells import PATTERN, is_pseudonym
from matcher.trials.pseudonyms import refusal_or_doubt
from matcher.validation import Count, SentObject, broken, read
from service.api.reading import unknown_card
from service.store.conversation import ChoiceKind, ChoiceReason


def _pseudonym(name: str) -> str:
    """Refuse what is no pseudonym, and what a file of trials reads as unknown."""
    if not is_pseudonym(name):
        raise broken("not_a_pseudonym")
    return name


Pseudonym = Annotated[
    str, AfterValidator(_pseudonym), WithJsonSchema({"type": "string", "pattern": PATTERN})
]


class NewConversation(SentObject):
    """A profile whose ranking was shown, and the pick that was made before it was seen."""

    profile: Profile
    constraints: Constraints = Field(default=NO_CONSTRAINTS)
    limit: Count = Field(5, ge=1, le=100, description="aantal aanpakken dat getoond is")
    model: str | None = Field(None, description="versie die antwoordde; null is de huidige")
    own_pick: str | None = Field(
        None, description="aanpak die de adviseur koos voordat hij de volgorde zag"
    )
    company: Pseudonym | None = Field(
        None, description="pseudoniem van het bedrijf; hetzelfde bedrijf, hetzelfde pseudoniem"
    )
    table: Pseudonym | None = Field(None, description="pseudoniem van de leertafel")
    accept_warnings: bool = Field(
        default=False,
        description="wat vreemd is, is bekeken en klopt; zonder dit wordt het niet bewaard",
    )


class ChoiceSent(SentObject):
    """What came of a conversation."""

    kind: ChoiceKind = Field(
        description="chosen: een van de getoonde; other: iets anders; nothing_now: nog niets; "
        "referred: doorverwezen"
    )
    intervention: str | None = Field(None, description="id van de aanpak; verplicht bij chosen")
    reason: ChoiceReason | None = Field(None, description="waarom zo gekozen is")


def read_conversation(raw: object) -> NewConversation:
    """Return the conversation in a JSON object.

    InvalidProfile with all faults; Unconfirmed if a pseudonym may tell who the company is.
    """
    sent = read(NewConversation, raw, InvalidProfile)
    found = [*_odd_names(sent)]
    if faults := [each for each in found if isinstance(each, Fault)]:
        raise InvalidProfile(faults)
    odd = [each for each in found if isinstance(each, Warned)]
    if odd and not sent.accept_warnings:
        raise Unconfirmed(odd)
    return sent


def _odd_names(sent: NewConversation) -> Iterator[Fault | Warned]:
    for name in ("company", "table"):
        typed = getattr(sent, name)
        found = None if typed is None else refusal_or_doubt(typed, name)
        if found is not None:
            yield found


def read_choice(raw: object) -> ChoiceSent:
    """Return the choice in a JSON object, or raise InvalidProfile with all faults."""
    sent = read(ChoiceSent, raw, InvalidProfile)
    needed, given = sent.kind == "chosen", sent.intervention is not None
    if needed and not given:
        raise InvalidProfile([Fault("/intervention", "choice_of_what", {"value": sent.kind})])
    if given and sent.kind not in ("chosen", "other"):
        raise InvalidProfile([Fault("/intervention", "choice_of_nothing", {"value": sent.kind})])
    return sent


def check_intervention(menu: Menu, id_: str | None, where: str) -> None:
    """Raise InvalidProfile when an id that was sent is not on the menu."""
    if id_ is not None and id_ not in menu.by_id:
        raise InvalidProfile([unknown_card(id_, where, menu.ids)])

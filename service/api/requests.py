"""What a caller sends about a conversation, read once at the border."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from matcher.errors import Fault, InvalidProfile
from matcher.menu.card import Menu
from matcher.profile.pseudonym import PATTERN, is_pseudonym
from matcher.profile.schema import (
    NO_CONSTRAINTS,
    Constraints,
    Count,
    Profile,
    faults_of,
    without_nulls,
)
from matcher.trials.outcome import Outcome, read_outcome
from service.api.questions import read_json
from service.api.reading import unknown_card
from service.store.conversations import Choice, ChoiceKind, ChoiceReason


def _pseudonym(name: str) -> str:
    """Refuse what is no pseudonym, and what a file of trials reads as unknown."""
    if not is_pseudonym(name):
        raise PydanticCustomError("not_a_pseudonym", "no pseudonym")
    return name


Pseudonym = Annotated[
    str,
    AfterValidator(_pseudonym),
    WithJsonSchema({"type": "string", "pattern": PATTERN}),
]
Sent = TypeVar("Sent", bound=BaseModel)


class SentObject(BaseModel):
    """An object that is sent: nothing but what is named, and null is the default."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, raw: object) -> object:
        """Take a null member for a missing one."""
        return without_nulls(raw)


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


class ChoiceSent(SentObject):
    """What came of a conversation."""

    kind: ChoiceKind = Field(
        description="chosen: een van de getoonde; other: iets anders; nothing_now: nog niets; "
        "referred: doorverwezen"
    )
    intervention: str | None = Field(None, description="id van de aanpak; verplicht bij chosen")
    reason: ChoiceReason | None = Field(None, description="waarom zo gekozen is")


def read_conversation() -> NewConversation:
    """Return the conversation in the body, or raise InvalidProfile with all faults."""
    return read_sent(NewConversation, read_json())


def read_choice() -> ChoiceSent:
    """Return the choice in the body, or raise InvalidProfile with all faults."""
    sent = read_sent(ChoiceSent, read_json())
    needed, given = sent.kind == "chosen", sent.intervention is not None
    if needed and not given:
        raise InvalidProfile([Fault("/intervention", "choice_of_what", {"value": sent.kind})])
    if given and sent.kind not in ("chosen", "other"):
        raise InvalidProfile([Fault("/intervention", "choice_of_nothing", {"value": sent.kind})])
    return sent


def read_told() -> Outcome:
    """Return the outcome in the body, or raise InvalidOutcome with all faults."""
    return read_outcome(read_json())


def read_sent(kind: type[Sent], raw: object) -> Sent:
    """Return what was sent as an object of a kind, or raise InvalidProfile with all faults."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise InvalidProfile(faults_of(error)) from None


def check_intervention(menu: Menu, id_: str | None, where: str) -> None:
    """Raise InvalidProfile when an id that was sent is not on the menu."""
    if id_ is not None and id_ not in menu.by_id:
        raise InvalidProfile([unknown_card(id_, where, menu.ids)])


def as_choice(sent: ChoiceSent) -> Choice:
    """Return a choice as it is kept."""
    return Choice(sent.kind, sent.intervention, sent.reason)

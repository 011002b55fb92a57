"""The form of every answer about conversations, for the documentation and for the tests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from matcher.trials.columns import State
from service.api.schemas import Answer, InterventionId, RecommendationAnswer
from service.store.conversation import ChoiceKind, ChoiceReason

Day = Annotated[
    date | None,
    # The format at the top too: the Dutch design rules look for it there.
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}], "format": "date"}),
]


class ChoiceAnswer(Answer):
    """Wat er van een gesprek kwam."""

    kind: ChoiceKind
    intervention: InterventionId | None
    reason: ChoiceReason | None
    chosen_at: datetime


class TrialState(Answer):
    """Wat over een proef gemeld is; wat ontbreekt, is niet bekend."""

    state: State
    start_date: Day = None
    end_date: Day = None
    stopped_reason: str | None = None
    participants: float | None = None
    hours_per_participant: float | None = None
    cost_eur: float | None = None
    scale: Literal["1-6", "1-5"] | None = None
    culture_before: float | None = None
    culture_before_sd: float | None = None
    respondents_before: int | None = None
    culture_after: float | None = None
    culture_after_sd: float | None = None
    respondents_after: int | None = None
    satisfaction_owner: float | None = None
    satisfaction_staff: float | None = None
    would_continue: bool | None = None


class OutcomeBefore(TrialState):
    """Wat eerder over een proef gemeld is."""

    told_at: datetime
    replaced_at: datetime
    correction: bool = Field(description="of de melding die volgde een correctie was")


class OutcomeAnswer(TrialState):
    """Hoe een proef gaat; wat ontbreekt, is niet bekend."""

    intervention: InterventionId
    updated_at: datetime
    history: list[OutcomeBefore]


class ConversationSummary(Answer):
    """Een gesprek zonder wat getoond is."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    created_at: datetime
    company: str = Field(description="pseudoniem van het bedrijf")
    table: str | None = Field(description="pseudoniem van de leertafel")
    profile: dict[str, Any]
    constraints: dict[str, Any]
    own_pick: InterventionId | None
    choice: ChoiceAnswer | None
    outcomes: list[OutcomeAnswer]


class ConversationAnswer(ConversationSummary):
    """Een gesprek: wat getoond is, wat gekozen is en hoe de proeven gaan."""

    recommendation: RecommendationAnswer


class ConversationList(Answer):
    """Gesprekken, het nieuwste eerst."""

    conversations: list[ConversationSummary]

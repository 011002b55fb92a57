"""A conversation as it is kept, what is recorded of it, and why something cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from matcher.errors import Fault
from matcher.trials.columns import State
from service.errors import ServiceError

ChoiceKind = Literal["chosen", "other", "nothing_now", "referred"]
ChoiceReason = Literal[
    "time", "cost", "capacity", "already_done", "owner_prefers", "not_trusted", "other"
]

Read = Callable[[int], bool] | None
"""Whether a revision is one that the caller says to have read; None when nothing is said."""


def exactly(revision: int) -> Read:
    """Return that one revision was read, as a form says."""
    return lambda found: found == revision


def nameless(id_: str) -> str:
    """Return the pseudonym of a company that was given none: it is one of its own."""
    return f"gesprek-{id_}"


class NotFound(ServiceError):
    """No such conversation, or one of another organisation: who asks cannot tell which."""

    kind, place = "not_found", "path"
    faults = (Fault("/id", "unknown_conversation"),)


class Stale(ServiceError):
    """Somebody else changed the conversation since it was read."""

    kind = "precondition_failed"


class NeedsRevision(ServiceError):
    """What is there already can only be replaced by who says which revision was read."""

    kind = "precondition_required"


class NotNext(ServiceError):
    """A state that cannot follow the one before, told as if it did."""

    kind = "conflict"

    def __init__(self, before: State, after: State) -> None:
        super().__init__(f"{before} -> {after}")
        self.before, self.after = before, after
        params = {"before": before, "value": after}
        self.faults = [Fault("/state", "not_the_next_state", params)]


@dataclass(frozen=True, slots=True)
class New:
    """What is recorded of a conversation."""

    profile: str
    constraints: str
    recommendation: str
    language: str
    own_pick: str | None
    company: str | None
    """Pseudonym of the company; without one the conversation stands for a company of its own."""
    learning_table: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What came of it."""

    kind: ChoiceKind
    intervention: str | None
    reason: ChoiceReason | None


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """How one trial goes, as last told, and what was told before."""

    intervention: str
    state: State
    measures: Mapping[str, Any]
    updated_at: str
    history: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is kept."""

    id: str
    organisation: str
    created_at: str
    revision: int
    company: str
    learning_table: str | None
    language: str
    profile: Mapping[str, Any]
    constraints: Mapping[str, Any]
    recommendation: Mapping[str, Any]
    own_pick: str | None
    choice: Choice | None
    chosen_at: str | None
    code: str | None
    """What brings whoever has the sheet back to it; None of one recorded before there were any."""
    outcomes: tuple[KeptOutcome, ...]

    @property
    def card(self) -> str | None:
        """The approach that was chosen."""
        return None if self.choice is None else self.choice.intervention

    @property
    def outcome(self) -> KeptOutcome | None:
        """What was told of that approach."""
        return next((told for told in self.outcomes if told.intervention == self.card), None)

    @property
    def state(self) -> State | None:
        """How its trial goes, as far as it was told."""
        return None if self.outcome is None else self.outcome.state

    @property
    def measures(self) -> Mapping[str, Any]:
        """What was told and measured of its trial."""
        return {} if self.outcome is None else self.outcome.measures

    @property
    def is_nameless(self) -> bool:
        """Whether the company was given no pseudonym."""
        return self.company == nameless(self.id)


@dataclass(frozen=True, slots=True)
class Page:
    """Some conversations, newest first, and where the rest begins; None when there is no more."""

    conversations: tuple[Conversation, ...]
    after: int | None

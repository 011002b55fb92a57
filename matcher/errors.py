"""What can be wrong with what people hand in, in a form that pages, API and terminal share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matcher.messages import say
from matcher.vocabulary import Language


class MatcherError(Exception):
    """Something was handed in that cannot be used; the message is meant for a person."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, which rule it breaks, and what it takes to say so in words."""

    where: str
    """JSON pointer (``/profile/employees``), or the place in a file (``row 3, employees``)."""
    code: str
    """Key of the sentence in the catalogue, without its ``fault.`` prefix."""
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language = "nl") -> str:
        """Return rule, value and way out as a sentence."""
        return say(language, f"fault.{self.code}", **self.params)


class Refused(MatcherError):
    """Input with one or more faults, all found at once."""

    def __init__(self, faults: Sequence[Fault], total: int | None = None) -> None:
        self.faults = tuple(faults)
        self.total = len(self.faults) if total is None else total
        super().__init__("; ".join(f"{f.where}: {f.text('en')}" for f in self.faults[:20]))


class InvalidProfile(Refused):
    """A profile, or a question about one, that breaks a rule."""


class InvalidMenu(Refused):
    """A menu card that breaks a rule."""


class InvalidExpert(Refused):
    """An expert prior that breaks a rule."""


class InvalidOutcome(Refused):
    """How one trial went, told in a way that breaks a rule."""


class InvalidTrials(Refused):
    """A file of outcomes with faulty rows."""


class InvalidPlan(Refused):
    """Companies and seats between which nothing can be planned."""


class UnreadableFile(Refused):
    """A file that cannot be read as the table it should be."""


class SchedulerUnavailable(Refused):
    """A cluster that cannot do the work that it was asked to do."""


class BrokenVersion(MatcherError):
    """A model version that is incomplete, altered or of an unknown form; nothing in it was used."""


class UnknownVersion(MatcherError):
    """A model version that does not exist."""


class RetrainingRuns(MatcherError):
    """Another process is writing versions in the same folder."""

"""What can be wrong with what people hand in, in a form that pages, API and terminal share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matcher.messages import catalogue, say
from matcher.vocabulary import Language

_IN_FILE = re.compile(r"(?:(?<=, )|^)(row|line)(?= \d+(?:,|$))")


class MatcherError(Exception):
    """What was asked cannot be done; its faults say why to a person, in either language."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, which rule it breaks, and what it takes to say so in words."""

    where: str
    """JSON pointer (``/profile/employees``), or the place in a file (``row 3, employees``)."""
    code: str
    """Key of the sentence in the catalogue, without its ``fault.`` prefix."""
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language = "nl") -> str:
        """Return rule, value and way out as a sentence, and where else in a table it is so."""
        sentence = say(language, f"fault.{self.code}", **self.params)
        if "more_rows" not in self.params:
            return sentence
        whole = self.times == len(str(self.params["more_rows"]).split(",")) + 1
        key = "place.more_rows" if whole else "place.more_rows_and_on"
        return f"{sentence} {say(language, key, **self.params)}"

    @property
    def times(self) -> int:
        """How often it is there, told once."""
        return int(str(self.params.get("times", 1)))

    def place(self, language: Language = "nl") -> str:
        """Return where it is, as a person reads it."""
        return _IN_FILE.sub(lambda found: say(language, f"place.{found[1]}"), self.where)

    def line(self, language: Language = "nl") -> str:
        """Return place and sentence on one line."""
        return ": ".join(filter(None, (self.place(language), self.text(language))))


@dataclass(frozen=True, slots=True)
class Warned:
    """Something odd that may be right: a person looks at it and says so, or mends it."""

    about: str
    """Column of a file, or field of a form or an object."""
    code: str
    """Key of the sentence in the catalogue, without its ``warning.`` prefix; it never changes."""
    params: Mapping[str, object] = field(default_factory=dict)
    """What the sentence needs, with the ``value`` where there is one."""
    rows: tuple[int, ...] = ()
    """The first rows of a file that show it; none where there is no file."""
    count: int = 1
    """How many rows show it."""

    def text(self, language: Language = "nl") -> str:
        """Return value, rule and way out as a sentence."""
        return say(language, f"warning.{self.code}", **self.params)

    def place(self, language: Language = "nl") -> str:
        """Return the rows and the field, as a person reads them."""
        if not self.rows:
            return self.about
        rows, more = ", ".join(map(str, self.rows)), self.count - len(self.rows)
        key = "warned.rows" if more <= 0 else "warned.more_rows"
        return f"{say(language, key, rows=rows, more=more)}, {self.about}"

    def line(self, language: Language = "nl") -> str:
        """Return place and sentence on one line."""
        return f"{self.place(language)}: {self.text(language)}"


def warned_of(code: str, language: Language) -> str:
    """Return a warning in a few words, for a list of what was accepted."""
    key = f"warned.of.{code}"
    return say(language, key) if key in catalogue(language) else code  # of another release


class Refused(MatcherError):
    """Input with one or more faults, all found at once; what is only odd is told beside them."""

    def __init__(
        self, faults: Sequence[Fault], total: int | None = None, warnings: Sequence[Warned] = ()
    ) -> None:
        self.faults = tuple(faults)
        self.total = len(self.faults) if total is None else total
        self.warnings = tuple(warnings)
        super().__init__("; ".join(f"{f.where}: {f.text('en')}" for f in self.faults[:20]))

    @property
    def n_told(self) -> int:
        """How many of all faults are told; equal ones of a table are told once."""
        return sum(fault.times for fault in self.faults)


class InvalidProfile(Refused):
    """A profile, or a question about one, that breaks a rule."""


class InvalidMenu(Refused):
    """A menu card that breaks a rule."""


class InvalidRegion(Refused):
    """What a region brings beside its menu card (places, desks, schools) breaks a rule."""


class InvalidExpert(Refused):
    """An expert prior that breaks a rule."""


class InvalidStudy(Refused):
    """The files of a study, or what was decided of them, break a rule."""


class InvalidOutcome(Refused):
    """How one trial went, told in a way that breaks a rule."""


class InvalidTrials(Refused):
    """A file of outcomes with faulty rows."""


class InvalidSurvey(Refused):
    """Answers of a questionnaire that are not on their scale."""


class InvalidMeasurements(Refused):
    """A file of measurements with faulty rows."""


class Unconfirmed(MatcherError):
    """Input without faults in which something is odd, and nobody said that it is right."""

    def __init__(self, warnings: Sequence[Warned]) -> None:
        self.warnings = tuple(warnings)
        super().__init__("; ".join(w.line("en") for w in self.warnings[:20]))


class InvalidPlan(Refused):
    """Companies and seats between which nothing can be planned."""


class UnreadableFile(Refused):
    """A file that cannot be read as the table it should be."""


class SchedulerUnavailable(Refused):
    """A cluster that cannot do the work that it was asked to do."""


class RegistryError(MatcherError):
    """Something that cannot be done with the versions of the model, for one reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault

    def __str__(self) -> str:
        """Return the reason in English, for the log."""
        return self.fault.line("en")


class BrokenVersion(RegistryError):
    """A model version that is incomplete, altered or of an unknown form; nothing in it was used."""


class UnknownVersion(RegistryError):
    """A model version that does not exist."""


class InvalidDecision(RegistryError):
    """A decision without who or why."""


class BrokenLedger(RegistryError):
    """A line of the ledger that is not as it was written; nothing can be decided without it."""


class RetrainingRuns(RegistryError):
    """Another process is writing versions in the same folder."""

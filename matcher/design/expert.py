"""The expert prior: what is expected before any outcome, as data a researcher can edit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, PrivateAttr

from matcher.errors import Fault, InvalidExpert
from matcher.validation import Array, Number, Value, read

Head = Literal["started", "completed", "gain"]
HEADS: tuple[Head, ...] = get_args(Head)
"""The three questions about a company and a card, in the order in which they come up."""

Feature = Literal[
    "need_match",
    "owner_support",
    "culture_baseline",
    "very_tight",
    "very_tight_hours",
    "hr_formal",
    "shift_group",
    "internal_coach",
    "long_lead",
    "grant_window",
    "short_informal",
]
ReasonCode = Literal[
    "need_match",
    "hours_pressure",
    "lead_time",
    "form",
    "size",
    "card",
    "sector",
    "company",
    "profile",
]


COMPANY_FEATURES: frozenset[Feature] = frozenset(
    {"owner_support", "culture_baseline", "very_tight"}
)
"""The same for every card: they tell companies apart and leave the order alone."""


class Part(Value):
    """One modifier: how much a feature changes an answer, and where that judgement comes from."""

    feature: Feature
    effect: Number = Field(ge=-1, le=1)
    centre: Number = Field(ge=-10, le=10)
    reason: ReasonCode
    source: Literal["expert", "literature"]
    mark: str = Field(min_length=1)


class HeadPrior(Value):
    """What is expected of one question for an ordinary company and card, and what changes it."""

    base: Number
    base_sd: Number = Field(gt=0, le=1)
    mark: str = Field(min_length=1)
    part: Array[Part] = ()


class ChancePrior(HeadPrior):
    """A head whose answer is a probability."""

    base: Number = Field(ge=0.02, le=0.98)


class Trust(Value):
    """How far the parts may turn out wrong: a coefficient on each, 1 when it is right.

    ``shared`` is the part of that uncertainty which all parts that tell cards apart have in common.
    """

    mean: Number = Field(ge=0, le=1)
    sd: Number = Field(gt=0, le=3)
    shared: Number = Field(ge=0, le=1)


class StoppedShare(Value):
    """Share of the gain that stays when a company stops half-way."""

    share: Number = Field(ge=0, le=1)
    sd: Number = Field(gt=0, le=1)
    mark: str = Field(min_length=1)


class Expert(Value):
    """The whole expert prior."""

    version: str = Field(min_length=1, max_length=40)
    trust: Trust
    gain: HeadPrior
    started: ChancePrior
    completed: ChancePrior
    stopped: StoppedShare
    _source_text: str = PrivateAttr("")

    @property
    def source_text(self) -> str:
        """The TOML text it was read from, as it goes into a version."""
        return self._source_text

    def head(self, head: Head) -> HeadPrior:
        """Return the prior of one question."""
        priors: Mapping[Head, HeadPrior] = {
            "started": self.started,
            "completed": self.completed,
            "gain": self.gain,
        }
        return priors[head]


def parse_expert(text: str, file_name: str = "expert.toml") -> Expert:
    """Return the expert prior in TOML text, or raise InvalidExpert with all faults."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidExpert([Fault(file_name, "expert_toml", {"problem": str(error)})]) from None
    expert = read(Expert, raw, InvalidExpert, f"{file_name} ")
    expert._source_text = text
    return expert


def read_expert(path: Path) -> Expert:
    """Return the expert prior in a file, or raise InvalidExpert with all faults."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidExpert([Fault(path.name, "expert_file", {"problem": str(error)})]) from None
    return parse_expert(text, path.name)

"""What a ranking is: the whole menu in order for one profile, with reasons, doubts and refusals.

The values of which a ranking holds many are named tuples: made in a third of the time of a frozen
dataclass, and a ranking with its reasons has some hundred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from matcher.menu.card import Text

Source = Literal["expert", "literature", "outcomes"]
KnownCase = Literal["seen", "near", "outside"]


class ExpectedGain(NamedTuple):
    """Gain in points of the 1-6 culture scale, intention to treat, with a credible interval."""

    mean: float
    low: float
    high: float
    level: float


class Finish(NamedTuple):
    """Probability that a company that chooses a card also finishes it, with an interval."""

    mean: float
    low: float
    high: float


class Reason(NamedTuple):
    """A share of the expected gain, in points; all shares of a card add up to its mean."""

    code: str
    effect: float
    source: Source
    params: Mapping[str, object]
    """Facts the sentence needs: the needs that match, the hours, the pressure."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to look at before choosing: a warning condition, the law, an unknown answer."""

    code: str
    field: str | None
    text: Text


class Recommendation(NamedTuple):
    """One line of a ranking."""

    rank: int
    intervention: str
    expected_gain: ExpectedGain
    p_started: float
    p_completed: float
    p_top3: float
    tied_with: tuple[str, ...]
    comparable_trials: int
    goes_with: tuple[str, ...]
    reasons: tuple[Reason, ...]
    """Every share of the mean, largest first; the level of an average card is among them."""
    warnings: tuple[Caution, ...]


class NotSuitable(NamedTuple):
    """A card that a condition or a constraint keeps out, with its numbers all the same."""

    intervention: str
    condition: str
    """Id of the condition, or the constraint's name."""
    text: Text
    nearest_change: Mapping[str, object]
    expected_gain: ExpectedGain
    p_started: float
    p_completed: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What stands behind the numbers."""

    version: str
    trials: int
    companies: int
    simulated: bool
    expert_only: bool
    """No outcomes at all: the expert prior answers."""
    shows_differences: bool
    """The outcomes themselves tell interventions apart (log evidence against no differences)."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The whole menu in order for one profile."""

    recommendations: tuple[Recommendation, ...]
    not_suitable: tuple[NotSuitable, ...]
    known_case: KnownCase
    baseline_order: tuple[str, ...]
    no_clear_winner: bool
    """The first is tied with at least half of the ranked cards."""
    notices: tuple[str, ...]
    """Keys of sentences in the catalogue, under ``notice.``."""
    enablers: tuple[NotSuitable, ...] = ()
    """Cards that carry another card: no place of their own, condition ``enabler``."""
    finish: Mapping[str, Finish] = field(default_factory=dict)
    """Of every card, where that was asked for."""

    @property
    def together(self) -> tuple[str, ...]:
        """The cards that share the first place, in order; none when the first stands alone."""
        if not self.recommendations or not self.recommendations[0].tied_with:
            return ()
        first = self.recommendations[0]
        return (first.intervention, *first.tied_with)

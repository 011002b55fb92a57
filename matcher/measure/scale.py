"""The range of the answers, and the rule that carries any range to the one of the product, 1-6."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from matcher.arrays import Bools

LEAST, MOST = 1.0, 6.0
"""The scale on which everything is told and learnt."""
_TEXT = re.compile(r"^(-?[0-9]+(?:[.,][0-9]+)?)\s*[-–—/]\s*([0-9]+(?:[.,][0-9]+)?)$")


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest answer that an item has, such as 1-5, 1-7 or 0-10.

    Raises
    ------
    ValueError
        If an end is not finite, or the highest is not above the lowest.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(
                f"a scale needs a low end below its high one, got {self.low!r} and {self.high!r}"
            )

    def __str__(self) -> str:
        """Return it as a file names it: ``1-5``."""
        return f"{self.low:.9g}-{self.high:.9g}"

    @property
    def factor(self) -> float:
        """Points of 1-6 in one point of this scale: what an SD is multiplied by."""
        return (MOST - LEAST) / (self.high - self.low)

    @property
    def options(self) -> int | None:
        """How many whole answers there are; None where the ends are not whole."""
        ends = (self.low, self.high)
        return int(self.high - self.low) + 1 if all(end % 1 == 0 for end in ends) else None

    def on_six(self, score: Any) -> Any:
        """Return a score or an array on 1-6: x becomes 1 + 5 (x - low) / (high - low).

        The ends go to the ends and what lies between is stretched evenly.

        >>> Range(1, 5).on_six(3), Range(0, 10).on_six(10)
        (3.5, 6.0)
        """
        return LEAST + self.factor * (score - self.low)

    def on_own(self, score: Any) -> Any:
        """Return a score on 1-6 as it is on this scale: the inverse of ``on_six``."""
        return self.low + (score - LEAST) / self.factor

    def turned(self, answer: Any) -> Any:
        """Return the answer to a reversed item as if it had been asked the right way round."""
        return self.low + self.high - answer

    def outside(self, answers: Any) -> Bools:
        """Return which answers are not on the scale; unknown (NaN) is not outside."""
        wrong: Bools = (answers < self.low) | (answers > self.high)
        return wrong

    @property
    def widest_sd(self) -> float:
        """The SD of two people at both ends, times 1 / sqrt(2): half the scale (Popoviciu)."""
        return (self.high - self.low) / 2


FIVE, SIX = Range(1.0, 5.0), Range(LEAST, MOST)
"""The scales that a file of trials has its scores on."""


def read_range(text: str) -> Range | None:
    """Return the scale that a text such as ``1-7`` names, None where it names none.

    >>> read_range("0-10"), read_range("5-1")
    (Range(low=0.0, high=10.0), None)
    """
    found = _TEXT.match(text.strip())
    if found is None:
        return None
    low, high = (float(end.replace(",", ".")) for end in found.groups())
    return Range(low, high) if low < high else None

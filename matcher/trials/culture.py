"""The culture score at the start, which a file may hold in either of two columns."""

from __future__ import annotations

from typing import Any

import pandas as pd

STEP = 1.25
"""Points of the 1-6 scale in one point of the 1-5 scale: both begin at 1."""


def on_six(score: Any, scale: Any) -> Any:
    """Return a score (or a column) on 1-6; where the scale is 1-5, x becomes 1 + 1.25 (x - 1)."""
    return score.where(scale != "1-5", 1 + STEP * (score - 1))


def on_own(score: Any, scale: Any) -> Any:
    """Return a score on 1-6 as it would be on its own scale: the inverse of ``on_six``."""
    return score.where(scale != "1-5", 1 + (score - 1) / STEP)


def fill_culture(frame: pd.DataFrame) -> None:
    """Let ``culture_baseline`` (1-6) and ``culture_before`` (on ``scale``) fill each other.

    They are the same measure. A score that came from the baseline gets scale 1-6 when the row
    named none.
    """
    scale, baseline, before = (
        frame[name] for name in ("scale", "culture_baseline", "culture_before")
    )
    frame["culture_baseline"] = baseline.fillna(on_six(before, scale))
    frame["culture_before"] = before.fillna(on_own(baseline, scale))
    unnamed = scale.isna() & frame["culture_before"].notna()
    frame["scale"] = scale.where(~unnamed, "1-6")

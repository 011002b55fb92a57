"""Pseudonyms of digits whose first zeros a spreadsheet took away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from matcher.tables.columns import Column
from matcher.trials.rules import RowRule


def lost_zeros(columns: Mapping[str, Column]) -> Iterator[RowRule]:
    """Yield where a number is shorter than those that begin with a zero, as 7 beside 012.

    In what the service recorded it is as somebody typed it, and no spreadsheet came between.
    """
    typed = columns["source"].values != "service"
    for name in ("company", "table"):
        column = columns[name]
        names = [text if text and text.isdigit() else "" for text in column.distinct.tolist()]
        padded = [len(text) for text in names if len(text) > 1 and text.startswith("0")]
        if padded:
            width = min(padded)
            short = np.array([0 < len(text) < width for text in names])[column.codes]
            likely = [text.zfill(width) for text in names]
            yield RowRule(
                "table_changed",
                name,
                short & typed,
                lambda at, codes=column.codes, likely=likely: {"likely": likely[codes[at]]},  # type: ignore[misc]
            )

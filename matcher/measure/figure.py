"""One figure of a report: what it is, how sure, or why it is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Unknown = Literal[
    "few_people",
    "few_items",
    "few_companies",
    "no_variance",
    "negative",
    "no_fit",
    "no_headcount",
]
"""Why a figure is not known; its sentence is ``measure.unknown.`` and this word."""
REASONS: tuple[Unknown, ...] = get_args(Unknown)


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its interval, each unknown where it has a reason to be."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    unknown: Unknown | None = None
    """Why there is no value, or with a value why there is no interval."""

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

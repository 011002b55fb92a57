"""Rules that hold between the cells of one trial, checked on whole columns or on one outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools
from matcher.vocabulary import SBI_VERSIONS, SECTORS, scheme_bounds

if TYPE_CHECKING:  # the service reads outcomes without the reader of files
    from matcher.tables.distinct import Params

_SCORES = ("culture_before", "culture_after")
_AMOUNTS = ("hours_per_participant", "cost_eur")


class Cells(Protocol):
    """One column of trials; missing (None, NaN, NaT) where a cell is blank or broken by itself."""

    @property
    def values(self) -> NDArray[Any]:
        """Row by row."""

    @property
    def most(self) -> NDArray[Any]:
        """The most that each value can be: of a size class its last number, or infinite."""

    @property
    def blank(self) -> Bools:
        """Where nothing is known."""

    @property
    def known(self) -> Bools:
        """Where there is a value."""

    @property
    def months(self) -> Bools:
        """Where a day stands for the whole month that was told."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """The rows that break one rule, and the column in which that shows best."""

    code: str
    column: str
    mask: Bools
    params: Params


def broken_rules(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    """Yield the broken rules between the columns of a block.

    A cell that is broken by itself counts as missing here, so that one slip is told once.
    """
    yield from (rule for rule in _sector(columns) if rule.mask.any())
    yield from broken_outcome_rules(columns)


def broken_outcome_rules(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    """Yield the broken rules between the columns that say how trials went."""
    for rule in (*_state(columns), *_scale(columns), *_dates(columns)):
        if rule.mask.any():
            yield rule


def _nothing(_: int) -> Mapping[str, object]:
    return {}


def _is(column: Cells, value: str) -> Bools:
    return np.asarray(column.values == value, dtype=bool)


def _sector(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    sector, version = columns["sector"], columns["sbi_version"]
    missing = sector.known & version.blank
    yield RowRule("trial_sector_without_version", "sbi_version", missing, _nothing)
    for scheme in SBI_VERSIONS:
        letters = SECTORS[scheme]
        there = np.isin(sector.values.astype(str), list(letters))
        outside = sector.known & _is(version, scheme) & ~there
        bounds = scheme_bounds(scheme)
        yield RowRule("trial_unknown_sector", "sector", outside, lambda _, b=bounds: b)  # type: ignore[misc]


def _state(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    state = columns["state"]
    idle = _is(state, "not_started")
    ended = idle & columns["end_date"].known
    yield RowRule("trial_not_started_end", "end_date", ended, _nothing)
    for name in _AMOUNTS:
        spent = idle & (columns[name].values > 0)
        yield RowRule("trial_not_started_amount", name, spent, _nothing)
    told = columns["stopped_reason"].known & (state.known | state.blank)
    yield RowRule("trial_stopped_reason", "stopped_reason", told & ~_is(state, "stopped"), _nothing)


def _scale(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    scale = columns["scale"]
    scored = np.zeros(len(scale.blank), dtype=bool)
    for score, answers in zip(_SCORES, ("respondents_before", "respondents_after"), strict=True):
        given = columns[score].known
        scored |= given
        above = _is(scale, "1-5") & (columns[score].values > 5)
        yield RowRule("trial_score_above_scale", score, above, _nothing)
        nobody = given & (columns[answers].values == 0)
        yield RowRule("trial_score_of_nobody", answers, nobody, lambda _, s=score: {"score": s})  # type: ignore[misc]
    yield RowRule("trial_score_without_scale", "scale", scored & scale.blank, _nothing)


def _dates(columns: Mapping[str, Cells]) -> Iterator[RowRule]:
    start, end = columns["start_date"].values, columns["end_date"].values
    yield RowRule(
        "trial_end_before_start", "end_date", end < start, lambda at: {"start": str(start[at])}
    )

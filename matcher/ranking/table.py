"""Rankings as a table: one row per profile and intervention, the unsuitable ones last."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from matcher.files import whole_file
from matcher.profile.schema import Profile
from matcher.ranking.engine import Engine
from matcher.ranking.result import ExpectedGain, Ranking
from matcher.tables.cells import harmless

COLUMNS = (
    "profile",
    "rank",
    "intervention",
    "expected_gain",
    "low",
    "high",
    "p_started",
    "p_completed",
    "p_top3",
    "tied_with",
    "known_case",
    "condition",
)


def write_rankings(
    engine: Engine, profiles: Iterable[tuple[str, Profile]], out: Path | None
) -> None:
    """Rank every (id, profile) and write the table as CSV: to a file, whole or not, or stdout."""
    if out is None:
        _write(sys.stdout, engine, profiles)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(out, 0o644, "utf-8") as file:
        _write(file, engine, profiles)


def _write(file: IO[str], engine: Engine, profiles: Iterable[tuple[str, Profile]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, profile in profiles:
        writer.writerows(_lines(harmless(name), engine.rank(profile, explain=0)))


def _lines(name: str, ranking: Ranking) -> Iterator[Sequence[object]]:
    case = ranking.known_case
    for line in ranking.recommendations:
        yield (
            name,
            line.rank,
            line.intervention,
            *_numbers(line.expected_gain, line.p_started, line.p_completed),
            f"{line.p_top3:.6f}",
            "|".join(line.tied_with),
            case,
            "",
        )
    for aside in (*ranking.not_suitable, *ranking.enablers):
        numbers = _numbers(aside.expected_gain, aside.p_started, aside.p_completed)
        yield (name, "", aside.intervention, *numbers, "", "", case, aside.condition)


def _numbers(gain: ExpectedGain, p_started: float, p_completed: float) -> tuple[str, ...]:
    values = (gain.mean, gain.low, gain.high, p_started, p_completed)
    return tuple(f"{value:.6f}" for value in values)

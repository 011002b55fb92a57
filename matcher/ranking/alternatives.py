"""What would move one card up for one company: each other answer tried in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from matcher.profile.schema import Constraints, Profile, missing_fields
from matcher.ranking.engine import Engine
from matcher.vocabulary import PRESSURES, TERMS

_YES_NO = (True, False)
_SCORES: Mapping[str, tuple[float, ...]] = {"owner_support": (1.0, 3.0, 5.0)}
"""Scales of which a few points are tried."""
_LEFT_OUT = frozenset({"province", "transitions", "culture_baseline"})
"""Where a company is, and what it measured or sees coming, nobody changes or guesses at a table."""


class Move(NamedTuple):
    """Another answer, and the place that the card then gets."""

    field: str
    value: object
    place: int
    open: bool
    """Nobody answered the question yet; otherwise the answer would have to be another one."""


def moves_up(
    engine: Engine, profile: Profile, constraints: Constraints, card: str
) -> tuple[Move, ...]:
    """Return per question the answer that lifts a card most, the largest lift first.

    Only lifts are told: an answer that keeps the card at its place, lowers it or rules it out says
    nothing of what would help.
    """
    now = _place(engine, profile, constraints, card)
    best: dict[str, Move] = {}
    for field, value, is_open in _tried(profile):
        other = profile.model_copy(update={field: value})
        place = _place(engine, other, constraints, card)
        if place is None or (now is not None and place >= now):
            continue
        if field not in best or place < best[field].place:
            best[field] = Move(field, value, place, is_open)
    return tuple(sorted(best.values(), key=lambda move: move.place))


def _tried(profile: Profile) -> Iterator[tuple[str, object, bool]]:
    for field in missing_fields(profile):
        if field not in _LEFT_OUT:
            for value in _SCORES.get(field, tuple(TERMS[field]) if field in TERMS else _YES_NO):
                yield field, value, True
    for pressure in PRESSURES:
        if pressure != profile.staffing_pressure:
            yield "staffing_pressure", pressure, False


def _place(engine: Engine, profile: Profile, constraints: Constraints, card: str) -> int | None:
    lines = engine.rank(profile, constraints, explain=0).recommendations
    return next((line.rank for line in lines if line.intervention == card), None)

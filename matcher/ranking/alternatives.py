"""What another answer would change: the first three, or the place of one card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from matcher.profile.schema import Constraints, Profile, Question, missing_fields
from matcher.ranking.engine import Engine
from matcher.ranking.result import Ranking
from matcher.vocabulary import PRESSURES, TERMS

FIRST = 3
Top3 = tuple[str, ...]

_YES_NO = (True, False)
_POINTS = {"culture_baseline": 6, "owner_support": 5}
_TRIED: Mapping[str, tuple[float, ...]] = {"owner_support": (1.0, 3.0, 5.0)}
"""Scales of which a few points are tried to lift a card."""
_LEFT_OUT = frozenset({"province", "transitions", "culture_baseline"})
"""Where a company is, and what it measured or sees coming, nobody changes or guesses at a table."""


class Move(NamedTuple):
    """Another answer, and the place that the card then gets."""

    field: str
    value: object
    place: int
    open: bool
    """Nobody answered the question yet; otherwise the answer would have to be another one."""


def possible_answers(field: str) -> tuple[object, ...]:
    """Return every answer to an optional question; of a scale its whole points."""
    if field == "transitions":
        slugs = tuple(TERMS[field])
        return tuple(chosen for n in range(len(slugs) + 1) for chosen in combinations(slugs, n))
    if field in _POINTS:
        return tuple(float(point) for point in range(1, _POINTS[field] + 1))
    return tuple(TERMS[field]) if field in TERMS else _YES_NO


def next_questions(
    engine: Engine, question: Question, ranking: Ranking
) -> Iterator[tuple[str, list[tuple[object, Top3]]]]:
    """Yield each open question whose answer can change the first three, with them after each."""
    now, profile, constraints = _top3(ranking), question.profile, question.constraints
    for field in missing_fields(profile):
        answers = [
            (value, _top3(_answered(engine, profile, constraints, field, value)))
            for value in possible_answers(field)
        ]
        if any(top3 != now for _, top3 in answers):
            yield field, answers


def moves_up(
    engine: Engine, profile: Profile, constraints: Constraints, ranking: Ranking, card: str
) -> tuple[Move, ...]:
    """Return per question the answer that lifts a card most, the largest lift first.

    Only lifts are told: an answer that keeps the card at its place, lowers it or rules it out says
    nothing of what would help. ``ranking`` is that of the answers as they are.
    """
    now = _place(ranking, card)
    best: dict[str, Move] = {}
    for field, value, is_open in _tried(profile):
        place = _place(_answered(engine, profile, constraints, field, value), card)
        if place is None or (now is not None and place >= now):
            continue
        if field not in best or place < best[field].place:
            best[field] = Move(field, value, place, is_open)
    return tuple(sorted(best.values(), key=lambda move: move.place))


def _tried(profile: Profile) -> Iterator[tuple[str, object, bool]]:
    for field in missing_fields(profile):
        if field not in _LEFT_OUT:
            for value in _TRIED.get(field) or possible_answers(field):
                yield field, value, True
    for pressure in PRESSURES:
        if pressure != profile.staffing_pressure:
            yield "staffing_pressure", pressure, False


def _answered(
    engine: Engine, profile: Profile, constraints: Constraints, field: str, value: object
) -> Ranking:
    """Return the ranking with another answer to one question."""
    return engine.rank(profile.model_copy(update={field: value}), constraints, explain=0)


def _top3(ranking: Ranking) -> Top3:
    return tuple(line.intervention for line in ranking.recommendations[:FIRST])


def _place(ranking: Ranking, card: str) -> int | None:
    lines = ranking.recommendations
    return next((line.rank for line in lines if line.intervention == card), None)

"""Which open question is worth asking next: one whose answer can change the first three."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from matcher.profile.schema import Question, missing_fields
from matcher.ranking.engine import Engine
from matcher.ranking.result import Ranking
from matcher.vocabulary import TERMS

Top3 = tuple[str, ...]
FIRST = 3

_YES_NO = (True, False)
_SCORES = {"culture_baseline": 6, "owner_support": 5}


def possible_answers(field: str) -> tuple[object, ...]:
    """Return every answer to an optional question; of a scale its whole points."""
    if field == "transitions":
        slugs = tuple(TERMS[field])
        return tuple(chosen for n in range(len(slugs) + 1) for chosen in combinations(slugs, n))
    if field in _SCORES:
        return tuple(float(point) for point in range(1, _SCORES[field] + 1))
    return tuple(TERMS[field]) if field in TERMS else _YES_NO


def next_questions(
    engine: Engine, question: Question, ranking: Ranking
) -> Iterator[tuple[str, list[tuple[object, Top3]]]]:
    """Yield each open question that matters, with the first three after each of its answers."""
    now = _top3(ranking)
    for field in missing_fields(question.profile):
        answers = []
        for value in possible_answers(field):
            profile = question.profile.model_copy(update={field: value})
            answers.append((value, _top3(engine.rank(profile, question.constraints, explain=0))))
        if any(top3 != now for _, top3 in answers):
            yield field, answers


def _top3(ranking: Ranking) -> Top3:
    return tuple(line.intervention for line in ranking.recommendations[:FIRST])

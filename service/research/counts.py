"""How conversations go, counted over all organisations; of fewer than five nothing is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
from sqlalchemy import Connection, exists, func, select

from service.store.clock import text_of
from service.store.tables import conversations, outcomes

FEWEST = 5
"""Of fewer conversations nothing is told."""
AGES = ("fresh", "weeks", "months", "old")
"""Up to six weeks, up to three months, up to six months, older: when an advisor asks again."""
_BOUNDS = (timedelta(weeks=6), timedelta(days=91), timedelta(days=182))


@dataclass(frozen=True, slots=True)
class Followed:
    """How many conversations of an age were followed up; None is too few to tell."""

    age: str
    conversations: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database tells in numbers."""

    total: int | None
    followed: tuple[Followed, ...]
    reasons: Mapping[tuple[str, str], int | None]
    """Kind of choice and reason -> conversations."""
    own_picks: int | None
    same_first: float | None
    """Share of own picks that the ranking put first."""


def told(counts: Sequence[int]) -> list[int | None]:
    """Return counts with the small ones hidden, and one more where that one could be worked out."""
    hidden = {at for at, n in enumerate(counts) if 0 < n < FEWEST}
    others = [at for at, n in enumerate(counts) if n and at not in hidden]
    if hidden and sum(counts[at] for at in hidden) < FEWEST and others:
        hidden.add(min(others, key=lambda at: counts[at]))
    return [None if at in hidden else n for at, n in enumerate(counts)]


def count(connection: Connection) -> Counts:
    """Count what was recorded until now."""
    followed = _followed(connection)
    n_total = sum(n for n, _ in followed)
    numbers = told([n for n, _ in followed])
    picks, same = _own_picks(connection)
    return Counts(
        total=n_total if n_total == 0 or n_total >= FEWEST else None,
        followed=tuple(
            Followed(age, n, None if not n else with_outcome / n)
            for age, n, (_, with_outcome) in zip(AGES, numbers, followed, strict=True)
        ),
        reasons=_reasons(connection),
        own_picks=picks if picks == 0 or picks >= FEWEST else None,
        same_first=same / picks if picks >= FEWEST else None,
    )


def _followed(connection: Connection) -> list[tuple[int, int]]:
    """Return how many conversations of each age there are, and of how many an outcome is known."""
    has_outcome = exists().where(outcomes.c.conversation == conversations.c.id)
    edges = [None, *(_ago(bound) for bound in _BOUNDS), None]
    counted = []
    for newest, oldest in pairwise(edges):
        asked = select(func.count()).select_from(conversations)
        if newest is not None:
            asked = asked.where(conversations.c.created_at <= newest)
        if oldest is not None:
            asked = asked.where(conversations.c.created_at > oldest)
        n = connection.execute(asked).scalar_one()
        counted.append((n, connection.execute(asked.where(has_outcome)).scalar_one()))
    return counted


def _ago(bound: timedelta) -> str:
    return text_of(datetime.now(UTC) - bound)


def _reasons(connection: Connection) -> Mapping[tuple[str, str], int | None]:
    kind, reason = conversations.c.choice_kind, conversations.c.choice_reason
    asked = (
        select(kind, reason, func.count())
        .where(kind.in_(("other", "nothing_now", "referred")))
        .group_by(kind, reason)
        .order_by(kind, reason)
    )
    rows = connection.execute(asked).all()
    numbers = told([row[2] for row in rows])
    return {(row[0], row[1] or "none"): n for row, n in zip(rows, numbers, strict=True)}


def _own_picks(connection: Connection) -> tuple[int, int]:
    """Return how often an own pick was made before the ranking, and how often it came first."""
    asked = select(conversations.c.own_pick, conversations.c.recommendation).where(
        conversations.c.own_pick.is_not(None)
    )
    found: Counter[bool] = Counter()
    for own, recommendation in connection.execute(asked.execution_options(yield_per=200)):
        ranking = orjson.loads(recommendation).get("ranking") or []
        found[bool(ranking) and ranking[0]["intervention"] == own] += 1
    return found.total(), found[True]

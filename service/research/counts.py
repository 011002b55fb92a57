"""How conversations go, counted over all organisations, as far as it may be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import orjson
from sqlalchemy import Connection, exists, func, select, true

from matcher.disclosure import alone, beside_total, by_part
from service.store.clock import ago
from service.store.tables import conversations, n_rows, outcomes

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


def count(connection: Connection) -> Counts:
    """Count what was recorded until now."""
    followed, reasons = _followed(connection), _reasons(connection)
    everything = sum(map(sum, followed))
    ages, parts = by_part(followed)
    with_reason = sum(reasons.values())
    why = beside_total([*reasons.values(), everything - with_reason])
    picks, same = _own_picks(connection)
    (own, _), (alike, _) = by_part([(same, picks - same), (everything - picks, 0)])
    return Counts(
        total=alone(everything).exact,
        followed=tuple(
            Followed(age, n.exact, None if not n.exact else _share(known.exact, n.exact))
            for age, n, (known, _) in zip(AGES, ages, parts, strict=True)
        ),
        reasons={key: n.exact for key, n in zip(reasons, why, strict=False)},
        own_picks=own.exact,
        same_first=None if not own.exact else _share(alike[0].exact, own.exact),
    )


def _share(part: int | None, whole: int) -> float | None:
    return None if part is None else part / whole


def _followed(connection: Connection) -> list[tuple[int, int]]:
    """Return of how many conversations of each age an outcome is known, and of how many not."""
    has_outcome = exists().where(outcomes.c.conversation == conversations.c.id)
    edges = [None, *(ago(bound.total_seconds()) for bound in _BOUNDS), None]
    counted = []
    for newest, oldest in pairwise(edges):
        between = (
            true() if newest is None else conversations.c.created_at <= newest,
            true() if oldest is None else conversations.c.created_at > oldest,
        )
        known = n_rows(connection, conversations, *between, has_outcome)
        counted.append((known, n_rows(connection, conversations, *between) - known))
    return counted


def _reasons(connection: Connection) -> Mapping[tuple[str, str], int]:
    kind, reason = conversations.c.choice_kind, conversations.c.choice_reason
    asked = (
        select(kind, reason, func.count())
        .where(kind.in_(("other", "nothing_now", "referred")))
        .group_by(kind, reason)
        .order_by(kind, reason)
    )
    return {(row[0], row[1] or "none"): row[2] for row in connection.execute(asked)}


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

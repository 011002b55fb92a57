"""Two or three cards side by side: what each takes, may bring, asks, and how it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.ranking.engine import Engine
from matcher.ranking.result import Ranking
from matcher.vocabulary import Language
from service.pages.advice.answer import FIRST, Line, lines_of
from service.pages.intake.answers import Asked

MOST, LEAST = 3, 2
"""Cards that are laid side by side."""


@dataclass(frozen=True, slots=True)
class Column:
    """One card of the comparison."""

    line: Line
    owner: str
    """What it asks of the owner: the first sentence of who does what."""


def chosen_lines(
    ranking: Ranking, engine: Engine, asked: Asked, ids: Sequence[str], language: Language
) -> tuple[Line, ...]:
    """Return the ticked cards that suit, in order of the ranking; without any the first three."""
    lines = lines_of(ranking, engine, asked, language)
    ticked = [line for line in lines if line.facts.id in ids]
    return tuple(ticked[:MOST] or lines[:FIRST])


def columns(
    engine: Engine, asked: Asked, ids: Sequence[str], language: Language
) -> tuple[Column, ...]:
    """Return the comparison of the ticked cards."""
    ranking = engine.rank(asked.profile, asked.constraints, explain=len(engine.menu), finish=True)
    return tuple(
        Column(line, _first_sentence(engine.menu.by_id[line.facts.id].roles.of(language)))
        for line in chosen_lines(ranking, engine, asked, ids, language)
    )


def _first_sentence(text: str) -> str:
    first, stop, _ = " ".join(text.split()).partition(". ")
    return f"{first}." if stop else first

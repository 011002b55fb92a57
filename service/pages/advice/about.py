"""What stands behind the answers, counted for the page that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.ranking.engine import Engine
from service.pages.shared import words
from service.pages.shared.texts import LazyText


@dataclass(frozen=True, slots=True)
class About:
    """What the page about Leermatch counts."""

    cards: int
    trials: str
    companies: str
    version: str
    menu_version: str
    evidence: Sequence[LazyText]
    most_locks: int


def about(engine: Engine) -> About:
    """Return the counts behind the model that answers now."""
    info = engine.info
    return About(
        cards=len(engine.menu),
        trials=words.counted(info.trials),
        companies=words.counted(info.companies),
        version=info.version,
        menu_version=engine.menu.version,
        evidence=words.EVIDENCE,
        most_locks=max((card.evidence for card in engine.menu), default=0),
    )

"""Which companies a card suits, seen at companies that were made up to stand still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from matcher.profile.reference import reference_companies
from matcher.ranking.engine import Engine
from matcher.ranking.wording import listed
from matcher.vocabulary import TERMS, Language

FIRST = 3


@dataclass(frozen=True, slots=True)
class Suits:
    """How often a card is among the first three of the reference companies, and of which."""

    many: int
    of: int
    where: str


def suits(engine: Engine, card: str, language: Language) -> Suits:
    """Return at which of the reference companies a card stands among the first three."""
    groups = _groups(engine).get(card, Counter())
    labels = [
        (TERMS["sector_group"][group].label(language), many) for group, many in groups.most_common()
    ]
    many = groups.total()
    told = [label if many == 1 else f"{label} ({part})" for label, part in labels]
    return Suits(many, len(reference_companies()), listed(told, language))


@lru_cache(maxsize=4)
def _groups(engine: Engine) -> Mapping[str, Counter[str]]:
    """Return per card the sector groups of the companies where it is among the first three."""
    found: dict[str, Counter[str]] = {}
    for company in reference_companies():
        for line in engine.rank(company.profile, explain=0).recommendations[:FIRST]:
            found.setdefault(line.intervention, Counter())[company.profile.sector_group] += 1
    return found

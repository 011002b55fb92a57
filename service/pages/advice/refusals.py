"""What does not suit, why not, and what would change that."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.menu.card import Menu
from matcher.ranking.result import NotSuitable
from matcher.vocabulary import Language
from service.pages.advice.cards import Link, links
from service.pages.shared import words
from service.pages.shared.language import gettext


@dataclass(frozen=True, slots=True)
class Refusal:
    """A card that does not suit, why, and what would change that."""

    card: Link
    text: str
    change: str


def refusal(refused: NotSuitable, menu: Menu, language: Language) -> Refusal:
    """Return why a card does not suit, in words."""
    return Refusal(
        card=links((refused.intervention,), menu, language)[0],
        text=refused.text.of(language),
        change=_change(refused),
    )


def _change(refused: NotSuitable) -> str:
    """Return what would make a card suit, where its own sentence does not say so already."""
    for field, value in refused.nearest_change.items():
        match field, value:
            case "employees", int(many) if str(many) not in refused.text.nl:
                return gettext("Dit kan wel vanaf %(many)s mensen.", many=many)
            case "max_hours_per_participant", float() | int() as hours:
                return gettext(
                    "Dit kan wel als u %(hours)s uur per persoon vrijmaakt.",
                    hours=words.number(hours),
                )
            case "max_lead_weeks", float() | int() as weeks:
                return gettext(
                    "Dit kan wel als u %(weeks)s weken kunt wachten.", weeks=words.number(weeks)
                )
            case "max_cost_band", float() | int() as band if band > 1:
                return gettext("Dit kan wel vanaf %(cost)s.", cost=words.cost_from(int(band)))
            case "max_cost_band", _:
                return gettext("Dit kan wel als het iets mag kosten.")
    return ""

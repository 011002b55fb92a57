"""Why a card stands no higher, and which other answer would lift it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.design.expert import ReasonCode
from matcher.menu.card import Intervention
from matcher.ranking.alternatives import Move, moves_up
from matcher.ranking.engine import Engine
from matcher.ranking.reasons import SHARED_CODES
from matcher.ranking.result import Ranking, Reason, Recommendation
from matcher.ranking.wording import reason_text
from matcher.tables.cells import written
from matcher.vocabulary import TERMS, Language
from service.pages.advice.answer import place
from service.pages.advice.cards import Link, links
from service.pages.advice.reasons import LEAST
from service.pages.advice.refusals import Refusal, refusal
from service.pages.intake.answers import Asked
from service.pages.intake.questions import term_options
from service.pages.shared import words
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l

_TOPICS: Mapping[ReasonCode, LazyText] = {
    "need_match": _l("Uw punten"),
    "hours_pressure": _l("Uren en mensen missen"),
    "lead_time": _l("Tijd tot de start"),
    "form": _l("De manier van leren"),
    "size": _l("De grootte van uw bedrijf"),
    "card": _l("De aanpak zelf"),
    "sector": _l("Uw sector"),
    "profile": _l("Bedrijven als het uwe"),
}
_NAMED = 3
WIDTH = 100
"""Length of the bar of what weighs most."""
SEEN = 0.1
"""Part of the heaviest difference under which one is not told."""
_QUESTIONS: Mapping[str, LazyText] = {"owner_support": _l("Maakt u er zelf tijd voor")}
"""Questions whose name in the vocabulary holds the scale."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One subject on which two cards differ."""

    topic: LazyText
    first: str
    """What it says of the card that stands first."""
    this: str
    same: bool
    """Both are told the same; then only how much it counts differs."""
    width: int


@dataclass(frozen=True, slots=True)
class Lift:
    """Another answer, and the place it gives."""

    question: str
    answer: str
    place: str
    open: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a card stands where it stands."""

    card: Link
    place: str
    """Empty where it has none."""
    first: Link | None
    """The card that stands first; None where this is it."""
    tied: bool
    behind: tuple[Difference, ...]
    """Where the first is ahead, most first."""
    ahead: tuple[Difference, ...]
    refused: Refusal | None
    lifts: tuple[Lift, ...]


def explanation(
    engine: Engine, asked: Asked, card: Intervention, language: Language
) -> Explanation:
    """Return why a card stands no higher; its differences add up to that of the two expectations.

    A subject on which only one of the two says something is a difference too.
    """
    ranking = engine.rank(asked.profile, asked.constraints, explain=len(engine.menu))
    lines = ranking.recommendations
    this = next((line for line in lines if line.intervention == card.id), None)
    first = lines[0] if lines and (this is None or this.rank > 1) else None
    behind: tuple[Difference, ...] = ()
    ahead: tuple[Difference, ...] = ()
    if this is not None and first is not None:
        behind, ahead = _differences(this, first, engine, language)
    moves = moves_up(engine, asked.profile, asked.constraints, ranking, card.id)
    return Explanation(
        card=Link(card.id, card.name.of(language)),
        place="" if this is None else place(this, ranking.together),
        first=links((first.intervention,), engine.menu, language)[0] if first else None,
        tied=this is not None and first is not None and first.intervention in this.tied_with,
        behind=behind,
        ahead=ahead,
        refused=_refused(ranking, card, engine, language),
        lifts=tuple(_lift(move, language) for move in moves[:_NAMED]),
    )


def _differences(
    this: Recommendation, first: Recommendation, engine: Engine, language: Language
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Return where the first card is ahead, and where this one is, the heaviest of each."""
    mine, theirs = _shares(this), _shares(first)
    gaps = {
        code: _effect(theirs, code) - _effect(mine, code)
        for code in _TOPICS
        if code in mine | theirs
    }
    widest = max((abs(gap) for gap in gaps.values()), default=0.0)
    cards = engine.menu.by_id

    def told(code: ReasonCode) -> Difference:
        theirs_said = _said(theirs.get(code), cards[first.intervention], language)
        mine_said = _said(mine.get(code), cards[this.intervention], language)
        width = round(abs(gaps[code]) / widest * WIDTH)
        return Difference(_TOPICS[code], theirs_said, mine_said, theirs_said == mine_said, width)

    least = max(LEAST, SEEN * widest)
    order = sorted(gaps, key=lambda code: -abs(gaps[code]))
    return (
        tuple(told(code) for code in order if gaps[code] >= least)[:_NAMED],
        tuple(told(code) for code in order if gaps[code] <= -least)[:_NAMED],
    )


def _shares(line: Recommendation) -> dict[str, Reason]:
    return {reason.code: reason for reason in line.reasons if reason.code not in SHARED_CODES}


def _effect(shares: Mapping[str, Reason], code: str) -> float:
    return shares[code].effect if code in shares else 0.0


def _said(reason: Reason | None, card: Intervention, language: Language) -> str:
    return (
        gettext("Dit telt hier niet mee.")
        if reason is None
        else reason_text(reason, card, language)
    )


def _refused(
    ranking: Ranking, card: Intervention, engine: Engine, language: Language
) -> Refusal | None:
    found = [r for r in (*ranking.not_suitable, *ranking.enablers) if r.intervention == card.id]
    return refusal(found[0], engine.menu, language) if found else None


def _lift(move: Move, language: Language) -> Lift:
    value = written(move.value)
    labels = {option.value: str(option.label) for option in term_options(move.field, language)}
    word, _, meaning = labels[value].partition(": ")
    own = _QUESTIONS.get(move.field)
    return Lift(
        question=TERMS["field"][move.field].label(language) if own is None else str(own),
        answer=words.lower_first(meaning if word.isdecimal() else word),
        place=gettext("plek %(rank)s", rank=move.place),
        open=move.open,
    )

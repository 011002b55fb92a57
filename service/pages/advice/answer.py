"""The answer as the page shows it: the situation, what to know first, the cards in order."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.menu.card import Menu
from matcher.messages import say
from matcher.ranking.engine import Engine
from matcher.ranking.result import Finish, Ranking, Recommendation
from matcher.vocabulary import Language
from service.metrics import current_metrics
from service.pages.advice.cards import Facts, Link, facts, links, text_of
from service.pages.advice.effect import Chances, Effect, chances, effect
from service.pages.advice.reach import Reach, reach
from service.pages.advice.reasons import Reasons, Said, reasons, why
from service.pages.advice.refusals import Refusal, refusal
from service.pages.advice.stated import Statements, deadlines, statements
from service.pages.intake.answers import Asked
from service.pages.shared import words
from service.pages.shared.language import gettext

FIRST, MORE = 3, 10
"""Cards in sight, and cards told in full."""
_NAMED = 4
"""Cards that share a place are named up to this many."""
_OWN_BANNERS = {"expert_only", "simulated", "no_differences"}
"""Notices the page tells in its own place."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recommendation."""

    facts: Facts
    place: str
    why: Said
    reasons: Reasons
    effect: Effect | None
    """None where nothing was studied: then no effect is shown."""
    chances: Chances
    comparable: str
    reach: Reach
    money: str
    stated: Statements
    deadlines: tuple[str, ...]
    """What presses, also on what makes room for the card."""
    goes_with: tuple[Link, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """The whole answer."""

    heading: str
    together: tuple[Link, ...]
    """Cards that share the first place, when it is shared."""
    together_left: int
    """How many more share it than are named."""
    cautions: tuple[str, ...]
    first: tuple[Line, ...]
    more: tuple[Line, ...]
    rest: tuple[Line, ...]
    refusals: tuple[Refusal, ...]

    @property
    def ranked(self) -> tuple[str, ...]:
        """Return the cards in order."""
        return tuple(line.facts.id for line in (*self.first, *self.more, *self.rest))


def advice(engine: Engine, asked: Asked, language: Language) -> Advice:
    """Return the answer to a question."""
    ranking = engine.rank(asked.profile, asked.constraints, explain=MORE, finish=True)
    current_metrics().ranked(ranking.known_case)
    lines = lines_of(ranking, engine, asked, language)
    together = ranking.together
    named = len(together) if len(together) <= _NAMED + 1 else _NAMED
    return Advice(
        heading=_heading(ranking, together),
        together=links(together[:named], engine.menu, language),
        together_left=len(together) - named,
        cautions=tuple(_cautions(ranking, engine, language)),
        first=lines[:FIRST],
        more=lines[FIRST:MORE],
        rest=lines[MORE:],
        refusals=tuple(refusal(each, engine.menu, language) for each in ranking.not_suitable),
    )


def lines_of(
    ranking: Ranking, engine: Engine, asked: Asked, language: Language
) -> tuple[Line, ...]:
    """Return the recommendations of a ranking in words, in order."""
    together = ranking.together
    return tuple(
        _line(line, ranking.finish[line.intervention], together, engine, asked, language)
        for line in ranking.recommendations
    )


def _heading(ranking: Ranking, together: tuple[str, ...]) -> str:
    if not ranking.recommendations:
        return gettext("Er past nu niets bij wat u aangaf")
    if together:
        return gettext("Deze aanpakken passen ongeveer even goed")
    return gettext("Dit past waarschijnlijk het best")


def _cautions(ranking: Ranking, engine: Engine, language: Language) -> list[str]:
    """Return what somebody must know before they read the order."""
    told = [text for text in (_order_says(ranking, engine), known_words(ranking, engine)) if text]
    return told + [
        say(language, f"notice.{key}") for key in ranking.notices if key not in _OWN_BANNERS
    ]


def _order_says(ranking: Ranking, engine: Engine) -> str:
    """Return how little the order says; empty where it says something."""
    if engine.info.expert_only:
        return gettext(
            "De volgorde komt alleen uit een inschatting vooraf. Kies vooral wat past bij uw werk "
            "en uw tijd."
        )
    if not engine.info.shows_differences and engine.info.simulated:
        return gettext(
            "De nagebootste ervaringen laten geen verschil zien tussen de aanpakken. De volgorde "
            "zegt dus weinig. Kies vooral wat past bij uw werk en uw tijd."
        )
    if not engine.info.shows_differences:
        return gettext(
            "De ervaringen van bedrijven laten geen verschil zien tussen de aanpakken. De volgorde "
            "zegt dus weinig. Kies vooral wat past bij uw werk en uw tijd."
        )
    if ranking.no_clear_winner:
        return gettext(
            "Er is geen duidelijk verschil tussen de bovenste aanpakken. De volgorde zegt dus "
            "weinig. Kies vooral wat past bij uw werk en uw tijd."
        )
    return ""


def known_words(ranking: Ranking, engine: Engine) -> str:
    """Return how far the company lies from those that were seen; empty where it lies near."""
    if engine.info.expert_only or ranking.known_case == "seen":
        return ""
    if ranking.known_case == "near":
        return gettext("Er zijn nog weinig bedrijven zoals het uwe in de gegevens.")
    return gettext(
        "Bedrijven zoals het uwe staan nog niet in de gegevens. Zie dit als een begin van het "
        "gesprek."
    )


def _line(
    line: Recommendation,
    finish: Finish,
    together: tuple[str, ...],
    engine: Engine,
    asked: Asked,
    language: Language,
) -> Line:
    card = engine.menu.by_id[line.intervention]
    return Line(
        facts=facts(card, language),
        place=place(line, together),
        why=why(line, card, asked.profile, engine.info, language),
        reasons=reasons(line, card, engine.info, language),
        effect=effect(line.expected_gain) if card.evidence else None,
        chances=chances(line.p_started, finish),
        comparable=_comparable(line, engine),
        reach=reach(card, asked.home, asked.profile.sector_group, language),
        money=text_of(card.money, language),
        stated=statements(card, language, asked.home),
        deadlines=deadlines(_pressing(line, engine.menu), engine.menu, language, asked.home),
        goes_with=links(line.goes_with, engine.menu, language),
        # What the law says is told as a fact, with its date.
        warnings=tuple(w.text.of(language) for w in line.warnings if w.code != "legal"),
    )


def _pressing(line: Recommendation, menu: Menu) -> tuple[str, ...]:
    """Return the card, and what goes with it only to make room for it."""
    return (line.intervention, *(card for card in line.goes_with if menu.by_id[card].enabler))


def place(line: Recommendation, together: tuple[str, ...]) -> str:
    """Return in words where a card stands; what cannot be told from the first stands there too."""
    if line.intervention in together:
        return gettext("Samen op plek 1")
    return gettext("Plek %(rank)s", rank=line.rank)


def _comparable(line: Recommendation, engine: Engine) -> str:
    """Return how many trials stand behind a line."""
    if engine.info.expert_only:
        return ""
    told = engine.trials_of(line.intervention)
    if told.exact == 0:
        return gettext("Nog door geen bedrijf geprobeerd.")
    many = words.counted(line.comparable_trials or told)
    if engine.info.simulated:
        return gettext("Steunt op %(many)s nagebootste proeven.", many=many)
    return gettext("Steunt op %(many)s proeven bij bedrijven.", many=many)

"""The sheet that an entrepreneur takes home: one page, no scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.ranking.engine import Engine
from matcher.ranking.result import Ranking
from matcher.vocabulary import Language
from service.caller import organisation
from service.pages.advice.answer import Line, known_words
from service.pages.advice.compare import chosen_lines
from service.pages.advice.reach import desk, werkcentrum
from service.pages.advice.recorded import about, recorded
from service.pages.intake.answers import Asked
from service.pages.intake.talk import Talk
from service.pages.shared.language import gettext
from service.store import codes
from service.store.current import current_database
from service.store.database import Unavailable

_LENDING = "collegiale-uitleen"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option on the sheet."""

    line: Line
    replacement: str
    """How the work goes on while people learn."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on the page."""

    choices: tuple[Choice, ...]
    deadlines: tuple[str, ...]
    """What presses on one of the options."""
    desk: str
    werkcentrum: str
    known: tuple[str, ...]
    """What is known and what is not."""


def sheet(engine: Engine, asked: Asked, ids: Sequence[str], language: Language) -> Sheet:
    """Return the sheet for the ticked cards; without any for the first three."""
    ranking = engine.rank(asked.profile, asked.constraints, explain=len(engine.menu), finish=True)
    lines = chosen_lines(ranking, engine, asked, ids, language)
    return Sheet(
        choices=tuple(Choice(line, _replacement(line, asked)) for line in lines),
        deadlines=tuple(dict.fromkeys(each for line in lines for each in line.deadlines)),
        desk=desk(asked.home, language),
        werkcentrum=werkcentrum(asked.home, language),
        known=_known(ranking, engine),
    )


def sheet_code(talk: Talk, asked: Asked) -> str:
    """Return the code of the conversation about these answers, as it stands on paper.

    Empty before a choice was recorded, and while the database is away: the sheet needs neither.
    """
    try:
        with current_database().reading() as connection:
            found = about(recorded(connection, organisation(), talk), asked.profile)
    except Unavailable:
        return ""
    return codes.spelt(found.code) if found is not None and found.code else ""


def _replacement(line: Line, asked: Asked) -> str:
    if any(link.id == _LENDING for link in line.goes_with):
        return gettext("Vraag of een ander bedrijf iemand kan uitlenen.")
    if line.facts.capacity_sign >= 0:
        return gettext("Meestal niet nodig.")
    if asked.profile.staffing_pressure in ("krap", "zeer_krap"):
        return gettext("Spreek eerst af wie het werk overneemt.")
    return gettext("Plan het op een rustig moment.")


def _known(ranking: Ranking, engine: Engine) -> tuple[str, ...]:
    if engine.info.simulated:
        where = gettext("De volgorde komt uit nagebootste gegevens. Zie hem als oefening.")
    elif engine.info.expert_only:
        where = gettext("De volgorde is een inschatting vooraf. Er zijn nog geen ervaringen.")
    else:
        where = gettext("De volgorde komt uit ervaringen van andere bedrijven.")
    told = (
        where,
        known_words(ranking, engine),
        gettext("Hoe goed iets is onderzocht, zegt niet of het bij u past."),
        gettext("Uren, kosten en wachttijden zijn een schatting. Vraag ze na."),
    )
    return tuple(text for text in told if text)

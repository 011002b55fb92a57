"""How far a trial is, as people write it in a log, as one of the states of a file of trials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from matcher.study.spelling import filled, plain
from matcher.trials.columns import State

_WORDS: Mapping[State, str] = {
    "started": "gestart|loopt|loopt nog|lopend|bezig|nog bezig|mee bezig|gaande|begonnen|actief|in"
    " uitvoering|van start|van start gegaan|doorlopend|heden|nu|started|running|ongoing|in progress"
    "|under way|underway|active|current|still running",
    "stopped": "gestopt|afgehaakt|afgebroken|gestaakt|stopgezet|stilgelegd|uitgevallen|opgehouden"
    "|voortijdig beeindigd|halverwege gestopt|niet afgemaakt|niet afgerond|stopped|dropped out"
    "|dropped|quit|abandoned|discontinued|broken off|not finished|not completed",
    "not_started": "geannuleerd|afgeblazen|afgezegd|uitgesteld|gepland|gaat niet door"
    "|ging niet door|gaat nooit door|ging nooit door|niet gelukt om te starten|cancelled"
    "|canceled|called off|planned|postponed|did not start|did not take place|never took place",
    "finished": "klaar|afgerond|gereed|voltooid|afgesloten|helemaal af|gedaan|afgemaakt|doorlopen"
    "|succesvol afgerond|done|finished|completed|complete",
    "unknown": "onbekend|niet bekend|weten we niet|unknown|not known",
}
_DENIALS = ("niet", "nooit", "nog niet", "toch niet", "never", "not", "not yet", "has not")
_BEGINNINGS = (
    *("gestart", "begonnen", "doorgegaan", "door gegaan", "van start gegaan", "opgestart"),
    *("van de grond gekomen", "uitgevoerd", "gedaan", "started", "begun", "done", "held"),
)
"""What was denied never began."""
_NOT = re.compile(r"\b(?:niet|nooit|geen|not|never|no)\b")


@cache
def _phrases() -> Mapping[str, State]:
    told = {phrase: state for state, phrases in _WORDS.items() for phrase in phrases.split("|")}
    denied: dict[str, State] = {
        f"{no} {begun}": "not_started" for no in _DENIALS for begun in _BEGINNINGS
    }
    return told | denied


@cache
def _finder() -> re.Pattern[str]:
    # The longest first: "niet gestart" is not "gestart".
    longest = sorted(_phrases(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


def read_state(cell: str) -> State | None:
    """Return the state that a cell tells; None if that has to be asked.

    Of a sentence the words for a state count, unless they are of two states or something else is
    denied. What was begun and then stopped or finished is what it came to.

    Examples
    --------
    >>> read_state("Loopt nog"), read_state("gestart, na 2 weken afgehaakt"), read_state("")
    ('started', 'stopped', 'unknown')
    >>> read_state("niet echt gestart") is None, read_state("ging niet door")
    (True, 'not_started')
    """
    text = " ".join(re.sub(r"[^\w]+|_+", " ", plain(filled(cell))).split())
    if not text:
        return "unknown"
    if whole := _phrases().get(text):
        return whole
    found: set[State] = {_phrases()[phrase] for phrase in _finder().findall(text)}
    if _NOT.search(_finder().sub(" ", text)):
        return None
    if len(found) == 2:
        found -= {"started"}
    return found.pop() if len(found) == 1 else None

"""Why a card stands where it stands, for and against, each with where that comes from."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.menu.card import Intervention, Range
from matcher.profile.schema import Profile
from matcher.ranking.reasons import top_reasons
from matcher.ranking.result import ModelInfo, Recommendation, Source
from matcher.ranking.wording import listed, reason_text
from matcher.vocabulary import TERMS, Language
from service.pages.shared import words
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l

SOURCES: dict[Source, LazyText] = {
    "expert": _l("inschatting vooraf"),
    "literature": _l("onderzoek"),
    "outcomes": _l("ervaringen van bedrijven"),
}
SIMULATED = _l("nagebootste ervaringen")
FROM_CARD = _l("staat op de menukaart")

NEEDS = "need_match"
LEAST = 0.001
"""The smallest share worth a sentence, in points: a hundredth of an ordinary gain."""

_MANY_HOURS = 24
_LONG_LEAD = 12
_HIGH_BAND = 3
_LITTLE_EVIDENCE = 2
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Said:
    """One reason in words."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """At most two reasons for and one against."""

    ahead: tuple[Said, ...]
    against: Said | None


def reasons(
    line: Recommendation, card: Intervention, info: ModelInfo, language: Language
) -> Reasons:
    """Return the reasons of a recommendation; without one against, what the card itself says.

    Which needs a card meets stands in its own sentence (``why``), so it is not said again here.
    """
    others = [reason for reason in line.reasons if reason.code != NEEDS]
    told = [
        (reason.effect > 0, Said(reason_text(reason, card, language), _source(reason.source, info)))
        for reason in top_reasons(others, LEAST)
    ]
    ahead = tuple(said for good, said in told if good)
    against = [said for good, said in told if not good]
    return Reasons(ahead, against[0] if against else _drawback(card))


def _source(source: Source, info: ModelInfo) -> str:
    return str(SIMULATED if source == "outcomes" and info.simulated else SOURCES[source])


def _drawback(card: Intervention) -> Said | None:
    """Return the heaviest thing the card asks, if it asks much."""
    text = ""
    if _many(card.hours_off_job):
        hours = words.hours_each(card.hours_off_job)
        text = gettext("Het kost veel uren: %(hours)s.", hours=hours)
    elif _many(card.hours_key_person):
        hours = words.hours(card.hours_key_person)
        text = gettext("Wie begeleidt, is daar veel uren mee bezig: %(hours)s.", hours=hours)
    elif card.lead_weeks.min >= _LONG_LEAD:
        weeks = words.weeks(card.lead_weeks)
        text = gettext("Het duurt lang voor u begint: %(weeks)s.", weeks=weeks)
    elif card.cost_band.min >= _HIGH_BAND:
        text = gettext("Het kost veel geld: %(cost)s.", cost=words.cost(card.cost_band))
    elif card.evidence <= _LITTLE_EVIDENCE:
        text = gettext("Er is nog weinig onderzoek naar gedaan.")
    return Said(text, str(FROM_CARD)) if text else None


def _many(hours: Range | None) -> bool:
    return hours is not None and (hours.max is None or hours.max > _MANY_HOURS)


def why(
    line: Recommendation, card: Intervention, profile: Profile, info: ModelInfo, language: Language
) -> Said:
    """Return in one sentence which of the points somebody named a card touches."""
    share = next((reason for reason in line.reasons if reason.code == NEEDS), None)
    telling = share is not None and abs(share.effect) >= LEAST
    return Said(
        _needs_met(card, profile, language),
        _source(share.source, info) if share is not None and telling else "",
    )


def _needs_met(card: Intervention, profile: Profile, language: Language) -> str:
    terms = TERMS["needs"]
    met = [need for need in profile.needs if need in card.needs]
    if not met:
        return gettext("Dit raakt geen van uw punten direct.")
    labels = [words.lower_first(terms[need].label(language)) for need in met[:_NAMED]]
    names = listed(labels, language)
    if len(profile.needs) == 1:
        return gettext("Dit gaat over uw punt: %(names)s.", names=names)
    if met[0] == profile.needs[0]:
        # Only one weighs most.
        most = gettext("Dit gaat over wat voor u het zwaarst weegt: %(names)s.", names=labels[0])
        if len(labels) == 1:
            return most
        also = gettext("Het gaat ook over: %(names)s.", names=listed(labels[1:], language))
        return f"{most} {also}"
    if len(labels) > 1:
        return gettext("Dit gaat over punten die u noemde: %(names)s.", names=names)
    return gettext("Dit gaat over een van uw punten: %(names)s.", names=names)

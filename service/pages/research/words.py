"""Versions, jobs and choices in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from matcher.disclosure import FEW, Told, alone
from matcher.errors import warned_of
from matcher.messages import catalogue, say
from matcher.vocabulary import TERMS, Language
from service.pages.shared.language import LazyText, format_decimal, format_moment, gettext
from service.pages.shared.language import lazy_gettext as _l

VERDICTS = {
    "promote": _l("Dit model kan live"),
    "keep": _l("Houd het model dat er is"),
    "cannot tell": _l("De gegevens zeggen het nog niet"),
}
UNCONFIRMED = _l("Kijk de waarschuwingen na. Klopt alles? Zet dan het vinkje.")
STATES = {
    "running": _l("Bezig"),
    "done": _l("Klaar"),
    "refused": _l("Niet gelukt: de gegevens kloppen niet"),
    "unconfirmed": _l("Wacht op u: er zijn waarschuwingen"),
    "busy": _l("Niet gelukt: een andere training was bezig"),
    "failed": _l("Niet gelukt"),
    "cancelled": _l("Gestopt"),
    "lost": _l("Afgebroken"),
}
STEPS = {
    "": _l("De gegevens worden gelezen."),
    "fit": _l("Het model is getraind. Nu volgt de beoordeling."),
    "trees": _l("Het model met beslisbomen is geprobeerd."),
    "fold": _l("Groep na groep bedrijven wordt weggelaten en voorspeld."),
    "policies": _l("De eerste keus is naast eenvoudige keuzes gelegd."),
    "stability": _l("Er is gekeken of één bedrijf de volgorde bepaalt."),
    "report": _l("Het verslag is geschreven."),
}
"""Step that was finished -> what is going on."""
ACTIONS = {"promote": _l("live gezet"), "rollback": _l("teruggedraaid naar")}
AGES = {
    "fresh": _l("jonger dan 6 weken"),
    "weeks": _l("6 weken tot 3 maanden"),
    "months": _l("3 tot 6 maanden"),
    "old": _l("ouder dan 6 maanden"),
}
KINDS = {
    "other": _l("Koos iets anders"),
    "nothing_now": _l("Doet nu niets"),
    "referred": _l("Doorverwezen"),
}
REASONS = {
    "time": _l("geen tijd"),
    "cost": _l("te duur"),
    "capacity": _l("te weinig mensen"),
    "already_done": _l("doet dit al"),
    "owner_prefers": _l("ondernemer wil iets anders"),
    "not_trusted": _l("vertrouwt het advies niet"),
    "other": _l("iets anders"),
    "none": _l("geen reden genoteerd"),
}


def moment(iso: str) -> str:
    """Return a moment as the language writes it, in the time of the Netherlands."""
    return format_moment(datetime.fromisoformat(iso))


def made(version: str) -> str:
    """Return when a version was made, as its name tells."""
    stamp = datetime.strptime(version[:16] + "+0000", "%Y%m%dT%H%M%SZ%z")
    return moment(stamp.isoformat())


def why(keys: tuple[str, ...], language: Language) -> list[str]:
    """Return the reasons of a verdict as sentences; one that is not known any more is left out."""
    return [say(language, f"gate.why.{k}") for k in keys if f"gate.why.{k}" in catalogue(language)]


def odd(code: str, language: Language) -> str:
    """Return what was odd in a few words."""
    return warned_of(code, language)


def odd_of(codes: Iterable[str], language: Language) -> str:
    """Return all that was odd in a few words each."""
    return ", ".join(warned_of(code, language) for code in codes)


def verdict(found: str) -> LazyText | str:
    """Return a verdict in words."""
    return VERDICTS.get(found, found)


def sector(group: str, language: Language) -> str:
    """Return the name of a group of sectors."""
    return TERMS["sector_group"][group].label(language)


def few(count: int | Told) -> str:
    """Return a count of trials as far as it may be told: of 1 to 4 only that."""
    told = alone(count) if isinstance(count, int) else count
    if told.exact is None:
        return "1-4" if told == FEW else f"{told.least}+" if told.least else "–"
    return str(told.exact)


def band(count: Told) -> str:
    """Return how little an approach was tried."""
    return gettext("nooit geprobeerd") if count.exact == 0 else gettext("weinig geprobeerd")


def megabytes(size: int) -> str:
    """Return the size of a file."""
    if size < 100_000:
        return gettext("%(size)s kB", size=max(1, round(size / 1000)))
    return gettext("%(size)s MB", size=format_decimal(round(size / 1e6, 1)))

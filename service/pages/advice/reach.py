"""Who could deliver a card in a province, and whom to call first.

Where schools have their places is general knowledge; that they offer a card now is checked by
nobody yet, and the pages say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.menu.card import Intervention
from matcher.profile.schema import Profile
from matcher.vocabulary import Province
from service.pages.shared import words
from service.pages.shared.language import LazyText
from service.pages.shared.language import lazy_gettext as _l

_SCHOOLS: Mapping[str, Mapping[str, str | LazyText]] = {
    "mbo": {
        "groningen": _l("Alfa-college, Noorderpoort (voor volwassenen samen: DNA Next)"),
        "friesland": "Firda",
        "drenthe": _l("Drenthe College (DCTerra), Alfa-college (voor volwassenen samen: DNA Next)"),
    },
    "hbo": {"groningen": "Hanze", "friesland": "NHL Stenden", "drenthe": "NHL Stenden, Hanze"},
}
_GREEN: Mapping[str, Mapping[str, str]] = {
    "mbo": {"groningen": "Terra (DCTerra)", "friesland": "Aeres", "drenthe": "Terra (DCTerra)"},
    "hbo": dict.fromkeys(("groningen", "friesland", "drenthe"), "Van Hall Larenstein"),
}
"""Schools of farming, food and green, added for companies of that kind."""
_DESKS: Mapping[str, LazyText] = {
    "groningen": _l("GroBusiness (vraag na of dit loket er nog is)"),
    "friesland": _l("Ynbusiness (vraag na of dit loket er nog is)"),
    "drenthe": _l("Ik Ben Drents Ondernemer (vraag na of dit loket er nog is)"),
}
"""The newest page found on each is older than its programme was to last."""
_WERKCENTRUM: Mapping[str, LazyText] = {
    "groningen": _l("Werkcentrum Groningen Noord-Drenthe"),
    "friesland": _l("Werkcentrum in Friesland (eerder Fryslân Werkt; zie werkcentrum.nl)"),
    "drenthe": _l(
        "Werkcentrum van uw regio (Assen, Aa en Hunze, Tynaarlo en Noordenveld: Groningen "
        "Noord-Drenthe; Meppel en Westerveld: Regio Zwolle; zie werkcentrum.nl)"
    ),
}
"""A Werkcentrum belongs to a labour-market region; Drenthe lies in three of them."""
_OWN_COMPANY = "own_company"


@dataclass(frozen=True, slots=True)
class Reach:
    """Who could do a card with a company, its own people apart."""

    people: tuple[str, ...]
    yourself: bool
    """The company can do it itself."""


def reach(card: Intervention, profile: Profile) -> Reach:
    """Return who could deliver a card where a company is."""
    named = (_named(provider, profile) for provider in card.providers if provider != _OWN_COMPANY)
    return Reach(tuple(dict.fromkeys(named)), _OWN_COMPANY in card.providers)


def _named(provider: str, profile: Profile) -> str:
    province = profile.province or ""
    if provider == "desks":
        return desk(profile.province)
    if provider == "werkcentrum":
        return werkcentrum(profile.province)
    if province not in _SCHOOLS.get(provider, {}):
        return str(words.PROVIDERS[provider])
    names = str(_SCHOOLS[provider][province])
    green = _GREEN[provider][province]
    return f"{names}, {green}" if profile.sector_group == "landbouw" else names


def desk(province: Province | None) -> str:
    """Return the first desk for an entrepreneur in a province."""
    return str(_DESKS.get(province or "", words.PROVIDERS["desks"]))


def werkcentrum(province: Province | None) -> str:
    """Return where people and companies get advice about learning and work."""
    return str(_WERKCENTRUM.get(province or "", words.PROVIDERS["werkcentrum"]))

"""Amounts of a card in plain words. What nobody knows yet is said so, never made up."""

from __future__ import annotations

from matcher.disclosure import SOME, Told, alone
from matcher.menu.card import Intervention, Range
from service.pages.shared.language import LazyText, format_decimal, gettext, ngettext
from service.pages.shared.language import lazy_gettext as _l

COST_BOUNDS = (0, 1_000, 5_000, 15_000)
"""Euros at the top of cost bands 0 to 3; band 4 has none."""
_TOP_BAND = len(COST_BOUNDS)

CAPACITY = {
    2: _l("meteen meer handen"),
    1: _l("wat meer lucht"),
    0: _l("weinig verschil"),
    -1: _l("kost wat handen"),
    -2: _l("kost veel handen"),
}
"""Effect on the staffing right now -> words."""
EVIDENCE = (
    _l("We vonden nog geen onderzoek"),
    _l("Alleen ervaringen uit de praktijk"),
    _l("Klein onderzoek, of over iets dat hierop lijkt"),
    _l("Goed onderzoek, maar bij andere mensen of bedrijven"),
    _l("Meer goede onderzoeken, dicht bij dit doel"),
    _l("Onderzocht bij bedrijven als het uwe"),
)
"""Evidence level -> what stands behind it."""
EVIDENCE_DIRECTION = {
    "+": "",
    "0": _l("het onderzoek vond geen verschil"),
    "?": _l("wat het doet, is nog niet duidelijk"),
}
PROVIDERS = {
    "own_company": _l("uw eigen bedrijf"),
    "oo_fund": _l("opleidingsfonds van uw sector (O&O-fonds)"),
    "sbb": _l("SBB, voor erkende leerbedrijven"),
    "private": _l("zelfstandige adviseur, trainer of coach"),
    "unions": _l("vakbond"),
    "employer_network": _l("netwerk van werkgevers (vraag na of dat er bij u is)"),
}
"""Who a provider is in the whole country; of the others the region at hand says it."""
FORMS = {
    "informeel": _l("leren tijdens het werk"),
    "non-formeel": _l("leren met begeleiding of een cursus, zonder diploma"),
    "formeel": _l("leren voor een erkend diploma of bewijs"),
}


def not_known() -> str:
    """Return what stands where nobody knows yet."""
    return gettext("nog niet bekend")


def counted(count: int | Told) -> str:
    """Return a count of trials or their companies as far as it may be told."""
    told = alone(count) if isinstance(count, int) else count
    if told.exact is None and told.least > 1:
        return gettext("%(least)s of meer", least=number(told.least))
    if told.exact is None:
        return gettext("een paar") if told == SOME else gettext("minder dan vijf")
    return number(told.exact)


def number(amount: float) -> str:
    """Return a number as the language writes it."""
    return str(format_decimal(round(amount, 1)))


def span(amount: Range) -> str:
    """Return a range of numbers in words."""
    if amount.max is None:
        return gettext("%(least)s of meer", least=number(amount.min))
    if amount.min == amount.max:
        return number(amount.min)
    return gettext("%(least)s tot %(most)s", least=number(amount.min), most=number(amount.max))


def hours(amount: Range | None) -> str:
    """Return hours away from the work."""
    if amount is None:
        return not_known()
    if amount.max == 0:
        return gettext("geen")
    if amount.max is None:
        return gettext("%(least)s uur of meer", least=number(amount.min))
    return ngettext("%(span)s uur", "%(span)s uur", _last(amount), span=span(amount))


HOURS_BOUNDS = (0, 8, 24, 60)
"""Hours at the top of the steps 0 to 3 of the hours dial; step 4 has none."""


def hours_level(amount: Range | None) -> int | None:
    """Return how many of four steps of the dial hours fill; None where nobody knows."""
    if amount is None:
        return None
    most = amount.max if amount.max is not None else amount.min
    return sum(most > bound for bound in HOURS_BOUNDS)


def cost_level(amount: Range) -> int:
    """Return how many of four steps of the dial a cost fills."""
    return _TOP_BAND if amount.max is None else int(amount.max)


def hours_each(amount: Range | None) -> str:
    """Return hours away from the work, saying that they are per person."""
    if amount is None or amount.max == 0:
        return hours(amount)
    return gettext("%(hours)s per persoon", hours=hours(amount))


def _last(amount: Range) -> int:
    """Return the number that decides between one and many: the last one read aloud."""
    return 1 if amount.max == 1 else 2


def key_hours(card: Intervention) -> str:
    """Return the hours of whoever guides the others; empty where nobody does."""
    if card.hours_key_person is not None:
        return hours(card.hours_key_person)
    return not_known() if "hours_key_person" in card.unknown else ""


def weeks(amount: Range) -> str:
    """Return the weeks from yes to the first activity."""
    return ngettext("%(span)s week", "%(span)s weken", _last(amount), span=span(amount))


def duration(card: Intervention) -> str:
    """Return how long it takes from the first activity to the last, in units people use."""
    amount = card.duration_months
    if amount is None:
        return not_known() if "duration_months" in card.unknown else gettext("verschilt per keer")
    least, unit = _in_units(amount.min)
    if amount.max is None:
        return gettext("%(least)s of meer", least=_units(least, unit))
    most, last_unit = _in_units(amount.max)
    if (least, unit) == (most, last_unit):
        return _units(least, unit)
    first = number(least) if unit == last_unit else _units(least, unit)
    return gettext("%(least)s tot %(most)s", least=first, most=_units(most, last_unit))


WEEKS_IN_MONTH = 52 / 12
WORKDAYS_IN_MONTH = 260 / 12


def _in_units(months: float) -> tuple[int, str]:
    if months == int(months):
        return int(months), "months"
    if months < 0.25:
        return max(round(months * WORKDAYS_IN_MONTH), 1), "days"
    return round(months * WEEKS_IN_MONTH), "weeks"


def _units(many: int, unit: str) -> str:
    if unit == "months":
        return ngettext("%(num)s maand", "%(num)s maanden", many)
    if unit == "weeks":
        return ngettext("%(num)s week", "%(num)s weken", many)
    return ngettext("%(num)s dag", "%(num)s dagen", many)


def euros(amount: int) -> str:
    """Return an amount of money that does not break over two lines."""
    return gettext("€ %(amount)s", amount=number(amount)).replace(" ", "\N{NO-BREAK SPACE}")


def cost(amount: Range) -> str:
    """Return what it costs the company in the first year, wages apart, in euros."""
    low = int(amount.min)
    high = _TOP_BAND if amount.max is None else int(amount.max)
    if high == 0:
        return gettext("niets")
    if high >= _TOP_BAND:
        return gettext("meer dan %(least)s", least=euros(COST_BOUNDS[low - 1] if low else 0))
    most = euros(COST_BOUNDS[high])
    if low == 0:
        return gettext("niets tot %(most)s", most=most)
    if low == 1:
        return gettext("minder dan %(most)s", most=most)
    return gettext("%(least)s tot %(most)s", least=euros(COST_BOUNDS[low - 1]), most=most)


def cost_limit(band: int) -> str:
    """Return one cost band as a limit somebody can set."""
    if band == 0:
        return gettext("Het mag niets kosten")
    return gettext("Hoogstens %(most)s", most=euros(COST_BOUNDS[band]))


def cost_from(band: int) -> str:
    """Return what a cost band costs at least."""
    return euros(COST_BOUNDS[band - 1])


def capacity(card: Intervention) -> LazyText:
    """Return what the card does for the staffing right now."""
    return CAPACITY[card.capacity]


def evidence(card: Intervention) -> str:
    """Return how well the card was studied, in words."""
    direction = EVIDENCE_DIRECTION[card.evidence_direction]
    level = str(EVIDENCE[card.evidence])
    return f"{level}; {direction}" if card.evidence and direction else level


def lower_first(text: str) -> str:
    """Return a label as it reads within a sentence."""
    return text[:1].lower() + text[1:]

"""Whether people can be missed: three plain answers, and the class that they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from matcher.errors import Fault
from matcher.profile.pressure import Horizon, Spare, pressure_class
from matcher.profile.schema import Profile
from matcher.tables.cells import as_typed, typed_number
from matcher.validation import bounds
from matcher.vocabulary import TERMS, Language, Pressure
from service.pages.shared import words
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l

FIELDS = ("spare", "vacancies", "horizon")
CLASS = "staffing_pressure"
_MOST = bounds(Profile, "employees")[1] or 0

SPARE: Mapping[Spare, LazyText] = {
    "makkelijk": _l("Ja, makkelijk"),
    "moeite": _l("Ja, met moeite"),
    "vervanging": _l("Alleen met vervanging"),
    "nee": _l("Nee"),
}
HORIZON: Mapping[Horizon, LazyText] = {
    "maanden": _l("Maanden vooruit"),
    "weken": _l("Weken vooruit"),
    "dagen": _l("Een paar dagen vooruit"),
}


def derived_words(cells: Mapping[str, str], language: Language) -> str:
    """Return in one sentence what three answers come to; empty without answers."""
    found = None if any(faults(cells)) else derived_class(cells)
    if found is None:
        return ""
    derived, own = _word(found, language), cells.get(CLASS, "")
    if own in TERMS[CLASS] and own != found:
        return gettext(
            "Uit uw antwoorden komt: %(derived)s. U koos zelf: %(own)s. Uw eigen keuze telt.",
            derived=derived,
            own=_word(own, language),
        )
    return gettext("Uit uw antwoorden komt: %(derived)s.", derived=derived)


def _word(slug: str, language: Language) -> str:
    return words.lower_first(TERMS[CLASS][slug].label(language).partition(":")[0])


def derived_class(cells: Mapping[str, str]) -> Pressure | None:
    """Return the class that good answers to the three questions come to; None without answers."""
    many = _count(cells, "employees")
    spare = next((each for each in get_args(Spare) if each == cells.get("spare")), None)
    horizon = next((each for each in get_args(Horizon) if each == cells.get("horizon")), None)
    # Without a headcount nobody knows what share of the posts is open.
    posts = _count(cells, "vacancies") if many else None
    return pressure_class(spare, posts, horizon, many or 1)


def _count(cells: Mapping[str, str], name: str) -> int | None:
    number = typed_number(cells.get(name, ""))
    return number if isinstance(number, int) and 0 <= number <= _MOST else None


def faults(cells: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with the three answers."""
    vacancies = typed_number(cells.get("vacancies", ""))
    if vacancies is not None and _count(cells, "vacancies") is None:
        fault = Fault("/vacancies", "not_whole", {"value": vacancies})
        yield from as_typed([fault], {"vacancies": vacancies})
    for name, known in (("spare", SPARE), ("horizon", HORIZON)):
        if cells.get(name, "") not in ("", *known):
            yield Fault(
                f"/{name}", "unknown_value", {"value": cells[name], "choices": ", ".join(known)}
            )


def meant(cells: Mapping[str, str]) -> str:
    """Return the class that holds: the one somebody chose, or else that of the answers."""
    return cells.get(CLASS) or derived_class(cells) or ""

"""The place or postcode that somebody types: looked up for this answer, and kept nowhere.

What goes on is the province, and the labour-market region where the province has more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from matcher.places.lookup import LONGEST, Finding, Places, Spot
from matcher.places.table import ELSEWHERE
from matcher.region import Region
from matcher.vocabulary import Language
from service.pages.intake.answers import PROVINCE, REGION, Cells
from service.pages.shared.language import gettext

FIELD, CHOSEN, BEFORE = "place", "place_is", "place_was"
"""What was typed; which of the offered places it is; and for what those were offered."""
_MOST = 6
"""Places that are offered."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a typed place comes to."""

    typed: str
    """To be shown again on this page only."""
    said: str = ""
    """What it comes to, in a sentence; empty where nothing was typed."""
    wrong: bool = False
    """Whether somebody must look at it before there is an answer."""
    choices: tuple[str, ...] = ()
    """Places that may have been meant, as they can be typed."""
    province: str | None = None
    region: str | None = None


NOTHING = Found("")


def found_in(
    form: MultiDict[str, str], cells: Mapping[str, str], region: Region, language: Language
) -> Found:
    """Return what was typed in the form, with the province that was chosen beside it."""
    typed = " ".join(form.get(FIELD, "").split())[: LONGEST + 1]
    chosen = form.get(CHOSEN, "")
    # An offer counts as long as what it was offered for still stands there.
    if typed and chosen and typed == form.get(BEFORE, ""):
        typed = " ".join(chosen.split())[: LONGEST + 1]
    return look_up(typed, cells.get(PROVINCE), region, language)


def with_place(cells: Cells, found: Found, region: Region) -> Cells:
    """Return the answers with what the place says: never the place itself."""
    known = {name: cell for name, cell in cells.items() if name != REGION}
    if found.province is not None:
        known[PROVINCE] = found.province
    wanted = found.region if found.province is not None else cells.get(REGION)
    home = region.home(known.get(PROVINCE), wanted)
    return known | ({REGION: home.region} if home.region is not None else {})


def look_up(typed: str, chosen: str | None, region: Region, language: Language) -> Found:
    """Return what a typed place comes to, beside a province that was chosen or None."""
    places = region.places
    if not typed:
        return NOTHING
    told = typed if len(typed) <= LONGEST else f"{typed[:LONGEST]} ..."
    found = places.find(typed)
    if not found.spots:
        return _unknown(told, places)
    here = found.within(chosen) if chosen else found
    if not here.spots:
        return _contradicts(told, found, str(chosen), places, language)
    if here.asks:
        return _asks(told, here, places, language)
    province = here.province
    assert province is not None  # one spot, or several of one province and region
    said = _says(told, here, region, language)
    return Found(typed, said, province=province, region=here.region)


def _unknown(typed: str, places: Places) -> Found:
    near = places.near(typed)
    said = (
        gettext(
            "We kennen %(place)s niet. Bedoelt u %(names)s? Kies hieronder, of maak dit veld leeg.",
            place=_quoted(typed),
            names=_or(near),
        )
        if near
        else gettext(
            "We kennen %(place)s niet. Typ een plaats of een postcode. Of maak dit veld leeg en "
            "kies de provincie.",
            place=_quoted(typed),
        )
    )
    return Found(typed[:LONGEST], said, wrong=True, choices=near)


def _contradicts(
    typed: str, found: Finding, chosen: str, places: Places, language: Language
) -> Found:
    said = gettext(
        "%(place)s ligt in %(where)s, maar u koos %(chosen)s. Kies de goede provincie, of maak "
        "dit veld leeg.",
        place=_subject(typed),
        where=_or(_provinces(found.spots, places, language)),
        chosen=_province(chosen, places, language),
    )
    return Found(typed, said, wrong=True)


def _asks(typed: str, found: Finding, places: Places, language: Language) -> Found:
    """Return the question which of several it is, with the ones that can be chosen by name."""
    named = tuple(dict.fromkeys(spot.told for spot in found.spots if spot.municipality))[:_MOST]
    where = _or(_provinces(found.spots, places, language))
    if any(spot.name for spot in found.spots):
        said = gettext(
            "%(place)s kan op meer plekken liggen: in %(where)s. Kies hieronder welke u bedoelt.",
            place=_subject(typed),
            where=where,
        )
    else:
        said = gettext(
            "%(place)s kan in %(where)s liggen. Typ vier cijfers, of kies de provincie.",
            place=_subject(typed),
            where=where,
        )
    return Found(typed, said, wrong=True, choices=named)


def _says(typed: str, found: Finding, region: Region, language: Language) -> str:
    province = str(found.province)
    if found.outside:
        rows = region.places.provinces.values()
        return gettext(
            "%(place)s ligt buiten %(provinces)s. U kunt gewoon verder. Vraag bij uw gemeente "
            "welk loket er bij u is.",
            place=_subject(typed),
            provinces=_and([row.of(language) for row in rows]),
        )
    place, name = _subject(typed), _province(province, region.places, language)
    if found.region is None or region.home(province, found.region).region is None:
        return gettext("%(place)s ligt in %(province)s.", place=place, province=name)
    return gettext(
        "%(place)s ligt in %(province)s. Voor werk en leren hoort het bij de regio %(region)s.",
        place=place,
        province=name,
        region=region.name_of(found.region, language),
    )


def _subject(typed: str) -> str:
    """Return what was typed as the first word of a sentence; a postcode says that it is one."""
    if typed[:1].isdigit() and not typed[1:2].isalpha():
        return gettext("Postcode %(code)s", code=typed.upper())
    return typed[:1].upper() + typed[1:]


def _quoted(typed: str) -> str:
    return f"'{typed}'"


def _provinces(spots: Iterable[Spot], places: Places, language: Language) -> list[str]:
    ids = dict.fromkeys(spot.province for spot in spots)
    return [_province(id_, places, language) for id_ in ids]


def _province(id_: str, places: Places, language: Language) -> str:
    row = places.provinces.get(id_)
    return gettext("een andere provincie") if id_ == ELSEWHERE or row is None else row.of(language)


def _or(names: Iterable[str]) -> str:
    return _joined(names, gettext("of"))


def _and(names: Iterable[str]) -> str:
    return _joined(names, gettext("en"))


def _joined(names: Iterable[str], last: str) -> str:
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end

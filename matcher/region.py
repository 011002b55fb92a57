"""What a region brings beside its menu card: its places, and who helps there (``regions.toml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from matcher.errors import Fault, InvalidRegion
from matcher.menu.card import Menu
from matcher.menu.schema import Provider
from matcher.menu.texts import Line
from matcher.paths import MENU
from matcher.places.lookup import Places, read_places
from matcher.places.table import Slug, read_toml
from matcher.validation import Value, read
from matcher.vocabulary import Language, SectorGroup

PLACES_FILE, REGIONS_FILE = "places.toml", "regions.toml"
_A_YEAR = timedelta(days=365)
"""Schools merge and desks move: of who helps where, what was so a year ago may be otherwise [J]."""
REGIONAL: frozenset[Provider] = frozenset({"mbo", "hbo", "wo", "desks", "werkcentrum"})
"""Providers that go by other names in another region: each must be told there."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a company is, as far as it must be known to tell who helps there."""

    province: str | None = None
    """Id in the places of the region, or ``anders``; None is unknown."""
    region: str | None = None
    """Id of its labour-market region; None where it is not known, or the province says it."""


class LabourRegion(Value):
    """A labour-market region."""

    nl: Line
    en: Line


class ProviderRow(Value):
    """Who a provider of a card is, in words: in a labour-market region, a province or anywhere."""

    id: Provider
    nl: Line
    en: Line
    province: Slug | None = None
    region: Slug | None = None
    sector_group: SectorGroup | None = None
    """Added to the others for companies of this kind."""
    checked: date
    certainty: Literal["high", "medium", "low", "unverifiable"]
    source: Line

    @property
    def where(self) -> tuple[object, ...]:
        """What no two of them may have in common."""
        return self.id, self.province, self.region, self.sector_group

    def of(self, language: Language) -> str:
        """Return the words in one language."""
        return self.nl if language == "nl" else self.en

    def is_due(self, day: date) -> bool:
        """Whether it is to be looked up again by a day: a year on, or nobody could confirm it."""
        return self.certainty == "unverifiable" or self.checked + _A_YEAR <= day


class RegionTable(Value):
    """The whole of ``regions.toml``."""

    region: Annotated[dict[Slug, LabourRegion], Field(min_length=1, max_length=50)]
    provider: Annotated[list[ProviderRow], Field(min_length=1, max_length=1_000)]


@dataclass(frozen=True)
class Region:
    """The places of a region, and who helps there."""

    places: Places
    table: RegionTable
    beside_menu: bool = True
    """Whether it lies beside the menu card; otherwise it is that of the product."""

    def due(self, day: date) -> tuple[ProviderRow, ...]:
        """Return who helps here that has to be looked up again by a day."""
        return tuple(row for row in self.table.provider if row.is_due(day))

    def name_of(self, region: str, language: Language) -> str:
        """Return the name of a labour-market region; KeyError if there is none of this id."""
        row = self.table.region[region]
        return row.nl if language == "nl" else row.en

    def home(self, province: str | None, region: str | None) -> Home:
        """Return where a company is; a labour-market region only where the province leaves it open.

        One that has no part in the province says nothing: somebody changed the province since.
        """
        here = self._regions_of.get(province or "", ())
        return Home(province, region if len(here) > 1 and region in here else None)

    def named(
        self, provider: str, home: Home, group: SectorGroup | None, language: Language
    ) -> str | None:
        """Return who a provider is where a company is; None where the region does not say.

        The labour-market region says it before the province, and the province before the rest.
        """
        rows = self._rows.get(provider, ())
        for_all = [row for row in rows if row.sector_group is None]
        by_place = {(row.province, row.region): row for row in for_all}
        found = (
            (by_place.get((None, home.region)) if home.region else None)
            or by_place.get((home.province, None))
            or by_place.get((None, None))
        )
        if found is None:
            return None
        nearby = found.province is not None or found.region is not None
        added = [
            row.of(language)
            for row in rows
            if nearby and group is not None and row.sector_group == group and _covers(row, home)
        ]
        return ", ".join((found.of(language), *added))

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[ProviderRow]]:
        ids = dict.fromkeys(row.id for row in self.table.provider)
        return {id_: [row for row in self.table.provider if row.id == id_] for id_ in ids}

    @cached_property
    def _regions_of(self) -> Mapping[str, Sequence[str]]:
        """Province -> the labour-market regions that have a part in it."""
        found: dict[str, dict[str, None]] = {}
        for row in self.places.table.municipality.values():
            found.setdefault(row.province, {})[row.region] = None
        return {province: tuple(regions) for province, regions in found.items()}


def _covers(row: ProviderRow, home: Home) -> bool:
    """Return whether a company lies where a row is about."""
    return row.province in (None, home.province) and row.region in (None, home.region)


def read_region(menu: Path) -> Region:
    """Return what lies beside a menu card; where nothing does, what the product brings.

    Raises
    ------
    InvalidRegion
        If one of the two files is missing beside the other, or breaks a rule: the faults of both
        at once.
    """
    beside = any((menu.parent / name).exists() for name in (PLACES_FILE, REGIONS_FILE))
    folder = menu.parent if beside else MENU.parent
    faults: list[Fault] = []
    places = table = None
    try:
        places = read_places(folder / PLACES_FILE)
    except InvalidRegion as error:
        faults += error.faults
    try:
        raw = read_toml(folder / REGIONS_FILE)
        table = read(RegionTable, raw, InvalidRegion, f"{REGIONS_FILE} ")
    except InvalidRegion as error:
        faults += error.faults
    if table is not None:
        faults += _own_faults(table)
    if places is not None and table is not None:
        faults += _unknown(places, table)
    if places is None or table is None or faults:
        raise InvalidRegion(faults)
    return Region(places, table, beside_menu=folder == menu.parent)


def unknown_in(menu: Menu, region: Region) -> list[Fault]:
    """Return the places that facts of a menu name, and its region does not know."""
    known = {*region.places.provinces, *region.table.region}
    return [
        Fault(
            f"{fact.id}, region",
            "region_unknown",
            {"value": place, "choices": ", ".join(sorted(known))},
        )
        for fact in menu.facts
        for place in fact.region
        if place not in known
    ]


def _own_faults(table: RegionTable) -> Iterator[Fault]:
    first: dict[tuple[object, ...], int] = {}
    for number, row in enumerate(table.provider, start=1):
        place = f"{REGIONS_FILE} [[provider]] {number} ({row.id})"
        if row.province is not None and row.region is not None:
            yield Fault(place, "region_two_wheres")
        if (before := first.setdefault(row.where, number)) != number:
            yield Fault(place, "region_double_provider", {"value": row.id, "first": before})
    for provider in sorted(REGIONAL):
        if (provider, None, None, None) not in first:
            yield Fault(f"{REGIONS_FILE} [[provider]]", "region_no_general", {"value": provider})


def _unknown(places: Places, table: RegionTable) -> Iterator[Fault]:
    """Yield what one of the two files names and the other does not have."""
    provinces, regions = ", ".join(places.provinces), ", ".join(table.region)
    for name, municipality in places.table.municipality.items():
        if municipality.region not in table.region:
            params = {"value": municipality.region, "choices": regions}
            yield Fault(f"{PLACES_FILE} /municipality/{name}/region", "region_unknown", params)
    for number, row in enumerate(table.provider, start=1):
        place = f"{REGIONS_FILE} [[provider]] {number} ({row.id})"
        if row.province is not None and row.province not in places.provinces:
            params = {"value": row.province, "choices": provinces}
            yield Fault(f"{place}, province", "region_province_of_places", params)
        if row.region is not None and row.region not in table.region:
            params = {"value": row.region, "choices": regions}
            yield Fault(f"{place}, region", "region_unknown", params)

"""Where a typed place, municipality or postcode is.

Exact after normalising; what only looks like a name is offered and never taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path

from matcher.places.table import (
    ELSEWHERE,
    PlacesTable,
    ProvinceRow,
    code_range,
    read_table,
)
from matcher.vocabulary import Province

LONGEST = 60
"""Longer than any name of a place with its postcode: what is longer is not looked up."""
_MOST_NEAR, _LEAST_LETTERS = 3, 3
_LEAST_LIKE = 0.75
"""Share of letters in common from which a name is offered [J]: "leewarde" finds Leeuwarden."""
_POSTCODE = re.compile(r"(?:nl[ -]*)?([1-9][0-9]{1,3})(?: ?[a-z]{2})?(?:[ ,]+([^0-9]+))?")
_POSTCODE_LAST = re.compile(r"([^0-9]+?)[ ,]+([1-9][0-9]{3})(?: ?[a-z]{2})?")
_QUALIFIED = re.compile(r"(.+?)(?: *\( *([^()]+?) *\)?| *, *(.+)| +(gem(?:eente|\.)? +.+))")
_OF_MUNICIPALITY = re.compile(r"gem(?:eente\b|\b\.?) *")
_SPELLED_OUT = (
    (re.compile(r"\b(?:st|sint)\b[. ]*-?"), "sint "),
    (re.compile(r"\bnw\b\.?"), "nieuw"),
)


def normal(text: str) -> str:
    """Return the letters and digits of a name, for comparison only.

    >>> normal("'t Zandt"), normal("St.-Annaparochie"), normal("Súdwest-Fryslân")
    ('tzandt', 'sintannaparochie', 'sudwestfryslan')
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(ch for ch in plain if not unicodedata.combining(ch))
    for pattern, written in _SPELLED_OUT:
        plain = pattern.sub(written, plain)
    return "".join(ch for ch in plain if ch.isalnum())


@dataclass(frozen=True, slots=True)
class Spot:
    """One place that was meant, or may have been."""

    name: str
    """As it is written; empty where a postcode says no more than the province."""
    municipality: str
    """Empty outside the region, and where only the province is known."""
    province: str
    """Id of the table, or ``anders``."""
    region: str | None
    """Id of the labour-market region; None where it is not known."""

    @property
    def told(self) -> str:
        """The place as it can be typed to mean this one alone."""
        if not self.municipality or self.municipality == self.name:
            return self.name
        return f"{self.name} ({self.municipality})"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a typed place comes to."""

    spots: tuple[Spot, ...]
    """All places of that name; none where it is unknown."""

    @property
    def province(self) -> str | None:
        """The province in which all of them lie; None where they lie in two, or it is unknown."""
        found = {spot.province for spot in self.spots}
        return found.pop() if len(found) == 1 else None

    @property
    def region(self) -> str | None:
        """The labour-market region in which all of them lie; None where that is not known."""
        found = {spot.region for spot in self.spots}
        return found.pop() if len(found) == 1 else None

    @property
    def asks(self) -> bool:
        """Whether somebody must say which is meant: of two provinces or two regions."""
        named = {(spot.province, spot.region) for spot in self.spots}
        return len(named) > 1

    @property
    def outside(self) -> bool:
        """Whether it lies outside the region for certain."""
        return self.province == ELSEWHERE

    def within(self, province: str) -> Finding:
        """Return what is left of it in one province."""
        return Finding(tuple(spot for spot in self.spots if spot.province == province))


UNKNOWN = Finding(())


@dataclass(frozen=True)
class Places:
    """The places of a region."""

    table: PlacesTable

    @property
    def provinces(self) -> Mapping[str, ProvinceRow]:
        """Id -> province, in the order of the file."""
        return self.table.province

    def counts_as(self, province: str) -> Province:
        """Return what a profile says of a company in a province of the table, or elsewhere."""
        row = self.table.province.get(province)
        return "anders" if row is None else row.counts_as

    def find(self, typed: str) -> Finding:
        """Return where a typed place, municipality or postcode is.

        >>> from matcher.paths import PLACES
        >>> places = read_places(PLACES)
        >>> found = places.find("ter apel")
        >>> found.province, found.region
        ('groningen', 'groningen-noord-drenthe')
        >>> places.find("8911 AB").province, places.find("94").asks
        ('friesland', True)
        >>> places.find("Leewarden").spots, places.near("Leewarden")
        ((), ('Leeuwarden',))
        """
        text = " ".join(unicodedata.normalize("NFKC", typed).split()).casefold()
        if not text or len(text) > LONGEST:
            return UNKNOWN
        if first := _POSTCODE.fullmatch(text):
            return self._coded(first[1], first[2] or "")
        if last := _POSTCODE_LAST.fullmatch(text):
            return self._coded(last[2], last[1])
        return Finding(self._named(text))

    def near(self, typed: str) -> tuple[str, ...]:
        """Return at most three names that an unknown one looks like, or begins; the nearest first.

        It takes 20 ms: ask it of what is told to somebody, not of each row of a file.
        """
        key = normal(typed[:LONGEST])
        if len(key) < _LEAST_LETTERS:
            return ()
        begun = [each for each in self._by_name if each.startswith(key)]
        alike = get_close_matches(key, self._by_name, _MOST_NEAR, _LEAST_LIKE)
        names = (self._written[each] for each in dict.fromkeys((*alike, *begun)))
        return tuple(dict.fromkeys(names))[:_MOST_NEAR]

    def _coded(self, digits: str, name: str) -> Finding:
        """Return where a postcode is; a name beside it narrows it, or contradicts it."""
        coded, named = self._of_code(digits), self._named(name) if name else ()
        if not named or not coded:
            return Finding(coded or named)
        provinces = {spot.province for spot in coded}
        both = tuple(spot for spot in named if spot.province in provinces)
        regions = {spot.region for spot in coded} - {None}
        nearer = tuple(spot for spot in both if spot.region in regions)
        return Finding(nearer or both or (*coded, *named))

    def _of_code(self, digits: str) -> tuple[Spot, ...]:
        if len(digits) == 4 and (found := self._by_code.get(int(digits))):
            return (found,)
        areas = self.table.postcodes.get(digits[:2], [ELSEWHERE])
        return tuple(Spot("", "", area, self._only_region.get(area)) for area in areas)

    def _named(self, text: str) -> tuple[Spot, ...]:
        """Return the places of a name; what stands behind it may say which of them."""
        if whole := _OF_MUNICIPALITY.match(text):
            return tuple(
                spot
                for spot in self._by_name.get(normal(text[whole.end() :]), ())
                if spot.municipality == spot.name
            )
        if spots := self._by_name.get(normal(text)):
            return spots
        for name, qualifier in _split(text):
            if spots := self._qualified(self._by_name.get(normal(name), ()), qualifier):
                return spots
        return ()

    def _qualified(self, spots: Sequence[Spot], qualifier: str) -> tuple[Spot, ...]:
        rest = _OF_MUNICIPALITY.sub("", qualifier, count=1)
        if not rest.strip(" ."):
            return tuple(spot for spot in spots if spot.municipality == spot.name)
        wanted, provinces = normal(rest), self._by_short.get(normal(rest), ())
        return tuple(
            spot
            for spot in spots
            if spot.province in provinces or normal(spot.municipality) == wanted
        )

    @cached_property
    def _only_region(self) -> Mapping[str, str]:
        """Province -> its labour-market region, where it has one alone."""
        regions: dict[str, set[str]] = defaultdict(set)
        for row in self.table.municipality.values():
            regions[row.province].add(row.region)
        return {province: min(found) for province, found in regions.items() if len(found) == 1}

    @cached_property
    def _by_code(self) -> Mapping[int, Spot]:
        """Four digits -> the municipality of that code, or elsewhere."""
        outside = Spot("", "", ELSEWHERE, None)
        found = {
            code: outside for codes in self.table.outside.postcodes for code in code_range(codes)
        }
        for name, row in self.table.municipality.items():
            spot = Spot(name, name, row.province, row.region)
            found |= {code: spot for codes in row.postcodes for code in code_range(codes)}
        return found

    @cached_property
    def _spelled(self) -> Sequence[tuple[str, Spot]]:
        """Each name as it may be written, with what it means."""
        spelled = [
            (name, Spot(row.nl, "", province, self._only_region.get(province)))
            for province, row in self.table.province.items()
            for name in (row.nl, row.en, *row.also)
        ]
        for municipality, row in self.table.municipality.items():
            for names in ((municipality, *row.also), *map(_names, row.places)):
                spot = Spot(names[0], municipality, row.province, row.region)
                spelled += [(name, spot) for name in names]
        for place in self.table.outside.places:
            spelled += [(n, Spot(_names(place)[0], "", ELSEWHERE, None)) for n in _names(place)]
        return spelled

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Spot, ...]]:
        """Normalised name -> the places of that name; one per municipality."""
        found: dict[str, dict[tuple[str, str], Spot]] = defaultdict(dict)
        for name, spot in self._spelled:
            found[normal(name)].setdefault((spot.municipality, spot.province), spot)
        # A province of the name of its town is that town: it says less.
        return {key: _most_told(spots.values()) for key, spots in found.items()}

    @cached_property
    def _written(self) -> Mapping[str, str]:
        return {normal(name): name for name, _ in reversed(self._spelled)}

    @cached_property
    def _by_short(self) -> Mapping[str, tuple[str, ...]]:
        """Normalised ending -> the province it stands for."""
        return {
            normal(name): (province,)
            for province, row in self.table.province.items()
            for name in (row.nl, row.en, *row.also, *row.short)
        }


def _names(place: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in place.split("/"))


def _most_told(spots: Iterable[Spot]) -> tuple[Spot, ...]:
    every = tuple(spots)
    told = {spot.province for spot in every if spot.municipality}
    return tuple(spot for spot in every if spot.municipality or spot.province not in told)


def _split(text: str) -> Iterable[tuple[str, str]]:
    """Yield the ways in which a text is a name with something that says which one."""
    if found := _QUALIFIED.fullmatch(text):
        yield found[1], found[2] or found[3] or found[4]
    name, _, last = text.rpartition(" ")
    if name:
        yield name, last


@lru_cache(maxsize=4)
def _read(path: Path, _: int) -> Places:
    return Places(read_table(path))


def read_places(path: Path) -> Places:
    """Return the places in a file; read once as long as it stays the same.

    Raises
    ------
    InvalidRegion
        If the file is not there, is no TOML or breaks a rule: all faults at once.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0  # the reader says what is wrong with it
    return _read(path, changed)

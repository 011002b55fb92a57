"""The table of places: ``places.toml``, read whole and held to its rules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from matcher.errors import Fault, InvalidRegion
from matcher.validation import Value, broken, read, shown
from matcher.vocabulary import Language, Province

ELSEWHERE = "anders"
"""Where a place lies that is in none of the provinces of the table."""
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CODES = re.compile(r"([1-9][0-9]{3})(?:-([1-9][0-9]{3}))?")
_TWO_DIGITS = re.compile(r"[1-9][0-9]")


def slug(text: str) -> str:
    """Return an id as it stands; small letters, digits and dashes, at most 40."""
    if len(text) > 40 or not _ID.fullmatch(text):
        raise broken("region_bad_id")
    return text


def _name(text: str) -> str:
    line = " ".join(text.split())
    if not line or len(line) > 120:
        raise broken("region_bad_name")
    return line


def _codes(text: str) -> str:
    found = _CODES.fullmatch(text)
    if found is None or int(found[2] or found[1]) < int(found[1]):
        raise broken("region_bad_codes")
    return text


def _two_digits(text: str) -> str:
    if not _TWO_DIGITS.fullmatch(text):
        raise broken("region_two_digits")
    return text


Slug = Annotated[str, AfterValidator(slug)]
Name = Annotated[str, AfterValidator(_name)]
Codes = Annotated[str, AfterValidator(_codes)]
TwoDigits = Annotated[str, AfterValidator(_two_digits)]


class ProvinceRow(Value):
    """A province of the region."""

    nl: Name
    en: Name
    counts_as: Province = "anders"
    """What a profile says of a company there."""
    also: list[Name] = Field(default=[], max_length=20)
    short: list[Name] = Field(default=[], max_length=20)
    """Endings that tell two places of one name apart."""

    def of(self, language: Language) -> str:
        """Return its name in one language."""
        return self.nl if language == "nl" else self.en


class MunicipalityRow(Value):
    """A municipality with its places; a place may have other names after a slash."""

    province: Slug
    region: Slug
    """The labour-market region."""
    also: list[Name] = Field(default=[], max_length=20)
    postcodes: list[Codes] = Field(default=[], max_length=200)
    places: list[Name] = Field(default=[], max_length=2_000)


class OutsideRow(Value):
    """What is known of the rest of the country."""

    postcodes: list[Codes] = Field(default=[], max_length=1_000)
    places: list[Name] = Field(default=[], max_length=10_000)


class PlacesTable(Value):
    """The whole of ``places.toml``."""

    checked: date
    province: Annotated[dict[Slug, ProvinceRow], Field(min_length=1, max_length=50)]
    municipality: Annotated[dict[Name, MunicipalityRow], Field(min_length=1, max_length=1_000)]
    postcodes: dict[TwoDigits, Annotated[list[Slug], Field(min_length=1)]]
    outside: OutsideRow = OutsideRow()


def code_range(codes: str) -> range:
    """Return the postcodes of ``9400-9409`` or ``9479``."""
    first, _, last = codes.partition("-")
    return range(int(first), int(last or first) + 1)


def read_toml(path: Path) -> Mapping[str, object]:
    """Return what a file of a region says; InvalidRegion if it is not there or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidRegion([Fault(path.name, "region_toml", {"problem": str(error)})]) from None
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InvalidRegion([Fault(path.name, "region_file", {"problem": problem})]) from None


def read_table(path: Path) -> PlacesTable:
    """Return the table in a file, or raise InvalidRegion with all faults, each at its key."""
    table = read(PlacesTable, read_toml(path), InvalidRegion, f"{path.name} ")
    faults = list(_faults(table, path.name))
    if faults:
        raise InvalidRegion(faults)
    return table


def _faults(table: PlacesTable, file_name: str) -> Iterator[Fault]:
    provinces = ", ".join(table.province)
    if ELSEWHERE in table.province:
        where = f"{file_name} /province/{ELSEWHERE}"
        yield Fault(where, "region_elsewhere", {"value": ELSEWHERE})
    for name, row in table.municipality.items():
        if row.province not in table.province:
            where = f"{file_name} /municipality/{shown(name)}/province"
            yield Fault(where, "region_province", {"value": row.province, "choices": provinces})
    for digits, areas in table.postcodes.items():
        for area in areas:
            if area != ELSEWHERE and area not in table.province:
                params = {"value": area, "choices": f"{provinces}, {ELSEWHERE}"}
                yield Fault(f"{file_name} /postcodes/{digits}", "region_province", params)
    yield from _double_codes(table, file_name)


def _double_codes(table: PlacesTable, file_name: str) -> Iterator[Fault]:
    """Yield the ranges that begin in what another municipality has."""
    first: dict[int, str] = {}
    ranges = {name: row.postcodes for name, row in table.municipality.items()}
    for name, listed in (ranges | {"": table.outside.postcodes}).items():
        for codes in listed:
            taken = {first[code] for code in code_range(codes) if first.get(code, name) != name}
            if taken:
                table_name = f"municipality/{shown(name)}" if name else "outside"
                params = {"value": codes, "other": shown(min(taken)) or "outside"}
                yield Fault(f"{file_name} /{table_name}/postcodes", "region_double_codes", params)
            first |= dict.fromkeys(code_range(codes), name)

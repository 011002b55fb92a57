"""The list of companies: who there are, and what is known of each that a profile asks for.

Names, codes and register numbers serve to know a company again and stay here; a place becomes a
province and is not kept. What is unknown stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from matcher.errors import Fault, Warned
from matcher.places.lookup import Finding, Places, Spot
from matcher.places.table import ELSEWHERE
from matcher.profile.schema import Profile
from matcher.study import sbi
from matcher.study.columns import (
    IGNORED,
    SEVERAL,
    Roles,
    cells_of,
    chosen_roles,
    first_rows,
    heading_of,
)
from matcher.study.lookup import Listed
from matcher.study.names import check_list
from matcher.study.sbi import Habits, Reading, Section
from matcher.study.spelling import filled, plain, register_number
from matcher.tables.faults import shown
from matcher.tables.sizes import Size, read_size
from matcher.validation import bounds
from matcher.vocabulary import SBI_VERSIONS, Province, SbiVersion

_CODE_LIKE = re.compile(r"[A-Za-z]{0,4}[-_. ]?[0-9]{1,5}[A-Za-z]?")
_MOSTLY = 0.8
"""From this share of the cells on a column is what most of them are."""
_MOST_NEAR_PLACES = 50
"""To look for a near name takes 20 ms; so many different places are looked for."""
_OTHER_PROVINCES = frozenset(
    (
        *("flevoland", "gelderland", "limburg", "noordbrabant", "noordholland", "overijssel"),
        *("utrecht", "zeeland", "zuidholland", "brabant"),
    )
)
_OUTSIDE = Finding((Spot("", "", ELSEWHERE, None),))
_LEAST, _MOST = bounds(Profile, "employees")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Company:
    """What is known of one company; None is unknown."""

    listed: Listed
    section: Section | None = None
    employees: int | None = None
    size: Size | None = None
    """The class that is known where the number is not."""
    province: Province | None = None
    region: str | None = None
    """Id of its labour-market region."""


@dataclass(frozen=True, slots=True)
class CompanyList:
    """A list as it was read."""

    companies: tuple[Company, ...]
    """In the order of the file, with those that have faults as far as they are known."""
    roles: Roles
    """Heading -> what its column was taken for."""
    sbi_version: SbiVersion | None
    """The scheme of its codes, told or seen; None where that is left open."""
    faults: tuple[Fault, ...]
    warnings: tuple[Warned, ...]

    @property
    def listed(self) -> tuple[Listed, ...]:
        """The companies as they are looked up."""
        return tuple(company.listed for company in self.companies)


def read_companies(
    file: str,
    columns: Mapping[str, Sequence[str]],
    places: Places,
    *,
    rows: Sequence[int] | None = None,
    roles: Roles | None = None,
    answers: Mapping[str, str] | None = None,
    sbi_version: SbiVersion | None = None,
) -> CompanyList:
    """Return the companies in a table of text cells, with all faults at once.

    Parameters
    ----------
    file : str
        Its name, for faults.
    columns : mapping
        Heading -> the cells below it, all of one length.
    places : Places
        What is known of places and postcodes.
    rows : sequence of int, optional
        Row of the file of each cell; by default the first is row 2.
    roles : mapping, optional
        Heading -> what somebody says that its column holds; the others are guessed.
    answers : mapping, optional
        Cell -> what somebody says that it means: a section code with its zero, a class, a place.
    sbi_version : {"2008", "2025"}, optional
        The scheme of its codes, where somebody said so.
    """
    n_rows = max(map(len, columns.values()), default=0)
    numbers = range(2, n_rows + 2) if rows is None else rows
    held, faults = chosen_roles(file, "list", columns.keys(), roles)
    held, also = _held(columns, held, roles)
    warnings = also
    table = _Table(file, columns, held, numbers, dict(answers or {}), faults, warnings)
    listed = list(table.listed())
    scheme, sections = table.sections(sbi_version)
    sizes = table.sizes()
    spots = table.spots(places)
    companies = tuple(
        Company(
            each,
            sections[at],
            size if isinstance(size := sizes[at], int) else None,
            size if isinstance(size, Size) else None,
            *spots[at],
        )
        for at, each in listed
    )
    twice, alike = check_list(file, [each for _, each in listed])
    faults += twice
    warnings += alike
    return CompanyList(companies, held, scheme, tuple(faults), tuple(warnings))


def _held(
    columns: Mapping[str, Sequence[str]], roles: Roles, chosen: Roles | None
) -> tuple[Roles, list[Warned]]:
    """Return the roles with what the cells say of them, and what that changed."""
    changed = dict(roles)
    told = []
    for heading, role in roles.items():
        if role == "code" and heading not in (chosen or {}):
            cells = [cell for cell in map(filled, columns[heading]) if cell]
            numbers = sum(len(re.sub("[^0-9]", "", cell)) == 8 for cell in cells)
            if cells and "register" not in roles.values() and numbers >= _MOSTLY * len(cells):
                changed[heading] = "register"
                told.append(Warned(shown(heading), "list_code_is_register"))
    return changed, told


@dataclass(frozen=True, slots=True)
class _Table:
    """A list while it is read; faults and warnings gather in it."""

    file: str
    columns: Mapping[str, Sequence[str]]
    roles: Roles
    rows: Sequence[int]
    answers: Mapping[str, str]
    faults: list[Fault]
    warnings: list[Warned]

    def listed(self) -> Iterator[tuple[int, Listed]]:
        """Yield the place of each row with something in it, and the company as it is looked up."""
        several = {role: [h for h in self.roles if self.roles[h] == role] for role in SEVERAL}
        codes = list(map(filled, self._cells("code")))
        if not several["name"] and not any(codes):
            self.faults.append(Fault(self.file, "list_no_name", {"columns": self._headings()}))
            return
        names = [[filled(self.columns[h][at]) for h in several["name"]] for at in self._places()]
        coded = any(codes) or not self._like_codes([n for each in names for n in each[:1]])
        for at, row in enumerate(self.rows):
            told = tuple(dict.fromkeys(filter(None, names[at])))
            code = codes[at] if coded or not told else told[0]
            registers = [self.columns[h][at] for h in several["register"]]
            if not (code or told):
                if any(filled(cells[at]) for h, cells in self.columns.items() if self._read(h)):
                    self.faults.append(Fault(f"{self.file}, row {row}", "list_nameless"))
                continue
            key = code or told[0]
            if register_number(key) and key not in codes:
                self.faults.append(Fault(f"{self.file}, row {row}", "list_nameless"))
                continue
            yield at, Listed(key, code, told, tuple(filter(filled, registers)), row)

    def sections(
        self, told: SbiVersion | None
    ) -> tuple[SbiVersion | None, Mapping[int, Section | None]]:
        """Return the scheme of the codes, and the section of each row."""
        heading = heading_of(self.roles, "sbi")
        named = [v for v in SBI_VERSIONS if re.search(rf"(?<![0-9]){v}(?![0-9])", heading)]
        cells = self._cells("sbi")
        column = sbi.habits(set(cells), told or (named[0] if len(named) == 1 else None))
        versions = [self._version(cell, column) for cell in self._cells("sbi_version")]
        if column.sbi_version and not told and any(map(filled, cells)):
            params = {"value": column.sbi_version}
            self.warnings.append(Warned(heading, "sbi_scheme_guessed", params))
        found: dict[tuple[str, SbiVersion | None], Reading] = {}
        pairs = list(zip(cells, versions, strict=True))
        for cell, version in dict.fromkeys(pairs):
            habits = Habits(version, column.zeros_kept, column.lengths)
            found[cell, version] = sbi.read_section(self.answers.get(filled(cell), cell), habits)
        self._tell_sections({cell: found[cell, version] for cell, version in pairs})
        return column.sbi_version, {at: found[pair].section for at, pair in enumerate(pairs)}

    def _tell_sections(self, readings: Mapping[str, Reading]) -> None:
        rows = first_rows(self._cells("sbi"), self.rows)
        heading = heading_of(self.roles, "sbi")
        shifting = []
        for cell, reading in readings.items():
            n, first = rows[cell]
            codes = [f"{code} ({title})" if (title := _title(code)) else code
                     for code in reading.codes]  # fmt: skip
            params = {
                "value": shown(filled(cell)),
                "n": n,
                "codes": " / ".join(codes),
                "choices": tuple(reading.codes),
            }
            if reading.doubt == "sbi_scheme":
                shifting.append(cell)
            elif reading.doubt and reading.section is None:
                place = f"{self.file}, row {first[0]}, {heading}"
                self.faults.append(Fault(place, reading.doubt, params))
            elif reading.doubt:
                self.warnings.append(Warned(heading, reading.doubt, params, tuple(first), n))
        if shifting:
            told = ", ".join(shown(filled(cell)) for cell in sorted(shifting)[:10])
            n = sum(rows[cell][0] for cell in shifting)
            place = f"{self.file}, {heading}"
            self.faults.append(Fault(place, "sbi_scheme", {"value": told, "n": n}))

    def _version(self, cell: str, column: Habits) -> SbiVersion | None:
        named = [version for version in SBI_VERSIONS if version in filled(cell)]
        return named[0] if len(named) == 1 else column.sbi_version

    def sizes(self) -> Mapping[int, int | Size | None]:
        """Return the number of people of each row, or the class that is known."""
        found: dict[int, int | Size | None] = dict.fromkeys(self._places())
        for role in ("size", "employees"):  # a number says more than a class
            read = self._each(role, _size)
            found |= {at: size for at, size in read.items() if size is not None}
        return found

    def spots(self, places: Places) -> Mapping[int, tuple[Province | None, str | None]]:
        """Return province and labour-market region of each row."""
        told: dict[int, list[Finding]] = {at: [] for at in self._places()}
        left = _MOST_NEAR_PLACES
        for role in ("province", "postcode", "municipality"):
            cells = list(map(filled, self._cells(role)))
            found: dict[str, Finding] = {}
            for cell, (n, first) in first_rows(cells, self.rows).items():
                typed = self.answers.get(cell, cell)
                other = role == "province" and _letters(typed) in _OTHER_PROVINCES
                found[cell] = _OUTSIDE if other else places.find(typed)
                if cell and not found[cell].spots:
                    near = ", ".join(places.near(typed)) if left > 0 else ""
                    left -= 1
                    params = {"value": shown(cell), "near": near}
                    code = "list_place_near" if near else "list_place_unknown"
                    heading = heading_of(self.roles, role)
                    self.warnings.append(Warned(heading, code, params, tuple(first), n))
            for at, cell in enumerate(cells):
                told[at] += [found[cell]] if found[cell].spots else []
        return {at: self._spot(at, told[at], places) for at in self._places()}

    def _spot(
        self, at: int, found: Sequence[Finding], places: Places
    ) -> tuple[Province | None, str | None]:
        """Return the province in which all that is told of a row can lie, and the region."""
        provinces = [{spot.province for spot in each.spots} for each in found]
        if not provinces:
            return None, None
        both = set.intersection(*provinces)
        place = f"{self.file}, row {self.rows[at]}"
        if len(both) != 1:
            spots = dict.fromkeys(
                spot.told or spot.province for each in found for spot in each.spots
            )
            params = {"places": ", ".join(spots)}
            code = "list_place_which" if both else "list_places_differ"
            self.faults.append(Fault(place, code, params))
            return None, None
        (province,) = both
        regions = [{spot.region for spot in each.within(province).spots} for each in found]
        told = [each for each in regions if None not in each]  # a province may have two
        known = set.intersection(*told) if told else set()
        return places.counts_as(province), known.pop() if len(known) == 1 else None

    def _each(self, role: str, read: Callable[[str], T | Fault]) -> Mapping[int, T]:
        """Return what each row has in a column; faults are told once per different cell."""
        cells = self._cells(role)
        found: dict[str, T] = {}
        for cell, (n, first) in first_rows(cells, self.rows).items():
            value = read(self.answers.get(filled(cell), cell))
            if isinstance(value, Fault):
                place = f"{self.file}, row {first[0]}, {heading_of(self.roles, role)}"
                self.faults.append(Fault(place, value.code, {**value.params, "n": n}))
            else:
                found[cell] = value
        return {at: found[cell] for at, cell in enumerate(cells) if cell in found}

    def _cells(self, role: str) -> Sequence[str]:
        return cells_of(self.columns, self.roles, role, len(self.rows))

    def _places(self) -> range:
        return range(len(self.rows))

    def _read(self, heading: str) -> bool:
        return self.roles[heading] != IGNORED

    def _headings(self) -> str:
        return ", ".join(shown(heading) for heading in self.columns)

    @staticmethod
    def _like_codes(names: Sequence[str]) -> bool:
        filled_ = [name for name in names if name]
        alike = sum(_CODE_LIKE.fullmatch(name) is not None for name in filled_)
        return bool(filled_) and alike >= _MOSTLY * len(filled_)


def _size(cell: str) -> int | Size | Fault | None:
    size = read_size(cell)
    params: dict[str, object] = {"value": shown(filled(cell)), "field": "employees"}
    if isinstance(size, str):
        return Fault("", size, params)
    if isinstance(size, int) and _LEAST is not None and size < _LEAST:
        return Fault("", "table_too_small", {**params, "bound": f"{_LEAST:g}"})
    if isinstance(size, int) and _MOST is not None and size > _MOST:
        return Fault("", "table_too_large", {**params, "bound": f"{_MOST:g}"})
    return size


def _letters(text: str) -> str:
    return re.sub("[^a-z]", "", plain(text))


def _title(code: str) -> str:
    """Return the title of the nearest class that a code lies in, as SBI 2025 has it."""
    digits = code.replace(".", "")
    while len(digits) > 1:
        if digits in sbi.titles():
            return sbi.titles()[digits]
        digits = digits[:-1]
    return ""

"""Reading what a plan needs: the companies at a learning table, and the seats there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from matcher.errors import Fault, InvalidPlan, InvalidProfile, Refused
from matcher.menu.card import Menu
from matcher.profile.files import Entry, read_entries
from matcher.profile.schema import Constraints, Profile
from matcher.tables.cells import written
from matcher.tables.columns import Column, read_column
from matcher.tables.faults import KEPT_FAULTS, alike_once, place, shown
from matcher.tables.kinds import Choice, Kind, Listing, Number, Pseudonym
from matcher.tables.reader import canonical_names, heading_faults, read_table
from matcher.validation import bounds

MOST_COMPANIES = 300
"""More companies do not sit at a learning table: every one of some 500 draws is solved."""

COMPANY_EXTRAS = ("table", "max_lead_weeks", "max_hours_per_participant", "exclude")
SEAT_COLUMNS = ("intervention", "seats", "coach", "coach_seats", "lead_weeks")
_REQUIRED_SEATS = ("intervention", "seats")


@dataclass(frozen=True, slots=True)
class Company:
    """A company that waits for a proposal, and what it rules out."""

    name: str
    """Its pseudonym."""
    profile: Profile
    max_lead_weeks: float | None = None
    max_hours_per_participant: float | None = None
    exclude: tuple[str, ...] = ()
    table: str = ""
    """Pseudonym of its learning table; empty is unknown."""


@dataclass(frozen=True, slots=True)
class Seats:
    """How many companies can take one card, in how many weeks, and who coaches them."""

    intervention: str
    seats: int
    coach: str | None = None
    """Cards with the same coach share ``coach_seats``."""
    coach_seats: int | None = None
    lead_weeks: float | None = None
    """Weeks until the start; None is what the menu says."""


def read_plan_files(
    companies: Path, seats: Path, menu: Menu, notes: list[Fault] | None = None
) -> tuple[list[Company], list[Seats]]:
    """Return the companies and the seats in two files; what is to be said of them is noted.

    Raises
    ------
    InvalidPlan
        With the faults of both files, each at file, row and column.
    """
    faults: list[Fault] = []
    total = 0
    found: list[Any] = []
    for path, read in ((companies, read_companies), (seats, read_seats)):
        try:
            found.append(read(path, menu, notes))
        except Refused as refused:
            total += refused.total
            faults += [_in_file(path, fault) for fault in refused.faults]
    if faults:
        raise InvalidPlan(faults[:KEPT_FAULTS], total)
    return found[0], found[1]


def _in_file(path: Path, fault: Fault) -> Fault:
    where = fault.where if fault.where == path.name else f"{path.name}, {fault.where}"
    return Fault(where, fault.code, fault.params)


def check_table(name: str) -> None:
    """Refuse a name of a learning table that is no pseudonym; empty is unknown.

    Raises
    ------
    InvalidPlan
        If the name holds anything but letters, digits, - and _, or is too long.
    """
    column = read_column(pa.array([name], type=pa.string()), Pseudonym())
    faults = [
        Fault("--table", code, {"value": shown(name), **told}) for code, told in _broken(column, 0)
    ]
    if name.startswith("-"):
        faults.append(Fault("--table", "plan_leading_dash", {"value": shown(name)}))
    if faults:
        raise InvalidPlan(faults)


def at_table(companies: list[Company], table: str) -> list[Company]:
    """Return the companies at the table that was named for all of them, if one was.

    Raises
    ------
    InvalidPlan
        If their file names tables too.
    """
    if not table:
        return companies
    named = sorted({company.table for company in companies} - {""})
    if named:
        told = {"value": table, "names": ", ".join(named[:10])}
        raise InvalidPlan([Fault("--table", "plan_table_both", told)])
    return [replace(company, table=table) for company in companies]


def read_companies(path: Path, menu: Menu, notes: list[Fault] | None = None) -> list[Company]:
    """Return the companies in a file of profiles with a ``company`` column.

    Raises
    ------
    InvalidProfile
        With the faults of all companies, by row.
    UnreadableFile
        If the file is not a table or JSON lines, damaged, or empty.
    """
    reading = _Companies(menu)
    for entry in read_entries(path, "company", COMPANY_EXTRAS, notes):
        reading.add(entry)
    if len(reading.row_of) > MOST_COMPANIES:
        told = {"n": len(reading.row_of), "bound": MOST_COMPANIES}
        reading.faults.append(Fault("company", "plan_too_many_companies", told))
    if reading.faults:
        raise InvalidProfile(alike_once(reading.faults), len(reading.faults))
    return reading.companies


@dataclass(slots=True)
class _Companies:
    """What is known of a file of companies while its rows come by."""

    menu: Menu
    companies: list[Company] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        faults: list[Fault] = []
        name = _value(entry, "company", entry.id, Pseudonym(), faults)
        if name is not None and name.startswith("-"):
            faults.append(_fault(entry.row, "company", "plan_leading_dash", {"value": name}))
        if name in self.row_of:
            told = {"value": name, "other": self.row_of[name]}
            faults.append(_fault(entry.row, "company", "plan_company_twice", told))
        elif name is not None:
            self.row_of[name] = entry.row
        elif not faults:
            faults.append(_fault(entry.row, "company", "table_empty_cell", {}))
        kinds: Mapping[str, Kind] = {
            "max_lead_weeks": Number(*bounds(Constraints, "max_lead_weeks")),
            "max_hours_per_participant": Number(*bounds(Constraints, "max_hours_per_participant")),
            "exclude": Listing(tuple(self.menu.ids)),
            "table": Pseudonym(),
        }
        limits = {
            column: _value(entry, column, entry.extras.get(column), kind, faults)
            for column, kind in kinds.items()
        }
        table = limits["table"] = limits["table"] or ""
        if table.startswith("-"):
            faults.append(_fault(entry.row, "table", "plan_leading_dash", {"value": table}))
        try:
            profile = entry.read()
        except InvalidProfile as refusal:
            faults += refusal.faults
        if faults:
            self.faults += faults
            return
        limits["exclude"] = limits["exclude"] or ()
        self.companies.append(Company(name, profile, **limits))


def _value(entry: Entry, column: str, cell: object, kind: Kind, faults: list[Fault]) -> Any:
    """Return the value in one cell, None when unknown; add what is wrong with it to the faults."""
    # JSON has numbers and lists; an empty list rules nothing out.
    text = written(None if cell == [] else cell)
    read = read_column(pa.array([text], type=pa.string()), kind)
    faults += [
        _fault(entry.row, column, code, {"value": shown(text.strip()), **told})
        for code, told in _broken(read, 0)
    ]
    return _known(read, 0)


def _broken(column: Column, at: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    for rule in column.broken:
        if rule.mask[at]:
            told = rule.params(at)
            yield (f"{rule.code}_near" if "near" in told else rule.code), told


def _known(column: Column, at: int) -> Any:
    value = column.values[at]
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value


def _fault(row: int, column: str, code: str, told: Mapping[str, object]) -> Fault:
    return Fault(place(row, column), code, {"row": row, "column": column, **told})


def read_seats(path: Path, menu: Menu, notes: list[Fault] | None = None) -> list[Seats]:
    """Return the seats in a file: one row per card.

    Raises
    ------
    InvalidPlan
        With all faults, by row.
    UnreadableFile
        If the file is not a table, damaged, or without rows.
    """
    table = read_table(path, SEAT_COLUMNS)
    if faults := heading_faults(table.heading, SEAT_COLUMNS, _REQUIRED_SEATS):
        raise InvalidPlan(faults)
    names = canonical_names(table.heading, SEAT_COLUMNS)
    rows: list[tuple[int, Seats]] = []
    for block in table.blocks:
        kinds = _seat_kinds(menu)
        columns = {name: read_column(block.cells[names[name]], kinds[name]) for name in names}
        for at, row in enumerate(block.rows.tolist()):
            if at in block.broken:
                code, told = block.broken[at]
                faults.append(Fault(f"row {row}", code, {"row": row, **told}))
                continue
            found = [
                _fault(row, name, code, {"value": shown(block.cells[names[name]][at].as_py()), **t})
                for name, column in columns.items()
                for code, t in _broken(column, at)
            ] + [
                _fault(row, name, "table_empty_cell", {})
                for name in _REQUIRED_SEATS
                if columns[name].blank[at]
            ]
            faults += found
            if not found:
                rows.append((row, _seats({n: _known(c, at) for n, c in columns.items()})))
    if notes is not None:
        notes += table.notes
    faults += _between_rows(rows, menu)
    if not faults and not any(s.seats and s.coach_seats != 0 for _, s in rows):
        faults.append(Fault("seats", "plan_no_seats"))
    if faults:
        raise InvalidPlan(alike_once(faults), len(faults))
    return [seats for _, seats in rows]


def _seat_kinds(menu: Menu) -> Mapping[str, Kind]:
    whole = Number(least=0, most=100_000, whole=True)
    return {
        "intervention": Choice({card: card for card in menu.ids}, "trial_unknown_intervention"),
        "seats": whole,
        "coach": Pseudonym(),
        "coach_seats": whole,
        "lead_weeks": Number(*bounds(Constraints, "max_lead_weeks")),
    }


def _seats(cells: Mapping[str, Any]) -> Seats:
    shared = cells.get("coach_seats")
    return Seats(
        cells["intervention"],
        int(cells["seats"]),
        cells.get("coach"),
        None if shared is None else int(shared),
        cells.get("lead_weeks"),
    )


def _between_rows(rows: Sequence[tuple[int, Seats]], menu: Menu) -> Iterator[Fault]:
    """Yield what is wrong between the cells of a row, and between rows."""
    first: dict[str, int] = {}
    coaches: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, seats in rows:
        card = {"value": seats.intervention}
        if seats.intervention in first:
            told = card | {"other": first[seats.intervention]}
            yield _fault(row, "intervention", "plan_card_twice", told)
        first.setdefault(seats.intervention, row)
        if menu.by_id[seats.intervention].enabler:
            yield _fault(row, "intervention", "plan_enabler", card)
        if seats.coach is None and seats.coach_seats is not None:
            yield _fault(row, "coach", "plan_no_coach", {"value": seats.coach_seats})
        if seats.coach is not None and seats.coach_seats is None:
            yield _fault(row, "coach_seats", "plan_no_coach_seats", {"value": seats.coach})
        if seats.coach is not None and seats.coach_seats is not None:
            coaches[seats.coach].append((row, seats.coach_seats))
    for coach, told_of in coaches.items():
        for row, shared in told_of[1:]:
            if shared != told_of[0][1]:
                told = {"value": shared, "coach": coach, "other": told_of[0][0], "n": told_of[0][1]}
                yield _fault(row, "coach_seats", "plan_coach_differs", told)

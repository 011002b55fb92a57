"""Reading profiles to rank from a file: a table of any kind, or one JSON object per line."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson

from matcher.errors import Fault, InvalidProfile
from matcher.profile.form import SCORE_FIELDS, read_cells
from matcher.profile.schema import PROFILE_FIELDS, REQUIRED_FIELDS, Profile, read_profile
from matcher.tables.cells import BLANK_WORDS, before_spreadsheet, read_number, unseen_code
from matcher.tables.faults import Collected, place, shown, unreadable
from matcher.tables.reader import canonical_names, heading_faults, read_table
from matcher.tables.records import Block

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
ID = "id"
LONGEST_ID = 100

_LONGEST_LINE = 1 << 20
_TABLE_CODES = {
    "missing": "table_empty_cell",
    "not_a_number": "table_not_a_number",
    "not_a_boolean": "table_not_yes_no",
}
"""Faults whose usual sentence speaks of JSON -> the one that speaks of cells."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One profile of a file, not yet read: its row, its id as written, and how to read it."""

    row: int
    id: object
    read: Callable[[], Profile]
    extras: Mapping[str, object] = field(default_factory=dict)
    """What stands in the columns beside the profile that were asked for."""


def read_entries(
    path: Path, named: str, extras: tuple[str, ...] = (), notes: list[Fault] | None = None
) -> Iterator[Entry]:
    """Yield the profiles in a file one by one, each still to be read.

    Parameters
    ----------
    path : Path
        CSV, Excel, OpenDocument, Parquet or JSON lines.
    named : str
        Column that holds the id.
    extras : tuple of str
        Columns that may stand beside the profile.
    notes : list of Fault, optional
        Gets what is to be said of the table, once all of it is read.
    """
    if path.suffix.casefold() in JSON_SUFFIXES:
        return _json_entries(path, named, extras)
    return _table_entries(path, named, extras, [] if notes is None else notes)


def read_profiles(path: Path, notes: list[Fault] | None = None) -> list[tuple[str, Profile]]:
    """Return the profiles in a file, each with its id, or else its number from 1.

    What is to be said of the file, such as which sheet was read, is added to the notes.

    Raises
    ------
    UnreadableFile
        If the file is not a table or JSON lines, damaged, or empty.
    InvalidProfile
        With the faults of all profiles, by row, the first thousand and their total.
    """
    reading = _Reading()
    for entry in read_entries(path, ID, notes=notes):
        reading.add(entry)
    if reading.wrong.total:
        raise InvalidProfile(reading.wrong.faults(), reading.wrong.total)
    return reading.profiles


@dataclass(slots=True)
class _Reading:
    """What is known of a file while its profiles come by."""

    profiles: list[tuple[str, Profile]] = field(default_factory=list)
    wrong: Collected = field(default_factory=Collected)
    n_entries: int = 0
    row_of_id: dict[str, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take in one profile."""
        self.n_entries += 1
        faults = list(self._id_faults(entry))
        try:
            profile = entry.read()
        except InvalidProfile as refusal:
            faults += refusal.faults
        for fault in faults:
            self.wrong.add(fault)
        if not faults:
            self.profiles.append((self._id(entry), profile))

    def _id(self, entry: Entry) -> str:
        return str(self.n_entries) if entry.id is None else str(entry.id).strip()

    def _id_faults(self, entry: Entry) -> Iterator[Fault]:
        name = self._id(entry)
        where, at = place(entry.row, ID), {"row": entry.row, "column": ID, "value": shown(name)}
        good = entry.id is None or type(entry.id) in (str, int)
        if not good or not 1 <= len(name) <= LONGEST_ID or not name.isprintable():
            yield Fault(where, "table_bad_id", {**at, "bound": LONGEST_ID})
        elif name in self.row_of_id:
            yield Fault(where, "table_id_twice", {**at, "other": self.row_of_id[name]})
        else:
            self.row_of_id[name] = entry.row


def _table_entries(
    path: Path, named: str, extras: tuple[str, ...], notes: list[Fault]
) -> Iterator[Entry]:
    known = (named, *PROFILE_FIELDS, *extras)
    table = read_table(path, known)
    if faults := heading_faults(table.heading, known, REQUIRED_FIELDS):
        raise InvalidProfile(faults)
    names = canonical_names(table.heading, known)
    for block in table.blocks:
        yield from _block_entries(block, names, named, extras)
    notes += table.notes


def _block_entries(
    block: Block, names: Mapping[str, str], named: str, extras: tuple[str, ...]
) -> Iterator[Entry]:
    columns = [block.cells[names[name]].to_pylist() for name in names]
    for at, texts in enumerate(zip(*columns, strict=True)):
        row = int(block.rows[at])
        cells = dict(zip(names, texts, strict=True))
        written = cells.pop(named, "").strip()
        beside = {column: cells.pop(column, "") for column in extras}
        name = None if written.casefold() in BLANK_WORDS else written
        if at in block.broken:
            code, told = block.broken[at]
            fault = Fault(f"row {row}", code, {"row": row, **told})
            yield Entry(row, name, partial(_refuse, fault))
        else:
            yield Entry(row, name, partial(_read_row, row, cells), beside)


def _refuse(fault: Fault) -> Profile:
    raise InvalidProfile([fault])


def _read_row(row: int, cells: Mapping[str, str]) -> Profile:
    unseen = [
        Fault(name, code, {"value": shown(text)})
        for name, text in cells.items()
        if (code := unseen_code(text))
    ]
    hidden = {fault.where for fault in unseen}
    known = {
        name: "" if name in hidden or text.strip().casefold() in BLANK_WORDS else text
        for name, text in cells.items()
    }
    faults: list[Fault] = []
    try:
        profile = read_cells(known)
    except InvalidProfile as refusal:
        faults = [fault for fault in refusal.faults if fault.where.split("/")[-1] not in hidden]
    else:
        if not unseen:
            return profile
    raise InvalidProfile([_in_row(row, fault, table=True) for fault in (*unseen, *faults)])


def _in_row(row: int, fault: Fault, *, table: bool) -> Fault:
    """Return a fault of a profile with the row it stands in; in a table in words about cells."""
    column = fault.where.split("/")[1] if "/" in fault.where else fault.where
    code, told = fault.code, {**fault.params, "row": row, "column": column}
    if table:
        code = _TABLE_CODES.get(code, code)
        value = str(told.get("value"))
        if likely := before_spreadsheet(value, _mark(column)):
            code, told["likely"] = "table_changed", likely
        elif code == "not_whole":
            number = read_number(value, short=True)
            code = number if isinstance(number, str) else "table_not_whole"
    return Fault(place(row, column), code, told)


def _mark(column: str) -> str:
    """Return what stands in the middle of what a spreadsheet takes for a day in a column."""
    return "," if column in SCORE_FIELDS or column == "employees" else "-"


def _json_entries(path: Path, named: str, extras: tuple[str, ...]) -> Iterator[Entry]:
    if not path.is_file():
        raise unreadable(path, "table_not_found")
    n_entries = 0
    try:
        with path.open("rb") as file:
            for row, line in enumerate(iter(partial(file.readline, _LONGEST_LINE), b""), start=1):
                if len(line) == _LONGEST_LINE:
                    raise unreadable(path, "table_long_line", line=row)
                text = line.removeprefix(BOM_UTF8).strip() if row == 1 else line.strip()
                if text:
                    n_entries += 1
                    yield _json_entry(row, text, named, extras)
    except OSError as error:
        raise unreadable(path, "table_cannot_open", reason=error.strerror or "?") from error
    if n_entries == 0:
        raise unreadable(path, "table_empty_file")


def _json_entry(row: int, text: bytes, named: str, extras: tuple[str, ...]) -> Entry:
    place_in_file = f"row {row}"
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError:
        fault = Fault(place_in_file, "table_not_json", {"row": row})
        return Entry(row, None, partial(_refuse, fault))
    if not isinstance(raw, dict):
        fault = Fault(place_in_file, "table_not_object", {"row": row})
        return Entry(row, None, partial(_refuse, fault))
    name = raw.pop(named, None)
    beside = {column: raw.pop(column, None) for column in extras}
    return Entry(row, name, partial(_read_object, row, raw), beside)


def _read_object(row: int, raw: Mapping[str, object]) -> Profile:
    try:
        return read_profile(raw)
    except InvalidProfile as refusal:
        faults = [_in_row(row, fault, table=False) for fault in refusal.faults]
        raise InvalidProfile(faults) from None

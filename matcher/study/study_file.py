"""``study.toml``: how the files of a study are read, what was guessed of it, and what was decided.

A guess has its reason behind it, as a comment. What nobody could guess is ``"?"`` and waits for a
person. Whoever changes a value decides; it is never guessed again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import Field, model_validator
from tomlkit.items import Item as Written

from matcher.errors import Fault, InvalidStudy
from matcher.files import whole_file
from matcher.measure.scale import Range, read_range
from matcher.messages import say
from matcher.validation import Array, Count, Value, broken, read, shown
from matcher.vocabulary import Language

NAME = "study.toml"
UNDECIDED = "?"
"""What stands where a person has to decide."""
LEAVE_OUT = "-"
"""The decision that something belongs nowhere."""
BEFORE, AFTER = "before", "after"

Role = Literal["respondents", "companies", "log", "leave_out", "?"]
_Short = Annotated[str, Field(min_length=1, max_length=500)]
_Decisions = Mapping[str, str]
_HEADING = re.compile(r"([^\n])\n(?=\[{1,2}[a-z_.]+\]{1,2}\n)")
_LARGEST = 20_000_000
"""Bytes; 5 000 companies under several spellings are one."""


class FileSettings(Value):
    """One file of a study and what stands in it."""

    path: _Short
    """From the folder of the study."""
    sha256: _Short
    sheet: str = ""
    role: Role
    wave: str = ""
    """Of respondents: ``before``, ``after``, or the name of a later one; empty where a column of
    the file tells it."""
    sbi_version: Literal["", "2008", "2025"] = ""
    """Of a list of companies: the scheme of its codes, where somebody said so."""
    day: str = ""
    """When the wave was held, as people write days; empty where it is not known."""
    left_out: Array[str] = ()
    """Columns that are not read, for they may tell who somebody is, unless ``columns`` has them."""
    columns: Mapping[str, str] = Field(default_factory=dict)
    """Of respondents: what stands in a column (``company_code``, ``person``) -> its name in the
    file. Of companies and a log: the name of a column -> what stands in it."""
    items: Mapping[str, str] = Field(default_factory=dict)
    """Name of an item of the instrument -> name of its column."""

    def decided(self) -> FileSettings:
        """Return it without what waits for a decision: the rest can be read, and asked about."""
        known = {
            table: {key: told for key, told in getattr(self, table).items() if told != UNDECIDED}
            for table in ("columns", "items")
        }
        return self.model_copy(update=known)

    @property
    def name(self) -> str:
        """The name without its folder, and its sheet: as faults call it."""
        name = self.path.replace("\\", "/").rsplit("/", 1)[-1]
        return f"{name} ({self.sheet})" if self.sheet else name


class Item(Value):
    """A question of the instrument."""

    name: _Short
    question: str = ""
    reversed: bool = False


class Instrument(Value):
    """The questionnaire, as far as it measures the culture of learning."""

    name: str = ""
    scale: str = UNDECIDED
    min_items: Count = Field(default=1, ge=1, le=1_000)
    item: Array[Item] = ()

    @model_validator(mode="after")
    def _fits(self) -> Instrument:
        if self.scale != UNDECIDED and read_range(self.scale) is None:
            raise broken("study_scale", value=shown(self.scale), field="scale")
        if self.item and self.min_items > len(self.item):
            raise broken("too_large", bound=len(self.item), field="min_items")
        return self

    @property
    def range(self) -> Range | None:
        """The scale; None as long as nobody knows it."""
        return read_range(self.scale)

    @property
    def item_names(self) -> tuple[str, ...]:
        """The names of the items in their order."""
        return tuple(item.name for item in self.item)


class StudyFile(Value):
    """All that is decided of a study."""

    language: Language = "nl"
    source: Literal["experiment", "simulated"] = "experiment"
    instrument: Instrument = Field(default_factory=Instrument)
    file: Array[FileSettings] = ()
    waves: _Decisions = Field(default_factory=dict)
    """Word in a column of waves -> name of the wave."""
    answers: _Decisions = Field(default_factory=dict)
    """Words of an answer -> its point on the scale, or ``-`` for none."""
    companies: _Decisions = Field(default_factory=dict)
    """Spelling of a company -> its key in the list."""
    cards: _Decisions = Field(default_factory=dict)
    """Words for what was tried -> id of a card, or ``-`` where it is not on the menu."""
    cells: _Decisions = Field(default_factory=dict)
    """Cell of the list or the log (a code, a size, a day, a state) -> what it means."""

    def of_role(self, *roles: Role) -> tuple[FileSettings, ...]:
        """Return the files of some roles, in their order."""
        return tuple(file for file in self.file if file.role in roles)

    def undecided(self) -> Iterator[Fault]:
        """Yield a fault per value that waits for a person."""
        if self.instrument.scale == UNDECIDED:
            yield _open("instrument, scale")
        for at, file in enumerate(self.file, start=1):
            fields = {"role": file.role, "wave": file.wave, **file.columns, **file.items}
            for key, value in fields.items():
                if value == UNDECIDED:
                    yield _open(f"file {at} ({file.name}), {key}")
        for table in DECIDED:
            for key, value in getattr(self, table).items():
                if value == UNDECIDED:
                    yield _open(f"{table}, {shown(key)}")


DECIDED = ("waves", "answers", "companies", "cards", "cells")
"""The tables of decisions, in the order of the file."""


def _open(where: str) -> Fault:
    return Fault(f"{NAME}, {where}", "study_undecided")


def read_study_file(folder: Path) -> StudyFile:
    """Return what a folder's ``study.toml`` says.

    Raises
    ------
    InvalidStudy
        If it is not there, is no TOML, or breaks a rule; it names all faults.
    """
    return _parsed(_text_of(folder / NAME))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidStudy([Fault(NAME, "study_too_large", {"limit": _LARGEST // 1_000_000})])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidStudy([Fault(NAME, "study_not_found", {"folder": str(path.parent)})]) from None
    except UnicodeDecodeError:
        raise InvalidStudy([Fault(NAME, "study_not_text")]) from None


def _parsed(text: str) -> StudyFile:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidStudy([Fault(NAME, "study_toml", {"problem": str(error)})]) from None
    return read(StudyFile, raw, InvalidStudy, f"{NAME} ")


class Pad:
    """A study file that is being written: what a person wrote in it stays, comments and all."""

    def __init__(self, text: str, language: Language) -> None:
        self._document: Any = tomlkit.parse(text)  # tomlkit's types do not say what is a table
        self._language = language

    @classmethod
    def open(cls, folder: Path, language: Language) -> Pad:
        """Return the pad of a folder; a new one where none is there.

        Raises
        ------
        InvalidStudy
            If what is there breaks a rule.
        """
        path = folder / NAME
        if not path.exists():
            pad = cls("", language)
            for line in say(language, "study.head").splitlines():
                pad._document.add(tomlkit.comment(line) if line else tomlkit.nl())
            pad._document.add(tomlkit.nl())
            pad.put("", "language", language)
            return pad
        text = _text_of(path)
        _parsed(text)
        return cls(text, language)

    @property
    def settings(self) -> StudyFile:
        """What it says now."""
        return _parsed(self.text)

    @property
    def text(self) -> str:
        """The whole file, a blank line before each table."""
        return _HEADING.sub(r"\1\n\n", tomlkit.dumps(self._document))

    def put(self, table: str, key: str, value: object, why: str = "") -> bool:
        """Write a value that is not there yet, with why; return whether it was written."""
        home = self._table(table)
        if key in home:
            return False
        home.add(key, _commented(value, why))
        return True

    def settle(self, table: str, key: str, value: object, why: str = "") -> bool:
        """Write a value where none is or it waits for a decision; return whether it was written."""
        home = self._table(table)
        if key in home and home[key] != UNDECIDED:
            return False
        home[key] = _commented(value, why)
        return True

    def change(self, tables: str, at: int, key: str, value: object, why: str) -> None:
        """Write a value in one of a list of tables, whatever stood there."""
        home = self._document
        for part in tables.split("."):
            home = home[part]
        home[at][key] = _commented(value, why)

    def decide(self, where: Sequence[str | int], value: object) -> bool:
        """Write what a person chose, without the reason of a guess; return whether it is new.

        Parameters
        ----------
        where : sequence of str and int
            Keys and places from the top: ``("file", 0, "columns", "person")``. Tables on the way
            are made if need be.
        value : object
            None takes what stands there away.
        """
        *way, last = where
        home: Any = self._document
        for step in way:
            if isinstance(step, str) and step not in home:
                if value is None:
                    return False
                home.add(step, tomlkit.table())
            home = home[step]
        if value is None:
            return home.pop(last, None) is not None
        if last in home and _plain(home[last]) == value:
            return False
        home[last] = tomlkit.item(value)
        return True

    def drop(self, digests: Collection[str]) -> None:
        """Take files out, by their SHA-256."""
        files = self._document.get("file", [])
        for at in reversed(range(len(files))):
            if files[at]["sha256"] in digests:
                del files[at]

    def add(self, table: str, values: Mapping[str, object], why: Mapping[str, str]) -> None:
        """Add a table to a list of tables (``file``, ``instrument.item``)."""
        home = self._document
        *parents, last = table.split(".")
        for parent in parents:
            home = self._table(parent)
        if last not in home:
            home.add(last, tomlkit.aot())
        made = tomlkit.table()
        for key, value in values.items():
            if isinstance(value, Mapping):
                inner = tomlkit.table()
                for name, each in value.items():
                    inner.add(name, _commented(each, why.get(f"{key}.{name}", "")))
                made.add(key, inner)
            else:
                made.add(key, _commented(value, why.get(key, "")))
        home[last].append(made)

    def save(self, folder: Path) -> None:
        """Write it whole or not at all.

        Raises
        ------
        InvalidStudy
            If it would break a rule.
        OSError
            If it cannot be written.
        """
        _parsed(self.text)
        with whole_file(folder / NAME, encoding="utf-8") as file:
            file.write(self.text)

    def _table(self, name: str) -> Any:
        home = self._document
        if not name:
            return home
        if name not in home:
            home.add(name, tomlkit.table())
        return home[name]


def _plain(value: Any) -> object:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _commented(value: object, why: str) -> Written:
    item = tomlkit.item(value)
    if why:
        item.comment(" ".join(why.split()))
    return item

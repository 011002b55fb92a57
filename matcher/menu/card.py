"""The menu card: every intervention an advisor can propose, in order, with what is known of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import Fault, InvalidMenu
from matcher.menu.checks import read_table
from matcher.menu.schema import UNKNOWN, Condition, Intervention, Range, Success, Text
from matcher.validation import shown

__all__ = [
    "Condition",
    "Intervention",
    "Menu",
    "Range",
    "Success",
    "Text",
    "parse_menu",
    "read_menu",
]

MAX_BYTES = 1_000_000
"""A menu card is edited by hand; a larger file is something else."""
MAX_LINE = 2_000
"""Longer lines are not written by hand either, and a parser may need their square in memory."""


@dataclass(frozen=True)
class Menu:
    """The interventions in menu order; ids are unique."""

    version: str
    status: str
    interventions: tuple[Intervention, ...]
    sources: Mapping[str, str]
    source_text: str
    """The file as it was read, so that a model version can carry it."""

    def __iter__(self) -> Iterator[Intervention]:
        return iter(self.interventions)

    def __len__(self) -> int:
        return len(self.interventions)

    @cached_property
    def by_id(self) -> Mapping[str, Intervention]:
        """Id -> intervention."""
        return {card.id: card for card in self.interventions}

    @cached_property
    def ids(self) -> Sequence[str]:
        """Ids in menu order."""
        return tuple(card.id for card in self.interventions)

    @cached_property
    def rankable(self) -> tuple[Intervention, ...]:
        """The cards that get a place of their own: all but the enablers."""
        return tuple(card for card in self.interventions if not card.enabler)

    @cached_property
    def is_rankable(self) -> NDArray[np.bool_]:
        """(n_cards,) whether each card gets a place of its own."""
        return np.array([not card.enabler for card in self.interventions])


def _unknowns(raw: Mapping[str, Any]) -> frozenset[str]:
    """Return the amounts that the file calls unknown."""
    whole = {key for key, value in raw.items() if value == UNKNOWN}
    largest = {
        f"{key}.max"
        for key, value in raw.items()
        if isinstance(value, dict) and value.get("max") == UNKNOWN
    }
    return frozenset(whole | largest)


_AT_LINE = re.compile(r"at line (\d+)")
_DOUBLE_KEY = ("Cannot overwrite", "Cannot declare", "Duplicate inline")


def _syntax_fault(error: Exception, text: str, file_name: str) -> Fault:
    """Name the line that is no TOML, and show it."""
    lines = text.splitlines()
    found = _AT_LINE.search(str(error))
    number = min(int(found[1]), len(lines)) if found else len(lines)
    line = shown(lines[number - 1].strip()) if lines else ""
    double = str(error).startswith(_DOUBLE_KEY)
    code = "menu_double_key" if double else "menu_syntax"
    return Fault(f"{file_name}, line {number}", code, {"value": line})


# A version mostly carries the menu that is served: reading it again would be a tenth of the start.
@lru_cache(maxsize=2)
def parse_menu(text: str, file_name: str) -> Menu:
    """Return the menu in the text of a file.

    Raises
    ------
    InvalidMenu
        With all faults at once, each with file, table and key; a text that is no TOML has one,
        with its line.
    """
    if len(text) > MAX_BYTES:
        fault = Fault(file_name, "menu_too_long", {"value": len(text), "bound": MAX_BYTES})
        raise InvalidMenu([fault])
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > MAX_LINE:
            where = f"{file_name}, line {number}"
            raise InvalidMenu([Fault(where, "menu_long_line", {"bound": MAX_LINE})])
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    # A thousand brackets are a RecursionError to the parser.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidMenu([_syntax_fault(error, text, file_name)]) from None
    table = read_table(raw, file_name)
    return Menu(
        version=table.version,
        status=table.status,
        interventions=tuple(
            card.model_copy(update={"marks": table.marks | card.marks, "unknown": _unknowns(row)})
            for card, row in zip(table.intervention, raw["intervention"], strict=True)
        ),
        sources=dict(table.source),
        source_text=text,
    )


def read_menu(path: Path | str) -> Menu:
    """Return the menu in a file.

    Raises
    ------
    InvalidMenu
        If the file is not there, is not text, or breaks a rule; faults name the file without its
        folder.

    Examples
    --------
    >>> from matcher.paths import MENU
    >>> read_menu(MENU).by_id["bbl"].enabler
    False
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        raise InvalidMenu([Fault(path.name, "menu_no_file")]) from None
    if len(content) > MAX_BYTES:
        fault = Fault(path.name, "menu_too_long", {"bound": MAX_BYTES})
        raise InvalidMenu([fault])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidMenu([Fault(f"{path.name}, line {line}", "menu_not_utf8")]) from None
    return parse_menu(text, path.name)

"""How a fault in a table names its place, shows a value and proposes a nearer name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from matcher.errors import Fault, UnreadableFile

KEPT_FAULTS = 1_000
"""So many faults are told one by one; of the rest only the number."""

_SHOWN_CHARACTERS = 60


def shown(text: str) -> str:
    """Return a cell as a fault may repeat it: on one line, without control characters, short."""
    line = "".join(ch if ch.isprintable() else "?" for ch in text)
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 3] + "..."


def place(row: int, column: str) -> str:
    """Return the place of a cell: the row as a spreadsheet numbers it, and the column's name."""
    return f"row {row}, {column}"


def row_of(fault: Fault) -> int:
    """Return the row that a fault points at, for sorting; TypeError if that is no number."""
    row = fault.params["row"]
    if not isinstance(row, int):
        raise TypeError(f"a fault in a table needs a row, got {row!r}")
    return row


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that looks most like a word, if any does."""
    matches = get_close_matches(word.casefold(), list(names), n=1, cutoff=0.7)
    return matches[0] if matches else None


def unreadable(path: Path, code: str, **params: object) -> UnreadableFile:
    """Return the refusal of a whole file for one reason."""
    return UnreadableFile([Fault(path.name, code, {"file": path.name, **params})])

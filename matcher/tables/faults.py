"""How a fault in a table names its place, shows a value and proposes a nearer name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from matcher.errors import Fault, UnreadableFile
from matcher.tables.cells import ERROR, NO_RESULT

KEPT_FAULTS = 1_000
"""So many different faults are told; of the rest only the number."""
FIRST_ROWS = 4
"""So many rows are named of those with the same fault."""

_SHOWN_CHARACTERS = 60


def shown(text: str) -> str:
    """Return a cell as a fault may repeat it: on one line, without control characters, short."""
    seen = text.lstrip(NO_RESULT + ERROR)
    line = "".join(ch if ch.isprintable() else "?" for ch in seen)
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


@dataclass(slots=True)
class Collected:
    """The faults of a table as they come by: what is wrong in many rows alike is told once."""

    total: int = 0
    """How many there are, also of those that are no longer told."""
    _faults: dict[tuple[object, ...], Fault] = field(default_factory=dict)
    _rows: dict[tuple[object, ...], list[int]] = field(default_factory=dict)
    _times: dict[tuple[object, ...], int] = field(default_factory=dict)

    def add(self, fault: Fault, rows: Sequence[int] = (), times: int = 1) -> None:
        """Take in a fault; of one that is in several rows ``rows`` are the first."""
        self.total += times
        told = {name: value for name, value in fault.params.items() if name != "row"}
        key = (fault.code, str(told), "" if "row" in fault.params else fault.where)
        if key not in self._faults:
            if len(self._faults) >= KEPT_FAULTS:
                return
            self._faults[key], self._rows[key], self._times[key] = fault, [], 0
        self._times[key] += times
        kept = self._rows[key]
        kept += (rows or [row_of(fault)] if "row" in fault.params else [])[: FIRST_ROWS - len(kept)]

    def faults(self) -> list[Fault]:
        """Return the faults in the order in which they came, each with how often it is there."""
        return [self._told(key, fault) for key, fault in self._faults.items()]

    def _told(self, key: tuple[object, ...], fault: Fault) -> Fault:
        times, more = self._times[key], [str(row) for row in self._rows[key][1:]]
        if not more:
            return fault
        also = {"times": times, "more_rows": ", ".join(more)}
        return Fault(fault.where, fault.code, {**fault.params, **also})


def alike_once(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults with what is wrong in many rows alike told once."""
    collected = Collected()
    for fault in faults:
        collected.add(fault)
    return collected.faults()


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that looks most like a word, if any does."""
    matches = get_close_matches(word.casefold(), list(names), n=1, cutoff=0.7)
    return matches[0] if matches else None


def unreadable(path: Path, code: str, **params: object) -> UnreadableFile:
    """Return the refusal of a whole file for one reason."""
    return UnreadableFile([Fault(path.name, code, {"file": path.name, **params})])

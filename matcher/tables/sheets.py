"""One sheet of a workbook, whatever programme wrote it: what its XML says besides the values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Area:
    """Cells that hold the same: rows and columns from 0, the last included.

    What they hold is ``text``, or, where cells are merged, the value of the first of them.
    """

    top: int
    left: int
    bottom: int
    right: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the XML of a sheet says of its cells."""

    n_rows: int
    n_columns: int
    """Up to the last cell that is there."""
    areas: tuple[Area, ...]
    hidden: tuple[tuple[int, int], ...]
    """First and last of rows that a filter, or somebody, hides."""
    zeros: tuple[int, ...] = ()
    """Columns in which every formula gives 0, as one does that nobody calculated."""


class Scan(ABC):
    """Reads XML as a stream; its children say what an element means.

    Measured: what Python does at an element is nearly all the time, so what is not asked for, the
    ends of elements or what stands between them, is not brought.
    """

    ends = True
    """Whether the ends of elements are asked for from the start."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.areas: list[Area] = []
        self.hidden: list[tuple[int, int]] = []
        self.text = ""
        self.listening = False
        """Whether ``text`` grows with what stands between the elements."""
        self._n_rows = self._n_columns = 0
        self._only_zeros: dict[int, bool] = {}

    @abstractmethod
    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in the beginning of an element, by its name without a prefix."""

    @abstractmethod
    def end(self, tag: str) -> None:
        """Take in the end of an element."""

    def reach(self, row: int, column: int) -> None:
        """Remember that there is a cell."""
        self._n_rows = max(self._n_rows, row + 1)
        self._n_columns = max(self._n_columns, column + 1)

    def hold(self, row: int, column: int, text: str) -> None:
        """Remember what one cell holds instead of a value."""
        self.areas.append(Area(row, column, row, column, text))

    def calculated(self, column: int, result: str) -> None:
        """Remember the result of a formula."""
        zero = result.strip() in ("0", "0.0")
        self._only_zeros[column] = zero and self._only_zeros.get(column, True)

    def read(self, stream: IO[bytes]) -> Sheet:
        """Read a whole document and return its last sheet.

        ExpatError or ValueError if it is none of ours.
        """
        parser = self.parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = _refuse_doctype
        self.ask_for_ends(self.ends)
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk)
        parser.Parse(b"", True)
        return self.taken()

    def taken(self) -> Sheet:
        """Return what is known of a sheet, and begin another."""
        zeros = tuple(column for column, only in self._only_zeros.items() if only)
        sheet = Sheet(self._n_rows, self._n_columns, tuple(self.areas), tuple(self.hidden), zeros)
        self.areas, self.hidden, self._only_zeros = [], [], {}
        self._n_rows = self._n_columns = 0
        return sheet

    def ask_for_ends(self, asked: bool) -> None:
        """Have the ends of elements brought, and what stands between them, or no longer."""
        self.parser.EndElementHandler = self._end if asked else None
        self.parser.CharacterDataHandler = self._hear if asked else None

    def _end(self, name: str) -> None:
        self.end(name[name.rfind(":") + 1 :])

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name[name.rfind(":") + 1 :]
            attributes = {key[key.rfind(":") + 1 :]: each for key, each in attributes.items()}
        self.start(name, attributes)

    def _hear(self, text: str) -> None:
        if self.listening:
            self.text += text


def _refuse_doctype(*_: object) -> None:
    # Entities are how a small XML file becomes a large one; no programme writes a sheet with them.
    raise ValueError("a sheet declares a document type")

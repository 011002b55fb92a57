"""What an .xlsx file says of its cells besides their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath
from xml.etree import ElementTree
from zipfile import ZipFile

from matcher.tables.cells import ERROR, NO_RESULT
from matcher.tables.sheets import Area, Scan, Sheet

_LETTERS = re.compile("[A-Z]{1,3}")
_TRUE = ("1", "true")


def scan_excel(archive: ZipFile, name: str) -> Sheet:
    """Return what the XML of a worksheet says of its cells.

    Raises
    ------
    KeyError
        If the workbook has no such sheet.
    xml.parsers.expat.ExpatError, ValueError
        If it is not the XML of a sheet.
    """
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    scan = _ExcelScan(_calculates_on_opening(book))
    with archive.open(_member(archive, book, name)) as stream:
        return scan.read(stream)


def _member(archive: ZipFile, book: ElementTree.Element, sheet: str) -> str:
    """Return the name of the zip member that holds a sheet."""
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    ids = {
        entry.get("name"): next((v for k, v in entry.items() if k.endswith("}id")), None)
        for entry in book.iterfind(".//{*}sheet")
    }
    return str(PurePosixPath("/xl", targets[ids[sheet]])).lstrip("/")


def _calculates_on_opening(book: ElementTree.Element) -> bool:
    """Return whether the workbook says that its results are still to be calculated.

    A programme that cannot calculate writes this, and 0 or nothing for the result of a formula.
    """
    return any(e.get("fullCalcOnLoad") in _TRUE for e in book.iterfind(".//{*}calcPr"))


class _ExcelScan(Scan):
    """Reads the XML of one worksheet."""

    ends = False

    def __init__(self, unreliable: bool) -> None:
        super().__init__()
        self._unreliable = unreliable
        self._row = self._column = -1
        self._type: str | None = None
        self._formula = self._in_value = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in the beginning of an element."""
        if tag == "c":
            self._cell(attributes)
        elif tag == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
            if attributes.get("hidden") in _TRUE:
                self.hidden.append((self._row, self._row))
        elif tag == "f":
            self._formula, self.text = True, ""
            self.ask_for_ends(True)
        elif tag == "v":
            self.listening = self._formula
        elif tag == "mergeCell":
            first, _, last = attributes["ref"].partition(":")
            self.areas.append(Area(*_place(first), *_place(last or first)))

    def end(self, tag: str) -> None:
        """Take in the end of an element."""
        if tag == "v":
            self.listening = False
        elif tag == "c" and self._formula:
            self._formula = False
            self.ask_for_ends(False)
            stored = self.text.strip()
            by_itself = self._unreliable and stored in ("", "0")
            # A formula whose result is no text at all, as =IF(A1=0,"",A1), has a result.
            if by_itself or (not stored and self._type != "str"):
                self.hold(self._row, self._column, NO_RESULT)
            elif self._type != "b":
                self.calculated(self._column, stored)

    def _cell(self, attributes: Mapping[str, str]) -> None:
        # Both the row and the place of a cell may be left out: then it follows the one before.
        if "r" in attributes:
            self._row, self._column = _place(attributes["r"])
        else:
            self._column += 1
        self._type = attributes.get("t")
        self.reach(self._row, self._column)
        if self._type == "e":
            self.hold(self._row, self._column, ERROR)


def _place(name: str) -> tuple[int, int]:
    """Return row and column of a cell, counted from 0: B3 is 2, 1. ValueError if it is none."""
    letters = name.rstrip("0123456789")
    return int(name[len(letters) :]) - 1, _column(letters)


@cache
def _column(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise ValueError(f"no column is called {letters!r}")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1

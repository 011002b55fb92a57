"""What an .ods file says of its cells besides their values."""

from __future__ import annotations

from collections.abc import Mapping
from zipfile import ZipFile

from matcher.tables.cells import ERROR, NO_RESULT
from matcher.tables.sheets import Area, Scan, Sheet

_CELLS = ("table-cell", "covered-table-cell")
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")
_TRUTHS = ("TRUE()", "FALSE()")
"""How LibreOffice keeps a truth that it found in an .xlsx file: as a formula that gives 1 or 0."""
_ERRORS = ("#", "Err:", "Fout:")
"""How a cell shows that its formula failed, whatever value is stored for it."""


def scan_opendocument(archive: ZipFile) -> Mapping[str, Sheet]:
    """Return what the XML of a workbook says of the cells of each of its sheets.

    Raises
    ------
    KeyError
        If the workbook has no content.
    xml.parsers.expat.ExpatError, ValueError
        If that is not the XML of a workbook.
    """
    scan = _OpenScan()
    with archive.open("content.xml") as stream:
        scan.read(stream)
    return scan.sheets


class _OpenScan(Scan):
    """Reads the XML of all sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: dict[str, Sheet] = {}
        self._name: str | None = None
        self._inside = 0
        """Elements within the cell that are open."""
        self._row = self._column = 0
        self._rows = 1
        self._cell: Mapping[str, str] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in the beginning of an element."""
        if tag == "table":
            if self._name is not None:
                raise ValueError("a table within a table")
            self._name, self._row = attributes.get("name", ""), 0
        elif self._name is None:
            return
        elif tag == "table-row":
            self._column, self._rows = 0, int(attributes.get("number-rows-repeated", 1))
            if attributes.get("visibility", "visible") != "visible":
                self.hidden.append((self._row, self._row + self._rows - 1))
        elif tag in _CELLS:
            self._cell, self.text, self._inside = attributes, "", 0
        else:
            self._inside += 1
            # A paragraph deeper down is that of a remark, or of a shape that hangs on the cell.
            if tag == "p" and self._inside == 1:
                self.text += "\n" if self.text else ""
                self.listening = True

    def end(self, tag: str) -> None:
        """Take in the end of an element."""
        if tag == "table" and self._name is not None:
            self.sheets.setdefault(self._name, self.taken())
            self._name = None
        elif self._name is None:
            return
        elif tag == "table-row":
            self._row += self._rows
        elif tag in _CELLS:
            self._end_cell()
        else:
            self._inside -= 1
            self.listening &= self._inside > 0

    def _end_cell(self) -> None:
        cell = self._cell
        n_columns = max(int(cell.get("number-columns-repeated", 1)), 1)
        bottom, right = self._row + self._rows - 1, self._column + n_columns - 1
        told = self._told(cell)
        if told is not None:
            self.areas.append(Area(self._row, self._column, bottom, right, told))
        if told is None and "formula" in cell and not cell["formula"].endswith(_TRUTHS):
            self.calculated(self._column, cell.get("value", ""))
        if told is not None or "value-type" in cell:
            self.reach(bottom, right)
        spans = (int(cell.get(f"number-{what}-spanned", 1)) - 1 for what in ("rows", "columns"))
        down, across = spans
        if down or across:
            self.areas.append(
                Area(self._row, self._column, self._row + down, self._column + across)
            )
        self._column += n_columns

    def _told(self, cell: Mapping[str, str]) -> str | None:
        """Return the text of a cell whose value is none: a failed formula, or one without type."""
        text = self.text.strip()
        stored = any(name in cell for name in _VALUES) or cell.get("value-type") == "string"
        if "formula" in cell:
            if cell.get("value-type") == "error" or text.startswith(_ERRORS):
                return ERROR
            return None if stored else NO_RESULT
        return text if text and not stored else None

"""Workbooks that openpyxl makes, written as the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

MADE = datetime(2025, 1, 6, 9, 0)
"""When a workbook says that it was made: the clock would make other bytes each time."""
_WIDEST = 70


def workbook_bytes(book: Workbook) -> bytes:
    """Return a workbook as an .xlsx file, without the hour at which it was written."""
    book.properties.creator = "Leermatch"
    book.properties.created = book.properties.modified = MADE
    written, dated = BytesIO(), BytesIO()
    # Workbook.save sets "modified" to now; its writer does not.
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()
    # Each entry of the archive has a time of its own.
    with ZipFile(written) as archive, ZipFile(dated, "w") as copy:
        for name in archive.namelist():
            entry = ZipInfo(name, MADE.timetuple()[:6])
            entry.external_attr = 0o600 << 16
            copy.writestr(entry, archive.read(name), ZIP_DEFLATED)
    return dated.getvalue()


def add_rows(sheet: Worksheet, rows: Iterable[Sequence[object]]) -> None:
    """Append rows of cells; what begins with ``=`` stays text."""
    for row in rows:
        sheet.append(list(row))
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":
                cell.data_type = "s"


def dress(sheet: Worksheet, heading: int) -> None:
    """Make row ``heading`` bold and keep it in sight; make each column as wide as its words."""
    for cell in sheet[heading]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = f"A{heading + 1}"
    for at, column in enumerate(sheet.iter_cols(min_row=heading), 1):
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(at)].width = min(max(widest + 2, 10), _WIDEST)

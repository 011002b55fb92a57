"""Tables for the tests, in every form in which people send them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

FILES = Path(__file__).parent / "files"
EXPERIMENT = FILES / "experiment-excel.csv"
OPEN_EXPERIMENT = FILES / "experiment.ods"

Row = Mapping[str, str]

TRIAL: Row = {
    "source": "experiment",
    "company": "bouw-01",
    "table": "emmen-bouw",
    "employees": "38",
    "sector": "F",
    "sbi_version": "2008",
    "needs": "inwerken|digitaal",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "transitions": "geen",
    "oo_fund": "ja",
    "owner_support": "4.5",
    "intervention": "leermeester",
    "assigned_by": "advisor",
    "propensity": "0.25",
    "start_date": "2023-03-06",
    "end_date": "2023-06-30",
    "state": "finished",
    "stopped_reason": "",
    "participants": "4",
    "hours_per_participant": "16.5",
    "cost_eur": "1850.75",
    "scale": "1-6",
    "culture_before": "3.62",
    "respondents_before": "14",
    "culture_after": "3.84",
    "satisfaction_owner": "8",
    "would_continue": "ja",
}
"""One trial without a fault, as plain text."""


def csv_text(rows: Iterable[Row], separator: str = ";", end: str = "\r\n") -> str:
    """Return rows as the text of a CSV file."""
    rows = list(rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue()


def write_csv(
    path: Path, rows: Iterable[Row], separator: str = ";", encoding: str = "utf-8"
) -> Path:
    """Write rows as a CSV file."""
    path.write_bytes(csv_text(rows, separator).encode(encoding))
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of the Excel fixture, by the standard library alone."""
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def typed(text: str) -> object:
    """Return a cell as Excel holds it: empty, a number, a date, or text."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%d-%m-%Y").date()
    except ValueError:
        pass
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def write_xlsx(path: Path, rows: Iterable[Row], *more_sheets: str) -> Path:
    """Write rows as a workbook with real numbers and dates; the table is on the first sheet."""
    rows = list(rows)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([typed(text) for text in row.values()])
    for name in more_sheets:
        book.create_sheet(name).append(["something", "else"])
    book.save(path)
    return path


def parquet_table(rows: Iterable[Row]) -> pa.Table:
    """Return rows with a type per column, as a data frame would hold them."""
    rows = list(rows)
    columns: dict[str, pa.Array] = {}
    for name in rows[0]:
        cells = [typed(row[name]) for row in rows]
        kinds = {type(cell) for cell in cells if cell is not None}
        if kinds <= {float} or kinds == {date}:
            columns[name] = pa.array(cells)
        else:
            columns[name] = pa.array([row[name] or None for row in rows])
    return pa.table(columns)


def write_parquet(path: Path, rows: Iterable[Row]) -> Path:
    """Write rows as a Parquet file."""
    pq.write_table(parquet_table(rows), path)
    return path

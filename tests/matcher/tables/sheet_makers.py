"""Workbooks as their XML says, for what no library writes: one shape, both kinds of file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODF = "urn:oasis:names:tc:opendocument:xmlns"


@dataclass(frozen=True)
class Formula:
    """A formula with the result that is stored for it: None is none, "#" an error."""

    result: float | str | None = None


Cell = float | str | None | Formula


@dataclass
class Page:
    """A sheet; places are counted from 0, areas are top, left, bottom, right."""

    rows: Sequence[Sequence[Any]]
    """Each cell is a ``Cell``."""
    name: str = "Blad1"
    visible: bool = True
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden: Sequence[int] = ()
    named_cells: bool = True


def write_pages(path: Path, *pages: Page, recalculated: bool = False) -> Path:
    """Write sheets as .xlsx or .ods, by the ending of the path."""
    write = _write_ods if path.suffix == ".ods" else _write_xlsx
    write(path, pages, recalculated)
    return path


def letters(column: int) -> str:
    """Return the name of one of the first 26 columns."""
    return chr(ord("A") + column)


def write_zip(path: Path, members: Mapping[str, str]) -> None:
    """Write texts as the members of a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def _write_xlsx(path: Path, pages: Iterable[Page], recalculated: bool) -> None:
    sheets = links = types = ""
    members: dict[str, str] = {}
    for number, page in enumerate(pages, start=1):
        state = "visible" if page.visible else "hidden"
        sheets += f'<sheet name="{page.name}" sheetId="{number}" state="{state}" r:id="r{number}"/>'
        kind, target = f"{LINK}/worksheet", f"worksheets/sheet{number}.xml"
        links += f'<Relationship Id="r{number}" Type="{kind}" Target="{target}"/>'
        types += f'<Override PartName="/xl/{target}" ContentType="{_TYPE}worksheet+xml"/>'
        members[f"xl/{target}"] = _xlsx_sheet(page)
    calculation = '<calcPr fullCalcOnLoad="1"/>' if recalculated else ""
    write_zip(
        path,
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
            '+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{_TYPE}sheet.main+xml"/>{types}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{LINK}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{LINK}">'
            f"<sheets>{sheets}</sheets>{calculation}</workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
            f"{links}</Relationships>",
            **members,
        },
    )


_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def _xlsx_sheet(page: Page) -> str:
    rows = ""
    for at, row in enumerate(page.rows):
        cells = ""
        for column, cell in enumerate(row):
            name = f' r="{letters(column)}{at + 1}"' if page.named_cells else ""
            cells += _xlsx_cell(cell, name) if cell is not None or not page.named_cells else ""
        name = f' r="{at + 1}"' if page.named_cells else ""
        hidden = ' hidden="1"' if at in page.hidden else ""
        rows += f"<row{name}{hidden}>{cells}</row>"
    merged = "".join(
        f'<mergeCell ref="{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"/>'
        for top, left, bottom, right in page.merged
    )
    merged = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>{merged}</worksheet>'


def _xlsx_cell(cell: Cell, name: str) -> str:
    if cell is None:
        return f"<c{name}/>"
    if isinstance(cell, str):
        return f'<c{name} t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    if not isinstance(cell, Formula):
        return f"<c{name}><v>{cell}</v></c>"
    if cell.result is None:
        return f"<c{name}><f>1+1</f><v/></c>"
    if cell.result == "#":
        return f'<c{name} t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    kind = ' t="str"' if isinstance(cell.result, str) else ""
    return f"<c{name}{kind}><f>1+1</f><v>{cell.result}</v></c>"


def ods_document(tables: str, styles: str = "") -> str:
    """Return the content of an .ods file with these tables."""
    names = ("office", "table", "text", "style", "drawing")
    spaces = " ".join(f'xmlns:{name.removesuffix("ing")}="{ODF}:{name}:1.0"' for name in names)
    return (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )


def write_ods(path: Path, tables: str, styles: str = "") -> Path:
    """Write an .ods file whose tables are given as XML."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>'
    manifest = f'<m:manifest xmlns:m="{ODF}:manifest:1.0">{entry}</m:manifest>'
    content = ods_document(tables, styles)
    members = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    write_zip(path, members)
    return path


def _write_ods(path: Path, pages: Iterable[Page], recalculated: bool) -> None:
    shown = '<style:table-properties table:display="{}"/>'
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table">{shown.format(truth)}</style:style>'
        for name, truth in (("ta1", "true"), ("ta2", "false"))
    )
    write_ods(path, "".join(map(_ods_table, pages)), styles)


def _ods_table(page: Page) -> str:
    rows = ""
    for at, row in enumerate(page.rows):
        cells = "".join(_ods_cell(cell, at, column, page.merged) for column, cell in enumerate(row))
        hidden = ' table:visibility="filter"' if at in page.hidden else ""
        # As LibreOffice does: the row goes on to the end of the sheet.
        rest = f'<table:table-cell table:number-columns-repeated="{16384 - len(row)}"/>'
        rows += f"<table:table-row{hidden}>{cells}{rest}</table:table-row>"
    style = "ta1" if page.visible else "ta2"
    end = f'<table:table-row table:number-rows-repeated="{1048576 - len(page.rows)}">'
    end += '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    return (
        f'<table:table table:name="{page.name}" table:style-name="{style}">{rows}{end}'
        "</table:table>"
    )


def _ods_cell(
    cell: Cell, row: int, column: int, merged: Sequence[tuple[int, int, int, int]]
) -> str:
    tag, spans = "table:table-cell", ""
    for top, left, bottom, right in merged:
        if (row, column) == (top, left):
            spans = f' table:number-rows-spanned="{bottom - top + 1}"'
            spans += f' table:number-columns-spanned="{right - left + 1}"'
        elif top <= row <= bottom and left <= column <= right:
            tag = "table:covered-table-cell"
    formula = ' table:formula="of:=1+1"' if isinstance(cell, Formula) else ""
    value = cell.result if isinstance(cell, Formula) else cell
    if value is None:
        return f"<{tag}{spans}{formula}/>"
    if value == "#" and formula:
        stored, text = 'office:value-type="string" office:string-value=""', "#DIV/0!"
    elif isinstance(value, str):
        stored, text = 'office:value-type="string"', escape(value)
    else:
        stored, text = f'office:value-type="float" office:value="{value}"', str(value)
    return f"<{tag}{spans}{formula} {stored}><text:p>{text}</text:p></{tag}>"

#!/bin/sh
# calamine: a duration in an .ods file is a time of day below 24 hours, and a text from there on.
#
# Guess, written before the run: the type of a value does not hang on how large it is, and is the
# same for .ods as for .xlsx, where calamine gives a duration for the same cells: 4 and 30 hours are
# timedelta, so a column of hours can be added up.
# What happens: of the .ods file 4 hours come as datetime.time and 30 hours as the str "PT30H00M00S",
# as the XML has it; of the .xlsx file both come as timedelta.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-calamine==0.9.1 odfdo==3.27.3 openpyxl==3.1.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import timedelta
from importlib.metadata import version

import openpyxl
from odfdo import Cell, Document, Row, Table
from python_calamine import CalamineWorkbook

print(*(f"{name} {version(name)}" for name in ("python-calamine", "odfdo", "openpyxl")))
hours = [timedelta(hours=4), timedelta(hours=30)]
book = openpyxl.Workbook()
book.active.append(hours)
for cell in book.active[1]:
    cell.number_format = "[h]:mm"
book.save("t.xlsx")
document = Document("spreadsheet")
document.body.clear()
table, row = Table("A"), Row()
for each in hours:
    row.append_cell(Cell(each))
table.append_row(row)
document.body.append(table)
document.save("t.ods")


def found(name):
    return CalamineWorkbook.from_path(name).get_sheet_by_index(0).to_python()[0]


print("guess ", hours)
print(".xlsx ", found("t.xlsx"))
print(".ods  ", found("t.ods"))
kinds = [type(each).__name__ for each in found("t.ods")]
same = found("t.xlsx") == hours
sys.exit(0 if same and kinds == ["time", "str"] else f"changed: {same}, {kinds}")
PYTHON
# Output seen:
#   python-calamine 0.9.1 odfdo 3.27.3 openpyxl 3.1.5
#   guess  [datetime.timedelta(seconds=14400), datetime.timedelta(days=1, seconds=21600)]
#   .xlsx  [datetime.timedelta(seconds=14400), datetime.timedelta(days=1, seconds=21600)]
#   .ods   [datetime.time(4, 0), 'PT30H00M00S']

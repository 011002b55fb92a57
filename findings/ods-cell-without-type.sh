#!/bin/sh
# calamine and pandas: a cell of an .ods file without office:value-type is empty, whatever it says.
#
# Guess, written before the run: the attribute is optional in the schema of OpenDocument, and a cell
# without it shows the text of its paragraphs, as LibreOffice 7.4 does; so odfpy's plainest cell,
# TableCell() with a P() in it, is read as that text.
# What happens: python-calamine and pandas with odfpy both give an empty cell, without a word; a
# sheet of such cells alone is an empty table.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-calamine==0.9.1 odfpy==1.4.1 pandas==3.1.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import pandas as pd
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineWorkbook

print(*(f"{name} {version(name)}" for name in ("python-calamine", "odfpy", "pandas")))


def cell(text, **type_):
    made = TableCell(**type_)
    made.addElement(P(text=text))
    return made


document = OpenDocumentSpreadsheet()
table = Table(name="A")
row = TableRow()
for each in (cell("with", valuetype="string"), cell("without"), cell("with", valuetype="string")):
    row.addElement(each)
table.addElement(row)
document.spreadsheet.addElement(table)
document.save("t.ods")
calamine = CalamineWorkbook.from_path("t.ods").get_sheet_by_index(0).to_python()[0]
pandas = pd.read_excel("t.ods", engine="odf", header=None).astype(object).fillna("").iloc[0].tolist()
print("guess ['with', 'without', 'with']")
print("calamine", calamine)
print("pandas  ", pandas)
seen = ["with", "", "with"]
sys.exit(0 if calamine == pandas == seen else "changed")
PYTHON
# Output seen:
#   python-calamine 0.9.1 odfpy 1.4.1 pandas 3.1.1
#   guess ['with', 'without', 'with']
#   calamine ['with', '', 'with']
#   pandas   ['with', '', 'with']

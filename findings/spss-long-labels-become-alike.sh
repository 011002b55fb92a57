#!/bin/sh
# pyreadstat: words of SPSS values are cut at 120 bytes without a word, so that two become one.
#
# Guess, written before the run: words that do not fit in the format are refused, as write_dta of the
# same package refuses a label that is too long.
# What happens: write_sav cuts them at 120 bytes, 60 letters with an accent, and a question at 256.
# Two answers that begin alike have the same words in the file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyreadstat==1.3.7 pandas==3.1.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import pandas as pd
import pyreadstat

print(*(f"{name} {version(name)}" for name in ("pyreadstat", "pandas")))
frame = pd.DataFrame({"v": [1.0, 2.0, 3.0]})
begin = "Wij bespreken fouten met elkaar en met andere teams, ook als die fouten door onszelf " * 2
words = {1: begin + "zijn gemaakt", 2: begin + "niet zijn gemaakt", 3: "\u00e9" * 130}
pyreadstat.write_sav(
    frame, "t.sav", variable_value_labels={"v": words}, column_labels=["\u00e9" * 300]
)
_, meta = pyreadstat.read_sav("t.sav")
read = meta.variable_value_labels["v"]
print("letters written", [len(each) for each in words.values()], 300)
print("letters read   ", [len(each) for each in read.values()], len(meta.column_labels[0]))
print("the first two are alike:", read[1] == read[2])
try:
    pyreadstat.write_dta(frame, "t.dta", column_labels=["\u00e9" * 300])
    stata = "written"
except Exception as refusal:
    stata = f"refused: {refusal}"
print("write_dta", stata)
same = read[1] == read[2] and len(read[3]) == 60 and stata.startswith("refused")
sys.exit(0 if same else "changed")
PYTHON
# Output seen:
#   pyreadstat 1.3.7 pandas 3.1.1
#   letters written [182, 187, 130] 300
#   letters read    [119, 119, 60] 128
#   the first two are alike: True
#   write_dta refused: A provided label is too long for the file format

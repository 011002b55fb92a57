#!/bin/sh
# pyreadstat: with user_missing=True, Stata's plain missing "." becomes a number that nobody answered.
#
# Guess, written before the run: a column of whole numbers that holds 1, .a, . and 2 is read with
# user_missing=True as 1, 'a', missing and 2; that is how pandas reads the same file.
# What happens: below the first .a to .z of a column each plain missing is a number, 0 in one run and
# 140041742046912 in another; above it the same cell is missing. Columns with decimals are right.
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
answers = {"below": [1, "a", None, 2], "above": [1, None, "a", 2], "halves": [1.5, "a", None, 2.5]}
seen = {}
for name, cells in answers.items():
    frame = pd.DataFrame({"v": pd.Series(cells, dtype=object)})
    pyreadstat.write_dta(frame, "t.dta", missing_user_values={"v": ["a"]})
    theirs = pd.read_stata("t.dta", convert_missing=True)["v"]
    read, _ = pyreadstat.read_dta("t.dta", user_missing=True)
    seen[name] = [None if pd.isna(cell) else cell for cell in read["v"]]
    print(name, "written", cells, "pandas", list(map(str, theirs)), "pyreadstat", seen[name])
right = {"above": [1, None, "a", 2], "halves": [1.5, "a", None, 2.5]}
invented = seen.pop("below")
sys.exit(0 if seen == right and isinstance(invented[2], int) else "changed")
PYTHON
# Output seen:
#   pyreadstat 1.3.7 pandas 3.1.1
#   below written [1, 'a', None, 2] pandas ['1', '.a', '.', '2'] pyreadstat [1, 'a', 0, 2]
#   above written [1, None, 'a', 2] pandas ['1', '.', '.a', '2'] pyreadstat [1, None, 'a', 2]
#   halves written [1.5, 'a', None, 2.5] pandas ['1.5', '.a', '.', '2.5'] pyreadstat [1.5, 'a', None, 2.5]

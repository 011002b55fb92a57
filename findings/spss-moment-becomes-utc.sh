#!/bin/sh
# pyreadstat: a moment with a time zone is written to SPSS and Stata as UTC, on another day.
#
# Guess, written before the run: neither format knows time zones, so a moment that has one is written
# as the clock there showed it, or refused, as pandas' own writer of Stata refuses it.
# What happens: it is converted to UTC without a word. Who answered at half past midnight in
# Amsterdam on 2 March has answered on 1 March.
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
moment = pd.to_datetime(["2024-03-02 00:30"]).tz_localize("Europe/Amsterdam")
frame = pd.DataFrame({"answered": moment})
pyreadstat.write_sav(frame, "t.sav")
pyreadstat.write_dta(frame, "t.dta")
seen = [str(read("t" + end)[0]["answered"][0]) for read, end in (
    (pyreadstat.read_sav, ".sav"), (pyreadstat.read_dta, ".dta"))]
try:
    frame.to_stata("p.dta")
    theirs = "written"
except NotImplementedError as refusal:
    theirs = f"refused: {refusal}"
print("written", moment[0], "guess 2024-03-02 00:30:00, or a refusal")
print("pyreadstat .sav and .dta", seen)
print("pandas .dta", theirs)
same = seen == ["2024-03-01 23:30:00"] * 2 and theirs.startswith("refused")
sys.exit(0 if same else "changed")
PYTHON
# Output seen:
#   pyreadstat 1.3.7 pandas 3.1.1
#   written 2024-03-02 00:30:00+01:00 guess 2024-03-02 00:30:00, or a refusal
#   pyreadstat .sav and .dta ['2024-03-01 23:30:00', '2024-03-01 23:30:00']
#   pandas .dta refused: Data type datetime64[us, Europe/Amsterdam] not supported.

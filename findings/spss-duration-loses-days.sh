#!/bin/sh
# pyreadstat: an SPSS duration of a day and more loses its days, and one below nought turns round.
#
# Guess, written before the run: DTIME is the format of SPSS for days, hours and minutes between two
# moments, a number of seconds; 25 hours are read as a timedelta of 1 day and 1 hour, and a negative
# one as such.
# What happens: both TIME and DTIME become a time of the day. 25 hours are 01:00, minus one hour is
# 23:00, without a word. disable_datetime_conversion=True gives the seconds.
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
seconds = [90_000.0, -3_600.0]
seen = {}
for form in ("DTIME10", "TIME10"):
    pyreadstat.write_sav(pd.DataFrame({"v": seconds}), "t.sav", variable_format={"v": form})
    read, meta = pyreadstat.read_sav("t.sav")
    raw, _ = pyreadstat.read_sav("t.sav", disable_datetime_conversion=True)
    seen[form] = list(map(str, read["v"]))
    print(meta.original_variable_types["v"], "seconds", raw["v"].tolist(), "read", seen[form])
print("guess ['1 day, 1:00:00', '-1 day, 23:00:00']")
wrong = ["01:00:00", "23:00:00"]
sys.exit(0 if all(times == wrong for times in seen.values()) else "changed")
PYTHON
# Output seen:
#   pyreadstat 1.3.7 pandas 3.1.1
#   DTIME10 seconds [90000.0, -3600.0] read ['01:00:00', '23:00:00']
#   TIME10 seconds [90000.0, -3600.0] read ['01:00:00', '23:00:00']
#   guess ['1 day, 1:00:00', '-1 day, 23:00:00']

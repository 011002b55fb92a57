"""How long and how large it is to read, or refuse, a file of many trials.

Run ``python tests/benchmarks/faulty_rows.py [ROWS]``. Each file is read in a process of its own, so
that its peak of memory is its own; a bare ``csv.reader`` over the same file is the floor.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MENU = ROOT / "training_data" / "menu.toml"
GOOD = {
    "company": "c{i}",
    "source": "experiment",
    "employees": "38",
    "sector": "F",
    "sbi_version": "2008",
    "needs": "inwerken|digitaal",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "transitions": "energie|circulair",
    "shift_work": "nee",
    "location_work": "ja",
    "hr_function": "erbij",
    "training_budget": "tot_500",
    "oo_fund": "ja",
    "works_council": "geen",
    "recognised_training_company": "weet niet",
    "share_practical": "hoog",
    "flex_share": "midden",
    "age55_share": "laag",
    "running_slim": "nee",
    "culture_baseline": "3,62",
    "owner_support": "4",
    "table": "tafel-3",
    "advisor_organisation": "Ik Ben Drents Ondernemer",
    "intervention": "leermeester",
    "assigned_by": "advisor",
    "propensity": "0,25",
    "start_date": "06-03-2023",
    "end_date": "30-06-2023",
    "state": "afgerond",
    "stopped_reason": "",
    "participants": "{n}",
    "hours_per_participant": "16,5",
    "cost_eur": "1850",
    "scale": "1-6",
    "culture_before": "3,62",
    "culture_before_sd": "0,91",
    "respondents_before": "14",
    "culture_after": "3,84",
    "culture_after_sd": "0,88",
    "respondents_after": "11",
    "satisfaction_owner": "8",
    "satisfaction_staff": "7,5",
    "would_continue": "ja",
}
FILES: dict[str, Callable[[int], dict[str, str]]] = {
    "good": lambda i: {},
    "one fault a row": lambda i: {"employees": "0"},
    "the same trial": lambda i: {"company": "c"},
    "ragged rows": lambda i: {"would_continue": "ja;3"},
    "another fault in every cell": lambda i: dict.fromkeys(GOOD, f"@{i}"),
}


def write(path: Path, n_rows: int, change: Callable[[int], dict[str, str]]) -> None:
    """Write a file of trials as Excel would."""
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(";".join(GOOD) + "\r\n")
        for i in range(n_rows):
            cells = (GOOD | change(i)).values()
            file.write(";".join(cells).format(i=i, n=i % 40) + "\r\n")


def read(path: Path) -> Iterator[str]:
    """Read the file in this process and tell how it went."""
    from matcher.errors import Refused
    from matcher.menu.card import read_menu
    from matcher.trials.reader import read_trials

    menu = read_menu(MENU)
    began = time.perf_counter()
    try:
        result = f"{len(read_trials(path, menu).frame)} rows"
    except Refused as refusal:
        result = f"{refusal.total} faults"
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    yield json.dumps({"seconds": seconds, "megabytes": megabytes, "result": result})


def floor(path: Path) -> float:
    """Return the seconds that a bare csv.reader needs."""
    began = time.perf_counter()
    with path.open(encoding="cp1252", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass
    return time.perf_counter() - began


def main(n_rows: int = 1_000_000) -> None:
    """Print a line per file."""
    print(f"{n_rows} rows of {len(GOOD)} columns")
    print(f"{'file':28}{'MB':>6}{'s':>7}{'us/row':>8}{'x csv':>7}{'peak MB':>9}  result")
    with tempfile.TemporaryDirectory() as folder:
        for name, change in FILES.items():
            path = Path(folder) / "trials.csv"
            write(path, n_rows, change)
            command = [sys.executable, __file__, "--read", str(path)]
            told = json.loads(subprocess.run(command, check=True, stdout=-1, cwd=ROOT).stdout)
            size, bare = path.stat().st_size / 1e6, floor(path)
            print(
                f"{name:28}{size:6.0f}{told['seconds']:7.1f}{told['seconds'] / n_rows * 1e6:8.1f}"
                f"{told['seconds'] / bare:7.1f}{told['megabytes']:9.0f}  {told['result']}"
            )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--read"]:
        print(*read(Path(sys.argv[2])))
    else:
        main(*(int(n) for n in sys.argv[1:]))

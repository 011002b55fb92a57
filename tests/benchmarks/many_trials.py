"""How long and how large it is to retrain on a million trials, in parts of Parquet.

Run ``python tests/benchmarks/many_trials.py [ROWS]``. The trials are those of 20 000 simulated
companies, again and again under other names; the retraining is a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPANIES = 20_000


def write_parts(folder: Path, n_rows: int) -> None:
    """Write parts until there are so many rows."""
    from matcher.menu.card import read_menu
    from matcher.simulation.simulate import simulate

    menu = read_menu(ROOT / "training_data" / "menu.toml")
    trials = simulate("interactions", COMPANIES, 1, menu, n_profiles=0).trials
    written = 0
    while written < n_rows:
        number = f"{written:07d}"
        part = trials.iloc[: n_rows - written].astype(str).replace({"nan": "", "None": ""})
        part["company"] = number + "-" + part["company"]
        part["table"] = part["table"].where(part["table"] == "", number + "-" + part["table"])
        part.to_parquet(folder / f"part-{number}.parquet", index=False)
        written += len(part)


def main(n_rows: int = 1_000_000) -> None:
    """Print the time and the peak of memory of one quick retraining."""
    with tempfile.TemporaryDirectory() as place:
        parts = Path(place) / "trials"
        parts.mkdir()
        write_parts(parts, n_rows)
        command = [sys.executable, "-m", "matcher", "retrain", str(parts), "--quick"]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--models", str(Path(place) / "models")],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    megabytes = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    processor = used.ru_utime + used.ru_stime
    print(f"{n_rows} trials: exit code {os.waitstatus_to_exitcode(status)}")
    print(f"{seconds:.0f} s ({processor:.0f} s of processor), peak {megabytes:.0f} MB")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(*(int(n) for n in sys.argv[1:]))

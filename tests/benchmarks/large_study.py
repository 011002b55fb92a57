"""How long and how large it is to build a study of 200 000 respondents in 5 000 companies.

Run ``python -m tests.benchmarks large_study``. The answers are drawn; the build is a process of its
own, after a first look that is not counted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
ITEMS, COMPANIES, SEED = 40, 5_000, 1


def write_study(folder: Path, n_respondents: int) -> list[Path]:
    """Write a list of companies and two waves of answers on 1-7; return the files."""
    rng = np.random.default_rng(SEED)
    codes = np.array([f"K{number:05d}" for number in range(COMPANIES)])
    letters = np.array(["10.71", "41.20", "56.10", "62.01"])
    companies = pd.DataFrame(
        {
            "bedrijfscode": codes,
            "bedrijfsnaam": [f"Bedrijf {code[::-1]}" for code in codes],
            "SBI": rng.choice(letters, COMPANIES),
            "aantal medewerkers": rng.integers(60, 200, COMPANIES),
            "plaats": rng.choice(["Assen", "Emmen", "Groningen", "Leeuwarden"], COMPANIES),
        }
    )
    paths = [folder / "bedrijven.csv"]
    companies.to_csv(paths[0], index=False, sep=";")
    level = rng.normal(0, 0.6, COMPANIES)
    n_each = n_respondents // 2
    for wave in ("voormeting", "nameting"):
        of = rng.integers(0, COMPANIES, n_each)
        person = level[of] + rng.normal(0, 0.8, n_each)
        noise = rng.normal(4, 0.9, (n_each, ITEMS))
        answers = np.clip(np.rint(noise + person[:, None]), 1, 7).astype(int)
        rows = pd.DataFrame(
            answers, columns=[f"V{at + 1}. Hier leer ik bij, deel {at + 1}" for at in range(ITEMS)]
        )
        rows.insert(0, "bedrijfscode", codes[of])
        paths.append(folder / f"{wave}.csv")
        rows.to_csv(paths[-1], index=False, sep=";")
    return paths


def main(n_respondents: int = 200_000) -> None:
    """Print the time and the peak of memory of one build."""
    with tempfile.TemporaryDirectory() as place:
        files = write_study(Path(place), n_respondents)
        study = Path(place) / "studie"
        command = [sys.executable, "-m", "matcher", "study"]
        look = [*command, "look", *map(str, files), "--out", str(study)]
        subprocess.run(look, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        told = study / "study.toml"
        text = re.sub(r'^scale = "\?"', 'scale = "1-7"', told.read_text("utf-8"), flags=re.M)
        told.write_text(text, "utf-8")
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "build", str(study), "--accept-warnings"], cwd=ROOT, stderr=None
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    megabytes = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    processor = used.ru_utime + used.ru_stime
    print(f"{n_respondents} respondents: exit code {os.waitstatus_to_exitcode(status)}")
    print(f"{seconds:.0f} s ({processor:.0f} s of processor), peak {megabytes:.0f} MB")


if __name__ == "__main__":
    main()

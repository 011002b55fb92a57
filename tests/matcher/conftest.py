"""What the tests of versions, commands and evaluation share: one small trained version, copied."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from matcher.design.expert import read_expert
from matcher.menu.card import read_menu
from matcher.model.artefact import FORMAT
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.profile.schema import read_profile
from matcher.simulation.simulate import simulate
from matcher.trials.reader import TRIAL_COLUMNS

FEW_FOLDS = 2
"""In place of ten: where a test is about something else, the other eight only take time."""

PLANTED = ("evc", "serious-game", "job-crafting")
"""Cards of made-up trials: the first choice of no simple policy."""


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """Matrices of a hundred rows: a second thread of BLAS makes a fit 15 times slower."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def few_folds(monkeypatch):
    monkeypatch.setattr("matcher.training.folds.N_FOLDS", FEW_FOLDS)


@pytest.fixture(scope="session")
def menu():
    return read_menu(MENU)


@pytest.fixture(scope="session")
def expert():
    return read_expert(EXPERT)


@pytest.fixture(scope="session")
def profile():
    """Return a construction firm of 38 people."""
    return read_profile(
        {
            "employees": 38,
            "sector": "F",
            "sbi_version": "2008",
            "needs": ["inwerken", "digitaal"],
            "staffing_pressure": "zeer_krap",
            "hr_function": "erbij",
        }
    )


@pytest.fixture
def models(tmp_path):
    """Return the path of a folder of versions of one's own; it does not exist yet."""
    return tmp_path / "models"


@pytest.fixture(scope="session")
def _small_folder(trained_folder, tmp_path_factory):
    """Return the folder of the same version with eight draws a head: quick to copy."""
    small = tmp_path_factory.mktemp("small") / trained_folder.name
    shutil.copytree(trained_folder, small)
    for path in small.glob("*-draws.npy"):
        np.save(path, np.load(path)[:, :8].copy())
    return seal(small)


@pytest.fixture
def version(_small_folder, models):
    """Return the folder of a whole version to do with as one likes."""
    return Path(shutil.copytree(_small_folder, models / _small_folder.name))


@pytest.fixture
def add_version(_small_folder, models):
    """Return a function that adds a whole version of a day in May, and returns its name."""

    def add(day):
        name = f"202605{day:02}T101500Z-{_small_folder.name.split('-')[1]}"
        return Path(shutil.copytree(_small_folder, models / name)).name

    return add


def seal(folder, listed=None):
    """Give a folder the manifest and the name that fit what is in it; return where it is now.

    Written from the description of a version, not with the code that saves one. ``listed`` changes
    the manifest before it is hashed.
    """
    files = {}
    for path in folder.iterdir():
        if path.name != "manifest.json" and path.is_file():
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            files[path.name] = {"bytes": len(content), "sha256": digest}
    manifest = {"format": FORMAT, "files": files}
    if listed is not None:
        manifest = listed(manifest)
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    (folder / "manifest.json").write_text(text)
    stamp, digest = folder.name.split("-")[0], hashlib.sha256(text.encode()).hexdigest()
    return folder.rename(folder.with_name(f"{stamp}-{digest[:12]}"))


def trial(company, card, before, after, **cells):
    """Return a row of trials: one company of 40 people that finished a card by lot."""
    row = {
        "employees": 40,
        "sector": "F",
        "sbi_version": "2008",
        "needs": "inwerken",
        "staffing_pressure": "gemiddeld",
        "recognised_training_company": "ja",
        "source": "simulated",
        "company": company,
        "intervention": card,
        "assigned_by": "random",
        "state": "finished",
        "scale": "1-6",
        "culture_before": "" if before is None else f"{before:.3f}",
        "culture_after": "" if after is None else f"{after:.3f}",
        "respondents_before": 40,
        "respondents_after": 40,
    }
    return row | cells


def write_trials(path, rows):
    """Write rows as a file of trials, with all its columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, TRIAL_COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def one_card_helps():
    """Return trials by lot in which the first of three cards brings a whole point."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(60):
        for card in rng.permutation(PLANTED)[:2]:
            before, noise = rng.normal(3.8, 0.3), rng.normal(0, 0.15)
            after = np.clip(before + noise + (card == PLANTED[0]), 1, 6)
            rows.append(trial(f"c{number}", card, before, after, propensity="0.3333"))
    return rows


def beyond_all_expectation():
    """Return trials after which a company is at either end of the scale, whatever it tried."""
    rng = np.random.default_rng(1)
    return [
        trial(f"c{number}", rng.choice(PLANTED), rng.normal(3.5, 0.1), rng.choice([1, 6]))
        for number in range(60)
    ]


@pytest.fixture(scope="session")
def few(tmp_path_factory):
    """Return a file with the trials of the first dozen companies of the repository."""
    lines = TRIALS.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path_factory.mktemp("few") / "trials.csv"
    path.write_text("".join(lines[:18]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def profiles(tmp_path_factory):
    """Return a file with the profiles of 25 companies."""
    path = tmp_path_factory.mktemp("profiles") / "profiles.csv"
    simulate("interactions", 1, 5, read_menu(MENU), 25).profiles.to_csv(path, index=False)
    return path

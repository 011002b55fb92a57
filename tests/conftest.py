"""What all tests share: one version trained on the outcomes of the repository."""

import fcntl
import gc
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.strength import HARDENING, strength

ROOT = Path(__file__).parents[1]

# Each process of the suite has a core of its own: threads of one would wait for those of another.
# And scikit-learn swaps the filters of warnings, which are those of the whole process, in each
# thread that grows trees, so that now and then another one sees none and warns of that.
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")

# The same examples in every run, however long one takes; make harden draws others, and more.
settings.register_profile(
    "fixed",
    deadline=None,
    database=None,
    derandomize=not HARDENING,
    max_examples=strength(40, 1000),
)
settings.load_profile("fixed")

FIRST = (
    "repository/test_documentation.py",
    "browser/test_states.py",
    "browser/test_choosing.py",
    "browser/test_research.py",
    "browser/test_tabs.py",
    "service/research/test_research.py",
    "matcher/training/test_challenger.py",
    "service/api/test_schemathesis.py",
    "browser/test_flow.py",
    "matcher/evaluation/test_evaluation.py",
    "browser/test_trouble.py",
    "matcher/cli/test_cli.py",
    "browser/test_story.py",
    "service/server/test_serving.py",
    "service/server/test_workers.py",
    "matcher/training/test_scheduling.py",
    "matcher/test_retraining.py",
    "service/access/test_signing_in.py",
    "service/pages/test_injection.py",
    "service/store/test_killed_writes.py",
    "service/store/test_conversations.py",
    "service/store/test_backup.py",
    "matcher/trials/test_bad_outcomes.py",
    "browser/test_look.py",
    "stories/test_stories.py",
)
"""Files that take long, the longest first: begun at the end, one core would wait for them."""


# Imports and thousands of tests make millions of objects of which none is garbage.
gc.disable()


def pytest_collection_finish():
    """Look for garbage from here on, and never again through what is there by now."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items):
    place = {Path(__file__).parent / name: at for at, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(FIRST)))
    for item in items:
        if getattr(item.obj, "is_hypothesis_test", False):
            item.add_marker("proof")


APART = "TESTS_APART"
"""Variable with a folder of this run that is not one of pytest's.

Whoever starts another pytest as root closes pytest's folders for everybody else: a server of
another user, as PostgreSQL is, would not find its files any more.
"""


ALIVE = "alive"
"""Pipe in that folder which is open for writing as long as the run goes on."""


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        os.environ[APART] = tempfile.mkdtemp(prefix="tests-")
        os.mkfifo(Path(os.environ[APART]) / ALIVE)
        config.alive = os.open(Path(os.environ[APART]) / ALIVE, os.O_RDWR)


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        os.close(config.alive)
        shutil.rmtree(os.environ.pop(APART), ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Return one process more than cores, for tests wait for browsers, servers and pauses.

    Of files that are named each goes to one process, so there need be no more than files.
    """
    most = min((os.cpu_count() or 1) + 1, 5)
    named = {word.partition("::")[0] for word in config.args}
    return min(most, len(named)) if all(word.endswith(".py") for word in named) else most


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Return the folder of this run that all its processes have."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(scope="session")
def apart():
    """Return the folder of this run outside those of pytest."""
    return Path(os.environ[APART])


@pytest.fixture(scope="session")
def once(shared):
    """Return a function that fills a folder once a run, in whichever process asks first.

    The others wait for it and get the same folder: never write in it, copy it.
    """

    def once(name, fill):
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = shared / name
            if not folder.exists():
                filling = shared / f"{name}.filling"
                filling.mkdir(exist_ok=True)
                fill(filling)
                filling.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def quick_apps(shared):
    """Make once what every application makes anew and the same."""
    from tests.quick_apps import quick_apps

    (shared / "templates").mkdir(exist_ok=True)
    with quick_apps(shared / "templates"):
        yield


@pytest.fixture(scope="session")
def warm(once, apart):
    """Return the process of this run that has imported all and forks for each command."""
    from tests.warm import Warm, warm_until_closed

    once("warm", lambda _: warm_until_closed(ROOT, apart / "commands", apart / ALIVE))
    return Warm(apart / "commands")


@pytest.fixture
def looked_into_here(monkeypatch):
    """Look into files that are sent in this process: starting another takes two seconds."""
    from click.testing import CliRunner

    from matcher.cli import main
    from service.research import uploads

    def look(path, menu):
        told = CliRunner().invoke(main, ["inspect", str(path), "--menu", str(menu)])
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    monkeypatch.setattr(uploads, "inspect_file", look)


def step_here(*arguments):
    """Take a step of a study in this process."""
    from click.testing import CliRunner

    from matcher.cli import main

    told = CliRunner().invoke(main, [*arguments, "--json"])
    assert told.exit_code in (0, 2, 6), told.output
    assert told.stdout, told.exception
    return json.loads(told.stdout)


@pytest.fixture
def studied_here(monkeypatch):
    """Take the steps of a study in this process."""
    from service.research import inspection

    monkeypatch.setattr(inspection, "study_step", step_here)


@pytest.fixture
def warm_trainings(warm, tmp_path, monkeypatch):
    """Fork the trainings that a researcher asks for."""
    from types import SimpleNamespace

    from service.research import jobs

    warm.write_python(tmp_path / "python")
    monkeypatch.setattr(jobs, "sys", SimpleNamespace(executable=str(tmp_path / "python")))


@pytest.fixture(scope="session")
def trained_folder(once):
    """Return the folder of a version trained on the outcomes of the repository; never write."""
    # Imported here: most tests need no training, and whoever runs one file should not wait for it.
    from matcher.menu.card import read_menu
    from matcher.paths import EXPERT, MENU, TRIALS
    from matcher.retraining import retrain

    models = once("trained", lambda new: retrain(TRIALS, read_menu(MENU), EXPERT, new, quick=True))
    return next(path for path in models.iterdir() if (path / "manifest.json").is_file())


@pytest.fixture(scope="session")
def trained(trained_folder):
    """Return the model of that version."""
    from matcher.model.artefact import load

    return load(trained_folder)[0]

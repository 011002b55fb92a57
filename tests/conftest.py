"""What all tests share: one version trained on the outcomes of the repository."""

from pathlib import Path

import pytest

from matcher.menu.card import read_menu
from matcher.model.artefact import load
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.retraining import retrain

FIRST = (
    "repository/test_documentation.py",
    "browser/test_research.py",
    "browser/test_story.py",
    "service/api/test_schemathesis.py",
    "service/server/test_workers.py",
    "stories/test_stories.py",
)
"""Files that take long and stand last by name: begun at the end, one core would wait for them."""


def pytest_collection_modifyitems(items):
    place = {Path(__file__).parent / name: at for at, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(FIRST)))


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory):
    """Return the folder of a version trained on the outcomes of the repository; never write."""
    models = tmp_path_factory.mktemp("trained")
    return models / retrain(TRIALS, read_menu(MENU), EXPERT, models, quick=True).version


@pytest.fixture(scope="session")
def trained(trained_folder):
    """Return the model of that version."""
    return load(trained_folder)[0]

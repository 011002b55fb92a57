"""What all tests share: one version trained on the outcomes of the repository."""

import pytest

from matcher.artefact import load
from matcher.menu import read_menu
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.retraining import retrain


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory):
    """Return the folder of a version trained on the outcomes of the repository; never write."""
    models = tmp_path_factory.mktemp("trained")
    return models / retrain(TRIALS, read_menu(MENU), EXPERT, models, quick=True).version


@pytest.fixture(scope="session")
def trained(trained_folder):
    """Return the model of that version."""
    return load(trained_folder)[0]

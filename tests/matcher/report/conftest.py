"""What a report tells of: the outcomes of the repository, in English."""

import pytest

from matcher.paths import TRIALS
from matcher.report.parts import Wording
from matcher.trials.reader import read_trials
from tests.matcher.report_makers import findings


@pytest.fixture(scope="module")
def found(menu, trained):
    return findings(read_trials(TRIALS, menu), trained)


@pytest.fixture(scope="module")
def say(menu):
    return Wording("en", menu)

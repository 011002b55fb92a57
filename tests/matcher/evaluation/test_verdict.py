"""What a retraining tells the program that started it."""

import pytest

from matcher.evaluation.verdict import Step, step_of
from tests.matcher.commands import run
from tests.matcher.conftest import one_card_helps, write_trials


def test_a_step_is_read_from_the_line_that_tells_it():
    assert step_of(Step(3, 14, "fold").line()) == Step(3, 14, "fold")


@pytest.mark.parametrize(
    "line", ["", "trials.csv, row 3: 0 people", "{", "[1, 2]", "3", '{"a": 1}']
)
def test_another_line_tells_no_step(line):
    assert step_of(line) is None


def test_a_retraining_tells_its_steps_on_stderr(tmp_path):
    trials = tmp_path / "trials.csv"
    write_trials(trials, one_card_helps()[:12])
    done = run("retrain", trials, "--quick", "--steps", "--models", tmp_path / "models")
    told = [step for line in done.stderr.splitlines() if (step := step_of(line))]
    assert told == [Step(1, 1, "fit")]

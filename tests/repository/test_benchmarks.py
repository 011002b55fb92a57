"""``make bench-serving`` runs each benchmark with its own settings; speed is not tested."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = sorted(
    path.stem for path in (ROOT / "tests/benchmarks").glob("*.py") if not path.stem.startswith("_")
)


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs_without_being_told_anything(name):
    inspect.signature(import_module(f"tests.benchmarks.{name}").main).bind()


def test_an_unknown_benchmark_is_refused_with_the_known_ones():
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "speed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert all(name in answer.stderr for name in NAMES)

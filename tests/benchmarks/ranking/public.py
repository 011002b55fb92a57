"""Public data as bandit feedback: only the outcome of a randomly drawn level is shown."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.ranking.task import Task

DATA: tuple[str, ...] = ()


def is_public(name: str) -> bool:
    """Return whether a name is that of a public data set."""
    return name in DATA


def offers(name: str, n: int) -> bool:
    """Return whether a world or data set has n to learn from."""
    return True


def takes(name: str, method: str) -> bool:
    """Return whether a method can be asked in a world or data set."""
    return True


def task_of(name: str, n: int, seed: int, warfarin: Path | None) -> Task:
    """Return a data set as a task."""
    raise ValueError(f"no public data {name!r}")

"""What a retraining tells another program: its steps, a line each, and its end by an exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal, NamedTuple

Verdict = Literal["promote", "keep", "cannot tell"]
EXIT_CODES: Mapping[Verdict, int] = {"promote": 0, "keep": 3, "cannot tell": 4}
BAD_INPUT, BUSY, UNCONFIRMED = 2, 5, 6


class Step(NamedTuple):
    """A step that was finished."""

    step: int
    steps: int
    """How many there will be."""
    name: str

    def line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(self._asdict())


def step_of(line: str) -> Step | None:
    """Return the step that a line tells; None if it tells something else."""
    try:
        return Step(**json.loads(line))
    except (ValueError, TypeError):
        return None

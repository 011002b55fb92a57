"""What an export of a survey tool says of its columns and rows besides the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from matcher.arrays import Bools
from matcher.errors import Fault
from matcher.survey.result import Reason, Tool

Part = Literal["answer", "text", "personal", "company", "technical", "day", "status", "finished"]
"""answer: to a question. text: in somebody's own words. company: its name. day: on
which somebody answered. status, finished: whether a row counts."""

LeaveOut = Callable[[Mapping[Part, pd.Categorical]], Mapping[str, Bools]]
"""Columns that tell whether a row counts -> why rows do not -> which."""


def none_left_out(_: Mapping[Part, pd.Categorical]) -> Mapping[str, Bools]:
    """Return that every row counts."""
    return {}


@dataclass(frozen=True, slots=True)
class Export:
    """How one tool wrote a file."""

    tool: Tool
    because: Reason
    n_headings: int
    """Rows of names, the first included."""
    parts: tuple[Part, ...]
    """Of each column."""
    questions: tuple[str, ...]
    """Of each column; empty where the file tells none."""
    leave_out: LeaveOut = none_left_out
    separators: str = ""
    """What the tool writes between several answers in one cell; empty if it does not."""
    unseen: str = ""
    """What the tool writes where a question was shown and not answered."""
    faults: tuple[Fault, ...] = field(default=())
    """What keeps the file from being read further."""

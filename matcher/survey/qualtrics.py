"""Exports of Qualtrics: three rows of names, the third of which no other tool writes.

Names, questions, and ``{"ImportId": ...}`` in JSON. The identifiers are the same in every language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from matcher.arrays import Bools
from matcher.errors import Fault
from matcher.survey.export import Export, Part
from matcher.survey.grid import Grid
from matcher.survey.result import Reason
from matcher.tables.cells import YES_NO, read_day

_PARTS: Mapping[str, Part] = {
    **dict.fromkeys(("startdate", "recordeddate"), "technical"),
    "enddate": "day",
    "status": "status",
    "finished": "finished",
    **dict.fromkeys(("ipaddress", "recipientlastname", "recipientfirstname"), "personal"),
    **dict.fromkeys(("recipientemail", "externaldatareference"), "personal"),
    **dict.fromkeys(("externalreference", "locationlatitude"), "personal"),
    **dict.fromkeys(("locationlongitude", "_recordid", "responseid"), "personal"),
    **dict.fromkeys(("progress", "duration", "duration (in seconds)"), "technical"),
    **dict.fromkeys(("distributionchannel", "userlanguage", "q_url"), "technical"),
}
"""Name or ImportId of a column of Qualtrics itself, in lower case -> what it is."""
_TECHNICAL = re.compile(
    r".*_(first click|last click|page submit|click count|do(_.*)?|browser|version|operating system"
    r"|resolution|user agent)|q_(recaptcha|relevantid|ballotbox|duplicate|total|terminate|straight"
    r"|ambiguous|unanswered|data).*|sc\d+",
    re.I,
)
_FILE = re.compile(r"q[0-9.]+_(id|name|size|type)", re.I)
"""Somebody handed in a file: its name, size and kind."""
_NEEDED = 3
"""So many columns of Qualtrics itself tell its export, where the third row is not there."""
UNSEEN = "-99"
"""What is written, if asked, for a question that was seen and not answered."""
_TEST, _SPAM = 0b11, 0b1000
"""Bits of the number of a status: a preview or a test, and spam."""


def qualtrics(grid: Grid) -> Export | None:
    """Return how Qualtrics wrote a file; None if it did not."""
    ids = [_import_id(grid.cell(1, at)) for at in range(len(grid.names))]
    own = sum(name.casefold() in _PARTS for name in grid.names)
    if sum(each is not None for each in ids) > len(ids) / 2:
        return _export(grid, ids, 3, Reason("qualtrics_ids"))
    if own < _NEEDED or not any(name.casefold() in _OF_QUALTRICS for name in grid.names):
        return None
    because = Reason("qualtrics_names", {"n": own})
    if _are_questions(grid):
        # The row of questions without the one below it: the file ends here, or somebody took the
        # third row out.
        faults: tuple[Fault, ...] = ()
        if not any(grid.cell(1, at) for at in range(len(grid.names))):
            faults = (Fault(f"row {grid.row + 1}", "survey_qualtrics_cut", {"row": grid.row + 1}),)
        return _export(grid, [None] * len(ids), 2, because, faults)
    return _export(grid, [None] * len(ids), 1, because)


_OF_QUALTRICS = frozenset(
    ("responseid", "recordeddate", "recipientlastname", "distributionchannel", "userlanguage")
)


def _export(
    grid: Grid,
    ids: Sequence[str | None],
    n_headings: int,
    because: Reason,
    faults: tuple[Fault, ...] = (),
) -> Export:
    parts = tuple(_part(name, each) for name, each in zip(grid.names, ids, strict=True))
    columns = range(len(parts))
    questions = [grid.cell(0, at) if n_headings > 1 else "" for at in columns]
    return Export(
        tool="qualtrics",
        because=because,
        n_headings=n_headings,
        parts=parts,
        questions=tuple(questions),
        leave_out=_leave_out,
        separators=",",
        unseen=UNSEEN,
        faults=faults,
    )


def _import_id(cell: str) -> str | None:
    try:
        told = json.loads(cell)
    except ValueError:
        return None
    return str(told["ImportId"]) if isinstance(told, dict) and "ImportId" in told else None


def _are_questions(grid: Grid) -> bool:
    """Return whether the first row below the names holds what was asked, and no answers."""
    own = [at for at, name in enumerate(grid.names) if name.casefold() in ("startdate", "enddate")]
    return any(isinstance(read_day(grid.cell(0, at)), str) and grid.cell(0, at) for at in own)


def _part(name: str, import_id: str | None) -> Part:
    known = _PARTS.get((import_id or "").casefold()) or _PARTS.get(name.casefold())
    if known:
        return known
    if _TECHNICAL.fullmatch(name):
        return "technical"
    if "_FILE_" in (import_id or "") or (not import_id and _FILE.fullmatch(name)):
        return "personal"
    return "text" if (import_id or name).upper().endswith("TEXT") else "answer"


def _leave_out(columns: Mapping[Part, pd.Categorical]) -> Mapping[str, Bools]:
    left: dict[str, Bools] = {}
    if (status := columns.get("status")) is not None:
        left["preview"] = _where(status, _is_preview)
        left["spam"] = _where(status, _is_spam) & ~left["preview"]
    if (finished := columns.get("finished")) is not None:
        left["unfinished"] = _where(finished, _is_unfinished)
    return left


def _where(column: pd.Categorical, test: Callable[[str], bool]) -> Bools:
    truths = np.array([test(str(each).casefold()) for each in column.categories] + [False])
    return np.asarray(truths[column.codes], dtype=bool)


def _is_preview(status: str) -> bool:
    if status.isdecimal():
        return bool(int(status) & _TEST)
    return any(word in status for word in ("preview", "voorbeeld", "test"))


def _is_spam(status: str) -> bool:
    return bool(int(status) & _SPAM) if status.isdecimal() else "spam" in status


def _is_unfinished(finished: str) -> bool:
    return YES_NO.get(finished) is False

"""Exports of LimeSurvey: with codes or whole questions as names, or both.

``Q01[SQ002]``, ``How often? [I learn]``, ``Q01[SQ002]. How often? [I learn]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from matcher.arrays import Bools
from matcher.survey.export import Export, Part
from matcher.survey.grid import Grid
from matcher.survey.personal import plain
from matcher.survey.result import Reason

_CODES: Mapping[str, Part] = {
    "submitdate": "day",
    **dict.fromkeys(("lastpage", "startlanguage", "seed", "startdate", "datestamp"), "technical"),
    **dict.fromkeys(("refurl", "interviewtime"), "technical"),
    **dict.fromkeys(("id", "token", "ipaddr", "firstname", "lastname", "email"), "personal"),
}
"""Code of a column of LimeSurvey itself -> what it is."""
_QUESTIONS: Mapping[str, Part] = {
    **dict.fromkeys(("date submitted", "datum ingestuurd", "datum ingezonden"), "day"),
    **dict.fromkeys(("datum verzonden", "inzenddatum", "datum ingediend"), "day"),
    **dict.fromkeys(("last page", "laatste pagina", "start language"), "technical"),
    **dict.fromkeys(("starttaal", "begintaal", "aanvangstaal", "seed"), "technical"),
    **dict.fromkeys(("date started", "datum gestart", "datum begonnen"), "technical"),
    **dict.fromkeys(("date last action", "datum laatste actie"), "technical"),
    **dict.fromkeys(("datum laatste handeling", "total time", "totale tijd"), "technical"),
    **dict.fromkeys(("referrer url", "verwijzende url", "doorverwijzende url"), "technical"),
    **dict.fromkeys(("response id", "antwoord id", "respons id", "reactie id"), "personal"),
    **dict.fromkeys(("token", "access code", "toegangscode", "ip address", "ip adres"), "personal"),
}
"""The same where the names are whole questions, in English and Dutch."""
_NEEDED = 3
_CODE = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\[[A-Za-z0-9_]+\])*)(?:\.\s+(.*))?", re.S)
_TIMES = re.compile(r"groupTime[0-9]+|[A-Za-z][A-Za-z0-9_]*Time|(group|question) time: .*", re.I)
_OWN_WORDS = re.compile(r".*\[(other|comment|anders|overige?|andere?|opmerking)\]", re.I | re.S)
_UNDATED = "1980-01-01 00:00:00"
"""When an answer was sent, in a survey that keeps no dates."""


def limesurvey(grid: Grid) -> Export | None:
    """Return how LimeSurvey wrote a file; None if it did not."""
    told = [_own(name) for name in grid.names]
    n_own = sum(part is not None for part in told)
    if n_own < _NEEDED or ("day" not in told and "technical" not in told):
        return None
    parts = tuple(_part(name, own) for name, own in zip(grid.names, told, strict=True))
    return Export(
        tool="limesurvey",
        because=Reason("limesurvey", {"n": n_own}),
        n_headings=1,
        parts=parts,
        questions=tuple(map(_question, grid.names)),
        leave_out=_leave_out,
        unseen=_UNDATED,
    )


def _own(name: str) -> Part | None:
    code = name.split(". ")[0]
    return _CODES.get(code) or _QUESTIONS.get(plain(name))


def _part(name: str, own: Part | None) -> Part:
    if own is not None:
        return own
    found = _CODE.fullmatch(name)
    code = found[1] if found else name
    if _TIMES.fullmatch(code):
        return "technical"
    return "text" if _OWN_WORDS.fullmatch(code) or _OWN_WORDS.fullmatch(name) else "answer"


def _question(name: str) -> str:
    found = _CODE.fullmatch(name)
    return (found[2] or "") if found else name


def _leave_out(columns: Mapping[Part, pd.Categorical]) -> Mapping[str, Bools]:
    """Who did not send his answers in has no day on which he did."""
    if (sent := columns.get("day")) is None:
        return {}
    return {"unfinished": np.asarray(sent.codes < 0)}

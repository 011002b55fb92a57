"""Exports of Microsoft Forms and Google Forms: whole questions as names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matcher.survey.export import Export, Part
from matcher.survey.grid import Grid
from matcher.survey.personal import plain
from matcher.survey.result import Reason

_MICROSOFT: Mapping[str, Part] = {
    **dict.fromkeys(("start time", "begintijd", "starttijd"), "technical"),
    **dict.fromkeys(("completion time", "tijd van voltooien", "voltooiingstijd"), "day"),
    **dict.fromkeys(("last modified time", "tijd van laatste wijziging"), "technical"),
    **dict.fromkeys(("total points", "totaal aantal punten", "quiz feedback"), "technical"),
    **dict.fromkeys(("language", "taal"), "technical"),
    **dict.fromkeys(("id", "email", "e mail", "name", "naam"), "personal"),
}
_QUIZ = re.compile(r"(points|feedback|punten) ?[-\u2013:] .*", re.I | re.S)
_TIMES = ("start time", "begintijd", "starttijd")
_ENDS = ("completion time", "tijd van voltooien", "voltooiingstijd")
_GOOGLE: Mapping[str, Part] = {
    **dict.fromkeys(("timestamp", "tijdstempel"), "day"),
    **dict.fromkeys(("email address", "e mailadres", "username"), "personal"),
    **dict.fromkeys(("gebruikersnaam", "email", "e mail"), "personal"),
    "score": "technical",
}


def microsoft_forms(grid: Grid) -> Export | None:
    """Return how Microsoft Forms wrote a file; None if it did not."""
    names = [plain(name) for name in grid.names]
    if not set(_TIMES) & set(names) or not set(_ENDS) & set(names):
        return None
    # What stands behind the columns of the tool is asked: a question may be called "Naam" too.
    own = max(at for at, name in enumerate(names) if name in _MICROSOFT and at < _MOST_OWN)
    parts: list[Part] = [
        _MICROSOFT.get(name, "answer") if at <= own else "answer" for at, name in enumerate(names)
    ]
    for at, name in enumerate(grid.names):
        if _QUIZ.fullmatch(name):
            parts[at] = "technical"
    because = Reason("microsoft_forms")
    return Export("microsoft_forms", because, 1, tuple(parts), grid.names, separators=";")


_MOST_OWN = 9


def google_forms(grid: Grid) -> Export | None:
    """Return how Google Forms wrote a file; None if it did not."""
    names = [plain(name) for name in grid.names]
    if not names or names[0] not in ("timestamp", "tijdstempel"):
        return None
    parts: tuple[Part, ...] = tuple(_GOOGLE.get(name, "answer") for name in names)
    because = Reason("google_forms")
    return Export("google_forms", because, 1, parts, grid.names, separators=",;")

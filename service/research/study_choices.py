"""What a form says of a study, written to its study file: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matcher.study.study_file import LEAVE_OUT, UNDECIDED, Pad
from matcher.vocabulary import Language
from service.research import studies
from service.research.studies import Overtaken, Study
from service.research.workspace import Workspace

Change = tuple[Sequence[str | int], object]
"""Where in the study file, and what to write there; None takes it away."""
ROLES: Mapping[str, tuple[str, str]] = {
    "before": ("respondents", "before"),
    "after": ("respondents", "after"),
    "respondents": ("respondents", ""),
    "both": ("respondents", ""),
    "companies": ("companies", ""),
    "log": ("log", ""),
    "other": ("leave_out", ""),
}
"""What a person says that a file is -> its role and wave in the study file."""


def choose(
    workspace: Workspace,
    study: Study,
    seen: str,
    changes: Sequence[Change],
    roles: Mapping[str, str],
    language: Language,
) -> Mapping[str, Any]:
    """Write choices to the study file, then read files anew that are something else by now.

    Choices that are there already may come from a page that was overtaken: a form that was sent
    twice is no quarrel.

    Parameters
    ----------
    seen : str
        What ``studies.seen`` told when the form was made.
    roles : mapping
        Path of a file -> what somebody says that it is, where that is another kind of file.

    Returns
    -------
    mapping
        What the last look told: ``state`` is ``done``, or ``refused`` with the faults.

    Raises
    ------
    Overtaken
        If the study changed in between, and the choices are not there yet.
    InvalidStudy
        If the study file would break a rule; it is left as it was.
    TooHeavy
        If a file takes more to read than it should.
    """
    with studies.changing(workspace, study) as (folder, _):
        pad = Pad.open(folder, language)
        new = [pad.decide(where, value) for where, value in changes]
        if (any(new) or roles) and studies.seen(folder) != seen:
            raise Overtaken
        if any(new):
            pad.save(folder)
        told: Mapping[str, Any] = {"state": "done"}
        for path, role in roles.items():
            told = studies.look_again(workspace, folder, path, role, language)
            if told["state"] != "done":
                return told
    return told


def answered(table: str, words: str, value: str) -> Change:
    """Return the choice for words of a table: what they mean, ``-`` for nothing, ``?`` to ask."""
    return (table, words), value or UNDECIDED


__all__ = ["LEAVE_OUT", "ROLES", "Change", "answered", "choose"]

"""A row of text cells, from a form or a table, read as a profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from matcher.errors import InvalidProfile
from matcher.profile.schema import Profile, read_profile
from matcher.tables.cells import (
    as_typed,
    code_word,
    known_word,
    read_items,
    typed_number,
    typed_yes_no,
)
from matcher.vocabulary import NEEDS, Transition

BOOLEAN_FIELDS = frozenset({"oo_fund", "recognised_training_company", "running_slim"})
SCORE_FIELDS = frozenset({"culture_baseline", "owner_support"})
ARRAY_FIELDS = {"needs": NEEDS, "transitions": get_args(Transition)}


def _cell(name: str, text: str) -> object:
    """Return the value in a cell as the profile wants it; a wrong one comes back as its text."""
    if name == "employees" or name in SCORE_FIELDS:
        return typed_number(text, short=name in SCORE_FIELDS)
    if name in BOOLEAN_FIELDS:
        return typed_yes_no(text)
    word = known_word(text)
    if word is None:
        return None
    if name in ARRAY_FIELDS:
        if name == "transitions" and word.casefold() == "geen":
            return []
        return list(read_items(word, ARRAY_FIELDS[name]))
    return word.upper() if name == "sector" else code_word(word.casefold()).replace(" ", "_")


def read_cells(cells: Mapping[str, str]) -> Profile:
    """Return the profile in a row of text cells: a form or a table. Empty is unknown.

    Raises
    ------
    InvalidProfile
        With all faults, each at the name of its column.

    Examples
    --------
    >>> known = {"sector": "C", "sbi_version": "2025", "staffing_pressure": "gemiddeld"}
    >>> read_cells({**known, "employees": "1 200", "needs": "vakkennis|digitaal"}).employees
    1200
    """
    raw = {name: _cell(name, text) for name, text in cells.items()}
    try:
        return read_profile({name: value for name, value in raw.items() if value is not None})
    except InvalidProfile as refusal:
        raise InvalidProfile(as_typed(refusal.faults, raw)) from None

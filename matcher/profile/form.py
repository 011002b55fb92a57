"""Text cells of a form or a table, read as the values of a profile, and written again."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from matcher.profile.schema import Profile, read_profile

UNKNOWN_WORDS = frozenset({"", "weet niet", "weet ik niet", "onbekend", "unknown", "?", "-"})
"""What people write in an optional cell when they do not know."""
BLANK_WORDS = UNKNOWN_WORDS | {"na"}
"""The same in a file: "NA" is how R writes what it does not know."""
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet would take for the start of a formula."""
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")

_YES = {"ja": True, "j": True, "yes": True, "true": True, "waar": True, "1": True}
_NO = {
    "nee": False,
    "n": False,
    "no": False,
    "false": False,
    "onwaar": False,
    "0": False,
}
YES_NO: Mapping[str, bool] = _YES | _NO
"""Words for yes and no in the columns that hold true or false."""

BOOLEAN_FIELDS = frozenset({"oo_fund", "recognised_training_company", "running_slim"})
NUMBER_FIELDS = frozenset({"culture_baseline", "owner_support"})
ARRAY_FIELDS = frozenset({"needs", "transitions"})


def _cell(name: str, text: str) -> object:
    """Return the value in a cell as the profile wants it; a wrong one comes back as its text."""
    word = " ".join(text.strip().split())
    if word.casefold() in UNKNOWN_WORDS:
        return None
    if name in ARRAY_FIELDS:
        if name == "transitions" and word.casefold() == "geen":
            return []
        return [part.strip().casefold() for part in word.split("|") if part.strip()]
    if name in BOOLEAN_FIELDS:
        return YES_NO.get(word.casefold(), word)
    if name == "employees":
        return _parsed(word, int)
    if name in NUMBER_FIELDS:
        return _parsed(word.replace(",", "."), float)
    return word.upper() if name == "sector" else word.casefold().replace(" ", "_")


def _parsed(word: str, kind: type[int | float]) -> object:
    """Return the number in a word; a fraction where a count is asked keeps its own fault."""
    try:
        return kind(word)
    except ValueError:
        try:
            return float(word.replace(",", "."))
        except ValueError:
            return word


def read_cells(cells: Mapping[str, str]) -> Profile:
    """Return the profile in a row of text cells: a form or a table. Empty is unknown.

    Raises
    ------
    InvalidProfile
        With all faults, each at the name of its column.
    """
    raw = {name: _cell(name, text) for name, text in cells.items()}
    return read_profile({name: value for name, value in raw.items() if value is not None})


def written(value: object) -> str:
    """Return a value as a cell of a table, in the form that is read back as the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, list | tuple):
        return "|".join(map(str, value)) or "geen"
    return written_number(value) if isinstance(value, float) else str(value)


def written_number(value: float) -> str:
    """Return a number without an exponent, to nine decimals.

    Never with exactly three: nobody could tell 1.125 from a thousand and some.
    """
    text = np.format_float_positional(value, precision=9, trim="-")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def harmless(text: str) -> str:
    """Return a text that a spreadsheet will show and not run."""
    # A bare "-" is a word for unknown, and no formula.
    runs = text.startswith(FORMULA) and text != "-" and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def written_text(text: str, most: int) -> str:
    """Return a text of at most so many characters that no spreadsheet takes for a formula."""
    return harmless(text)[:most]

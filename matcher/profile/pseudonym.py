"""Names under which companies and learning tables are known here: never their own."""

from __future__ import annotations

import re

from matcher.tables.cells import BLANK_WORDS

PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"


def is_pseudonym(name: str) -> bool:
    """Return whether a name can be a pseudonym: not what a file of trials reads as unknown."""
    if not re.fullmatch(PATTERN, name):
        return False
    return re.sub("[_-]", " ", name).casefold() not in BLANK_WORDS

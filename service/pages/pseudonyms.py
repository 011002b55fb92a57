"""Names under which companies are known here: never their own."""

from __future__ import annotations

import re

from service.pages.texts import gettext

_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def read_pseudonym(typed: str) -> tuple[str | None, str]:
    """Return a pseudonym, None where nothing was typed, and what is wrong with it."""
    name = "-".join(typed.split())
    if not name or _PSEUDONYM.fullmatch(name):
        return name or None, ""
    return None, gettext(
        "Gebruik alleen letters, cijfers en streepjes, hoogstens 40. Bijvoorbeeld: bakker-7."
    )

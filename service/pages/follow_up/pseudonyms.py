"""Names under which companies are known here: never their own."""

from __future__ import annotations

from matcher.profile.pseudonym import is_pseudonym
from service.pages.shared.texts import gettext


def read_pseudonym(typed: str) -> tuple[str | None, str]:
    """Return a pseudonym, None where nothing was typed, and what is wrong with it."""
    name = "-".join(typed.split())
    if not name or is_pseudonym(name):
        return name or None, ""
    return None, gettext(
        "Gebruik alleen letters, cijfers en streepjes, hoogstens 40. Bijvoorbeeld: bakker-7."
    )

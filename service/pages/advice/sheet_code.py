"""The code on the sheet, with which somebody comes back to it."""

from __future__ import annotations

from service.caller import organisation
from service.pages.intake import answers
from service.store import codes
from service.store import conversations as store
from service.store.current import current_database
from service.store.database import Unavailable


def sheet_code() -> str:
    """Return the code of the conversation about the answers at hand, as it stands on paper.

    Empty before a choice was recorded, and while the database is away: the sheet needs neither.
    """
    try:
        with current_database().reading() as connection:
            found = store.find(connection, organisation(), answers.once())
    except (store.NotFound, Unavailable):
        return ""
    return codes.spelt(found.code) if found.code else ""

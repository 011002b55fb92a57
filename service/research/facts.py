"""Facts of the menu card, renewed from a page: the file is replaced whole, or not at all."""

from __future__ import annotations

from matcher.files import whole_file
from matcher.menu.card import Menu, parse_menu, read_menu
from matcher.menu.facts import Fact
from matcher.menu.renewal import Keys, digest_of, is_renewable, renewed
from service.errors import ServiceError
from service.research.workspace import Workspace
from service.store import audit
from service.store.database import Database

ACTION = "fact.renew"
_ROOM = 120
"""Characters that the trail keeps of what was done."""


class Overtaken(ServiceError):
    """Somebody else renewed the fact, or took it away, since the page was shown."""


class Unwritable(ServiceError):
    """The file of the menu cannot be replaced here."""


def on_file(workspace: Workspace) -> Menu:
    """Return the menu as its file is now, which may be newer than what answers; InvalidMenu."""
    return read_menu(workspace.menu)


def find(menu: Menu, name: str) -> Fact | None:
    """Return a fact that can be renewed, by its id."""
    found = next((fact for fact in menu.facts if fact.id == name), None)
    return found if found is not None and is_renewable(found) else None


def renew(
    workspace: Workspace,
    database: Database,
    organisation: str,
    by: str,
    name: str,
    made_on: str,
    keys: Keys,
) -> str:
    """Write other values of a fact to the file of the menu, and return the new version.

    Parameters
    ----------
    workspace, database
        Where the file is, and where the audit trail.
    organisation, by : str
        On whose behalf it is done, and who does it.
    name : str
        Id of the fact.
    made_on : str
        Digest of the text that was changed: `matcher.menu.renewal.digest_of`.
    keys : mapping
        Key of the fact -> new value; None takes it away.

    Raises
    ------
    Overtaken
        If the fact is not as it was when it was shown: nothing is written.
    InvalidMenu
        If the file has a fault already, or would get one.
    Unwritable
        If the file cannot be replaced.
    Unavailable
        If the database does not answer: what is not in the audit trail is not done.
    """
    with workspace.alone("menu"):
        menu = on_file(workspace)
        fact = find(menu, name)
        if fact is None or digest_of(fact) != made_on:
            raise Overtaken
        text = renewed(menu, name, keys)
        after = parse_menu(text, workspace.menu.name)
        file = workspace.menu.resolve()
        with database.writing() as connection:
            audit.add(connection, organisation, ACTION, f"{name} {after.version} {by}"[:_ROOM])
            try:
                with whole_file(file, file.stat().st_mode & 0o777, "utf-8") as written:
                    written.write(text)
            except OSError as error:
                raise Unwritable from error
        return after.version

"""``flask --app service database``: the form of the tables, forward and back."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from service.cli.telling import explained, refuse, tell, warn
from service.store import migrations
from service.store.backup import keep_beside
from service.store.current import current_database, current_settings
from service.store.database import HEAD, revision_of

group = AppGroup("database", help="The form of the tables.")


@group.command()
def status() -> None:
    """Say in which form the tables are; exit 1 when that is not the form of this release."""
    with explained(), current_database().unprepared(writes=False) as connection:
        found = revision_of(connection)
        known = found is None or migrations.knows(found)
    state = "current" if found == HEAD else "older" if known else "newer"
    tell(f"database_{state}", found=found or "none", known=HEAD)
    if found != HEAD:
        sys.exit(1)


@group.command()
def upgrade() -> None:
    """Bring the tables to the form of this release, as its first use would."""
    with explained():
        current_database().prepare()
    tell("database_current", found=HEAD, known=HEAD)


@group.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION, for an older release; all there is, is kept beside first.

    Stop the service before, and start the older release after: this one would upgrade again.
    """
    if revision != "base" and not migrations.knows(revision):
        raise refuse("revision_unknown", value=revision, choices=", ".join(migrations.known()))
    with explained():
        database = current_database()
        database.prepare()
        with database.unprepared(writes=True) as connection:
            kept = keep_beside(connection, current_settings().instance, "downgrade")
            migrations.take_down(connection, revision)
        database.forget()
    warn("kept_beside", file=kept)
    tell("database_down", found=revision)

"""``flask --app service audit``: whether the trail is whole."""

from __future__ import annotations

from flask.cli import AppGroup

from service.cli.telling import explained, refuse, tell
from service.store import audit
from service.store.current import current_database

group = AppGroup("audit", help="The trail of what was done.")


@group.command()
def verify() -> None:
    """Check that no row was altered, taken out or put in; exit 1 and name the first that was."""
    with explained(), current_database().reading() as connection:
        broken = audit.first_broken(connection)
        newest = audit.newest(connection)
    if broken is not None:
        raise refuse("audit_broken", sequence=broken)
    if newest is None:
        tell("audit_empty")
    else:
        tell("audit_whole", sequence=newest.sequence, hash=newest.hash)

"""``flask --app service backup|restore``: all that is kept, in one file and back."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from service.cli.telling import explained, refuse, tell, warn
from service.store import backup as backups
from service.store.current import current_database, current_settings
from service.store.restore import check, put_back


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@with_appcontext
def backup(file: Path, force: bool) -> None:
    """Write all that is kept into FILE, while the service goes on."""
    if file.exists() and not (force and file.is_file()):
        raise refuse("backup_there" if file.is_file() else "backup_no_file", file=file)
    with explained():
        if current_database().revision() is None:
            raise refuse("backup_nothing")
        # Brought up to date first, as the first use would: refuses tables of a newer release.
        current_database().prepare()
        with current_database().unprepared(writes=False) as connection:
            made = backups.write(connection, file)
        tell("backed_up", n=sum(made.rows.values()), file=file, sha256=made.digest)
        # Read again: what cannot be restored is no backup.
        checked = check(file)
    if checked.broken_audit is not None:
        warn("audit_broken_in_backup", sequence=checked.broken_audit)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--broken-audit", is_flag=True, help="Also when its audit trail was tampered with.")
@with_appcontext
def restore(file: Path, broken_audit: bool) -> None:
    """Replace all that is kept by what is in FILE; what was there is kept beside.

    The file is checked first. Then all is replaced at once or not at all, also under a running
    service: until it is done, that reads what was there before, and writes wait.
    """
    with explained():
        checked = check(file)
        if checked.broken_audit is not None and not broken_audit:
            raise refuse("backup_audit", sequence=checked.broken_audit)
        kept = put_back(current_database(), file, checked, current_settings().instance)
    if kept is not None:
        warn("kept_beside", file=kept)
    tell("restored", n=sum(checked.rows.values()), made_at=checked.made_at)

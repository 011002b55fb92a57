"""``flask --app service export|erase``: a company asks what is kept of it, or to be forgotten."""

from __future__ import annotations

import click
import orjson
from flask.cli import with_appcontext

from service.cli.telling import ask, explained, refuse, tell
from service.store import subjects
from service.store.current import current_database

_organisation = click.option("--organisation", help="Only what this organisation recorded.")


@click.command()
@click.argument("id_", metavar="ID")
@_organisation
@with_appcontext
def export(id_: str, organisation: str | None) -> None:
    """Print as JSON all that is kept under ID: a conversation, or a company's pseudonym."""
    with explained(), current_database().writing() as connection:
        found = _found(subjects.found(connection, id_, organisation), id_)
        kept = subjects.everything(connection, found)
        subjects.note_export(connection, found)
    click.echo(orjson.dumps(kept, option=orjson.OPT_INDENT_2).decode())


@click.command()
@click.argument("id_", metavar="ID")
@_organisation
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def erase(id_: str, organisation: str | None, yes: bool) -> None:
    """Erase all that is kept under ID; the audit trail keeps that it was there, without content."""
    with explained(), current_database().reading() as connection:
        found = _found(subjects.found(connection, id_, organisation), id_)
    owners = sorted({each.organisation for each in found})
    if len(owners) > 1:
        raise refuse("subject_of_several", value=id_, choices=", ".join(owners))
    if not yes:
        ask("erase_ask", n=len(found), organisation=owners[0])
    with explained(), current_database().writing() as connection:
        tell("erased", n=subjects.erase(connection, id_, owners[0]), organisation=owners[0])


def _found(found: list[subjects.Kept], id_: str) -> list[subjects.Kept]:
    if not found:
        raise refuse("subject_unknown", value=id_)
    return found

"""All commands, and an application for them alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext

from matcher.errors import Refused
from matcher.messages import say
from service.access.local_link import new_link
from service.cli import (
    SERVE,
    Commands,
    audit,
    backup,
    database,
    init_app,
    retention,
    subjects,
    trials,
)
from service.cli.keys import keys
from service.cli.telling import refusal_of
from service.cli.users import users
from service.server.start import Make, start
from service.server.workers import MOST
from service.settings import read_settings
from service.store import current as store
from service.web.sessions import session_secret


@click.command()
@click.option("--workers", type=click.IntRange(1, MOST), default=1, help="Processes; 1 by default.")
def serve(workers: int) -> None:
    """Serve on this machine until asked to stop, as python -m service does."""
    commands = click.get_current_context().ensure_object(ScriptInfo).load_app().cli
    assert isinstance(commands, Commands)  # init_app gave it them
    sys.exit(start(workers, commands.make))


@click.command()
@with_appcontext
def link() -> None:
    """Print a new link that opens everything in a browser here, once, where nobody signs in."""
    settings = store.current_settings()
    if settings.auth != "none":
        raise click.ClickException(say("en", "cli.link_not_needed"))
    click.echo(new_link(settings.instance))


COMMANDS: Mapping[str, click.Command] = {
    "audit": audit.group,
    "backup": backup.backup,
    "database": database.group,
    "erase": subjects.erase,
    "export": subjects.export,
    "keys": keys,
    "link": link,
    "restore": backup.restore,
    "retention": retention.group,
    SERVE: serve,
    "trials": trials.group,
    "users": users,
}


def make_app(make: Make) -> Flask:
    """Return an application that can be administered and does not serve.

    It needs no menu, no model and no way to sign in: whatever is wrong with those, a backup can be
    made.
    """
    app = Flask("service")
    commands = init_app(app, make)
    try:
        settings = read_settings()
        session_secret(settings.instance)  # makes the folder, or says why it cannot be
        store.init_app(app, settings)
    except Refused as error:
        commands.refusal = refusal_of(error)
    return app

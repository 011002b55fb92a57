"""``flask --app service ...``: what an administrator does. One file per group of commands."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import FlaskGroup

from matcher.errors import Refused
from service.cli import audit, backup, database, retention, subjects, trials
from service.cli.keys import keys
from service.cli.telling import refusal_of
from service.cli.users import users
from service.sessions import session_secret
from service.settings import read_settings
from service.store import current as store

COMMANDS: tuple[click.Command, ...] = (
    audit.group,
    backup.backup,
    backup.restore,
    database.group,
    keys,
    retention.group,
    subjects.export,
    subjects.erase,
    trials.group,
    users,
)


def init_app(app: Flask) -> None:
    """Give an application the commands."""
    for command in COMMANDS:
        app.cli.add_command(command)


def is_looking() -> bool:
    """Return whether ``flask`` wants an application only to find a command of it."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def make_app() -> Flask:
    """Return an application that can be administered and does not serve.

    It needs no menu, no model and no way to sign in: whatever is wrong with those, a backup can be
    made.
    """
    app = Flask("service")
    try:
        settings = read_settings()
        session_secret(settings.instance)  # makes the folder, or says why it cannot be
        store.init_app(app, settings)
    except Refused as error:
        raise refusal_of(error) from None
    init_app(app)
    return app

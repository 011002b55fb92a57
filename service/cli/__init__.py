"""The operator's commands: ``flask --app service GROUP COMMAND``, a module per group."""

from __future__ import annotations

from flask import Flask

from service.cli.keys import keys
from service.cli.users import users


def init_app(app: Flask) -> None:
    """Add the groups of commands to an application."""
    for group in (keys, users):
        app.cli.add_command(group)

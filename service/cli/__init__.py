"""``flask --app service ...``: what an administrator does, a file per group of commands."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup, FlaskGroup

SERVE = "serve"


class Commands(AppGroup):
    """The commands, imported when one is asked for: alembic alone costs the service .2 s."""

    make: Callable[..., Flask]
    """Makes the application that serves."""
    refusal: click.ClickException | None = None
    """Why none can be given but the one that serves: that says so in its own way."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        from service.cli.commands import COMMANDS

        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None when there is none of that name; or raise the refusal."""
        from service.cli.commands import COMMANDS

        if self.refusal is not None and cmd_name != SERVE:
            raise self.refusal
        return COMMANDS.get(cmd_name)


def init_app(app: Flask, make: Callable[..., Flask]) -> Commands:
    """Give an application the commands; ``make`` makes the one that serves."""
    app.cli = commands = Commands(app.name)
    commands.make = make
    return commands


def is_looking() -> bool:
    """Return whether ``flask`` wants an application only to find a command of it."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)

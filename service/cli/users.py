"""People who sign in with a password: made, listed, disabled while the service runs."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from flask.cli import AppGroup
from sqlalchemy import Connection

from matcher.messages import say
from service.access import passwords
from service.access.people import name_as_kept
from service.caller import ROLES, Role
from service.cli.telling import valid_name
from service.store import users as store
from service.store.current import current_database


@click.group(cls=AppGroup)
def users() -> None:
    """Make, list and disable people who sign in with a password."""


@users.command()
@click.argument("name", callback=valid_name)
@click.option("--organisation", required=True, callback=valid_name, help="For whom they work.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What they may do.")
def create(name: str, organisation: str, role: Role) -> None:
    """Let somebody called NAME sign in; the password is asked, or read from stdin."""
    name = name_as_kept(name)
    kept = passwords.hashed(_asked(name, organisation))
    try:
        with current_database().writing() as connection:
            store.add(connection, store.User(name, organisation, role, kept))
    except store.NameTaken:
        raise click.ClickException(say("en", "cli.user_taken", name=name)) from None
    click.echo(say("en", "cli.user_created", name=name))


@users.command("list")
def list_() -> None:
    """List everybody who can sign in, or could."""
    with current_database().reading() as connection:
        found = store.listed(connection)
    click.echo("\t".join(("name", "state", "organisation", "role", "created")))
    for user in found:
        state = "disabled" if user.disabled else "active"
        row = (user.name, state, user.organisation, user.role, user.created_at[:10])
        click.echo("\t".join(row))


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME sign in no more, and end where they are signed in."""
    _change(name, store.disable, "cli.user_disabled")


@users.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME sign in again."""
    _change(name, store.enable, "cli.user_enabled")


@users.command()
@click.argument("name")
def password(name: str) -> None:
    """Give NAME another password, and end where they are signed in."""
    name = name_as_kept(name)
    with current_database().reading() as connection:
        user = store.find(connection, name)
    if user is None:
        raise _unknown(name)
    kept = passwords.hashed(_asked(name, user.organisation))
    with current_database().writing() as connection:
        store.set_password(connection, name, kept)
    click.echo(say("en", "cli.user_changed", name=name))


def _change(name: str, change: Callable[[Connection, str], None], done: str) -> None:
    name = name_as_kept(name)
    try:
        with current_database().writing() as connection:
            change(connection, name)
    except store.NoSuchUser:
        raise _unknown(name) from None
    click.echo(say("en", done, name=name))


def _asked(name: str, organisation: str) -> str:
    """Return a good password, from a prompt or from stdin: never from an argument, which shows."""
    if sys.stdin.isatty():
        again = say("en", "cli.user_password_again")
        text = click.prompt(
            say("en", "cli.user_password"), hide_input=True, confirmation_prompt=again
        )
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    faults = passwords.faults_of(text, name, organisation)
    if faults:
        raise click.ClickException(faults[0].text("en"))
    return str(text)


def _unknown(name: str) -> click.ClickException:
    return click.ClickException(say("en", "cli.user_unknown", name=name))

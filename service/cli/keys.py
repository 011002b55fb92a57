"""Keys for programs of an organisation: made, listed and revoked while the service runs."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup

from matcher.messages import say
from service.access.keys import new_key
from service.caller import SCOPES
from service.cli.telling import valid_name
from service.settings import is_origin
from service.store import keys as store
from service.store.clock import now
from service.store.current import current_database

_COLUMNS = (
    *("prefix", "state", "organisation", "scopes", "created", "expires", "used"),
    *("widget", "origins"),
)


@click.group(cls=AppGroup)
def keys() -> None:
    """Make, list and revoke keys of organisations."""


def _scopes(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[str]:
    asked = [each.strip() for each in text.split(",")]
    unknown = [each for each in asked if each not in SCOPES]
    if unknown:
        choices = ", ".join(SCOPES)
        raise click.BadParameter(say("en", "cli.key_scope", value=unknown[0], choices=choices))
    return frozenset(asked)


def _origins(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    for each in given:
        if not is_origin(each):
            raise click.BadParameter(say("en", "cli.key_origin", value=each))
    return given


@keys.command()
@click.option("--organisation", required=True, callback=valid_name, help="Whose key it is.")
@click.option("--scopes", required=True, callback=_scopes, help=", ".join(SCOPES))
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day on which it no longer works (UTC).",
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    callback=_origins,
    help="A site that may show the widget, like https://www.example.org; may be given again.",
)
def create(
    organisation: str, scopes: frozenset[str], expires: datetime | None, origins: tuple[str, ...]
) -> None:
    """Make a key and show it, once."""
    until = None if expires is None else expires.strftime("%Y-%m-%dT00:00:00.000000Z")
    if until is not None and until <= now():
        raise click.BadParameter(say("en", "cli.key_expired"), param_hint="--expires")
    shown, kept = new_key(organisation, scopes, now(), until, origins)
    try:
        with current_database().writing() as connection:
            store.add(connection, kept)
    except store.TooMany as refusal:
        prefixes = ", ".join(refusal.prefixes)
        raise click.ClickException(
            say("en", "cli.key_too_many", organisation=organisation, prefixes=prefixes)
        ) from None
    if origins:
        id_ = store.widget_id(organisation)
        click.echo(say("en", "cli.key_widget", organisation=organisation, id=id_), err=True)
    click.echo(say("en", "cli.key_once"), err=True)
    click.echo(shown)


@keys.command("list")
def list_() -> None:
    """List all keys, without their secrets."""
    with current_database().reading() as connection:
        found = store.listed(connection)
    click.echo("\t".join(_COLUMNS))
    for key in found:
        row = (
            key.prefix,
            _state(key),
            key.organisation,
            ",".join(scope for scope in SCOPES if scope in key.scopes),
            key.created_at[:10],
            (key.expires_at or "-")[:10],
            key.used_on or "-",
            store.widget_id(key.organisation) if key.origins else "-",
            ",".join(key.origins) or "-",
        )
        click.echo("\t".join(row))


def _state(key: store.Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.active(now()) else "expired"


@keys.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Let the key with this PREFIX open nothing any more."""
    with current_database().writing() as connection:
        if not store.revoke(connection, prefix):
            raise click.ClickException(say("en", "cli.key_unknown", prefix=prefix))
    click.echo(say("en", "cli.key_revoked", prefix=prefix))

"""Names of organisations and people, as the commands take them."""

from __future__ import annotations

import click

from matcher.messages import say


def valid_name(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Return a name that a table and a line of text can hold."""
    if not (text.strip() == text and text.isprintable() and 0 < len(text) <= 80):
        raise click.BadParameter(say("en", "cli.name"))
    return text

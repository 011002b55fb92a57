"""What commands take and tell: names, and every fault with the way out and exit code 1."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError

from matcher.errors import Fault, Refused
from matcher.messages import say
from service.store.database import Busy, TooNew, Unavailable


@contextmanager
def explained() -> Iterator[None]:
    """Turn what cannot be done into a ClickException that says why."""
    try:
        yield
    except Refused as error:
        raise refusal_of(error) from None
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read our output has stopped: click ends quietly
            raise
        rule = error.strerror or str(error)
        raise refusal_of(
            Refused([Fault(str(error.filename), "file_write", {"rule": rule})])
        ) from None
    except TooNew as error:
        raise refuse("database_newer", found=error.found, known=error.known) from None
    except Busy as error:
        raise refuse("database_busy", rule=_first_line(error.__cause__)) from None
    except Unavailable as error:
        raise refuse("database_away", rule=_first_line(error.__cause__)) from None
    except DBAPIError as error:
        raise refuse("database_broken", rule=_first_line(error.orig)) from None


def refuse(code: str, **params: object) -> click.ClickException:
    """Return a refusal that is about no field."""
    return click.ClickException(Fault("", code, params).text("en"))


def refusal_of(error: Refused) -> click.ClickException:
    """Return all faults, each with its place."""
    return click.ClickException("\n".join(fault.line("en") for fault in error.faults))


def tell(key: str, **params: object) -> None:
    """Say on stdout what was done."""
    click.echo(say("en", f"operate.{key}", **params))


def warn(key: str, **params: object) -> None:
    """Say on stderr what needs attention."""
    click.echo(say("en", f"operate.{key}", **params), err=True)


def ask(key: str, **params: object) -> None:
    """Go on only after a yes."""
    click.confirm(say("en", f"operate.{key}", **params), abort=True, err=True)


def valid_name(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Return the name of an organisation or a person; BadParameter if no line of text holds it."""
    if not (text.strip() == text and text.isprintable() and 0 < len(text) <= 80):
        raise click.BadParameter(say("en", "cli.name"))
    return text


def _first_line(error: object) -> str:
    text = str(getattr(error, "orig", error)).strip()
    return text.splitlines()[0] if text else type(error).__name__

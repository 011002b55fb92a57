"""What all commands share: refusals as lines and exit codes, and the options of many."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from matcher.errors import (
    InvalidProfile,
    InvalidTrials,
    Refused,
    RegistryError,
    RetrainingRuns,
    Unconfirmed,
    Warned,
)
from matcher.evaluation.verdict import BAD_INPUT, BUSY, UNCONFIRMED
from matcher.messages import say
from matcher.paths import EXPERT, MENU
from matcher.vocabulary import Language


class Refusal(click.ClickException):
    """What was asked cannot be done, for a reason that its lines tell."""

    exit_code = BAD_INPUT

    def show(self, file: Any = None) -> None:
        """Tell the lines as they are, without click's own words."""
        click.echo(self.message, err=True)


class Busy(Refusal):
    """Somebody else is at it."""

    exit_code = BUSY


class Doubted(Refusal):
    """Something is odd, and nobody said that it is right."""

    exit_code = UNCONFIRMED


@contextmanager
def telling(language: Language, table: Path | None = None) -> Iterator[None]:
    """Turn what the domain refuses into a Refusal: lines for a person and an exit code.

    ``table`` is the file whose rows are read: its faults name the row only.
    """
    try:
        yield
    except Refused as refused:
        in_rows = table is not None and isinstance(refused, InvalidTrials | InvalidProfile)
        file = f"{table.name}, " if table is not None and in_rows else ""
        lines = [file + fault.line(language) for fault in refused.faults]
        key = "cli.faults" if refused.total == refused.n_told else "cli.more_faults"
        lines.append(say(language, key, total=refused.total, shown=refused.n_told))
        lines += told_warnings(refused.warnings, language, table)
        raise Refusal("\n".join(lines)) from None
    except Unconfirmed as doubt:
        lines = told_warnings(doubt.warnings, language, table)
        lines.append(say(language, "cli.unconfirmed", n=len(doubt.warnings)))
        raise Doubted("\n".join(lines)) from None
    except RegistryError as error:
        kind = Busy if isinstance(error, RetrainingRuns) else Refusal
        raise kind(error.fault.line(language)) from None
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read our output has stopped: click ends quietly
            raise
        told = {"file": error.filename, "rule": error.strerror}
        raise Refusal(say(language, "cli.system", **told)) from None


def told_warnings(warnings: Sequence[Warned], language: Language, table: Path | None) -> list[str]:
    """Return what is odd as lines, under a heading where there is anything."""
    file = "" if table is None else f"{table.name}, "
    heading = [say(language, "cli.warnings")] if warnings else []
    return heading + [file + warned.line(language) for warned in warnings]


def path_of(*, folder: bool = False, exists: bool = True) -> click.Path:
    """Return the type of an argument that names a file, or a folder too."""
    return click.Path(exists=exists, dir_okay=folder, path_type=Path)


MODELS = click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("models"),
    show_default=True,
    help="Folder of the versions.",
)
MENU_CARD = click.option(
    "--menu", type=path_of(), default=MENU, help="The menu card; by default that of the product."
)
PRIOR = click.option(
    "--expert", type=path_of(), default=EXPERT, help="The expert prior; by default the product's."
)
ACCEPT = click.option(
    "--accept-warnings", is_flag=True, help="Take what is odd for right; a version remembers it."
)
MEASUREMENTS = click.option(
    "--measurements", type=path_of(), help="File of the measurements that the trials name."
)
SEED = click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)

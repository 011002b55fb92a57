"""``flask --app service trials``: outcomes for retraining."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from matcher.files import whole_file
from service.cli.telling import explained, warn
from service.store.current import current_database
from service.store.trials import all_trials_csv, trials_csv

group = AppGroup("trials", help="Outcomes, in the form that retraining reads.")


@group.command()
@click.option("--organisation", help="Only of this one; all of them by default.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
def export(organisation: str | None, out: Path | None) -> None:
    """Write all outcomes as CSV, for python -m matcher retrain."""
    with explained(), current_database().reading() as connection:
        pieces = (
            trials_csv(connection, organisation) if organisation else all_trials_csv(connection)
        )
        if out is None:
            for piece in pieces:
                click.echo(piece, nl=False)
            return
        with whole_file(out) as file:
            for piece in pieces:
                file.write(piece.encode())
    warn("trials_written", file=out)

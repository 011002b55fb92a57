"""``flask --app service serve``: the service itself."""

from __future__ import annotations

import sys

import click

from service.server.workers import MOST


@click.command()
@click.option("--workers", type=click.IntRange(1, MOST), default=1, help="Processes; 1 by default.")
def serve(workers: int) -> None:
    """Serve on this machine until asked to stop, as python -m service does."""
    from service.__main__ import start  # all of the application: no other command needs it

    sys.exit(start(workers))

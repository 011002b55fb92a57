"""The command that asks a model for a ranking of the menu."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.common import MODELS, path_of, telling
from matcher.errors import Fault
from matcher.menu.card import read_menu
from matcher.messages import say
from matcher.model import registry
from matcher.paths import MENU
from matcher.vocabulary import Language


@click.command()
@click.argument("profiles", type=path_of(folder=True))
@MODELS
@click.option("--version", help="Version to rank with; by default the current, else the newest.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_obj
def rank(
    lang: Language, profiles: Path, models: Path, version: str | None, out: Path | None
) -> None:
    """Rank the menu for every profile in PROFILES: one row per profile and intervention."""
    from matcher.profile.files import read_profiles
    from matcher.ranking.loading import load_engine
    from matcher.ranking.table import write_rankings

    with telling(lang, profiles):
        none = version is None and registry.live(models) is None
        if none:
            click.echo(say(lang, "notice.expert_only"), err=True)
        engine = load_engine(models, read_menu(MENU) if none else None, version)
        if engine.info.simulated:
            click.echo(say(lang, "notice.simulated"), err=True)
        notes: list[Fault] = []
        write_rankings(engine, read_profiles(profiles, notes), out)
    for note in notes:
        click.echo(note.line(lang), err=True)

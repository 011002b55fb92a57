"""Commands that ask a model: a ranking of the menu, and who should try what next."""

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


@click.command()
@click.option("--companies", required=True, type=path_of(), help="Profiles, each with a pseudonym.")
@click.option("--seats", required=True, type=path_of(), help="Seats per card, and who coaches.")
@click.option("--table", default="", help="Pseudonym of the learning table.")
@MODELS
@click.option("--version", help="Version to plan with; by default the current, else the newest.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="By default one that is new.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_obj
def plan(
    lang: Language,
    companies: Path,
    seats: Path,
    table: str,
    models: Path,
    version: str | None,
    seed: int | None,
    out: Path | None,
) -> None:
    """Propose who tries what, by lot, and log the chance of every choice.

    The rows fit a file of trials. With --out, FILE-choices.csv has every choice beside it.
    """
    import secrets

    from matcher.plan.files import check_table, read_plan_files
    from matcher.plan.lottery import propose
    from matcher.plan.table import explained, write_plan
    from matcher.ranking.loading import load_engine

    with telling(lang):
        menu = read_menu(MENU) if version is None and registry.live(models) is None else None
        engine = load_engine(models, menu, version)
        check_table(table)
        notes: list[Fault] = []
        made = propose(
            engine,
            *read_plan_files(companies, seats, engine.menu, notes),
            secrets.randbelow(2**31) if seed is None else seed,
        )
        write_plan(made, table, out)
    for sentence in (*(n.line(lang) for n in notes), *explained(made, engine.info, lang, out)):
        click.echo(sentence, err=True)

"""Commands about the next experiment: who tries what, by lot, and what it will be able to show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.cli.common import ACCEPT, MODELS, path_of, telling
from matcher.menu.card import read_menu
from matcher.model import registry
from matcher.paths import MENU
from matcher.vocabulary import Language

if TYPE_CHECKING:
    from matcher.ranking.engine import Engine


DESIGNS = ("thompson", "equal", "stratified", "cluster", "stepped-wedge")
_FILE = click.Path(dir_okay=False, path_type=Path)
_COMPANIES = click.option("--companies", type=path_of(), help="Profiles, each with a pseudonym.")
_SEATS = click.option("--seats", type=path_of(), help="Seats per card, and who coaches.")
_VERSION = click.option(
    "--version", help="Version to plan with; by default the current, else the newest."
)
_LEDGER = click.option(
    "--ledger",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of plan-ledger.jsonl; by default that of --out.",
)


@click.group(invoke_without_command=True)
@_COMPANIES
@_SEATS
@click.option("--design", type=click.Choice(DESIGNS), default="thompson", show_default=True)
@click.option("--table", default="", help="Pseudonym of the learning table, if all are at one.")
@click.option("--controls", type=int, default=0, help="How many (tables, in cluster) wait by lot.")
@click.option(
    "--strata",
    default="size_class,sector_group",
    show_default=True,
    help="Of stratified: table, size_class, sector_group or columns of the profile.",
)
@click.option("--clusters", type=click.Choice(("tables", "companies")), default="tables")
@click.option("--periods", type=int, default=4, help="Of a stepped wedge; nobody starts in one.")
@click.option("--start", default="", help="First day of period one of a stepped wedge.")
@click.option("--period-weeks", type=int, default=0, help="Weeks per period of a stepped wedge.")
@MODELS
@_VERSION
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="By default one that is new.")
@click.option("--by", help="Who draws, for the ledger; by default the name of this login.")
@_LEDGER
@ACCEPT
@click.option("--out", type=_FILE, help="File to write.")
@click.pass_context
def plan(
    context: click.Context,
    companies: Path | None,
    seats: Path | None,
    design: str,
    table: str,
    controls: int,
    strata: str,
    clusters: str,
    periods: int,
    start: str,
    period_weeks: int,
    models: Path,
    version: str | None,
    seed: int | None,
    by: str | None,
    ledger: Path | None,
    accept_warnings: bool,
    out: Path | None,
) -> None:
    """Propose who tries what, by lot, and log the chance of every choice.

    Without a command after it, --companies and --seats are required. The rows fit a file of trials.
    With --out, FILE-choices.csv has every choice beside it, and plan-ledger.jsonl a line per draw.
    """
    if context.invoked_subcommand is not None:
        return
    lang: Language = context.obj
    import secrets

    from matcher.messages import say
    from matcher.plan.drawing import Question, drawn
    from matcher.plan.settings import read_settings
    from matcher.plan.table import explained, write_plan

    folder = ledger if ledger is not None or out is None else out.parent
    with telling(lang):
        settings = read_settings(design, controls, strata, clusters, periods, start, period_weeks)
        engine = _engine(models, version)
        question = Question(*_both(companies, seats), table, settings)
        who = registry.signed("--by", _login() if by is None else by)
        found = drawn(engine, question, secrets.randbelow(2**31) if seed is None else seed)
        write_plan(
            found.plan,
            out,
            lambda: found.record(
                folder, who, seed_given=seed is not None, accepted=accept_warnings
            ),
        )
    for note in found.notes:
        click.echo(note.line(lang), err=True)
    for sentence in explained(found.plan, engine.info, lang, out):
        click.echo(sentence, err=True)
    key = "plan.no_ledger" if folder is None else "plan.ledger"
    click.echo(say(lang, key, folder=folder), err=True)


@plan.command()
@_COMPANIES
@_SEATS
@click.option(
    "--ledger",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of plan-ledger.jsonl.",
)
@click.option("--draw", type=int, help="Line of the ledger; by default the last.")
@click.option("--plan", "written", type=path_of(), help="The plan as it was written, if at hand.")
@MODELS
@_VERSION
@click.pass_obj
def verify(
    lang: Language,
    companies: Path | None,
    seats: Path | None,
    ledger: Path,
    draw: int | None,
    written: Path | None,
    models: Path,
    version: str | None,
) -> None:
    """Draw once more what the ledger says, and tell whether it is the same.

    Exit: 0 the same, 2 not the same, or the ledger is not as it was written.
    """
    from matcher.messages import say
    from matcher.plan.drawing import verified

    with telling(lang):
        paths = _both(companies, seats)
        told = verified(
            lambda named: _engine(models, version or named), *paths, ledger, draw, written
        )
        click.echo(say(lang, "plan.verified", time=told.time, by=told.by, seed=told.seed))


def _login() -> str:
    """Return the name of whoever is logged in, empty where a container has none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _both(companies: Path | None, seats: Path | None) -> tuple[Path, Path]:
    """Return both paths; a group cannot require them, for its commands go without."""
    if companies is None or seats is None:
        missing = {"--companies": companies, "--seats": seats}
        names = [name for name, path in missing.items() if path is None]
        raise click.UsageError(f"Missing option {', '.join(names)}.")
    return companies, seats


def _engine(models: Path, version: str | None) -> Engine:
    from matcher.ranking.loading import load_engine

    # The expert prior answers under a name too, which is no version.
    none = registry.live(models) is None and (version is None or version.startswith("expert-"))
    return load_engine(models, read_menu(MENU) if none else None, None if none else version)


POWER_DESIGNS = ("equal", "stratified", "cluster", "stepped-wedge", "before-after")
_NUMBERS: tuple[tuple[str, type, Any, str], ...] = (
    ("companies", int, 90, "Companies at the start."),
    ("tables", int, 7, "Learning tables: clusters, or strata."),
    ("cards", int, 1, "Approaches, each against waiting."),
    ("controls", float, None, "Share that waits; by default as many as try one card."),
    ("periods", int, 4, "Periods of a stepped wedge, the first without anybody."),
    ("respondents", int, 8, "People per company who answer."),
    ("employees", int, None, "People per company; by default far more."),
    ("sd-people", float, 0.95, "SD between people, in points of 1-6 [J]."),
    ("icc-companies", float, 0.12, "Share of people's variance between companies [J]."),
    ("icc-tables", float, 0.08, "Share of the variance of gains between tables [J]."),
    ("correlation", float, 0.6, "Of a company's means before and after [J]."),
    ("dropout", float, 0.25, "Share of companies without a measurement after [J]."),
    ("alpha", float, 0.05, "Chance to see what is not there, two-sided."),
    ("power", float, 0.8, "Chance to see what is there."),
)


@plan.command()
@click.option("--design", type=click.Choice(POWER_DESIGNS), default="equal", show_default=True)
@click.option("--effect", type=float, help="Points: how many companies does this take?")
@click.option("--csv", "as_csv", is_flag=True, help="One row with every number instead of text.")
@click.option("--out", type=_FILE, help="File to write.")
@click.pass_obj
def power(
    lang: Language,
    /,
    design: str,
    effect: float | None,
    as_csv: bool,
    out: Path | None,
    **numbers: Any,
) -> None:
    """Tell how large a difference an experiment can see, or how many companies that takes.

    Defaults are those of a region like ours; [J] is a judgement, not a finding.
    """
    from matcher.plan.power import Experiment, companies_needed, smallest_effect
    from matcher.plan.sight import as_row, described, write_sight

    with telling(lang):
        asked = Experiment(design=design, **numbers)  # type: ignore[arg-type]  # click chose it
        found = smallest_effect(asked) if effect is None else companies_needed(asked, effect)
        lines = "".join(f"{line}\n" for line in described(found, effect, lang))
        write_sight(as_row(found) if as_csv else lines, out)


for _name, _kind, _default, _help in reversed(_NUMBERS):
    power = click.option(
        f"--{_name}", type=_kind, default=_default, show_default=_default is not None, help=_help
    )(power)

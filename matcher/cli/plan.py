"""Commands about the next experiment: who tries what, by lot, and what it will be able to show."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from matcher.cli.common import MODELS, path_of, telling
from matcher.errors import Fault
from matcher.menu.card import read_menu
from matcher.model import registry
from matcher.paths import MENU
from matcher.vocabulary import Language


@click.group(invoke_without_command=True)
@click.option("--companies", type=path_of(), help="Profiles, each with a pseudonym. Required.")
@click.option("--seats", type=path_of(), help="Seats per card, and who coaches. Required.")
@click.option("--table", default="", help="Pseudonym of the learning table.")
@MODELS
@click.option("--version", help="Version to plan with; by default the current, else the newest.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="By default one that is new.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_context
def plan(
    context: click.Context,
    companies: Path | None,
    seats: Path | None,
    table: str,
    models: Path,
    version: str | None,
    seed: int | None,
    out: Path | None,
) -> None:
    """Propose who tries what, by lot, and log the chance of every choice.

    The rows fit a file of trials. With --out, FILE-choices.csv has every choice beside it.
    """
    if context.invoked_subcommand is not None:
        return
    lang: Language = context.obj
    import secrets

    from matcher.plan.files import check_table, read_plan_files
    from matcher.plan.lottery import propose
    from matcher.plan.table import explained, write_plan
    from matcher.ranking.loading import load_engine

    if companies is None or seats is None:
        missing = {"--companies": companies, "--seats": seats}
        names = [name for name, path in missing.items() if path is None]
        raise click.UsageError(f"Missing option {', '.join(names)}.")
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
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_obj
def power(
    lang: Language,
    design: str,
    effect: float | None,
    as_csv: bool,
    out: Path | None,
    **numbers: Any,
) -> None:
    """Tell how large a difference an experiment can see, or how many companies that takes.

    Defaults are those of a region like ours; [J] is a judgement, not a finding.
    """
    from matcher.files import whole_file
    from matcher.plan.power import Experiment, companies_needed, smallest_effect
    from matcher.plan.sight import described

    with telling(lang):
        asked = Experiment(design=design, **numbers)  # type: ignore[arg-type]  # click chose it
        found = smallest_effect(asked) if effect is None else companies_needed(asked, effect)
        if as_csv:
            row = found.row()
            lines = [list(row), ["" if cell is None else cell for cell in row.values()]]
        else:
            lines = [[line] for line in described(found, effect, lang)]
        if out is None:
            _write(sys.stdout, lines, as_csv=as_csv)
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(out, 0o644, "utf-8") as file:
                _write(file, lines, as_csv=as_csv)


for _name, _kind, _default, _help in reversed(_NUMBERS):
    power = click.option(
        f"--{_name}", type=_kind, default=_default, show_default=_default is not None, help=_help
    )(power)


def _write(file: Any, lines: list[list[Any]], *, as_csv: bool) -> None:
    if as_csv:
        csv.writer(file, lineterminator="\n").writerows(lines)
    else:
        file.writelines(f"{line}\n" for (line,) in lines)

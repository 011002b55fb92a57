"""Commands that make a version and decide which one is live."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import click

from matcher.cli.common import (
    ACCEPT,
    MEASUREMENTS,
    MENU_CARD,
    MODELS,
    PRIOR,
    SEED,
    path_of,
    telling,
    told_warnings,
)
from matcher.errors import BrokenVersion
from matcher.evaluation.verdict import Step
from matcher.menu.card import Menu, read_menu
from matcher.messages import say
from matcher.model import registry
from matcher.model.artefact import load
from matcher.vocabulary import LANGUAGES, Language


@click.command()
@click.argument("trials", type=path_of(folder=True))
@MEASUREMENTS
@MENU_CARD
@PRIOR
@MODELS
@SEED
@click.option("--skip-faulty", is_flag=True, help="Use the good rows; write the others to a file.")
@ACCEPT
@click.option("--quick", is_flag=True, help="Fit and save without evaluation or report.")
@click.option("--report/--no-report", default=True, help="Write the report; by default, yes.")
@click.option("--scheduler", help="Dask scheduler to work on, tcp://host:port; else this machine.")
@click.option("--steps", "told", is_flag=True, help="Tell each step as a line of JSON on stderr.")
@click.pass_obj
def retrain(
    lang: Language,
    trials: Path,
    measurements: Path | None,
    menu: Path,
    expert: Path,
    models: Path,
    seed: int,
    skip_faulty: bool,
    accept_warnings: bool,
    quick: bool,
    report: bool,
    scheduler: str | None,
    told: bool,
) -> None:
    """Fit on TRIALS and write a candidate version with its evaluation; nothing goes live.

    The last line on stdout is the version's name. Exit: 0 promote, 3 keep, 4 cannot tell,
    2 bad input, 5 another retraining is running, 6 warnings that nobody accepted.
    """
    from matcher.evaluation.verdict import EXIT_CODES
    from matcher.retraining import retrain as run
    from matcher.training.folds import N_FOLDS
    from matcher.training.parallel import workers

    steps = 1 if quick else N_FOLDS + 3 + report
    with telling(lang, trials), workers(scheduler), _bar(steps, told) as step:
        candidate = run(
            trials,
            read_menu(menu),
            expert,
            models,
            measurements=measurements,
            seed=seed,
            skip_faulty=skip_faulty,
            accept_warnings=accept_warnings,
            quick=quick,
            report=report,
            told=lambda read: _tell_left_out(lang, read, trials, read_menu(menu)),
            progress=step,
        )
    click.echo((models / candidate.version / f"evaluation.{lang}.md").read_text(encoding="utf-8"))
    click.echo(candidate.version)
    sys.exit(EXIT_CODES[candidate.verdict])


@contextmanager
def _bar(steps: int, told: bool) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on a terminal, nothing elsewhere unless each step is to be told."""
    from tqdm import tqdm

    if told:
        done = count(1)
        yield lambda name: click.echo(Step(next(done), steps, name).line(), err=True)
        return

    with tqdm(total=steps, disable=None, leave=False, file=sys.stderr) as bar:

        def step(name: str) -> None:
            bar.set_description(name)
            bar.update()

        yield step


def _tell_left_out(lang: Language, read: Any, path: Path, menu: Menu) -> None:
    for line in told_warnings(read.warnings, lang, path):
        click.echo(line, err=True)
    if read.warnings:
        click.echo(say(lang, "cli.accepted", n=len(read.warnings)), err=True)
    if read.simulated:
        click.echo(say(lang, "cli.simulated"), err=True)
    for note in read.notes:
        click.echo(note.line(lang), err=True)
    if read.n_faulty_left_out:
        from matcher.trials.rejected import write_faulty

        beside = write_faulty(path, menu, lang)
        count = read.n_faulty_left_out
        click.echo(say(lang, "cli.faulty_left_out", n=count, file=beside), err=True)


@click.command()
@click.argument("trials", type=path_of(folder=True))
@MEASUREMENTS
@MENU_CARD
@PRIOR
@SEED
@ACCEPT
@click.pass_obj
def evaluate(
    lang: Language,
    trials: Path,
    measurements: Path | None,
    menu: Path,
    expert: Path,
    seed: int,
    accept_warnings: bool,
) -> None:
    """Print what a model on TRIALS is worth beside simple choices; write nothing."""
    from matcher.retraining import appraise

    with telling(lang, trials):
        pages = appraise(
            trials,
            read_menu(menu),
            expert,
            measurements=measurements,
            seed=seed,
            accept_warnings=accept_warnings,
        )
    click.echo(pages[LANGUAGES.index(lang)])


@click.command()
@click.argument("version")
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why.")
@MODELS
@click.pass_obj
def promote(lang: Language, version: str, by: str, reason: str, models: Path) -> None:
    """Make VERSION the current one; a running service follows within a second or two."""
    with telling(lang):
        decision = registry.promote(models, version, by, reason)
    click.echo(say(lang, "cli.live", version=decision.version, replaced=decision.replaced or "-"))


@click.command()
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why.")
@MODELS
@click.pass_obj
def rollback(lang: Language, by: str, reason: str, models: Path) -> None:
    """Make the version that was live before the current one live again."""
    with telling(lang):
        decision = registry.rollback(models, by, reason)
    click.echo(say(lang, "cli.live", version=decision.version, replaced=decision.replaced or "-"))


@click.command()
@MODELS
@click.pass_obj
def versions(lang: Language, models: Path) -> None:
    """List the versions, oldest first, with their alias."""
    with telling(lang):
        current, previous = registry.current(models), registry.previous(models)
        known = registry.versions(models)
    for version in known:
        alias = {current: "current", previous: "previous"}.get(version, "")
        try:
            model, provenance = load(models / version)
        except BrokenVersion as error:
            click.echo(f"{version}\t{alias}\tbroken\t{error.fault.line(lang)}")
            continue
        facts = model.facts
        kind = "simulated" if facts.simulated else "real"
        click.echo(
            f"{version}\t{alias}\t{provenance.verdict}\t{kind}\t{facts.trials} trials\t"
            f"{facts.companies} companies"
        )


@click.command()
@MODELS
@click.pass_obj
def ledger(lang: Language, models: Path) -> None:
    """List every promotion and rollback, oldest first."""
    with telling(lang):
        for d in registry.ledger(models):
            click.echo(
                f"{d.time}\t{d.action}\t{d.version}\t{d.replaced or '-'}\t{d.by}\t{d.reason}"
            )

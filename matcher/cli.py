"""The commands of ``python -m matcher``.

Exit codes: 0 done (of ``retrain``: the candidate may go live), 2 bad input, 3 keep the present
model, 4 cannot tell, 5 another retraining is running. Results go to stdout, the rest to stderr.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import click

from matcher import registry
from matcher.artefact import load
from matcher.errors import (
    BrokenVersion,
    InvalidProfile,
    InvalidTrials,
    MatcherError,
    Refused,
    RetrainingRuns,
)
from matcher.expert import read_expert
from matcher.menu import Menu, read_menu
from matcher.messages import say
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.vocabulary import LANGUAGES, Language

BAD_INPUT, BUSY = 2, 5

# pandas and scikit-learn cost seconds to import: a command imports what it needs when it runs.


class _Refusal(click.ClickException):
    exit_code = BAD_INPUT

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


class _Busy(_Refusal):
    exit_code = BUSY


@contextmanager
def _told(language: Language, table: Path | None = None) -> Iterator[None]:
    """Turn what the domain refuses into lines for a person and an exit code.

    ``table`` is the file whose rows are read: its faults name the row only.
    """
    try:
        yield
    except Refused as refused:
        in_rows = table is not None and isinstance(refused, InvalidTrials | InvalidProfile)
        file = f"{table.name}, " if table is not None and in_rows else ""
        lines = [f"{file}{fault.where}: {fault.text(language)}" for fault in refused.faults]
        key = "cli.faults" if refused.total == len(refused.faults) else "cli.more_faults"
        lines.append(say(language, key, total=refused.total, shown=len(refused.faults)))
        raise _Refusal("\n".join(lines)) from None
    except RetrainingRuns as error:
        raise _Busy(str(error)) from None
    except MatcherError as error:
        raise _Refusal(str(error)) from None
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read our output has stopped: click ends quietly
            raise
        raise _Refusal(f"{error.filename}: {error.strerror}") from None


def _path(*, folder: bool = False, exists: bool = True) -> click.Path:
    return click.Path(exists=exists, dir_okay=folder, path_type=Path)


_models = click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("models"),
    show_default=True,
    help="Folder of the versions.",
)
_menu = click.option(
    "--menu", type=_path(), default=MENU, help="The menu card; by default that of the product."
)
_expert = click.option(
    "--expert", type=_path(), default=EXPERT, help="The expert prior; by default the product's."
)
_seed = click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="nl",
    show_default=True,
    help="Language of faults and findings.",
)
@click.pass_context
def main(context: click.Context, lang: Language) -> None:
    """Leermatch: from the outcomes of experiments to a ranking of the menu."""
    context.obj = lang


@main.command()
@click.argument("trials", type=_path(folder=True))
@_menu
@_expert
@_models
@_seed
@click.option("--skip-faulty", is_flag=True, help="Use the good rows; write the others to a file.")
@click.option("--quick", is_flag=True, help="Fit and save without evaluation or report.")
@click.option("--report/--no-report", default=True, help="Write the report; by default, yes.")
@click.option("--scheduler", help="Dask scheduler to work on, tcp://host:port; else this machine.")
@click.option("--steps", "told", is_flag=True, help="Tell each step on a line, for who watches.")
@click.pass_obj
def retrain(
    lang: Language,
    trials: Path,
    menu: Path,
    expert: Path,
    models: Path,
    seed: int,
    skip_faulty: bool,
    quick: bool,
    report: bool,
    scheduler: str | None,
    told: bool,
) -> None:
    """Fit on TRIALS and write a candidate version with its evaluation; nothing goes live.

    The last line on stdout is the version's name. Exit: 0 promote, 3 keep, 4 cannot tell,
    2 bad input, 5 another retraining is running.
    """
    from matcher.cross_fitting import N_FOLDS
    from matcher.gate import EXIT_CODES
    from matcher.retraining import retrain as run
    from matcher.scheduling import workers

    steps = 1 if quick else N_FOLDS + 3 + report
    with _told(lang, trials), workers(scheduler), _bar(steps, told) as step:
        candidate = run(
            trials,
            read_menu(menu),
            expert,
            models,
            seed=seed,
            skip_faulty=skip_faulty,
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
        yield lambda name: click.echo(f"step {next(done)}/{steps} {name}", err=True)
        return

    with tqdm(total=steps, disable=None, leave=False, file=sys.stderr) as bar:

        def step(name: str) -> None:
            bar.set_description(name)
            bar.update()

        yield step


def _tell_left_out(lang: Language, read: Any, path: Path, menu: Menu) -> None:
    if read.simulated:
        click.echo(say(lang, "cli.simulated"), err=True)
    if read.n_simulated_left_out:
        count = read.n_simulated_left_out
        click.echo(say(lang, "cli.simulated_left_out", n=count), err=True)
    if read.n_faulty_left_out:
        from matcher.faulty import write_faulty

        beside = write_faulty(path, menu, lang)
        count = read.n_faulty_left_out
        click.echo(say(lang, "cli.faulty_left_out", n=count, file=beside), err=True)


@main.command()
@click.argument("trials", type=_path(folder=True))
@_menu
@_expert
@_seed
@click.pass_obj
def evaluate(lang: Language, trials: Path, menu: Path, expert: Path, seed: int) -> None:
    """Print what a model on TRIALS is worth beside simple choices; write nothing."""
    from matcher.retraining import appraise

    with _told(lang, trials):
        pages = appraise(trials, read_menu(menu), expert, seed=seed)
    click.echo(pages[LANGUAGES.index(lang)])


@main.command()
@click.argument("version")
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why.")
@_models
@click.pass_obj
def promote(lang: Language, version: str, by: str, reason: str, models: Path) -> None:
    """Make VERSION the current one; a running service follows within a second or two."""
    with _told(lang):
        decision = registry.promote(models, version, by, reason)
    click.echo(say(lang, "cli.live", version=decision.version, replaced=decision.replaced or "-"))


@main.command()
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why.")
@_models
@click.pass_obj
def rollback(lang: Language, by: str, reason: str, models: Path) -> None:
    """Make the version that was live before the current one live again."""
    with _told(lang):
        decision = registry.rollback(models, by, reason)
    click.echo(say(lang, "cli.live", version=decision.version, replaced=decision.replaced or "-"))


@main.command()
@_models
@click.pass_obj
def versions(lang: Language, models: Path) -> None:
    """List the versions, oldest first, with their alias."""
    with _told(lang):
        current, previous = registry.current(models), registry.previous(models)
        known = registry.versions(models)
    for version in known:
        alias = {current: "current", previous: "previous"}.get(version, "")
        try:
            model, provenance = load(models / version)
        except BrokenVersion as error:
            click.echo(f"{version}\t{alias}\tbroken\t{error}")
            continue
        facts = model.facts
        kind = "simulated" if facts.simulated else "real"
        click.echo(
            f"{version}\t{alias}\t{provenance.verdict}\t{kind}\t{facts.trials} trials\t"
            f"{facts.companies} companies"
        )


@main.command()
@_models
@click.pass_obj
def ledger(lang: Language, models: Path) -> None:
    """List every promotion and rollback, oldest first."""
    with _told(lang):
        for d in registry.ledger(models):
            click.echo(
                f"{d.time}\t{d.action}\t{d.version}\t{d.replaced or '-'}\t{d.by}\t{d.reason}"
            )


@main.command()
@click.argument("profiles", type=_path(folder=True))
@_models
@click.option("--version", help="Version to rank with; by default the current, else the newest.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_obj
def rank(
    lang: Language, profiles: Path, models: Path, version: str | None, out: Path | None
) -> None:
    """Rank the menu for every profile in PROFILES: one row per profile and intervention."""
    from matcher.profile_files import read_profiles
    from matcher.rank_table import write_rankings

    with _told(lang, profiles):
        none = version is None and registry.live(models) is None
        if none:
            click.echo(say(lang, "notice.expert_only"), err=True)
        engine = registry.load_engine(models, read_menu(MENU) if none else None, version)
        if engine.info.simulated:
            click.echo(say(lang, "notice.simulated"), err=True)
        write_rankings(engine, read_profiles(profiles), out)


@main.command()
@click.option("--companies", required=True, type=_path(), help="Profiles, each with a pseudonym.")
@click.option("--seats", required=True, type=_path(), help="Seats per card, and who coaches.")
@click.option("--table", default="", help="Pseudonym of the learning table.")
@_models
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

    from matcher.plan import propose
    from matcher.plan_files import check_table, read_plan_files
    from matcher.plan_table import explained, write_plan

    with _told(lang):
        menu = read_menu(MENU) if version is None and registry.live(models) is None else None
        engine = registry.load_engine(models, menu, version)
        check_table(table)
        made = propose(
            engine,
            *read_plan_files(companies, seats, engine.menu),
            secrets.randbelow(2**31) if seed is None else seed,
        )
        write_plan(made, table, out)
    for sentence in explained(made, engine.info, lang, out):
        click.echo(sentence, err=True)


@main.command()
@_menu
@_expert
@click.option(
    "--trials", type=_path(folder=True), default=TRIALS, help="By default the product's own."
)
@click.pass_obj
def check(lang: Language, menu: Path, expert: Path, trials: Path) -> None:
    """Check the menu, the expert prior and the outcomes, and print every fault."""
    from matcher.trials import read_trials

    def trials_fit() -> str:
        return say(lang, "cli.trials_good", n=len(read_trials(trials, read_menu(menu)).frame))

    def menu_fits() -> str:
        return say(lang, "cli.menu_good", n=len(read_menu(menu)))

    def expert_fits() -> str:
        return say(lang, "cli.expert_good", version=read_expert(expert).version)

    refused: dict[Path, str] = {}
    for name, attempt in ((menu, menu_fits), (expert, expert_fits), (trials, trials_fit)):
        if attempt is trials_fit and menu in refused:
            continue  # the outcomes speak of the menu's cards
        try:
            with _told(lang, name):
                click.echo(f"{name.name}: {attempt()}")
        except _Refusal as refusal:
            refused[name] = refusal.message
    if refused:
        raise _Refusal("\n".join(refused.values()))


@main.command()
@click.argument("trials", type=_path())
@_menu
def inspect(trials: Path, menu: Path) -> None:
    """Tell as JSON what TRIALS holds, or its faults with the rows they are in."""
    from matcher.inspection import inspect as look

    with _told("nl", trials):
        click.echo(json.dumps(look(trials, read_menu(menu)), ensure_ascii=False))


@main.command()
@click.argument("trials", type=_path(), nargs=-1, required=True)
@_menu
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def join(lang: Language, trials: tuple[Path, ...], menu: Path, out: Path) -> None:
    """Write the rows of several files of TRIALS to one."""
    from matcher.joining import join_trials

    with _told(lang):
        click.echo(join_trials(trials, read_menu(menu), out))


@main.command()
@click.option("--world", default="interactions", show_default=True)
@click.option("--companies", type=click.IntRange(1, 1_000_000), default=90, show_default=True)
@click.option("--profiles", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@_menu
@_seed
@click.pass_obj
def simulate(
    lang: Language, world: str, companies: int, profiles: int, out: Path, menu: Path, seed: int
) -> None:
    """Write the trials of a simulated world, other companies, and the truth about them."""
    from matcher.simulation import WORLDS, write_simulation
    from matcher.simulation import simulate as run

    if world not in WORLDS:
        raise _Refusal(say(lang, "cli.unknown_world", world=world, known=", ".join(WORLDS)))
    with _told(lang):
        write_simulation(run(world, companies, seed, read_menu(menu), profiles), out)
    click.echo(say(lang, "cli.simulation_written", folder=out))

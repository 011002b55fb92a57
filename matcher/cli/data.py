"""Commands that check, join and simulate what a model learns from."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import click

from matcher.cli.common import (
    ACCEPT,
    MEASUREMENTS,
    MENU_CARD,
    PRIOR,
    SEED,
    Doubted,
    Refusal,
    path_of,
    telling,
)
from matcher.design.expert import read_expert
from matcher.errors import InvalidRegion
from matcher.menu.attention import WITHIN, attention
from matcher.menu.card import Menu, read_menu
from matcher.messages import say
from matcher.paths import TRIALS
from matcher.region import PLACES_FILE, REGIONS_FILE, Region, read_region, unknown_in
from matcher.validation import shown
from matcher.vocabulary import Language


@click.command()
@MENU_CARD
@PRIOR
@click.option(
    "--trials", type=path_of(folder=True), default=TRIALS, help="By default the product's own."
)
@MEASUREMENTS
@click.option("--on", "day", help="Day from which facts are looked at, as 2026-12-31; today.")
@ACCEPT
@click.pass_obj
def check(
    lang: Language,
    menu: Path,
    expert: Path,
    trials: Path,
    measurements: Path | None,
    day: str | None,
    accept_warnings: bool,
) -> None:
    """Check the menu, what its region brings, the expert prior and the outcomes.

    Every fault and warning is printed. What a region brings lies beside the menu: places.toml and
    regions.toml.

    Facts of the menu that end within 60 days, or were never checked, are listed with their cards.

    Exit: 0 good, 2 faults, 6 warnings that nobody accepted.
    """
    from matcher.trials.beside import with_measurements
    from matcher.trials.oddities import confirm
    from matcher.trials.reader import read_trials

    today = _day(day, lang)

    def good(file: Path, *sentences: str) -> None:
        click.echo(f"{file.name}: {' '.join(sentences)}")

    def trials_fit() -> None:
        read = with_measurements(read_trials(trials, read_menu(menu)), measurements)
        said = say(lang, "cli.trials_good", n=len(read.frame))
        # Who is asked about rows has to know from which sheet they are.
        good(trials, said, *(note.text(lang) for note in read.notes))
        confirm(read.warnings, accepted=accept_warnings)

    def menu_fits() -> None:
        found = read_menu(menu)
        good(menu, say(lang, "cli.menu_good", n=len(found)), *_facts(found, today, lang))

    def region_fits() -> None:
        region = read_region(menu)
        if menu not in refused and (faults := unknown_in(read_menu(menu), region)):
            raise InvalidRegion(faults)
        table = region.places.table
        n_places = sum(len(row.places) for row in table.municipality.values())
        counts = {"municipalities": len(table.municipality), "places": n_places}
        notes = [] if region.beside_menu else [say(lang, "cli.region_of_the_product")]
        good(menu.parent / PLACES_FILE, say(lang, "cli.places_good", **counts), *notes)
        told = say(lang, "cli.regions_good", n=len(region.table.provider))
        good(menu.parent / REGIONS_FILE, told, *_providers(region, today, lang))

    def expert_fits() -> None:
        good(expert, say(lang, "cli.expert_good", version=read_expert(expert).version))

    refused: dict[Path, Refusal] = {}
    checks = (
        (menu, menu_fits),
        (menu.parent / REGIONS_FILE, region_fits),
        (expert, expert_fits),
        (trials, trials_fit),
    )
    for name, attempt in checks:
        if attempt is trials_fit and menu in refused:
            continue  # the outcomes speak of the menu's cards
        try:
            with telling(lang, name):
                attempt()
        except Refusal as refusal:
            refused[name] = refusal
    if refused:
        lines = "\n".join(refusal.message for refusal in refused.values())
        doubted = all(isinstance(refusal, Doubted) for refusal in refused.values())
        raise (Doubted if doubted else Refusal)(lines)


def _day(text: str | None, lang: Language) -> date:
    try:
        return date.today() if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refusal(say(lang, "cli.no_day", value=shown(text))) from None


def _providers(region: Region, today: date, lang: Language) -> list[str]:
    """Return who helps in the region that somebody has to look up again, as lines."""
    until = today + timedelta(WITHIN)
    due = region.due(until)
    lines = [
        say(lang, "cli.provider_due", provider=row.id, words=row.of(lang), day=row.checked)
        for row in due
    ]
    head = say(lang, "cli.providers_due", n=len(due), day=until)
    return ["\n".join([head, *lines])] if due else []


def _facts(menu: Menu, today: date, lang: Language) -> list[str]:
    """Return which facts of the menu somebody has to look at, as lines behind one another."""
    due = attention(menu, today)
    if not due:
        return [say(lang, "cli.facts_good", n=len(menu.facts), within=WITHIN)]
    until = today + timedelta(WITHIN)
    head = say(lang, "cli.facts_due", n=len(due), total=len(menu.facts), day=until)
    lines = [
        say(
            lang,
            "cli.fact_due",
            fact=each.fact.id,
            why=say(lang, f"cli.fact_{each.why}", day=each.last_day),
            cards=", ".join(each.cards),
        )
        for each in due
    ]
    return ["\n".join([head, *lines])]


@click.command()
@click.argument("trials", type=path_of())
@MENU_CARD
@click.pass_obj
def inspect(lang: Language, trials: Path, menu: Path) -> None:
    """Tell as JSON what TRIALS holds and what is odd in it, or its faults with their rows."""
    from matcher.trials.preview import inspect as look

    with telling(lang, trials):
        click.echo(json.dumps(look(trials, read_menu(menu)), ensure_ascii=False))


@click.command()
@click.argument("trials", type=path_of(), nargs=-1, required=True)
@MENU_CARD
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def join(lang: Language, trials: tuple[Path, ...], menu: Path, out: Path) -> None:
    """Write the rows of several files of TRIALS to one."""
    from matcher.trials.joining import join_trials

    with telling(lang):
        click.echo(join_trials(trials, read_menu(menu), out))


@click.command()
@click.option("--world", default="interactions", show_default=True)
@click.option("--companies", type=click.IntRange(1, 1_000_000), default=90, show_default=True)
@click.option("--profiles", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option(
    "--effects",
    type=click.FloatRange(0, 10),
    default=1.0,
    show_default=True,
    help="Times the differences in gain of the world.",
)
@click.option(
    "--experts",
    type=click.Choice(["right", "useless", "wrong"]),
    help="Whether what the expert prior says of card and company is so; as in the world.",
)
@click.option(
    "--drift", type=click.FloatRange(-2, 2), help="Points that companies change anyway, on average."
)
@click.option("--controls", type=click.IntRange(0), help="Companies that wait.")
@click.option("--respondents", type=click.IntRange(1), help="People who answer for a company.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@MENU_CARD
@SEED
@click.pass_obj
def simulate(
    lang: Language,
    world: str,
    companies: int,
    profiles: int,
    out: Path,
    menu: Path,
    seed: int,
    effects: float,
    experts: Literal["right", "useless", "wrong"] | None,
    drift: float | None,
    controls: int | None,
    respondents: int | None,
) -> None:
    """Write the trials of a simulated world, other companies, and the truth about them.

    What the other options do not name is as in the world.
    """
    from matcher.simulation.simulate import WORLDS, write_simulation
    from matcher.simulation.simulate import simulate as run
    from matcher.simulation.variation import Variation

    if world not in WORLDS:
        raise Refusal(say(lang, "cli.unknown_world", world=world, known=", ".join(WORLDS)))
    with telling(lang):
        varied = Variation(effects, experts, drift, controls, respondents)
        files = write_simulation(
            run(world, companies, seed, read_menu(menu), profiles, varied), out
        )
    click.echo(say(lang, "cli.simulation_written", folder=out, files=", ".join(files)))

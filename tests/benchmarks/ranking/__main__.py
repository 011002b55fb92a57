"""``python -m tests.benchmarks.ranking``: run what is not yet done, and show all that is."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tests.benchmarks.ranking import public, store
from tests.benchmarks.ranking.limit import LIMITS
from tests.benchmarks.ranking.methods import LIBRARIES, METHODS, ON_REQUEST, missing_libraries
from tests.benchmarks.ranking.page import document, page
from tests.benchmarks.ranking.plots import plots
from tests.benchmarks.ranking.run import Plan, run, stamps
from tests.benchmarks.ranking.sections import Run, Section, plain, sections
from tests.benchmarks.ranking.store import ROOT, Result
from tests.benchmarks.ranking.summary import LIMIT, frame_of
from tests.benchmarks.ranking.worlds import ASIDE, GRID, WORLDS

SEEDS = {25: 20, 50: 20, 100: 20, 300: 20, 1000: 6, 10_000: 2}
"""Companies -> seeds of a full run."""
QUICK_SEEDS = {25: 2, 100: 2}
QUICK_WORLDS = ("null", "interactions", "thresholds", "misleading", "waves", "wine")
RESULTS = ROOT / "build" / "ranking" / "results.jsonl"
DOCUMENT = ROOT / "docs" / "benchmark.md"
KEPT = DOCUMENT.with_suffix(".jsonl.gz")
"""The results behind the document: a run goes on from there."""


def listed(known: tuple[str, ...], text: str, what: str) -> tuple[str, ...]:
    """Return names from a comma-separated list, in the order of those known."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"no {what} {', '.join(unknown)}; there are: {', '.join(known)}")
    return tuple(name for name in known if name in names)


def numbers(text: str) -> tuple[int, ...]:
    """Return numbers of companies from a comma-separated list."""
    try:
        found = tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError:
        found = ()
    if not found or found[0] < 1:
        raise click.BadParameter(f"sizes are whole numbers from 1, got {text!r}")
    return found


def chosen_worlds(text: str | None, quick: bool, warfarin: Path | None) -> tuple[str, ...]:
    """Return worlds and public data sets; without its file, warfarin is said and left out."""
    known = (*WORLDS, *GRID, *public.DATA)
    asked = (*known, *ASIDE)
    names = listed(asked, text, "world") if text else (QUICK_WORLDS if quick else known)
    if warfarin is None and any(name in public.WARFARIN for name in names):
        click.echo("Warfarin doses are left out: --warfarin PATH gives the file", err=True)
        names = tuple(name for name in names if name not in public.WARFARIN)
    return names


def chosen_methods(text: str | None, quick: bool = False) -> tuple[str, ...]:
    """Return methods; those whose library is not installed are said and left out.

    A quick run leaves out what only tells where the distance to the limit lies.
    """
    absent = missing_libraries()
    there = tuple(name for name in METHODS if LIBRARIES.get(name) not in absent)
    if absent and text is None:
        names = ", ".join(sorted(absent))
        click.echo(f"Not installed and left out (make bench installs them): {names}", err=True)
    if text is not None:
        return listed(there, text, "method")
    aside = ON_REQUEST | (frozenset(LIMITS) - {LIMIT} if quick else frozenset())
    return tuple(name for name in there if name not in aside)


@click.command()
@click.option("--worlds", help="Worlds and public data sets, comma-separated; default: all.")
@click.option("--sizes", help="Numbers of companies, comma-separated; default: 25 to 10000.")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    help="As many for every size; default: 20 up to 300 companies, 6 for 1000, 2 for 10000.",
)
@click.option("--methods", help="Comma-separated; default: all that are installed.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=RESULTS)
@click.option("--warfarin", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--quick", is_flag=True, help="Few worlds, sizes and seeds: under three minutes.")
@click.option("--docs", is_flag=True, help="Rewrite docs/benchmark.md and the results behind it.")
@click.option("--show-only", is_flag=True, help="Run nothing; show what is there.")
def main(
    worlds: str | None,
    sizes: str | None,
    seeds: int | None,
    methods: str | None,
    jobs: int,
    out: Path,
    warfarin: Path | None,
    quick: bool,
    docs: bool,
    show_only: bool,
) -> None:
    """Rank held-out companies with ours and with others, where the truth is known."""
    many = QUICK_SEEDS if quick else SEEDS
    wanted = numbers(sizes) if sizes else tuple(many)
    names = chosen_worlds(worlds, quick, warfarin)
    plan = Plan(
        worlds=names,
        seeds={n: seeds or many.get(n, 20 if n <= 300 else 2) for n in wanted},
        methods=chosen_methods(methods, quick),
        stamps=stamps(names, warfarin),
        warfarin=warfarin,
    )
    if out == RESULTS:
        store.start_from(KEPT, out)
    if not show_only:
        run(plan.cells(store.read(out)), plan, out, jobs)
    found = store.read(out)
    current = plan.current(found)
    if not current:
        raise click.ClickException(f"no results in {out}")
    made = sections(
        frame_of(current),
        Run(quick, plan.n_stale(found), plan.n_missing(found)),
    )
    show(made, current, out, docs)


def show(made: list[Section], current: list[Result], out: Path, docs: bool) -> None:
    """Print the tables, and write the page and, when asked, the document."""
    for section in made:
        click.echo(f"\n{section.title}\n")
        for text in section.text:
            click.echo(text.replace("**", ""))
        for table in section.tables:
            click.echo("\n" + plain(table))
    path = out.with_name("index.html")
    path.write_text(page(made, plots(frame_of(current))), encoding="utf-8")
    click.echo(f"\nPage: {path}")
    if docs:
        DOCUMENT.write_text(document(made), encoding="utf-8")
        store.keep(KEPT, current)
        click.echo(f"Document: {DOCUMENT}; its results: {KEPT}")


if __name__ == "__main__":
    sys.exit(main())

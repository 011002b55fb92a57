"""``python -m tests.benchmarks.ranking``: run what is not yet done, and show all that is."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tests.benchmarks.ranking import store
from tests.benchmarks.ranking.methods import LIBRARIES, METHODS, missing_libraries
from tests.benchmarks.ranking.run import cells, run, stamp_of, stamps
from tests.benchmarks.ranking.store import ROOT
from tests.benchmarks.ranking.table import frame_of, printed
from tests.benchmarks.ranking.worlds import WORLDS

SIZES = (25, 50, 100, 300, 1000, 10_000)
SEEDS = {25: 20, 50: 20, 100: 20, 300: 20, 1000: 6, 10_000: 2}
RESULTS = ROOT / "build" / "ranking" / "results.jsonl"
SHOWN = ("regret", "regret3", "ndcg3", "coverage80", "coverage80_first", "single")


def listed(known: tuple[str, ...], text: str | None, what: str) -> tuple[str, ...]:
    """Return names from a comma-separated list, or all of them."""
    if text is None:
        return known
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"no {what} {', '.join(unknown)}; there are: {', '.join(known)}")
    return names


@click.command()
@click.option("--worlds", help="comma-separated; default: all")
@click.option("--sizes", help="numbers of companies, comma-separated; default: 25 to 10000")
@click.option(
    "--seeds", type=click.IntRange(1), help="as many for every size; default: 20, fewer above 300"
)
@click.option("--methods", help="comma-separated; default: all that are installed")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=RESULTS)
@click.option("--warfarin", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(worlds, sizes, seeds, methods, jobs, out, warfarin):
    """Rank held-out companies with ours and with others, where the truth is known."""
    absent = missing_libraries()
    there = tuple(m for m in METHODS if LIBRARIES.get(m) not in absent)
    if absent and methods is None:
        click.echo(
            f"Left out, not installed (make bench does): {', '.join(sorted(absent))}", err=True
        )
    chosen_worlds = listed(WORLDS, worlds, "world")
    chosen = listed(there, methods, "method")
    numbers = SIZES if sizes is None else tuple(int(part) for part in sizes.split(","))
    many = {n: seeds or SEEDS.get(n, 20 if n <= 300 else 2) for n in numbers}
    pairs = stamps(chosen_worlds, warfarin)
    done = {result.key for result in store.read(out)}
    todo = cells(chosen_worlds, numbers, many, chosen, done, pairs)
    run(todo, pairs, out, jobs, warfarin)
    current = [
        result
        for result in store.read(out)
        if result.world in pairs
        and result.stamp == stamp_of(result.method, pairs[result.world])
        and result.n in many
        and result.seed < many[result.n]
        and result.method in chosen
    ]
    order = {name: i for i, name in enumerate((*METHODS, *WORLDS))}
    current.sort(key=lambda r: (r.n, order[r.world], order[r.method], r.seed))
    frame = frame_of(current)
    for measure in SHOWN:
        click.echo(printed(frame, measure))


if __name__ == "__main__":
    sys.exit(main())

"""What a run found, as titled tables: the page, the document and the terminal show the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from tests.benchmarks.ranking.aims import findings
from tests.benchmarks.ranking.methods import METHODS, what_it_is
from tests.benchmarks.ranking.summary import (
    LIMIT,
    Distance,
    Estimate,
    by_world,
    difference,
    distance,
    of_grid,
    of_public_data,
    over_worlds,
    peers_of,
    simulated,
    with_signal,
)

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
REACHED = {True: "yes", False: "**no**", None: "not measured"}


@dataclass(frozen=True)
class Run:
    """What was run, beside the results."""

    quick: bool
    n_stale: int
    """Results left out: of other code or other rows than those of today."""
    n_missing: int
    """Results asked for and not there."""


@dataclass(frozen=True)
class Section:
    """A title, what to know when reading, and tables."""

    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = field(default=())
    """Names of the plots that show the same."""


def sections(frame: pd.DataFrame, run: Run) -> list[Section]:
    """Return everything there is to tell, what matters most first."""
    made = (
        _what_was_run(frame, run),
        _aims(frame),
        _means(frame),
        _per_world(frame),
        _limit(frame),
        *_full(frame),
        _intervals(frame),
        _grid_of_effects(frame),
        _ties(frame),
        _public(frame),
        _time(frame),
        _methods(frame),
    )
    return [section for section in made if section is not None]


def _what_was_run(frame: pd.DataFrame, run: Run) -> Section:
    text = [
        "Every world is simulated and no number here is a finding about companies or approaches. "
        "A method learns from the trials of n companies and ranks 200 others, whose true expected "
        "gain per card is known. Regret is what the first choice misses, as a share of what a "
        "random card misses: 0 is perfect, 1 is no better than random. After ± stands one standard "
        "error over seeds.",
    ]
    if run.quick:
        text.insert(0, "**A quick run: few worlds, sizes and seeds. It shows that all works.**")
    if run.n_missing:
        text.append(f"{run.n_missing} of the results asked for are not there (yet).")
    if run.n_stale:
        text.append(f"{run.n_stale} results of other code or data were left out.")
    faults = frame.dropna(subset=["fault"])
    for name in dict.fromkeys(faults["method"].tolist()):
        said = faults.loc[faults["method"] == name, "fault"].tolist()
        text.append(f"{name} failed {len(said)} times: {said[0].splitlines()[0]}")
    rows = [
        [str(n), str(some["seed"].nunique()), ", ".join(dict.fromkeys(some["world"].tolist()))]
        for n, some in frame.groupby("n")
    ]
    return Section("What was run", tuple(text), ((("n", "seeds", "worlds"), rows),))


def _aims(frame: pd.DataFrame) -> Section:
    rows = [[f.aim, f.measured, REACHED[f.reached]] for f in findings(frame)]
    known = [row for row in rows if row[2] != REACHED[None]]
    reached = sum(row[2] == REACHED[True] for row in known)
    text = f"{reached} of {len(known)} measured figures are reached. A peer is any method but ours."
    head = ("aim", "measured: ours, with one standard error", "reached")
    return Section("Figures to reach", (text,), ((head, rows),))


def _means(frame: pd.DataFrame) -> Section:
    tables = [
        _by_size(with_signal(frame), measure, title)
        for measure, title in (
            ("regret", "regret of the first choice"),
            ("regret3", "regret of the best of the first three"),
            ("ndcg3", "nDCG@3"),
        )
    ]
    text = "Mean over all simulated worlds with signal; blank where a method lacks a world."
    return Section("Means over the worlds", (text,), tuple(tables), ("means",))


def _by_size(frame: pd.DataFrame, measure: str, title: str) -> Table:
    sizes = sorted(set(frame["n"].tolist()))
    means = {n: over_worlds(frame[frame["n"] == n], measure) for n in sizes}
    names = [m for m in METHODS if any(m in found for found in means.values())]
    rows = [[name, *(str(means[n].get(name, "")) for n in means)] for name in names]
    return (title, *(f"n = {n}" for n in means)), rows


def _per_world(frame: pd.DataFrame) -> Section:
    rows = []
    for (n, world), some in with_signal(frame).groupby(["n", "world"], sort=False):
        cells = by_world(some, "regret")
        peers = peers_of({method: value for (method, _), value in cells.items()})
        if ("ours", world) not in cells or not peers:
            continue
        best = min(peers, key=lambda name: peers[name].mean)
        gap = difference(some, "regret", "ours", best)
        rows.append(
            [str(n), str(world), str(cells["ours", str(world)]), best, str(peers[best]), str(gap)]
        )
    text = (
        "The peer that happens to be best in a world is another one each time, and is known only "
        "afterwards. A difference above 0 is a loss for ours; one within two standard errors of 0 "
        "is a tie."
    )
    head = ("n", "world", "ours", "best peer there", "its regret", "ours minus that")
    return Section("World by world, beside the best peer there", (text,), ((head, rows),))


def _limit(frame: pd.DataFrame) -> Section | None:
    some = with_signal(frame)
    if LIMIT not in set(some["method"]):
        return None
    rows = [
        [str(n), name, *_told(distance(part))]
        for n, of_n in some.groupby("n")
        for name, part in (
            ("all worlds", of_n),
            *((str(w), p) for w, p in of_n.groupby("world", sort=False)),
        )
    ]
    head = ("n", "world", "best peer", "its regret", "ours", "limit", "of the way")
    text = (
        "The limit is a learner who knows the law of each world, not what was drawn: no method "
        "that sees the same can be better on average. Of the way is (best peer - ours) / (best "
        "peer - limit): 0 % is no better than the best peer, 100 % the limit, below 0 the peer is "
        "ahead. "
        "After ± stands the standard error over seeds and of the limit's own draws."
    )
    where = (
        "Where the rest is: what the limit's regret rises by when one part of it is replaced by "
        "ours. Chances are those to start and to finish; the gain is split in a card's mean over "
        "companies and how companies differ from it. The parts do not add up exactly."
    )
    names = ("chances", "gains", "cards", "differences")
    parts = [
        [str(n), str(world), *(_rise(part, f"{LIMIT}_our_{name}") for name in names)]
        for (n, world), part in some.groupby(["n", "world"], sort=False)
        if f"{LIMIT}_our_gains" in set(part["method"])
    ]
    tables: list[Table] = [(head, rows)]
    if parts:
        tables.append((("n", "world", *(f"our {name}" for name in names)), parts))
    return Section("How far from the limit", (text, where) if parts else (text,), tuple(tables))


def _told(found: Distance | None) -> list[str]:
    if found is None:
        return ["", "", "", "no limit known", ""]
    gone = "" if math.isnan(found.gone) else f"{100 * found.gone:.0f} %"
    limit = str(Estimate(found.limit, found.error))
    return [found.peer, f"{found.best:.3f}", f"{found.ours:.3f}", limit, gone]


def _rise(frame: pd.DataFrame, name: str) -> str:
    gap = difference(frame, "regret", name, LIMIT)
    return "" if gap is None else f"{gap:+}"


def _grid_of_effects(frame: pd.DataFrame) -> Section | None:
    ours = of_grid(frame[frame["method"] == "ours"])
    if ours.empty:
        return None
    text = (
        "Cards differ half, once, twice and four times as much in gain as in interactions; experts "
        "are right, speak of nothing that matters (useless), or have every sign wrong."
    )
    tables = tuple(
        _sizes(ours, measure, title)
        for measure, title in (
            ("coverage80", "80 %"),
            ("coverage80_first", "80 %, first card"),
            ("regret", "regret"),
        )
    )
    return Section("Effects of another size, by what experts are worth", (text,), tables)


def _full(frame: pd.DataFrame) -> Iterator[Section]:
    for measure, title in (("regret", "Regret of the first choice"), ("regret3", "Best of three")):
        tables = [_grid(some, measure, f"n = {n}") for n, some in with_signal(frame).groupby("n")]
        plots = ("worlds",) if measure == "regret" else ()
        yield Section(f"{title}, every method in every world", (), tuple(tables), plots)


def _grid(frame: pd.DataFrame, measure: str, corner: str) -> Table:
    cells = by_world(frame, measure)
    worlds = list(dict.fromkeys(world for _, world in cells))
    names = list(dict.fromkeys(method for method, _ in cells))
    rows = [[name, *(str(cells.get((name, world), "")) for world in worlds)] for name in names]
    return (corner, *worlds), rows


def _intervals(frame: pd.DataFrame) -> Section:
    some = simulated(frame).dropna(subset=["coverage80"])
    rows = []
    for (n, method), cell in some.groupby(["n", "method"], sort=False):
        by = cell.groupby("world")
        rows.append(
            [
                str(n),
                str(method),
                *(_spread(by[name].mean()) for name in ("coverage80", "coverage80_first")),
                *(_spread(by[name].mean()) for name in ("coverage95", "coverage95_first")),
                *(f"{cell[name].mean():.3f}" for name in ("width80", "width80_if_exact")),
            ]
        )
    head = ("n", "method", "80 %", "80 %, first card", "95 %", "95 %, first card")
    text = (
        "Share of intervals that hold the truth: mean over all simulated worlds, in brackets the "
        "lowest and the highest world. Width in points; the last column stretches the intervals of "
        "each run until 80 % hold. Methods without intervals are not in the table."
    )
    tables: list[Table] = [((*head, "width of 80 %", "width if exact"), rows)]
    ours = some[some["method"] == "ours"]
    tables += [
        _sizes(ours, m, t)
        for m, t in (("coverage80", "80 %"), ("coverage80_first", "80 %, first card"))
    ]
    return Section("Intervals", (text,), tuple(tables), ("coverage",))


def _spread(values: pd.Series) -> str:
    return f"{values.mean():.3f} ({values.min():.3f}-{values.max():.3f})"


def _sizes(frame: pd.DataFrame, measure: str, title: str) -> Table:
    """Return our own measure by world and size."""
    sizes = sorted(set(frame["n"]))
    cells = {n: by_world(frame[frame["n"] == n], measure) for n in sizes}
    rows = [
        [world, *(str(cells[n].get(("ours", world), "")) for n in sizes)]
        for world in dict.fromkeys(frame["world"])
    ]
    return (f"ours, {title}", *(f"n = {n}" for n in sizes)), rows


def _ties(frame: pd.DataFrame) -> Section:
    ours = simulated(frame[frame["method"] == "ours"])
    text = "Share of profiles for which ours announces a single first choice, without ties."
    return Section("A single first choice", (text,), (_sizes(ours, "single", "single"),))


def _public(frame: pd.DataFrame) -> Section | None:
    some = of_public_data(frame)
    if some.empty:
        return None
    text = (
        "A row shows only the outcome of one level, drawn by lot; ours is the regression alone, "
        "without companies and experts. Digits, wine, breast cancer: 1 for the right class. "
        "Diabetes in four levels and warfarin doses in three and eight: nearly right is worth "
        "nearly as much."
    )
    tables = [_grid(part, "regret", f"n = {n}") for n, part in some.groupby("n")]
    return Section("Public data as bandit feedback", (text,), tuple(tables), ("public",))


def _time(frame: pd.DataFrame) -> Section:
    some = simulated(frame)
    tables = [
        _timed(some, "fit_seconds", 1.0, "seconds to fit"),
        _timed(some, "score_seconds", 1e6, "microseconds to score one profile"),
    ]
    text = (
        "Mean over worlds, one thread each, tasks side by side on the same machine. Ours is asked "
        "one profile at a time and gives order, intervals, ties and the chance to be among the "
        "best three with it; the others are asked for 200 profiles at once and give a score."
    )
    return Section("Time", (text,), tuple(tables), ("time",))


def _timed(frame: pd.DataFrame, measure: str, unit: float, title: str) -> Table:
    sizes = sorted(set(frame["n"]))
    mean = frame.groupby(["method", "n"], sort=False)[measure].mean() * unit
    names = list(dict.fromkeys(frame["method"]))
    rows = [
        [name, *(f"{mean[name, n]:.3g}" if (name, n) in mean.index else "" for n in sizes)]
        for name in names
    ]
    return (title, *(f"n = {n}" for n in sizes)), rows


def _methods(frame: pd.DataFrame) -> Section:
    rows = [[name, what_it_is(name)] for name in dict.fromkeys(frame["method"])]
    text = (
        "All learn from the same rows: profile numbers, card attributes, how the two meet, which "
        "card it is, and what the expert prior expects. The outcome is the gain by intention to "
        "treat; trials without one are left out, for all but ours, which learns from their state."
    )
    return Section("Methods", (text,), ((("method", "what it is"), rows),))


def plain(table: Table) -> str:
    """Return a table as aligned text."""
    head, rows = table
    whole = [list(head), *([cell.replace("**", "") for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in whole) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in whole
    )


def markdown(made: Sequence[Section]) -> str:
    """Return sections as a document."""
    parts = []
    for section in made:
        parts.append(f"## {section.title}")
        parts += section.text
        for head, rows in section.tables:
            lines = [head, ["---"] * len(head), *rows]
            parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"

"""The plots of the benchmark's page, as SVG; each stands beside the table of the same numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from tests.benchmarks.ranking.methods import METHODS
from tests.benchmarks.ranking.summary import (
    by_size,
    of_public_data,
    over_worlds,
    simulated,
    with_signal,
)

OURS_COLOUR = "#0b6e4f"
COLOURS = ("#4477aa", "#ee6677", "#ccbb44", "#66ccee", "#aa3377", "#8a8a8a", "#222255", "#dd7700")
"""Told apart also by those who do not see every colour (after Tol); styles of lines help."""
DASHES = ("-", "--", ":", "-.")


def plots(frame: pd.DataFrame) -> Mapping[str, str]:
    """Return name -> SVG of every plot that the results allow."""
    made: Mapping[str, Callable[[pd.DataFrame], Any]] = {
        "means": _means,
        "worlds": _worlds,
        "coverage": _coverage,
        "public": _public,
        "time": _time,
    }
    figures = {name: draw(frame) for name, draw in made.items()}
    return {name: _svg(figure) for name, figure in figures.items() if figure is not None}


def _svg(figure: Any) -> str:
    """Return a figure as an element to stand in a page."""
    text = io.StringIO()
    # The same picture for the same numbers: no date, no random names.
    with rc_context({"svg.hashsalt": "leermatch", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]


def _grid(n_panels: int, height: float = 2.7) -> tuple[Any, list[Any]]:
    columns = min(3, n_panels)
    n_rows = -(-n_panels // columns)
    figure = Figure(figsize=(3.6 * columns + 2.2, height * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, columns, squeeze=False).ravel().tolist()
    for axis in axes[n_panels:]:
        axis.remove()
    return figure, axes[:n_panels]


def _style(method: str) -> dict[str, Any]:
    if method == "ours":
        return {"color": OURS_COLOUR, "linewidth": 2.6, "zorder": 3}
    place = METHODS.index(method)
    return {
        "color": COLOURS[place % len(COLOURS)],
        "linestyle": DASHES[place // len(COLOURS) % len(DASHES)],
        "linewidth": 1.1,
    }


def _line(axis: Any, points: Mapping[int, float], method: str) -> None:
    sizes = sorted(points)
    axis.plot(sizes, [points[n] for n in sizes], marker=".", label=method, **_style(method))


def _finish(figure: Any, axes: list[Any], label: str) -> Any:
    for axis in axes:
        sizes = sorted({int(x) for line in axis.get_lines() for x in line.get_xdata()})
        axis.set_xscale("log")
        axis.set_xticks(sizes, [str(n) for n in sizes])
        axis.minorticks_off()
        axis.set_xlabel("companies")
        axis.grid(alpha=0.25)
    axes[0].set_ylabel(label)
    named = {
        text: handle
        for axis in axes
        for handle, text in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(named.values(), named.keys(), loc="outside right upper", fontsize=7)
    return figure


def _means(frame: pd.DataFrame) -> Any:
    some = with_signal(frame)
    if some.empty:
        return None
    figure, axes = _grid(3, 4.2)
    titles = {"regret": "first choice", "regret3": "best of three", "ndcg3": "nDCG@3"}
    for axis, (measure, title) in zip(axes, titles.items(), strict=True):
        sizes = sorted(set(some["n"].tolist()))
        means = {n: over_worlds(some[some["n"] == n], measure) for n in sizes}
        for method in METHODS:
            points = {n: found[method].mean for n, found in means.items() if method in found}
            if points:
                _line(axis, points, method)
        axis.set_title(title, fontsize=9)
    return _finish(figure, axes, "regret, share of best minus random")


def _small(frame: pd.DataFrame, label: str) -> Any:
    """Return one panel of regret a world."""
    worlds = list(dict.fromkeys(frame["world"]))
    if not worlds:
        return None
    figure, axes = _grid(len(worlds))
    for axis, world in zip(axes, worlds, strict=True):
        some = frame[frame["world"] == world]
        for method, part in some.groupby("method"):
            if points := by_size(part, "regret"):
                _line(axis, points, str(method))
        axis.set_title(world, fontsize=9)
        axis.set_ylim(0, 1.4)
    return _finish(figure, axes, label)


def _worlds(frame: pd.DataFrame) -> Any:
    return _small(with_signal(frame), "regret of the first choice")


def _public(frame: pd.DataFrame) -> Any:
    return _small(of_public_data(frame), "regret of the first choice")


def _coverage(frame: pd.DataFrame) -> Any:
    ours = simulated(frame[frame["method"] == "ours"]).dropna(subset=["coverage80"])
    if ours.empty:
        return None
    figure, axes = _grid(2, 4.2)
    titles = {"coverage80": "all cards", "coverage80_first": "first card"}
    for axis, (measure, title) in zip(axes, titles.items(), strict=True):
        for place, (world, part) in enumerate(ours.groupby("world", sort=False)):
            points = by_size(part, measure)
            axis.plot(
                list(points),
                list(points.values()),
                marker=".",
                label=str(world),
                color=COLOURS[place % len(COLOURS)],
                linestyle=DASHES[place // len(COLOURS) % len(DASHES)],
            )
        axis.axhspan(0.77, 0.85, color="#cccccc", alpha=0.5, zorder=0)
        axis.set_title(f"80 % intervals of ours, {title}", fontsize=9)
    return _finish(figure, axes, "share that holds the truth")


def _time(frame: pd.DataFrame) -> Any:
    some = simulated(frame)
    if some.empty:
        return None
    figure, axes = _grid(1, 4.2)
    for method, part in some.groupby("method"):
        slow = {n: seconds for n, seconds in by_size(part, "fit_seconds").items() if seconds > 1e-4}
        if slow:
            _line(axes[0], slow, str(method))
    axes[0].set_yscale("log")
    return _finish(figure, axes, "seconds to fit")

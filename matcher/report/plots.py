"""The drawings of a report. Labels arrive in the language of the page; no meaning by colour alone.

All values that a drawing shows stand in a table beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import Formatter, MaxNLocator

from matcher.arrays import Ints
from matcher.evaluation.findings import Estimate
from matcher.report.parts import Foretold, Panel, Shift, Shrunk, Words
from matcher.report.svg import BLUE, GREY, INK, LINE, ORANGE, SOFT, STYLE, as_svg, figure

WIDTH = 7.2
"""Inches of every drawing: at 72 to the inch it fits A4 with its margins."""
STEPS = (1, 2, 5, 10)
"""Steps of an axis that read well."""


class _Marks(Formatter):
    """The marks of an axis in the words of a drawing, each of them different."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __call__(self, value: float, pos: int | None = None) -> str:
        return self._words.number(value, self._words.decimals)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        least = self._words.decimals
        readings = (
            [self._words.number(value, decimals) for value in values]
            for decimals in range(least, least + 4)
        )
        return next((marks for marks in readings if len(set(marks)) == len(marks)), [])


@contextmanager
def _drawn(height: float) -> Iterator[Figure]:
    with mpl.rc_context(dict(STYLE)):
        yield figure(WIDTH, height)


def _axis(axes: Axes, words: Words) -> None:
    axes.xaxis.set_major_formatter(_Marks(words))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def bars(labels: Sequence[str], shares: Sequence[float], words: Words) -> str:
    """Return horizontal bars of shares, each with its value."""
    with _drawn(0.9 + 0.235 * len(labels)) as drawing:
        axes = drawing.add_subplot()
        places = range(len(labels))
        axes.barh(places, shares, height=0.62, color=BLUE)
        for place, share in zip(places, shares, strict=True):
            axes.text(
                share + 0.008, place, words.number(share, words.decimals), va="center", fontsize=9
            )
        axes.set_yticks(places, labels)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.set_xlim(0, max(0.2, *shares) * 1.12)
        axes.set_xlabel(words.axis)
        _axis(axes, words)
        return as_svg(drawing, words.name, words.title, words.description)


def intervals(
    panels: Sequence[Panel],
    words: Words,
    *,
    reference: float | None = None,
    legend: tuple[str, str] | None = None,
) -> str:
    """Return points with their intervals on one axis, the panels below each other.

    Parameters
    ----------
    panels : sequence of Panel
        What to draw; a point without a value leaves its line empty.
    words : Words
        What it says.
    reference : float, optional
        Where a dashed line stands.
    legend : (str, str), optional
        What a filled and what an open marker mean.
    """
    rows = [len(panel.points) for panel in panels]
    with _drawn(0.75 + 0.25 * sum(rows) + 0.42 * len(panels)) as drawing:
        grid: Any = drawing.subplots(
            len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": rows}
        )
        for axes, panel in zip(grid[:, 0], panels, strict=True):
            _panel(axes, panel)
            if reference is not None:
                axes.axvline(reference, color=SOFT, linestyle=(0, (4, 3)), linewidth=1)
            _axis(axes, words)
            if panel.title:
                axes.set_title(panel.title, loc="left", fontsize=10, fontweight="bold")
        grid[-1, 0].set_xlabel(words.axis)
        if legend is not None:
            _legend(grid[0, 0], legend)
        return as_svg(drawing, words.name, words.title, words.description)


def shrinkage(lines: Sequence[Shrunk], words: Words, legend: tuple[str, str]) -> str:
    """Return for each line the raw mean with its interval, and an arrow to the estimate.

    ``legend`` says what an open and what a filled marker mean.
    """
    with _drawn(1.1 + 0.3 * len(lines)) as drawing:
        axes = drawing.add_subplot()
        for place, line in enumerate(lines):
            raw = line.raw
            if raw.low is not None and raw.high is not None:
                axes.plot([raw.low, raw.high], [place, place], color=LINE, linewidth=3)
            if raw.value is not None:
                arrow = {"arrowstyle": "-", "color": BLUE, "linewidth": 1.6}
                ends = (line.estimate, place), (raw.value, place)
                axes.annotate("", *ends, arrowprops=arrow)
                _marker(axes, raw.value, place, solid=False)
            _marker(axes, line.estimate, place, solid=True)
        _line_by_line(axes, [line.label for line in lines], words, legend)
        return as_svg(drawing, words.name, words.title, words.description)


def _line_by_line(axes: Axes, labels: Sequence[str], words: Words, legend: tuple[str, str]) -> None:
    """Give a line to each label from the top, a mark to 0, and words to axis and markers."""
    axes.axvline(0.0, color=SOFT, linestyle=(0, (4, 3)), linewidth=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    _axis(axes, words)
    axes.set_xlabel(words.axis)
    _legend(axes, (legend[1], legend[0]))


def shifts(lines: Sequence[Shift], words: Words, legend: tuple[str, str]) -> str:
    """Return for each line what was believed before, and below it what is believed after.

    ``legend`` says what an open and what a filled marker mean.
    """
    with _drawn(1.1 + 0.36 * len(lines)) as drawing:
        axes = drawing.add_subplot()
        for place, line in enumerate(lines):
            for estimate, y, solid in (
                (line.before, place - 0.17, False),
                (line.after, place + 0.17, True),
            ):
                if estimate.low is not None and estimate.high is not None:
                    colour, width = (BLUE, 1.8) if solid else (SOFT, 1.2)
                    axes.plot([estimate.low, estimate.high], [y, y], color=colour, linewidth=width)
                if estimate.value is not None:
                    _marker(axes, estimate.value, y, solid=solid)
        _line_by_line(axes, [line.label for line in lines], words, legend)
        return as_svg(drawing, words.name, words.title, words.description)


def foretold(lines: Sequence[Foretold], words: Words, legend: tuple[str, str, str]) -> str:
    """Return bars of the shares that were seen, with a marker at what was foretold of each.

    ``legend`` says what an open marker, a filled one and a bar mean.
    """
    with _drawn(1.2 + 0.36 * len(lines)) as drawing:
        axes = drawing.add_subplot()
        places = range(len(lines))
        axes.barh(places, [line.seen for line in lines], height=0.7, color=LINE, label=legend[2])
        for place, line in enumerate(lines):
            _marker(axes, line.before, place - 0.15, solid=False)
            _marker(axes, line.after, place + 0.15, solid=True)
        axes.set_yticks(places, [line.label for line in lines])
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_xlim(left=0)
        _axis(axes, words)
        axes.set_xlabel(words.axis)
        _legend(axes, (legend[1], legend[0]))
        return as_svg(drawing, words.name, words.title, words.description)


def _panel(axes: Axes, panel: Panel) -> None:
    for place, point in enumerate(panel.points):
        value, low, high = point.estimate.value, point.estimate.low, point.estimate.high
        if value is None:
            continue
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color=BLUE, linewidth=1.8)
        _marker(axes, value, place, solid=point.solid)
    axes.set_yticks(range(len(panel.points)), [point.label for point in panel.points])
    axes.set_ylim(len(panel.points) - 0.4, -0.6)


def _marker(axes: Axes, x: float, y: float, *, solid: bool, label: str | None = None) -> None:
    face = BLUE if solid else "white"
    axes.plot(
        [x],
        [y],
        marker="o" if solid else "D",
        markersize=6 if solid else 5.5,
        markerfacecolor=face,
        markeredgecolor=BLUE,
        markeredgewidth=1.4,
        linestyle="none",
        label=label,
    )


def _legend(axes: Axes, legend: tuple[str, str]) -> None:
    for solid, label in zip((True, False), legend, strict=True):
        _marker(axes, np.nan, np.nan, solid=solid, label=label)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False, fontsize=9, borderpad=0.1
    )


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Ints,
    written: Sequence[Sequence[str]],
    words: Words,
) -> str:
    """Return a map of counts, each cell with its text; a cell of 0 is hatched."""
    with _drawn(1.9 + 0.25 * len(rows)) as drawing:
        axes = drawing.add_subplot()
        # A few steps of one hue: the number is in the cell, the shade only leads the eye.
        steps = np.digitize(counts, (1, 5, 10))
        shades = np.array(["#ffffff", "#d9e8f3", "#a9cde6", "#6db1dc"])
        for (row, column), step in np.ndenumerate(steps):
            never = step == 0
            axes.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5),
                    1,
                    1,
                    facecolor=shades[step],
                    edgecolor=LINE if never else "white",
                    hatch="////" if never else None,
                    linewidth=0.8,
                )
            )
            if not never:
                axes.text(column, row, written[row][column], ha="center", va="center", fontsize=9)
        axes.set_xticks(
            range(len(columns)), columns, rotation=35, ha="left", rotation_mode="anchor"
        )
        axes.set_yticks(range(len(rows)), rows)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return as_svg(drawing, words.name, words.title, words.description)


def calibration(
    panels: Sequence[tuple[str, Sequence[tuple[float, Estimate]]]], words: Words, observed: str
) -> str:
    """Return predicted beside observed, one square panel for each question.

    Parameters
    ----------
    panels : sequence of (title, points)
        Points as the mean prediction and what was observed.
    words : Words
        ``axis`` names the prediction.
    observed : str
        Name of the other axis.
    """
    with _drawn(2.9) as drawing:
        grid: Any = drawing.subplots(1, len(panels), squeeze=False)
        for axes, (title, points) in zip(grid[0], panels, strict=True):
            ends = [v for p, o in points for v in (p, o.value, o.low, o.high) if v is not None]
            low, high = min(ends), max(ends)
            edge = 0.06 * (high - low or 1.0)
            axes.plot([low, high], [low, high], color=GREY, linestyle=(0, (4, 3)), linewidth=1)
            for predicted, found in points:
                if found.low is not None and found.high is not None:
                    axes.plot([predicted] * 2, [found.low, found.high], color=ORANGE, linewidth=1.8)
                if found.value is not None:
                    axes.plot([predicted], [found.value], "s", color=ORANGE, markersize=5.5)
            axes.set_xlim(low - edge, high + edge)
            axes.set_ylim(low - edge, high + edge)
            axes.set_box_aspect(1)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(_Marks(words))
                axis.set_major_locator(MaxNLocator(4, steps=STEPS))
            axes.grid(axis="both")
            axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK)
            axes.set_xlabel(words.axis, fontsize=9)
        grid[0, 0].set_ylabel(observed, fontsize=9)
        return as_svg(drawing, words.name, words.title, words.description)

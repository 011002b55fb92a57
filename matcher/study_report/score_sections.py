"""How each company scored, how much it changed, and who did not answer again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from scipy.stats import norm

from matcher.evaluation.findings import Estimate
from matcher.measure.reliability import LEVEL
from matcher.measure.study import ChangeMeasure
from matcher.measure.told import ChangeLine, CompanyLine, told_changes
from matcher.report.parts import Panel, Part, Plot, Point, Section, Table, Wording, Words
from matcher.report.telling import draw_intervals
from matcher.study_report.measure_sections import told_figure
from matcher.study_report.read_sections import wave_name
from matcher.study_report.seen import Seen, share

MOST_LINES = 40
"""Companies of one wave in a drawing and its table: with more of them nobody sees one."""
T = TypeVar("T")
_HALF = float(norm.ppf((1 + LEVEL) / 2))


def scores_section(seen: Seen, say: Wording) -> Section:
    """Return response and score per company and wave, each with its error."""
    parts: list[Part] = [
        say.elsewhere("measure.rule.error"),
        say("study.scores.interval", level=round(100 * LEVEL)),
        say.elsewhere("measure.rule.few"),
        *_responses(seen, say),
    ]
    if any(wave.told.hides for wave in seen.waves):
        parts.append(say("study.scores.hides"))
    shown = [(wave, _spread(sorted(wave.told.lines, key=_mean))) for wave in seen.waves]
    if any(len(lines) < len(wave.told.lines) for wave, lines in shown):
        parts.append(say("study.scores.some", n=MOST_LINES))
    rows = tuple(
        (line.company, wave_name(wave.told.name, say), *_score(line, say))
        for wave, lines in shown
        for line in lines
    )
    if rows:
        panels = [
            Panel(wave_name(wave.told.name, say), tuple(map(_point, lines)))
            for wave, lines in shown
            if lines
        ]
        words = say.words("study.scores", decimals=1, n=len(rows))
        head = say.head(
            "study.scores.company study.files.wave study.scores.n study.scores.response"
            " study.scores.mean study.scores.sd study.scores.error"
        )
        draw = partial(_draw_scores, panels, words)
        parts.append(Plot(Table(words.title, head, rows, frozenset({0, 1})), draw))
    else:
        parts.append(say("study.scores.none"))
    return Section("scores", say("study.scores.title"), tuple(parts))


def _draw_scores(panels: Sequence[Panel], words: Words) -> str:
    from matcher.report.plots import intervals  # drawing costs seconds to import

    return intervals(panels, words)


def _responses(seen: Seen, say: Wording) -> list[Part]:
    """Return the response of each wave as a whole."""
    rows = []
    for wave in seen.waves:
        whole = say("hidden") if wave.response is None else say.percent(wave.response)
        whole = whole if wave.knows_headcounts else say("unknown")
        counts = (say.count(wave.scored), say.count(wave.without))
        rows.append((wave_name(wave.told.name, say), *counts, whole))
    head = say.head(
        "study.files.wave study.scores.scored study.scores.without study.scores.response"
    )
    return [say("study.scores.what"), Table(say("study.scores.response_table"), head, tuple(rows))]


def _mean(line: CompanyLine) -> float:
    return line.mean


def _change(line: ChangeLine) -> float:
    return line.change


def _spread(lines: Sequence[T]) -> list[T]:
    """Return all lines, or of many as many as fit, evenly from the first to the last."""
    if len(lines) <= MOST_LINES:
        return list(lines)
    return [lines[at] for at in np.linspace(0, len(lines) - 1, MOST_LINES).round().astype(int)]


def _interval(value: float, error: float) -> Estimate:
    return Estimate(value, value - _HALF * error, value + _HALF * error)


def _point(line: CompanyLine) -> Point:
    return Point(line.company, _interval(line.mean, line.error))


def _score(line: CompanyLine, say: Wording) -> tuple[str, ...]:
    return (
        str(line.n),
        say("none") if line.response is None else say.percent(line.response),
        say.number(line.mean),
        say.number(line.sd),
        say.number(line.error),
    )


def change_section(seen: Seen, say: Wording) -> Section:
    """Return how much each company changed, and who did not answer again."""
    measure = seen.built.measure
    parts: list[Part] = []
    if not measure.changes:
        parts.append(say("study.change.one_wave"))
    else:
        parts.append(say.elsewhere("measure.rule.change"))
    for number, (change, lines) in enumerate(
        zip(measure.changes, told_changes(measure), strict=True)
    ):
        names = {"before": wave_name(change.before, say), "after": wave_name(change.after, say)}
        parts += _changes(f"study-change-{number}", lines, names, say)
        parts += _left(change, names, say)
    return Section("change", say("study.change.title"), tuple(parts))


def _changes(
    name: str, lines: Sequence[ChangeLine], names: dict[str, str], say: Wording
) -> list[Part]:
    if not lines:
        return [say("study.change.none", **names)]
    shown = _spread(sorted(lines, key=_change))
    estimates = [_interval(line.change, line.error) for line in shown]
    rows = tuple(
        (
            line.company,
            say.number(line.change, sign=True),
            say.number(line.error),
            say.interval(estimate),
        )
        for line, estimate in zip(shown, estimates, strict=True)
    )
    points = tuple(
        Point(line.company, estimate) for line, estimate in zip(shown, estimates, strict=True)
    )
    title = say("study.change.plot", **names)
    described = say("study.change.desc", n=len(shown))
    words = Words(name, title, described, say("study.change.axis"), say.number, 1)
    head = say.head("study.scores.company study.change.change study.scores.error study.interval")
    draw = partial(draw_intervals, [Panel("", points)], words)
    return [Plot(Table(title, head, rows), draw)]


def _left(change: ChangeMeasure, names: dict[str, str], say: Wording) -> list[Part]:
    """Return who did not answer again, as shares: numbers of people would add up with others."""
    found = change.attrition
    if found.n_before == 0:
        return [say("study.change.no_codes", **names)]
    left = share(found.n_left, found.n_before)
    told: list[Part] = [
        say("study.change.left_hidden", **names)
        if left is None
        else say("study.change.left", share=say.percent(left), **names)
    ]
    figure = found.difference
    if figure.value is None:
        told.append(
            say("study.change.not_compared", why=say.elsewhere(f"measure.unknown.{figure.unknown}"))
        )
        return told
    value, interval = told_figure(figure, say)
    value = say.number(figure.value, sign=True)
    effect = say.number(found.effect, sign=True)
    told.append(say("study.change.differ", value=value, interval=interval, effect=effect))
    return told

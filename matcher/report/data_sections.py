"""The sections of a report on the data: what is missing, where companies stand, what was tried."""

from __future__ import annotations

from functools import partial

import numpy as np

from matcher.disclosure import NOTHING, Told, alone, beside_total, summed
from matcher.report.baseline import DIMENSIONS, Baseline, Group
from matcher.report.contents import Findings
from matcher.report.parts import Panel, Plot, Point, Section, Table, Wording, Words
from matcher.report.plots import bars, heat_map, intervals
from matcher.trials.columns import STATES


def data_section(found: Findings, say: Wording) -> Section:
    """Return what there is and what is missing."""
    missing = found.missing
    states = missing.states
    begun = sum(states[name].n for name in ("started", "stopped", "finished"))
    known = begun + states["not_started"].n
    ended = states["stopped"].n + states["finished"].n
    shown = missing.told
    # A share of states of which one is hidden would tell it.
    told = {name for name, count in shown[0].items() if count.exact is not None}
    profile = {say.term("field", name): share for name, share in missing.profile.items()}
    trial = {
        say(f"field.{name}"): share
        for name, share in missing.trial.items()
        if name != "state" or "unknown" in told
    }
    shares: list[str] = []
    if known and {"not_started", "unknown"} <= told:
        shares.append(say("data.began", share=say.percent(begun / known)))
    if ended and {"stopped", "finished"} <= told:
        shares.append(say("data.completed", share=say.percent(states["finished"].n / ended)))
    hidden = any(count.exact is None for column in shown for count in column.values())
    trials = say.count(alone(missing.n_trials))
    measured = summed(shown[1].values())
    return Section(
        "data",
        say("data.title"),
        (
            say(
                "data.counts",
                companies=say.count(missing.companies),
                trials=trials,
                controls=say.count(alone(missing.n_controls)),
            ),
            say("data.measured", measured=say.count(measured), trials=trials)
            if measured.least
            else say("data.measured_hidden", trials=trials),
            *([" ".join(shares)] if shares else []),
            Table(
                say("data.states"),
                say.head("data.state data.n data.n_measured"),
                tuple(
                    (say(f"state.{name}"), *(say.count(column[name]) for column in shown))
                    for name in STATES
                ),
            ),
            *([say("data.bands")] if hidden else []),
            say("data.unknown_is"),
            *_unknown("profile", profile, missing.n_companies, say),
            *_unknown("trial", trial, missing.n_trials, say),
        ),
    )


def _unknown(name: str, shares: dict[str, float], n: int, say: Wording) -> tuple[Plot | str, ...]:
    """Return the shares that are not known, largest first, and in a line what has no share."""
    told = {
        k: beside_total([round(share * n), n - round(share * n)])[0] for k, share in shares.items()
    }
    some = sorted(((k, v) for k, v in shares.items() if told[k].exact), key=lambda item: -item[1])
    always = [k for k, count in told.items() if count.exact == 0]
    hidden = [k for k, count in told.items() if count.exact is None]
    parts: list[Plot | str] = []
    if some:
        words = Words(
            name,
            say(f"data.{name}_plot"),
            say(f"data.{name}_desc", most=some[0][0]),
            say("data.share"),
            say.percent,
            decimals=0,
        )
        labels, values = zip(*some, strict=True)
        rows = tuple((label, say.percent(share)) for label, share in some)
        table = Table(words.title, say.head("data.field data.share"), rows)
        parts.append(Plot(table, partial(bars, labels, values, words)))
    if always:
        parts.append(say("data.always", named="; ".join(always)))
    if hidden:
        parts.append(say("data.hidden", named="; ".join(hidden)))
    return tuple(parts)


def baseline_section(found: Findings, say: Wording) -> Section:
    """Return where companies stood at the start."""
    baseline, title = found.baseline, say("baseline.title")
    if baseline.all is None:
        return Section("baseline", title, (say("baseline.what"), say("baseline.few")))
    everyone = baseline.all
    return Section(
        "baseline",
        title,
        (
            say("baseline.what"),
            say(
                "baseline.all",
                n=say.count(baseline.n),
                companies=say.count(found.missing.companies),
                mean=say.number(everyone.mean.value),
                interval=say.interval(everyone.mean),
                sd=say.number(everyone.sd),
            ),
            _baseline_plot(baseline, say),
            say("baseline.rule"),
        ),
    )


def _baseline_plot(baseline: Baseline, say: Wording) -> Plot:
    assert baseline.all is not None  # the caller looked
    panels, rows = [], []
    for dimension in DIMENSIONS:
        groups = baseline.groups[dimension]
        names = {group: say.term(dimension, group.value) for group in groups}
        points = [
            Point(names[group], group.standing.mean)
            for group in groups
            if group.standing is not None
        ]
        if points:
            panels.append(Panel(say(f"dimension.{dimension}"), tuple(points)))
        rows += [
            _group_row(group, f"{say(f'dimension.{dimension}')}: {names[group]}", say)
            for group in groups
        ]
    shown = [p.estimate.value for panel in panels for p in panel.points if p.estimate.value]
    low, high = (say.number(end(shown, default=None)) for end in (min, max))
    words = say.words("baseline", decimals=1, low=low, high=high)
    head = "baseline.group baseline.companies baseline.mean baseline.interval baseline.sd"
    table = Table(words.title, say.head(head), tuple(rows))
    draw = partial(intervals, panels, words, reference=baseline.all.mean.value)
    return Plot(table, draw if panels else None)


def _group_row(group: Group, name: str, say: Wording) -> tuple[str, ...]:
    standing = group.standing
    if standing is None:
        return (name, *[say("hidden")] * 4)
    mean = say.number(standing.mean.value)
    return (name, str(standing.n), mean, say.interval(standing.mean), say.number(standing.sd))


def coverage_section(found: Findings, say: Wording) -> Section:
    """Return where evidence is thin."""
    coverage, title = found.outlook.coverage, say("coverage.title")
    if not coverage.groups:
        return Section("coverage", title, (say("too_few"),))
    cells, never = coverage.n_cells, coverage.n_never
    groups = [say.term("sector_group", group) for group in coverage.groups]
    cards = [say.card(card) for card in coverage.cards]
    written = [[_cell(told, say) for told in row] for row in coverage.told]
    # What is not told is drawn as little: only what was never tried is hatched.
    least = np.array([[t.least or int(t == NOTHING) for t in row] for row in coverage.told])
    words = say.words("coverage", axis=None, never=never, cells=cells)
    rows = tuple((card, *row) for card, row in zip(cards, written, strict=True))
    table = Table(words.title, (say("coverage.card"), *groups), rows)
    left_out = ", ".join(say.card(card) for card in coverage.left_out)
    return Section(
        "coverage",
        title,
        (
            say("coverage.what", cells=cells, never=never),
            say("coverage.bands"),
            *([say("coverage.left_out", named=left_out)] if left_out else []),
            say("data.bands"),
            Plot(table, partial(heat_map, cards, groups, least, written, words)),
        ),
    )


def _cell(told: Told, say: Wording) -> str:
    if told == NOTHING:
        return say("none")
    return say("coverage.never") if told.exact == 0 else say.count(told)

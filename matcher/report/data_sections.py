"""The sections of a report on the data: what is missing, where companies stand, what was tried."""

from __future__ import annotations

from functools import partial

from matcher.evaluation.findings import Estimate
from matcher.report.baseline import DIMENSIONS, Baseline, Group
from matcher.report.contents import Findings
from matcher.report.counts import MASKED_BELOW, count_band, counts_beside_total
from matcher.report.model_sections import association, success_parts
from matcher.report.outlook import CardEffect
from matcher.report.parts import Panel, Part, Plot, Point, Section, Table, Wording, Words
from matcher.report.plots import bars, heat_map, intervals
from matcher.trials.columns import STATES


def data_section(found: Findings, say: Wording) -> Section:
    """Return what there is and what is missing."""
    missing = found.missing
    states = missing.states
    begun = sum(states[name].n for name in ("started", "stopped", "finished"))
    known = begun + states["not_started"].n
    ended = states["stopped"].n + states["finished"].n
    measured = sum(count.n_measured for count in states.values())
    columns = (
        [states[name].n for name in STATES],
        [states[name].n_measured for name in STATES],
    )
    shown = [counts_beside_total(column, say) for column in columns]
    # A share of states of which one is hidden would tell it.
    told = {
        name for name, word in zip(STATES, shown[0], strict=True) if word == str(states[name].n)
    }
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
    hidden = shown != [[str(n) for n in column] for column in columns]
    return Section(
        "data",
        say("data.title"),
        (
            say(
                "data.counts",
                companies=missing.n_companies,
                trials=missing.n_trials,
                controls=count_band(missing.n_controls, say),
            ),
            say("data.measured", measured=count_band(measured, say), trials=missing.n_trials),
            *([" ".join(shares)] if shares else []),
            Table(
                say("data.states"),
                say.head("data.state data.n data.n_measured"),
                tuple(
                    (say(f"state.{name}"), n, n_measured)
                    for name, n, n_measured in zip(STATES, *shown, strict=True)
                ),
            ),
            *([say("data.bands")] if hidden else []),
            say("data.unknown_is"),
            *_unknown("profile", profile, say),
            *_unknown("trial", trial, say),
        ),
    )


def _unknown(name: str, shares: dict[str, float], say: Wording) -> tuple[Plot | str, ...]:
    """Return the shares that are not known, largest first, and what is always known in a line."""
    some = sorted(((k, v) for k, v in shares.items() if v > 0), key=lambda item: -item[1])
    always = [label for label, share in shares.items() if share == 0]
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
                n=everyone.n,
                companies=found.missing.n_companies,
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
    words = Words(
        "baseline",
        say("baseline.plot"),
        say(
            "baseline.desc",
            low=say.number(min(shown, default=None)),
            high=say.number(max(shown, default=None)),
        ),
        say("baseline.axis"),
        say.number,
        decimals=1,
    )
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


def effects_section(found: Findings, say: Wording) -> Section:
    """Return what each card brings at an ordinary company."""
    effects = found.outlook.effects
    silent = sum(effect.trials == 0 and effect.evidence == 0 for effect in effects)
    parts: list[Part] = [
        say("effects.what", n=found.outlook.n_companies),
        say("effects.interval"),
        association(found.n_random, found.missing.n_trials, say),
    ]
    if silent:
        parts.append(say("effects.silent", n=silent))
    if not found.facts.shows_differences:
        parts.append(say.elsewhere("gate.why.no_differences"))
    parts += [_forest(effects, say), *success_parts(found.evaluation, say)]
    return Section("effects", say("effects.title"), tuple(parts))


def _forest(effects: tuple[CardEffect, ...], say: Wording) -> Plot:
    points = tuple(
        Point(
            say.card(effect.card),
            Estimate(effect.mean, effect.low, effect.high),
            solid=effect.trials > 0,
        )
        for effect in effects
    )
    first = effects[0]
    words = Words(
        "effects",
        say("effects.plot"),
        say("effects.desc", first=say.card(first.card), mean=say.number(first.mean)),
        say("effects.axis"),
        say.number,
    )
    legend = (say("effects.tried"), say("effects.untried"))
    draw = partial(intervals, [Panel("", points)], words, reference=0.0, legend=legend)
    head = say.head(
        "effects.card effects.mean effects.interval_head effects.trials effects.evidence "
        "effects.speaks"
    )
    rows = tuple(_effect_row(effect, say) for effect in effects)
    return Plot(Table(words.title, head, rows, frozenset({0, 5})), draw)


def _effect_row(effect: CardEffect, say: Wording) -> tuple[str, ...]:
    name = say.card(effect.card)
    if effect.enabler:
        name += f" {say('effects.enabler')}"
    return (
        name,
        say.number(effect.mean, sign=True),
        say.interval(Estimate(effect.mean, effect.low, effect.high)),
        trials_band(effect.trials, effect.n_cells, say),
        str(effect.evidence),
        _speaks(effect, say),
    )


def _speaks(effect: CardEffect, say: Wording) -> str:
    if effect.trials == 0:
        return say("speaks.expert" if effect.evidence == 0 else "speaks.literature")
    return say("speaks.some" if effect.trials < MASKED_BELOW else "speaks.outcomes")


def trials_band(trials: int, n_cells: int, say: Wording) -> str:
    """Return how many trials a card has, in a band.

    The map beside it shows its cells: no band may pin down one that reads 1-4. Four cells of which
    all together are 1 to 4 would be four ones.
    """
    if trials == 0:
        return say("band.none")
    if trials >= MASKED_BELOW:
        return say("band.many")
    return say("band.few" if n_cells < MASKED_BELOW - 1 else "band.some")


def coverage_section(found: Findings, say: Wording) -> Section:
    """Return where evidence is thin."""
    coverage, title = found.outlook.coverage, say("coverage.title")
    if not coverage.groups:
        return Section("coverage", title, (say("too_few"),))
    cells, never = coverage.counts.size, coverage.n_never
    groups = [say.term("sector_group", group) for group in coverage.groups]
    cards = [say.card(card) for card in coverage.cards]
    shown = counts_beside_total(coverage.counts.ravel().tolist(), say)
    cell = iter(say("coverage.never") if word == "0" else word for word in shown)
    written = [[next(cell) for _ in groups] for _ in cards]
    hidden = {say("band.many"), say("band.some")} & set(shown)
    words = Words(
        "coverage",
        say("coverage.plot"),
        say("coverage.desc", never=never, cells=cells),
        "",
        say.number,
    )
    rows = tuple((card, *row) for card, row in zip(cards, written, strict=True))
    table = Table(words.title, (say("coverage.card"), *groups), rows)
    return Section(
        "coverage",
        title,
        (
            say("coverage.what", cells=cells, never=never),
            say("coverage.bands"),
            *([say("data.bands")] if hidden else []),
            Plot(table, partial(heat_map, cards, groups, coverage.counts, written, words)),
        ),
    )

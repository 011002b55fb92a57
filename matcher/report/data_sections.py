"""The sections of a report on the data: what is missing, where companies stand, what was tried."""

from __future__ import annotations

from matcher.evaluation.findings import Estimate
from matcher.report.baseline import DIMENSIONS, FEWEST, Baseline, Group
from matcher.report.contents import Findings
from matcher.report.counts import MASKED_BELOW, count_band, counts_beside_total, part_of_whole
from matcher.report.outlook import CardEffect
from matcher.report.parts import Plot, Section, Table, Wording
from matcher.report.plots import Panel, Point, Words, bars, heat_map, intervals
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
                (say("data.state"), say("data.n"), say("data.n_measured")),
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
        title = say(f"data.{name}_plot")
        table = Table(
            title,
            (say("data.field"), say("data.share")),
            tuple((label, say.percent(share)) for label, share in some),
        )
        words = Words(
            name,
            title,
            say(f"data.{name}_desc", most=some[0][0]),
            say("data.share"),
            say.percent,
            decimals=0,
        )
        labels, values = zip(*some, strict=True)
        parts.append(Plot(bars(labels, values, words), title, table))
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
    title = say("baseline.plot")
    words = Words(
        "baseline",
        title,
        say(
            "baseline.desc",
            low=say.number(min(shown, default=None)),
            high=say.number(max(shown, default=None)),
        ),
        say("baseline.axis"),
        say.number,
        decimals=1,
    )
    head = ("group", "companies", "mean", "interval", "sd")
    table = Table(title, tuple(say(f"baseline.{name}") for name in head), tuple(rows))
    drawing = intervals(panels, words, reference=baseline.all.mean.value) if panels else ""
    return Plot(drawing, title, table)


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
    parts: list[str | Table | Plot] = [
        say("effects.what", n=found.outlook.n_companies),
        say("effects.interval"),
        association(found, say),
    ]
    if silent:
        parts.append(say("effects.silent", n=silent))
    if not found.facts.shows_differences:
        parts.append(say.elsewhere("gate.why.no_differences"))
    parts += [_forest(effects, say), *_success(found, say)]
    return Section("effects", say("effects.title"), tuple(parts))


def association(found: Findings, say: Wording) -> str:
    """Return what the way of choosing allows to be said."""
    drawn, n = found.n_random, found.missing.n_trials
    if drawn == 0:
        return say.elsewhere("gate.association")
    if drawn == n:
        return say.elsewhere("gate.randomised")
    return say.elsewhere("gate.partly_random", drawn=part_of_whole(drawn, n, say), n=n)


def _forest(effects: tuple[CardEffect, ...], say: Wording) -> Plot:
    title = say("effects.plot")
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
        title,
        say("effects.desc", first=say.card(first.card), mean=say.number(first.mean)),
        say("effects.axis"),
        say.number,
    )
    legend = (say("effects.tried"), say("effects.untried"))
    drawing = intervals([Panel("", points)], words, reference=0.0, legend=legend)
    head = ("card", "mean", "interval_head", "trials", "evidence", "speaks")
    return Plot(
        drawing,
        title,
        Table(
            title,
            tuple(say(f"effects.{name}") for name in head),
            tuple(_effect_row(effect, say) for effect in effects),
            frozenset({0, 5}),
        ),
    )


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


def _success(found: Findings, say: Wording) -> tuple[str | Table, ...]:
    if found.evaluation is None or not found.evaluation.success:
        return ()
    told = [count for count in found.evaluation.success if count.n_known >= FEWEST]
    if not told:
        return (say("success.none"),)
    rows = []
    for count in told:
        bound = "" if count.threshold is None else f"{count.threshold:g}"
        bound = bound.replace(".", ",") if say.language == "nl" else bound
        measure = say.elsewhere(f"gate.success.{count.measure}", bound=bound)
        met = say(
            "success.of", met=part_of_whole(count.n_met, count.n_known, say), known=count.n_known
        )
        rows.append((say.card(count.card), measure, met))
    return (
        say("success.note", n=len(found.evaluation.success) - len(told)),
        Table(
            say("success.title"),
            (say("effects.card"), say("success.measure"), say("success.met")),
            tuple(rows),
            frozenset({0, 1}),
        ),
    )


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
    plot = say("coverage.plot")
    words = Words("coverage", plot, say("coverage.desc", never=never, cells=cells), "", say.number)
    table = Table(
        plot,
        (say("coverage.card"), *groups),
        tuple((card, *row) for card, row in zip(cards, written, strict=True)),
    )
    return Section(
        "coverage",
        title,
        (
            say("coverage.what", cells=cells, never=never),
            say("coverage.bands"),
            *([say("data.bands")] if hidden else []),
            Plot(heat_map(cards, groups, coverage.counts, written, words), plot, table),
        ),
    )

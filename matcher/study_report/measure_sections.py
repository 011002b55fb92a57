"""How well the questionnaire measured: items, reliability, agreement, rows that are odd."""

from __future__ import annotations

import numpy as np

from matcher.disclosure import FEWEST, alone
from matcher.measure.agreement import ENOUGH_AGREEMENT, SLIGHT_SKEW, uniform_variance
from matcher.measure.figure import Figure
from matcher.measure.items import ALIKE_ITEMS
from matcher.measure.reliability import LEVEL, N_RESAMPLES
from matcher.measure.response import TOO_MANY_AT_AN_END
from matcher.report.parts import Part, Section, Table, Wording
from matcher.study_report.obstacles import suspicious
from matcher.study_report.read_sections import wave_name
from matcher.study_report.seen import Seen, SeenWave, share


def instrument_section(seen: Seen, say: Wording) -> Section:
    """Return the items, and how each goes with the others."""
    instrument = seen.instrument
    scale = instrument.scale
    ends = {"low": f"{scale.low:g}", "high": f"{scale.high:g}"}
    parts: list[Part] = [
        say("study.instrument.what", n=len(instrument.items), scale=scale),
        say.elsewhere("measure.rule.scale", scale=scale, **ends),
        say.elsewhere(
            "measure.rule.score", min_items=instrument.min_items, items=len(instrument.items)
        ),
    ]
    if instrument.reversed:
        parts.append(say.elsewhere("measure.rule.reversed"))
    parts += [
        say.elsewhere("measure.rule.item_rest"),
        say.elsewhere("measure.rule.ends", most=round(100 * TOO_MANY_AT_AN_END)),
    ]
    parts += [_items(seen, wave, say) for wave in seen.waves if wave.enough]
    return Section("instrument", say("study.instrument.title"), tuple(parts))


def _items(seen: Seen, wave: SeenWave, say: Wording) -> Table:
    questions = {item.name: item.question for item in seen.built.known.settings.instrument.item}
    odd, measure = suspicious(seen, wave), wave.measure
    rows = []
    for at, item in enumerate(seen.instrument.items):
        n = int(wave.answered[at])
        rest = float(measure.item_fit.rest[at])
        lowest, highest = (
            share(n * float(found[at]), n) if n else None
            for found in (measure.ends.item_floor, measure.ends.item_ceiling)
        )
        rows.append(
            (
                item,
                questions.get(item, ""),
                say("study.instrument.turned") if item in seen.instrument.reversed else "",
                say.number(rest) if n >= FEWEST and np.isfinite(rest) else say("none"),
                _share(lowest, say),
                _share(highest, say),
                say("study.instrument.odd") if item in odd else "",
            )
        )
    head = say.head(
        "study.instrument.item study.instrument.question study.instrument.reversed"
        " study.instrument.rest study.instrument.floor study.instrument.ceiling"
        " study.instrument.note"
    )
    caption = say("study.instrument.table", wave=wave_name(wave.told.name, say))
    return Table(caption, head, tuple(rows), frozenset({0, 1, 2, 6}))


def _share(value: float | None, say: Wording) -> str:
    return say("hidden") if value is None else say.percent(value)


def told_figure(figure: Figure, say: Wording) -> tuple[str, str]:
    """Return a figure and its interval as words; why there is none, where there is none."""
    if figure.value is None:
        return say.elsewhere(f"measure.unknown.{figure.unknown}"), say("none")
    if figure.low is None or figure.high is None:
        return say.number(figure.value), say.elsewhere(f"measure.unknown.{figure.unknown}")
    low, high = say.number(figure.low), say.number(figure.high)
    return say.number(figure.value), say("interval", low=low, high=high)


def reliability_section(seen: Seen, say: Wording) -> Section:
    """Return alpha and omega, wave by wave."""
    rows = tuple(
        (
            wave_name(wave.told.name, say),
            say(f"study.reliability.{name}"),
            *told_figure(getattr(wave.measure.reliability, name), say),
        )
        for wave in seen.waves
        if wave.enough
        for name in ("alpha", "omega")
    )
    head = say.head(
        "study.files.wave study.reliability.measure study.reliability.value study.interval"
    )
    parts: tuple[Part, ...] = (
        say("study.reliability.what"),
        say.elsewhere("measure.rule.alpha"),
        say.elsewhere("measure.rule.omega"),
        say.elsewhere("measure.rule.interval", level=round(100 * LEVEL), n=N_RESAMPLES),
        Table(say("study.reliability.table"), head, rows, frozenset({0, 1})),
    )
    return Section("reliability", say("study.reliability.title"), parts)


def agreement_section(seen: Seen, say: Wording) -> Section:
    """Return whether colleagues agree, and whether companies differ."""
    options = seen.instrument.scale.options
    skew = SLIGHT_SKEW.get(options or 0)
    uniform = None if options is None else uniform_variance(options)
    waves = [wave for wave in seen.waves if wave.enough]
    rows = tuple(
        (
            wave_name(wave.told.name, say),
            say(f"study.agreement.{null}"),
            *_agreed(seen, wave, null, say),
        )
        for wave in waves
        for null in ("uniform", "skewed")
    )
    head = say.head(
        "study.files.wave study.agreement.null study.agreement.middle study.agreement.enough"
    )
    iccs = tuple(
        (
            wave_name(wave.told.name, say),
            say(f"study.agreement.{name}"),
            *told_figure(getattr(wave.measure.aggregation, name), say),
            _f(wave, say) if name == "icc1" else "",
        )
        for wave in waves
        for name in ("icc1", "icc2")
    )
    icc_head = say.head(
        "study.files.wave study.reliability.measure study.reliability.value study.interval"
        " study.agreement.f"
    )
    parts: tuple[Part, ...] = (
        say("study.agreement.what"),
        say.elsewhere(
            "measure.rule.rwg",
            uniform=say.number(uniform),
            skewed=say.number(skew),
        ),
        say("study.agreement.seen", least=say.number(ENOUGH_AGREEMENT)),
        Table(say("study.agreement.table"), head, rows, frozenset({0, 1})),
        say.elsewhere("measure.rule.icc"),
        Table(say("study.agreement.icc_table"), icc_head, iccs, frozenset({0, 1})),
    )
    return Section("agreement", say("study.agreement.title"), parts)


def _agreed(seen: Seen, wave: SeenWave, null: str, say: Wording) -> tuple[str, str]:
    """Return the median of the companies that are shown, and how many agree enough."""
    found = wave.measure.agreement
    shown, names = {line.company for line in wave.told.lines}, seen.built.measure.companies
    of = np.array([names[place] in shown for place in found.companies.tolist()], dtype=bool)
    values = getattr(found, null)[of]
    values = values[np.isfinite(values)]
    if not len(values):
        return say("none"), say("none")
    enough = int((values >= ENOUGH_AGREEMENT).sum())
    of_all = say("study.agreement.of", n=enough, total=len(values))
    return say.number(float(np.median(values))), of_all


def _f(wave: SeenWave, say: Wording) -> str:
    """Return F; with its degrees of freedom, which tell of all people, where nothing is hidden."""
    found = wave.measure.aggregation
    if not np.isfinite(found.f):
        return say("none")
    p = say("study.agreement.p_small") if found.p < 0.001 else f"p = {say.number(found.p, 3)}"
    between = f"({found.df_between}, {found.df_within})" if wave.open else ""
    return f"F{between} = {say.number(found.f)}, {p}"


def odd_section(seen: Seen, say: Wording) -> Section:
    """Return how many rows are the same throughout, or there twice."""
    rows = []
    for wave in seen.waves:
        measure = wave.measure
        counts = (measure.straight_lines.n, measure.repeats.n_extra)
        lines, twice = (say.count(alone(n)) for n in counts)
        rows.append((wave_name(wave.told.name, say), lines, twice))
    head = say.head("study.files.wave study.odd.lines study.odd.twice")
    parts: tuple[Part, ...] = (
        say.elsewhere("measure.rule.straight_lines", least=ALIKE_ITEMS),
        say.elsewhere("measure.rule.repeats"),
        Table(say("study.odd.table"), head, tuple(rows)),
    )
    return Section("odd", say("study.odd.title"), parts)

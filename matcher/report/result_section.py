"""The result itself: what was measured before and after, and what the model makes of it."""

from __future__ import annotations

from functools import partial

from matcher.disclosure import FEWEST, Told, beside_total, is_few
from matcher.evaluation.before_after import WENT, Moved, Result
from matcher.evaluation.findings import CardMean
from matcher.report.contents import Findings, Judged
from matcher.report.parts import Part, Plot, Section, Shrunk, Table, Wording, Words
from matcher.report.telling import association


def result_section(found: Judged, say: Wording) -> Section:
    """Return what happened before anything is said of a model."""
    title, result = say("result.title"), found.result
    if result is None:
        return Section("result", title, ())
    parts: list[Part] = [*result_lead(found, say), say("result.what")]
    rows = tuple(
        _row(say(f"result.{name}"), moved, count, say)
        for name, moved in _groups(result).items()
        if (count := _count(name, moved, found, say)) is not None
    )
    if rows:
        head = say.head(
            "result.group result.companies result.before result.after result.change "
            "result.interval result.sd"
        )
        parts.append(Table(say("result.table"), head, rows))
    if not say.candid:
        parts.append(say("result.rule"))
    parts += _corrected(found, result, say)
    if isinstance(found, Findings):
        parts.append(association(found.n_random, found.missing.n_trials, say))
    parts += _shrinkage(found, say)
    return Section("result", title, tuple(parts))


def result_lead(found: Judged, say: Wording) -> tuple[str, ...]:
    """Return in a sentence what happened at the companies that finished."""
    result = found.result
    if result is None:
        return ()
    moved = result.by_state.get("finished")
    count = None if moved is None else _count("finished", moved, found, say)
    if moved is None or count is None:
        return (say("result.none"),)
    return (
        say(
            "result.lead",
            n=count,
            before=say.number(moved.before),
            after=say.number(moved.after),
            change=say.number(moved.change.value, sign=True),
            interval=say.interval(moved.change),
        ),
    )


def _groups(result: Result) -> dict[str, Moved]:
    groups = {name: result.by_state[name] for name in WENT if name in result.by_state}
    return groups if result.controls is None else groups | {"controls": result.controls}


def _count(name: str, moved: Moved, found: Judged, say: Wording) -> str | None:
    """Return how many companies a row may say that it is of; None where there may be no row."""
    if say.candid or not isinstance(found, Findings):
        return str(moved.n_companies)
    if moved.n_companies < FEWEST:
        return None
    if name == "controls":
        others = max(found.missing.n_controls - moved.n_companies, 0)
        told = beside_total([moved.n_companies, others])[0]
        return say.count(Told(FEWEST, None) if told.exact is None else told)
    # A mean of companies whose number is hidden, to hide a small one, would still tell of these.
    hidden = found.missing.told[1][name].exact is None
    return None if hidden else str(moved.n_companies)


def _row(name: str, moved: Moved, count: str, say: Wording) -> tuple[str, ...]:
    return (
        name,
        count,
        say.number(moved.before),
        say.number(moved.after),
        say.number(moved.change.value, sign=True),
        say.interval(moved.change),
        say.number(moved.sd),
    )


def _corrected(found: Judged, result: Result, say: Wording) -> tuple[str, ...]:
    """Return what is left when what changed anyway is taken off, also where nothing started."""
    controls = result.controls
    if controls is None:
        taken = say("result.no_controls")
    elif is_few(controls.n_companies) and not say.candid:
        return (say("result.few_controls"),)  # raw less corrected would tell their mean
    else:
        taken = say("result.taken", change=say.number(found.facts.control_change, sign=True))
    told = [taken]
    for name, key in (("finished", "result.gain"), ("not_started", "result.placebo")):
        moved = result.by_state.get(name)
        count = None if moved is None else _count(name, moved, found, say)
        if moved is not None and count is not None and moved.gain.low is not None:
            told.append(say(key, n=count, gain=say.estimate(moved.gain)))
            if name == "not_started":
                told.append(say(f"result.placebo_{_check(moved)}"))
        elif name == "not_started":
            told.append(say("result.placebo_few"))
    return tuple(told)


def _check(moved: Moved) -> str:
    low, high = moved.gain.low, moved.gain.high
    assert low is not None and high is not None  # the caller looked
    return "fine" if low <= 0 <= high else "moved"


def _shrinkage(found: Judged, say: Wording) -> tuple[Part, ...]:
    """Return the raw mean of each card beside its estimate."""
    means = () if found.evaluation is None else found.evaluation.card_means
    told = {mean: n for mean in means if (n := _told(mean, means, found, say)) is not None}
    if not told:
        return (say("result.no_cards"),) if means else ()
    ordered = sorted(told, key=lambda mean: -(mean.raw.value or 0.0))
    words = say.words("result.cards", n=len(ordered))
    rows = tuple(
        (
            say.card(mean.card),
            told[mean],
            say.number(mean.raw.value, sign=True),
            say.interval(mean.raw),
            say.number(mean.estimate, sign=True),
        )
        for mean in ordered
    )
    head = say.head(
        "effects.card result.companies result.cards.raw result.cards.interval result.cards.estimate"
    )
    lines = tuple(
        Shrunk(f"{say.card(mean.card)} (n = {told[mean]})", mean.raw, mean.estimate)
        for mean in ordered
    )
    legend = (say("result.cards.raw"), say("result.cards.estimate"))
    plot = Plot(Table(words.title, head, rows), partial(_draw, lines, words, legend))
    left = () if say.candid else (say("result.cards.left", n=len(means) - len(told)),)
    return (say("result.cards.what"), *left, plot)


def _told(mean: CardMean, means: tuple[CardMean, ...], found: Judged, say: Wording) -> str | None:
    """Return of how many companies a card's mean is; None where that may not be told."""
    if say.candid or not isinstance(found, Findings):
        return str(mean.n_companies)
    controls = found.facts.n_controls
    total = next((e.trials for e in found.outlook.effects if e.card == mean.card), Told(0, None))
    if mean.n_companies < FEWEST or is_few(controls) or total.exact is None:
        return None
    # The trials of a card that were measured, and those that were not; and the cards beside all.
    within = beside_total([mean.n_trials, max(total.exact - mean.n_trials, 0)])[0]
    among = dict(zip(means, beside_total([one.n_trials for one in means]), strict=True))[mean]
    hidden = within.exact is None or among.exact is None
    return None if hidden else str(mean.n_companies)


def _draw(lines: tuple[Shrunk, ...], words: Words, legend: tuple[str, str]) -> str:
    from matcher.report.plots import shrinkage  # drawing costs seconds to import

    return shrinkage(lines, words, legend)

"""What the outcomes moved: every card before and after them, and gains as the model draws them."""

from __future__ import annotations

from functools import partial

from matcher.disclosure import alone
from matcher.evaluation.learned import CardMove, GainBin, Learned
from matcher.report.contents import Findings, Judged
from matcher.report.parts import Foretold, Part, Plot, Section, Shift, Table, Wording, Words
from matcher.report.telling import silent


def learned_section(found: Judged, say: Wording) -> Section:
    """Return what was expected before the outcomes beside what is expected now."""
    learned = found.learned
    if learned is None:
        return silent("learned", found, say)
    parts: list[Part] = [*_moved(learned, found, say), *_foretold(learned, say)]
    return Section("learned", say("learned.title"), tuple(parts))


def _moved(learned: Learned, found: Judged, say: Wording) -> tuple[Part, ...]:
    cards, n = learned.cards, learned.n_companies
    if not cards:
        return (say("learned.none"),)
    trials = (
        {effect.card: say.count(effect.trials) for effect in found.outlook.effects}
        if isinstance(found, Findings)
        else None
    )
    head = say.head(
        "effects.card learned.before learned.of learned.after learned.of"
        + ("" if trials is None else " effects.trials")
    )
    rows = tuple(
        (
            say.card(move.card),
            say.number(move.before.value, sign=True),
            say.interval(move.before),
            say.number(move.after.value, sign=True),
            say.interval(move.after),
            *(() if trials is None else (trials[move.card],)),
        )
        for move in cards
    )
    first = cards[0]
    words = say.words(
        "learned", first=say.card(first.card), mean=say.number(first.after.value, sign=True)
    )
    plot = Plot(Table(words.title, head, rows), partial(_draw_cards, cards, words, say))
    rankable = int(found.menu.is_rankable.sum())
    return (
        say("learned.what", n=str(n) if say.candid else say.count(alone(n))),
        say("learned.interval"),
        say("learned.left", n=rankable - len(cards)),
        plot,
    )


def _draw_cards(cards: tuple[CardMove, ...], words: Words, say: Wording) -> str:
    from matcher.report.plots import shifts  # drawing costs seconds to import

    lines = [Shift(say.card(move.card), move.before, move.after) for move in cards]
    return shifts(lines, words, (say("learned.before"), say("learned.after")))


def _foretold(learned: Learned, say: Wording) -> tuple[Part, ...]:
    bins = learned.bins
    if not bins:
        return (say("learned.foretold.few"),)
    words = say.words("learned.foretold", decimals=0, n=len(bins))
    head = say.head("learned.foretold.range learned.foretold.measured learned.before learned.after")
    rows = tuple(
        (_range(one, say), *map(say.percent, (one.measured, one.before, one.after))) for one in bins
    )
    draw = partial(_draw_bins, bins, words, say)
    return (say("learned.foretold.what"), Plot(Table(words.title, head, rows), draw))


def _range(one: GainBin, say: Wording) -> str:
    if one.low is None:
        return say("learned.foretold.below", high=say.number(one.high))
    if one.high is None:
        return say("learned.foretold.above", low=say.number(one.low))
    return say("learned.foretold.between", low=say.number(one.low), high=say.number(one.high))


def _draw_bins(bins: tuple[GainBin, ...], words: Words, say: Wording) -> str:
    from matcher.report.plots import foretold  # drawing costs seconds to import

    lines = [
        Foretold(_range(one, say), 100 * one.measured, 100 * one.before, 100 * one.after)
        for one in bins
    ]
    legend = (say("learned.before"), say("learned.after"), say("learned.foretold.measured"))
    return foretold(lines, words, legend)

"""What each card brings, which pairs of them are told apart, and what succeeded."""

from __future__ import annotations

from functools import partial

from matcher.disclosure import FEW, FEWEST, NOTHING, Told, alone, beside_total, summed
from matcher.evaluation.findings import Estimate, PairNeed
from matcher.ranking.wording import decimal
from matcher.report.contents import Findings, Judged
from matcher.report.outlook import CardEffect
from matcher.report.parts import Panel, Part, Plot, Point, Section, Table, Wording
from matcher.report.telling import association, draw_intervals, silent

N_PAIRS = 12


def effects_section(found: Findings, say: Wording) -> Section:
    """Return what each card brings at an ordinary company."""
    effects = found.outlook.effects
    untold = sum(effect.trials.exact == 0 and effect.evidence == 0 for effect in effects)
    parts: list[Part] = [
        say("effects.what", n=say.count(alone(found.outlook.n_companies))),
        say("effects.interval"),
        association(found.n_random, found.missing.n_trials, say),
    ]
    if untold:
        parts.append(say("effects.silent", n=untold))
    if not found.facts.shows_differences:
        parts.append(say.elsewhere("gate.why.no_differences"))
    parts += [_forest(effects, say), *success_parts(found, say)]
    return Section("effects", say("effects.title"), tuple(parts))


def _forest(effects: tuple[CardEffect, ...], say: Wording) -> Plot:
    points = tuple(
        Point(
            say.card(effect.card),
            Estimate(effect.mean, effect.low, effect.high),
            solid=effect.trials.least > 0,
        )
        for effect in effects
    )
    first = effects[0]
    words = say.words("effects", first=say.card(first.card), mean=say.number(first.mean))
    # Of so few trials in all that nothing is told, no card is drawn as tried.
    hidden = any(effect.trials == NOTHING for effect in effects)
    legend = (say("effects.tried"), say("effects.not_shown" if hidden else "effects.untried"))
    draw = partial(draw_intervals, [Panel("", points)], words, legend=legend)
    head = say.head(
        "effects.card effects.mean of.company effects.trials effects.evidence effects.speaks"
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
        say.count(effect.trials),
        str(effect.evidence),
        _speaks(effect, say),
    )


def _speaks(effect: CardEffect, say: Wording) -> str:
    if effect.trials.exact == 0:
        return say("speaks.expert" if effect.evidence == 0 else "speaks.literature")
    if effect.trials == NOTHING:
        return say("hidden")
    return say("speaks.some" if effect.trials == FEW else "speaks.outcomes")


def pairs_section(found: Judged, say: Wording) -> Section:
    """Return how many more companies would tell two cards apart."""
    e = found.evaluation
    if e is None or not e.pairs:
        return silent("pairs", found, say)
    known = [pair for pair in e.pairs if pair.more_companies is not None]
    seen = {pair for pair in known if _seen(pair, found)}
    shown = sorted(known, key=lambda pair: pair not in seen)[:N_PAIRS]
    level = f"{100 * found.facts.tie_level:.0f}"
    parts: list[Part] = [say("pairs.what", level=level), *say.more("pairs")]
    if shown:
        rows = tuple(
            (
                say.card(pair.first),
                say.card(pair.second),
                say.number(pair.difference, 3),
                _to_add(pair, pair in seen, say),
            )
            for pair in shown
        )
        head = say.head("pairs.first pairs.second pairs.difference pairs.more")
        caption = say("pairs.table", shown=len(shown))
        parts.append(Table(caption, head, rows, frozenset({0, 1})))
    parts.append(say("pairs.rest", known=len(known), n=len(e.pairs), seen=len(seen)))
    return Section("pairs", say("pairs.title"), tuple(parts))


def _seen(pair: PairNeed, found: Judged) -> bool:
    """Return whether outcomes tell two cards apart, as far as counts that are told allow."""
    if not isinstance(found, Findings):
        return pair.seen
    least = {effect.card: effect.trials.least for effect in found.outlook.effects}
    return pair.seen and min(least[pair.first], least[pair.second]) >= FEWEST


def _to_add(pair: PairNeed, seen: bool, say: Wording) -> str:
    if seen:
        return say("pairs.now") if pair.more_companies == 0 else str(pair.more_companies)
    if pair.more_companies == 0:
        return say("pairs.beforehand_now")
    return say("pairs.beforehand", n=pair.more_companies)


def success_parts(found: Judged, say: Wording) -> tuple[str | Table, ...]:
    """Return how many trials of each card met what it had fixed beforehand."""
    e = found.evaluation
    if e is None or not e.success:
        return ()
    rows = []
    for count in e.success:
        met, known = Told(count.n_met, count.n_met), Told(count.n_known, count.n_known)
        if isinstance(found, Findings):
            tried = {effect.card: effect.trials.exact or 0 for effect in found.outlook.effects}
            unknown = tried[count.card] - count.n_known
            if unknown < 0:
                continue
            told = beside_total((count.n_met, count.n_known - count.n_met, unknown))
            met = told[0]
            known = summed(told[:2]) if told[-1].exact is None else alone(count.n_known)
            if known.least < FEWEST:
                continue
        bound = "" if count.threshold is None else decimal(f"{count.threshold:g}", say.language)
        measure = say.elsewhere(f"gate.success.{count.measure}", bound=bound)
        of = say("success.of", met=say.count(met), known=say.count(known))
        rows.append((say.card(count.card), measure, of))
    if not rows:
        return (say("success.none"),)
    note = say.more("success") or (say("success.note", n=len(e.success) - len(rows)),)
    head = say.head("effects.card success.measure success.met")
    return (*note, Table(say("success.title"), head, tuple(rows), frozenset({0, 1})))

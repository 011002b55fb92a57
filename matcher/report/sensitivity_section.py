"""What the first three and their worth hang on: the same, calculated otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.disclosure import alone, is_few
from matcher.evaluation.sensitivity import (
    MOST_TRIALS,
    Analysis,
    Refit,
    Sensitivity,
    WhyNot,
)
from matcher.report.contents import Judged
from matcher.report.parts import Part, Section, Table, Wording
from matcher.report.telling import silent


def sensitivity_section(found: Judged, say: Wording) -> Section:
    """Return every analysis that may be told, and why the others are not there."""
    s = found.sensitivity
    if s is None:
        return silent("sensitivity", found, say)
    title = say("sensitivity.title")
    if "many" in s.left.values():
        return Section("sensitivity", title, (say("sensitivity.many", most=MOST_TRIALS),))
    if not s.refits[0].first:
        return Section("sensitivity", title, (say("sensitivity.none"),))
    told = list(s.refits) if say.candid else shown(s.refits)
    parts: list[Part] = [
        *_lead(told[1:], say),
        say("sensitivity.what", n=_count(s, say)),
        say("sensitivity.ruler"),
        say("sensitivity.prior"),
        _table(told, say),
    ]
    hidden = [refit.analysis for refit in s.refits if refit not in told]
    if hidden:
        parts.append(say("sensitivity.hidden", named=_named(hidden, say)))
    return Section("sensitivity", title, (*parts, *_left(s, say)))


def shown(refits: Sequence[Refit]) -> list[Refit]:
    """Return the analyses of which none differs from another by what 1 to 4 companies told.

    Nor does one rest on so few: its difference with the others would be about them.
    """
    told = list(refits[:1])
    for refit in refits[1:]:
        apart = [refit.apart[one.analysis] for one in told]
        rests_on_few = refit.apart["all"] > 0 and is_few(refit.n_companies)
        if not rests_on_few and not any(map(is_few, apart)):
            told.append(refit)
    return told


def _count(s: Sensitivity, say: Wording) -> str:
    return str(s.n_companies) if say.candid else say.count(alone(s.n_companies))


def _named(analyses: Sequence[Analysis], say: Wording) -> str:
    return "; ".join(say(f"sensitivity.named.{name}") for name in analyses)


def _lead(others: Sequence[Refit], say: Wording) -> tuple[str, ...]:
    """Return in how many analyses the same three come first, and where they do so least."""
    if not others:
        return ()
    least = min(others, key=lambda refit: refit.n_same)
    alike = sum(refit.n_same == len(refit.first) for refit in others)
    if alike == len(others):
        return (say("sensitivity.lead_same", of=len(others)),)
    named = say(f"sensitivity.named.{least.analysis}")
    return (
        say("sensitivity.lead_differ", n=alike, of=len(others), least=named, same=least.n_same),
    )


def _table(told: Sequence[Refit], say: Wording) -> Table:
    head = say.head(
        "sensitivity.analysis sensitivity.first sensitivity.same sensitivity.value of.value "
        "sensitivity.beyond of.difference"
    )
    rows = tuple(
        (
            say(f"sensitivity.named.{refit.analysis}"),
            ", ".join(map(say.card, refit.first)),
            say("none") if refit.analysis == "all" else str(refit.n_same),
            say.number(refit.value.value, 3, sign=True),
            say.interval(refit.value, 3),
            say.number(refit.beyond_experts.value, 3, sign=True),
            say.interval(refit.beyond_experts, 3),
        )
        for refit in told
    )
    return Table(say("sensitivity.table"), head, rows, frozenset({0, 1}))


def _left(s: Sensitivity, say: Wording) -> tuple[str, ...]:
    """Return why some analyses were not done, a sentence for each reason."""
    by_reason: dict[WhyNot, list[Analysis]] = {}
    for analysis, why in s.left.items():
        by_reason.setdefault(why, []).append(analysis)
    return tuple(
        say(f"sensitivity.{why}", named=_named(names, say)) for why, names in by_reason.items()
    )

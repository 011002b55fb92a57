"""What several sections of a report tell in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.disclosure import beside_total
from matcher.evaluation.evaluate import Evaluation
from matcher.report.contents import Judged
from matcher.report.parts import Panel, Section, Wording, Words


def silent(name: str, found: Judged, say: Wording) -> Section:
    """Return a section that says why it has no figures."""
    key = "not_evaluated" if found.evaluation is None else "too_few"
    return Section(name, say(f"{name}.title"), (say(key),))


def sampled(e: Evaluation, say: Wording) -> tuple[str, ...]:
    """Return that a sample was judged, where it was."""
    if e.sampled_from is None:
        return ()
    return (say.elsewhere("gate.sampled", n=e.n_companies, total=e.sampled_from),)


def over_ways(e: Evaluation, say: Wording) -> tuple[str, ...]:
    """Return over how many ways to deal companies into folds the figures are a median."""
    return (say("ways.many", n=e.n_splits) if e.n_splits > 1 else say("ways.one"),)


def draw_intervals(
    panels: Sequence[Panel], words: Words, *, legend: tuple[str, str] | None = None
) -> str:
    """Return the drawing of intervals about a line at 0."""
    from matcher.report.plots import intervals  # drawing costs seconds to import

    return intervals(panels, words, reference=0.0, legend=legend)


def association(drawn: int, n: int, say: Wording) -> str:
    """Return what the way of choosing allows to be said: of n trials some were drawn by lot."""
    if drawn == 0:
        return say.elsewhere("gate.association")
    if drawn == n:
        return say.elsewhere("gate.randomised")
    told = str(drawn) if say.candid else say.count(beside_total([drawn, n - drawn])[0])
    return say.elsewhere("gate.partly_random", drawn=told, n=n)

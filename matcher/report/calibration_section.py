"""Whether chances and intervals mean what they say, and what was taken off the gains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matcher.design.expert import HEADS
from matcher.disclosure import Told, alone, beside_total, is_few
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import CalibrationBin
from matcher.report.contents import Findings, Judged
from matcher.report.parts import Part, Plot, Section, Table, Wording, Words
from matcher.report.telling import over_ways, sampled, silent


def controls(found: Judged, say: Wording) -> tuple[str, ...]:
    """Return what was subtracted from the gains; of few companies not how much, unless candid."""
    n = found.facts.n_controls
    if n == 0:
        return ()
    if is_few(n) and not say.candid:
        return (say("about.few_controls"),)
    told = Told(n, n) if say.candid else alone(n)
    if isinstance(found, Findings):
        told = beside_total([n, max(found.missing.n_controls - n, 0)])[0]
    change = say.number(found.facts.control_change, sign=True)
    return (say("about.controls", change=change, n=say.count(told)),)


def covered(found: Judged, say: Wording) -> tuple[str, ...]:
    """Return how many measured gains fell inside their interval."""
    e = found.evaluation
    if e is None or e.coverage.value is None or not (say.candid or "gain" in e.heads_told):
        return ()
    share, ends = say.percent(e.coverage.value), say.interval(e.coverage, percent=True)
    n = say.count(found.measured) if isinstance(found, Findings) else e.n_measured
    return (say("calibration.coverage", n=n, covered=share, interval=ends),)


def calibration_section(found: Judged, say: Wording) -> Section:
    """Return whether chances and intervals mean what they say."""
    e = found.evaluation
    if e is None:
        return silent("calibration", found, say)
    parts: list[Part] = [
        *(say("calibration.what"), *over_ways(e, say), *sampled(e, say)),
        *covered(found, say),
    ]
    if e.n_measured:
        parts += say.more("interval_factor", factor=say.number(e.interval_factor))
    told = frozenset(HEADS) if say.candid else e.heads_told
    bins, few = e.calibration, [head for head in HEADS if head not in e.heads_told]
    if is_few(found.facts.n_controls) and not say.candid and "gain" not in few:
        # Beside the change as it was measured, a mean gain tells what controls changed.
        bins, few = tuple(b for b in bins if b.head != "gain"), [*few, "gain"]
    if e.levels and "gain" in told:
        head = say.head("calibration.level calibration.inside of.share")
        rows = tuple(
            (
                say.percent(level.level),
                say.percent(level.observed.value),
                say.interval(level.observed, percent=True),
            )
            for level in e.levels
        )
        parts.append(Table(say("calibration.levels"), head, rows))
    if bins:
        parts.append(_calibration_plot(bins, _bins_told(found, e), say))
    if few:
        named = ", ".join(say.elsewhere(f"gate.head.{head}") for head in few)
        parts += say.more("bins_few", named=named) or (say("calibration.few", named=named),)
    rows = tuple(
        (
            say.elsewhere(f"gate.head.{head}"),
            say.number(row["leermatch"], 3) if head in told else say("hidden"),
            say.number(row["expert"], 3) if head in told else say("hidden"),
        )
        for head, row in e.brier.items()
    )
    head = say.head("calibration.question calibration.ours calibration.expert")
    parts += [say("calibration.brier_note"), Table(say("calibration.brier"), head, rows)]
    return Section("calibration", say("calibration.title"), tuple(parts))


def _bins_told(found: Judged, e: Evaluation) -> frozenset[str]:
    """Return the questions whose bins may tell how many they hold: their sum would tell states."""
    if not isinstance(found, Findings):
        return frozenset(HEADS)
    told, _ = found.missing.told
    sums = {
        "started": [told["unknown"]],
        "completed": [told["stopped"], told["finished"]],
        "gain": [found.measured],
    }
    return frozenset(
        head
        for head, parts in sums.items()
        if e.sampled_from is not None or all(part.exact is not None for part in parts)
    )


def _calibration_plot(
    bins: Sequence[CalibrationBin], counted: frozenset[str], say: Wording
) -> Plot:
    words = say.words("calibration", axis="predicted", decimals=1, n=len(bins))
    rows = tuple(
        (
            say.elsewhere(f"gate.head.{b.head}"),
            f"{say.number(b.low)} – {say.number(b.high)}",
            str(b.n) if b.head in counted else say("hidden"),
            say.number(b.predicted),
            say.number(b.observed.value),
            say.interval(b.observed),
        )
        for b in bins
    )
    names = ("question", "from_to", "n", "predicted", "observed")
    head = (*(say(f"calibration.{name}") for name in names), say("of.happened"))
    return Plot(Table(words.title, head, rows), partial(_calibration, bins, words, say))


def _calibration(bins: Sequence[CalibrationBin], words: Words, say: Wording) -> str:
    from matcher.report.plots import calibration  # drawing costs seconds to import

    panels = {head: [(b.predicted, b.observed) for b in bins if b.head == head] for head in HEADS}
    named = [(say.elsewhere(f"gate.head.{head}"), own) for head, own in panels.items() if own]
    return calibration(named, words, say("calibration.observed"))

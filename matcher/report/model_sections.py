"""The sections of a report on the model: what it is worth, what it changes, what comes next.

The report and the page beside it tell the same; a ``candid`` wording, that of the page, tells more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matcher.design.expert import HEADS
from matcher.disclosure import FEWEST, Told, alone, beside_total, is_few, summed
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import CalibrationBin, Estimate, GroupField, GroupFinding
from matcher.evaluation.intervals import UNKNOWN
from matcher.evaluation.judging import reasons_in_words
from matcher.ranking.changes import Change
from matcher.ranking.wording import decimal
from matcher.report.contents import Findings, Judged
from matcher.report.parts import Panel, Part, Plot, Point, Section, Table, Wording, Words

N_PAIRS = 12
_TERM_LIST: dict[GroupField, str] = {
    "size": "size_class",
    "sector": "sector_group",
    "province": "province",
    "share_practical": "share_practical",
}


def _silent(name: str, found: Judged, say: Wording) -> Section:
    key = "not_evaluated" if found.evaluation is None else "too_few"
    return Section(name, say(f"{name}.title"), (say(key),))


def _sampled(e: Evaluation, say: Wording) -> tuple[str, ...]:
    if e.sampled_from is None:
        return ()
    return (say.elsewhere("gate.sampled", n=e.n_companies, total=e.sampled_from),)


def _intervals(panels: Sequence[Panel], words: Words) -> str:
    from matcher.report.plots import intervals  # drawing costs seconds to import

    return intervals(panels, words, reference=0.0)


def controls(found: Judged, say: Wording) -> tuple[str, ...]:
    """Return what was subtracted from the gains; of few companies not how much."""
    n = found.facts.n_controls
    if n == 0:
        return ()
    if is_few(n):
        return (say("about.few_controls"),)
    told = alone(n)
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
        return _silent("calibration", found, say)
    parts: list[Part] = [say("calibration.what"), *_sampled(e, say), *covered(found, say)]
    if e.n_measured:
        parts += say.more("interval_factor", factor=say.number(e.interval_factor))
    told = frozenset(HEADS) if say.candid else e.heads_told
    if e.levels and "gain" in told:
        head = say.head("calibration.level calibration.inside effects.interval_head")
        rows = tuple(
            (
                say.percent(level.level),
                say.percent(level.observed.value),
                say.interval(level.observed, percent=True),
            )
            for level in e.levels
        )
        parts.append(Table(say("calibration.levels"), head, rows))
    if e.calibration:
        parts.append(_calibration_plot(e, _bins_told(found, e), say))
    if few := [head for head in HEADS if head not in e.heads_told]:
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


def _calibration_plot(e: Evaluation, counted: frozenset[str], say: Wording) -> Plot:
    words = say.words("calibration", axis="predicted", decimals=1, n=len(e.calibration))
    rows = tuple(
        (
            say.elsewhere(f"gate.head.{b.head}"),
            f"{say.number(b.low)} – {say.number(b.high)}",
            str(b.n) if b.head in counted else say("hidden"),
            say.number(b.predicted),
            say.number(b.observed.value),
            say.interval(b.observed),
        )
        for b in e.calibration
    )
    names = ("question", "from_to", "n", "predicted", "observed")
    head = (*(say(f"calibration.{name}") for name in names), say("effects.interval_head"))
    return Plot(Table(words.title, head, rows), partial(_calibration, e.calibration, words, say))


def _calibration(bins: Sequence[CalibrationBin], words: Words, say: Wording) -> str:
    from matcher.report.plots import calibration  # drawing costs seconds to import

    panels = {head: [(b.predicted, b.observed) for b in bins if b.head == head] for head in HEADS}
    named = [(say.elsewhere(f"gate.head.{head}"), own) for head, own in panels.items() if own]
    return calibration(named, words, say("calibration.observed"))


def ranking_section(found: Judged, say: Wording) -> Section:
    """Return the value of our first choice beside those of others."""
    e = found.evaluation
    if e is None:
        return _silent("ranking", found, say)
    names = {policy: say.elsewhere(f"gate.policy.{policy}") for policy in e.values}
    points = tuple(
        Point(names[policy], value, solid=policy == "leermatch")
        for policy, value in e.values.items()
    )
    words = say.words("ranking", ours=say.number(e.values["leermatch"].value))
    rows = tuple(
        (
            names[policy],
            say.number(value.value),
            say.interval(value),
            say.number(e.differences.get(policy, UNKNOWN).value, sign=True),
            say.interval(e.differences.get(policy, UNKNOWN)),
            str(e.support[policy])
            if say.candid
            else say.count(beside_total([e.support[policy], e.n_trials - e.support[policy]])[0]),
        )
        for policy, value in e.values.items()
    )
    head = say.head(
        "ranking.policy ranking.value effects.interval_head ranking.difference "
        "ranking.difference_interval ranking.trials"
    )
    plot = Plot(Table(words.title, head, rows), partial(_intervals, [Panel("", points)], words))
    what = say("ranking.what", where="" if say.candid else say("ranking.below"))
    parts: tuple[Part, ...] = (what, *say.more("ranking"), *_sampled(e, say), plot)
    lots = (association(e.n_random, e.n_trials, say),) if say.candid else ()
    return Section("ranking", say("ranking.title"), (*parts, *lots))


def association(drawn: int, n: int, say: Wording) -> str:
    """Return what the way of choosing allows to be said: of n trials some were drawn by lot."""
    if drawn == 0:
        return say.elsewhere("gate.association")
    if drawn == n:
        return say.elsewhere("gate.randomised")
    told = str(drawn) if say.candid else say.count(beside_total([drawn, n - drawn])[0])
    return say.elsewhere("gate.partly_random", drawn=told, n=n)


def stability_section(found: Judged, say: Wording) -> Section:
    """Return how much hangs on one company; which one is not for a board to know."""
    e = found.evaluation
    if e is None or e.stability is None:
        return _silent("stability", found, say)
    stability, digits = e.stability, int(say.candid)
    rows = tuple(
        (
            say(f"stability.{name}"),
            say.percent(share.value, digits),
            say.interval(share, digits, percent=True),
        )
        for name, share in (("top3", stability.top3_changed), ("first", stability.first_changed))
    )
    head = say.head("stability.head stability.share effects.interval_head")
    what = say("stability.what", n=stability.n_left_out, profiles=stability.n_profiles)
    parts = (what, Table(say("stability.table"), head, rows))
    named = ", ".join(f"{name} ({say.percent(s)})" for name, s in stability.most_influential)
    most = say.more("stability", named=named) if named else ()
    return Section("stability", say("stability.title"), (*parts, *most))


def groups_section(found: Judged, say: Wording) -> Section:
    """Return what the model is worth in groups of companies that are large enough."""
    e = found.evaluation
    if e is None or not e.groups:
        return _silent("groups", found, say)
    told = [group for group in e.groups if group.difference is not None]
    worse = [_group_name(group, say) for group in told if group.surely_worse]
    parts: list[Part] = [say("groups.what", silent=len(e.groups) - len(told))]
    if told:
        named = ", ".join(worse)
        parts.append(say("groups.worse", named=named) if worse else say("groups.no_worse"))
        parts.append(_groups_plot(told, _companies(e), say))
    return Section("groups", say("groups.title"), tuple(parts))


def _group_name(group: GroupFinding, say: Wording) -> str:
    value = say.term(_TERM_LIST[group.field], group.value)
    return f"{say(f'dimension.{group.field}')}: {value}"


def _companies(e: Evaluation) -> dict[tuple[GroupField, str], Told]:
    """Return what may be told of the companies in each group: those of a field are parts of all."""
    counts: dict[tuple[GroupField, str], Told] = {}
    for field in _TERM_LIST:
        groups = [group for group in e.groups if group.field == field]
        ns = [group.n_companies for group in groups]
        told = beside_total([*ns, max(e.n_companies - sum(ns), 0)])
        counts |= {(field, g.value): n for g, n in zip(groups, told, strict=False)}
    return counts


def _groups_plot(
    told: list[GroupFinding], counts: dict[tuple[GroupField, str], Told], say: Wording
) -> Plot:
    panels = []
    for field, terms in _TERM_LIST.items():
        points = tuple(
            Point(say.term(terms, group.value), group.difference or UNKNOWN)
            for group in told
            if group.field == field
        )
        if points:
            panels.append(Panel(say(f"dimension.{field}"), points))
    words = say.words("groups")
    rows = tuple(
        (
            _group_name(group, say),
            str(group.n_companies) if say.candid else say.count(counts[group.field, group.value]),
            say.number((group.difference or UNKNOWN).value, sign=True),
            say.interval(group.difference or UNKNOWN),
            say.estimate(group.coverage or UNKNOWN, percent=True)
            if say.candid
            else say.percent((group.coverage or UNKNOWN).value),
        )
        for group in told
    )
    head = say.head(
        "groups.group groups.companies groups.difference effects.interval_head groups.inside"
    )
    return Plot(Table(words.title, head, rows), partial(_intervals, panels, words))


def pairs_section(found: Judged, say: Wording) -> Section:
    """Return how many more companies would tell two cards apart."""
    e = found.evaluation
    if e is None or not e.pairs:
        return _silent("pairs", found, say)
    known = [pair for pair in e.pairs if pair.more_companies is not None]
    shown = known[:N_PAIRS]
    level = f"{100 * found.facts.tie_level:.0f}"
    parts: list[Part] = [say("pairs.what", level=level), *say.more("pairs")]
    if shown:
        rows = tuple(
            (
                say.card(pair.first),
                say.card(pair.second),
                say.number(pair.difference, 3),
                say("pairs.now") if pair.more_companies == 0 else str(pair.more_companies),
            )
            for pair in shown
        )
        head = say.head("pairs.first pairs.second pairs.difference pairs.more")
        caption = say("pairs.table", shown=len(shown))
        parts.append(Table(caption, head, rows, frozenset({0, 1})))
    parts.append(say("pairs.rest", known=len(known), n=len(e.pairs)))
    return Section("pairs", say("pairs.title"), tuple(parts))


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


def why_section(found: Findings, say: Wording) -> Section:
    """Return the verdict and its reasons."""
    verdict = say.elsewhere(f"gate.verdict.{found.verdict.replace(' ', '_')}")
    reasons = reasons_in_words(found.why, found.evaluation, say.language)
    parts = (verdict, say("why.reasons"), reasons, say("why.rule"))
    return Section("why", say("why.title"), parts)


def changes_section(found: Findings, say: Wording) -> Section:
    """Return what changed for the reference companies, and which reasons moved."""
    changes, since = found.changes, found.since
    if since.model is not None:
        beside = say("changes.since_version", version=since.version)
    else:
        beside = say("changes.since_expert" if since.version is None else "changes.broken")
    counts = say(
        "changes.counts",
        first=sum(change.first_changed for change in changes),
        top3=sum(bool(change.entered) for change in changes),
        n=len(changes),
    )
    head = say.head("changes.company changes.before changes.now changes.moved changes.why")
    rows = tuple(_change_row(change, say) for change in changes)
    table = Table(say("changes.table"), head, rows, frozenset(range(5)))
    return Section("changes", say("changes.title"), (beside, say("changes.made_up"), counts, table))


def _change_row(change: Change, say: Wording) -> tuple[str, ...]:
    before = ", ".join(say.card(card) for card in change.before)
    now = ", ".join(say.card(card) for card in change.now)
    same = change.before == change.now
    if change.card is None:
        return (change.company, before, now, say("none"), say("none"))
    return (
        change.company,
        before,
        say("changes.same") if same else now,
        say(
            "changes.move",
            card=say.card(change.card),
            before=say.number(change.gain_before),
            now=say.number(change.gain_now),
        ),
        ", ".join(
            say(
                "changes.mover",
                reason=say(f"reason.{code}"),
                effect=say.number(effect, sign=True),
            )
            for code, effect in change.movers
        ),
    )


def next_section(found: Findings, say: Wording) -> Section:
    """Return what the next experiment should try."""
    proposals, title = found.outlook.proposals, say("next.title")
    if not proposals:
        return Section("next", title, (say("next.none"),))
    rows = tuple(
        (
            say.card(cell.card),
            say.term("sector_group", cell.group),
            say.percent(cell.p_top3),
            say.number(cell.mean, sign=True),
            say.interval(
                Estimate(cell.mean, cell.mean - cell.half_width, cell.mean + cell.half_width)
            ),
            say.count(cell.trials),
        )
        for cell in proposals
    )
    head = say.head("next.card next.group next.chance next.mean next.interval next.trials")
    table = Table(say("next.table"), head, rows, frozenset({0, 1}))
    return Section("next", title, (say("next.what"), table))

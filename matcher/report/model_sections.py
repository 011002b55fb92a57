"""The sections of a report on the model: what it is worth, what it changes, what comes next."""

from __future__ import annotations

from matcher.design.expert import HEADS
from matcher.disclosure import Told, beside_total
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import Estimate, GroupField, GroupFinding
from matcher.evaluation.judging import reasons_in_words
from matcher.ranking.changes import Change
from matcher.report.contents import Findings
from matcher.report.data_sections import measured
from matcher.report.parts import Plot, Section, Table, Wording
from matcher.report.plots import Panel, Point, Words, calibration, intervals

N_PAIRS = 12
_TERM_LIST: dict[GroupField, str] = {
    "size": "size_class",
    "sector": "sector_group",
    "province": "province",
    "share_practical": "share_practical",
}


def _silent(name: str, found: Findings, say: Wording) -> Section:
    key = "not_evaluated" if found.evaluation is None else "too_few"
    return Section(name, say(f"{name}.title"), (say(key),))


def _sampled(e: Evaluation, say: Wording) -> tuple[str, ...]:
    if e.sampled_from is None:
        return ()
    return (say.elsewhere("gate.sampled", n=e.n_companies, total=e.sampled_from),)


def calibration_section(found: Findings, say: Wording) -> Section:
    """Return whether chances and intervals mean what they say."""
    e = found.evaluation
    if e is None:
        return _silent("calibration", found, say)
    parts: list[str | Table | Plot] = [say("calibration.what"), *_sampled(e, say)]
    told = e.heads_told
    if e.coverage.value is not None and "gain" in told:
        parts.append(
            say(
                "calibration.coverage",
                n=say.count(measured(found)),
                covered=say.percent(e.coverage.value),
                interval=say.interval(e.coverage, percent=True),
            )
        )
    if e.levels and "gain" in told:
        head = (say("calibration.level"), say("calibration.inside"), say("effects.interval_head"))
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
    if few := [head for head in HEADS if head not in told]:
        named = ", ".join(say.elsewhere(f"gate.head.{head}") for head in few)
        parts.append(say("calibration.few", named=named))
    rows = tuple(
        (
            say.elsewhere(f"gate.head.{head}"),
            say.number(row["leermatch"], 3) if head in told else say("hidden"),
            say.number(row["expert"], 3) if head in told else say("hidden"),
        )
        for head, row in e.brier.items()
    )
    head = (say("calibration.question"), say("calibration.ours"), say("calibration.expert"))
    parts += [say("calibration.brier_note"), Table(say("calibration.brier"), head, rows)]
    return Section("calibration", say("calibration.title"), tuple(parts))


def _bins_told(found: Findings, e: Evaluation) -> frozenset[str]:
    """Return the questions whose bins may tell how many they hold: their sum would tell states."""
    told, _ = found.missing.told
    sums = {
        "started": [told["unknown"]],
        "completed": [told["stopped"], told["finished"]],
        "gain": [measured(found)],
    }
    return frozenset(
        head
        for head, parts in sums.items()
        if e.sampled_from is not None or all(part.exact is not None for part in parts)
    )


def _calibration_plot(e: Evaluation, counted: frozenset[str], say: Wording) -> Plot:
    by_head = {head: [b for b in e.calibration if b.head == head] for head in HEADS}
    panels = [
        (say.elsewhere(f"gate.head.{head}"), [(b.predicted, b.observed) for b in bins])
        for head, bins in by_head.items()
        if bins
    ]
    title = say("calibration.plot")
    words = Words(
        "calibration",
        title,
        say("calibration.desc", n=len(e.calibration)),
        say("calibration.predicted"),
        say.number,
        decimals=1,
    )
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
    drawing = calibration(panels, words, say("calibration.observed"))
    return Plot(drawing, title, Table(title, head, rows))


def ranking_section(found: Findings, say: Wording) -> Section:
    """Return the value of our first choice beside those of others."""
    e = found.evaluation
    if e is None:
        return _silent("ranking", found, say)
    title = say("ranking.plot")
    points = tuple(
        Point(say.elsewhere(f"gate.policy.{policy}"), value, solid=policy == "leermatch")
        for policy, value in e.values.items()
    )
    words = Words(
        "ranking",
        title,
        say("ranking.desc", ours=say.number(e.values["leermatch"].value)),
        say("ranking.axis"),
        say.number,
    )
    nothing = Estimate(None, None, None)
    rows = tuple(
        (
            say.elsewhere(f"gate.policy.{policy}"),
            say.number(value.value),
            say.interval(value),
            say.number(e.differences.get(policy, nothing).value, sign=True),
            say.interval(e.differences.get(policy, nothing)),
            say.count(beside_total([e.support[policy], e.n_trials - e.support[policy]])[0]),
        )
        for policy, value in e.values.items()
    )
    head = (
        say("ranking.policy"),
        say("ranking.value"),
        say("effects.interval_head"),
        say("ranking.difference"),
        say("ranking.difference_interval"),
        say("ranking.trials"),
    )
    plot = Plot(
        intervals([Panel("", points)], words, reference=0.0), title, Table(title, head, rows)
    )
    return Section("ranking", say("ranking.title"), (say("ranking.what"), *_sampled(e, say), plot))


def stability_section(found: Findings, say: Wording) -> Section:
    """Return how much hangs on one company; which one is not for a board to know."""
    e = found.evaluation
    if e is None or e.stability is None:
        return _silent("stability", found, say)
    stability = e.stability
    rows = tuple(
        (say(f"stability.{name}"), say.percent(share.value), say.interval(share, percent=True))
        for name, share in (("top3", stability.top3_changed), ("first", stability.first_changed))
    )
    head = (say("stability.head"), say("stability.share"), say("effects.interval_head"))
    what = say("stability.what", n=stability.n_left_out, profiles=stability.n_profiles)
    title = say("stability.title")
    return Section("stability", title, (what, Table(say("stability.table"), head, rows)))


def groups_section(found: Findings, say: Wording) -> Section:
    """Return what the model is worth in groups of companies that are large enough."""
    e = found.evaluation
    if e is None or not e.groups:
        return _silent("groups", found, say)
    told = [group for group in e.groups if group.difference is not None]
    worse = [_group_name(group, say) for group in told if group.surely_worse]
    parts: list[str | Plot] = [say("groups.what", silent=len(e.groups) - len(told))]
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
    title, nothing = say("groups.plot"), Estimate(None, None, None)
    panels = []
    for field, terms in _TERM_LIST.items():
        points = tuple(
            Point(say.term(terms, group.value), group.difference or nothing)
            for group in told
            if group.field == field
        )
        if points:
            panels.append(Panel(say(f"dimension.{field}"), points))
    words = Words("groups", title, say("groups.desc"), say("groups.axis"), say.number)
    rows = tuple(
        (
            _group_name(group, say),
            say.count(counts[group.field, group.value]),
            say.number((group.difference or nothing).value, sign=True),
            say.interval(group.difference or nothing),
            say.percent((group.coverage or nothing).value),
        )
        for group in told
    )
    head = (
        say("groups.group"),
        say("groups.companies"),
        say("groups.difference"),
        say("effects.interval_head"),
        say("groups.inside"),
    )
    return Plot(intervals(panels, words, reference=0.0), title, Table(title, head, rows))


def pairs_section(found: Findings, say: Wording) -> Section:
    """Return how many more companies would tell two cards apart."""
    e = found.evaluation
    if e is None or not e.pairs:
        return _silent("pairs", found, say)
    known = [pair for pair in e.pairs if pair.more_companies is not None]
    shown = known[:N_PAIRS]
    parts: list[str | Table] = [say("pairs.what", level=f"{100 * found.facts.tie_level:.0f}")]
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
        head = tuple(say(f"pairs.{name}") for name in ("first", "second", "difference", "more"))
        caption = say("pairs.table", shown=len(shown))
        parts.append(Table(caption, head, rows, frozenset({0, 1})))
    parts.append(say("pairs.rest", known=len(known), n=len(e.pairs)))
    return Section("pairs", say("pairs.title"), tuple(parts))


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
    head = tuple(say(f"changes.{name}") for name in ("company", "before", "now", "moved", "why"))
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
    names = ("card", "group", "chance", "mean", "interval", "trials")
    head = tuple(say(f"next.{name}") for name in names)
    table = Table(say("next.table"), head, rows, frozenset({0, 1}))
    return Section("next", title, (say("next.what"), table))

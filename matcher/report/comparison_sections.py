"""What the model is worth beside simple choices: in all, by group, with a company left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import get_args

from matcher.disclosure import Told, beside_total
from matcher.evaluation.cross_fitting import Policy
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import (
    Estimate,
    Estimator,
    GroupField,
    GroupFinding,
    OffPolicy,
)
from matcher.evaluation.intervals import UNKNOWN
from matcher.evaluation.judging import LEAST_SUPPORT, supported
from matcher.evaluation.subgroups import FEWEST_COMPANIES, UNKNOWN_SIZE
from matcher.report.contents import Judged
from matcher.report.parts import Panel, Part, Plot, Point, Section, Table, Wording
from matcher.report.telling import association, draw_intervals, over_ways, sampled, silent

ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)
_TERM_LIST: dict[GroupField, str] = {
    "size": "size_class",
    "sector": "sector_group",
    "province": "province",
    "share_practical": "share_practical",
}


def ranking_section(found: Judged, say: Wording) -> Section:
    """Return the value of our first choice beside those of others."""
    e = found.evaluation
    if e is None:
        return silent("ranking", found, say)
    names = {policy: say.elsewhere(f"gate.policy.{policy}") for policy in e.values}
    support = {p: beside_total([n, e.n_trials - n])[0] for p, n in e.support.items()}
    spoken_of = supported(e)
    enough = {p: support[p].least >= LEAST_SUPPORT and p in spoken_of for p in e.values}
    points = tuple(
        Point(names[p], value if enough[p] else Estimate(value.value, None, None), solid=enough[p])
        for p, value in e.values.items()
    )
    words = say.words("ranking", ours=say.number(e.values["leermatch"].value))
    rows = tuple(
        (
            names[p],
            say.number(value.value),
            say.interval(value) if enough[p] else say("cannot_tell"),
            *_beside(e, p, say),
            str(e.support[p]) if say.candid else say.count(support[p]),
        )
        for p, value in e.values.items()
    )
    head = say.head(
        "ranking.policy ranking.value of.value ranking.difference of.difference ranking.trials"
    )
    legend = (say("ranking.supported"), say("ranking.unsupported"))
    draw = partial(draw_intervals, [Panel("", points)], words, legend=legend)
    plot = Plot(Table(words.title, head, rows), draw)
    what = say("ranking.what", where="" if say.candid else say("ranking.below"))
    parts: list[Part] = [what, *say.more("ranking"), *over_ways(e, say), *sampled(e, say), plot]
    parts += _ways(e, enough, say)
    if e.off_policy:
        parts += [say("off_policy.what"), _estimators(e, enough, say)]
    lots = (association(e.n_random, e.n_trials, say),) if say.candid else ()
    return Section("ranking", say("ranking.title"), (*parts, *lots))


def _estimators(e: Evaluation, enough: Mapping[Policy, bool], say: Wording) -> Table:
    """Return every policy's value as each estimator has it, and how far the trials speak of it.

    The largest weight is that of one trial, and the effective number tells how few there are: both
    are for who may see the trials.
    """
    columns: list[tuple[str, Callable[[OffPolicy, bool], str]]] = [
        (f"off_policy.{name}", partial(_by, name, say)) for name in ESTIMATORS
    ]
    columns.append(("off_policy.mean_weight", lambda one, _: say.number(one.mean_weight)))
    if say.candid:
        columns += [
            ("off_policy.sum", lambda one, _: say.number(one.sum_of_weights, 1)),
            ("off_policy.largest", lambda one, _: say.number(one.largest_weight, 1)),
            ("off_policy.effective", lambda one, _: say.number(one.effective_n, 1)),
        ]
    columns.append(("off_policy.outside", lambda one, _: say.percent(one.outside)))
    rows = tuple(
        (say.elsewhere(f"gate.policy.{p}"), *(cell(one, enough[p]) for _, cell in columns))
        for p, one in e.off_policy.items()
    )
    head = say.head(" ".join(("ranking.policy", *(name for name, _ in columns))))
    return Table(say("off_policy.table"), head, rows)


def _ways(e: Evaluation, enough: Mapping[Policy, bool], say: Wording) -> tuple[Table, ...]:
    """Return how far the ways to deal the companies lie apart in what is read first."""
    if e.n_splits == 1:
        return ()
    rows = [("leermatch", say("ranking.value"), e.values["leermatch"].value)] * enough["leermatch"]
    rows += [
        (p, f"{say('ways.less')} {say.elsewhere(f'gate.policy.{p}')}", found.value)
        for p, found in e.differences.items()
        if e.at_issue.get(p, LEAST_SUPPORT) >= LEAST_SUPPORT
    ]
    if say.candid:
        beside = None if e.succession is None else e.succession.difference
        rows += [
            ("live", say("ways.live"), None if beside is None else beside.value),
            ("coverage", say("ways.coverage"), e.coverage.value),
            ("interval_factor", say("ways.factor"), e.interval_factor),
        ]
    lines = tuple(
        (
            f"Leermatch: {label}" if name == "leermatch" else label,
            say.number(value),
            say.number(e.apart[name].least),
            say.number(e.apart[name].most),
        )
        for name, label, value in rows
        if name in e.apart
    )
    head = say.head("ways.figure ways.median ways.least ways.most")
    return (Table(say("ways.table"), head, lines),) if lines else ()


def _by(name: Estimator, say: Wording, one: OffPolicy, enough: bool) -> str:
    """Return what an estimator says; of the model's own word no support is asked."""
    if not (enough or name == "dm"):
        return say("cannot_tell")
    return say.number(one.estimates[name].value)


def _beside(e: Evaluation, policy: Policy, say: Wording) -> tuple[str, str]:
    """Return ours less a baseline, with its interval; nothing where both chose alike."""
    if e.at_issue.get(policy, LEAST_SUPPORT) < LEAST_SUPPORT:
        return say("cannot_tell"), say("none")
    difference = e.differences.get(policy, UNKNOWN)
    return say.number(difference.value, sign=True), say.interval(difference)


def stability_section(found: Judged, say: Wording) -> Section:
    """Return how much hangs on one company; which one is not for a board to know."""
    e = found.evaluation
    if e is None or e.stability is None:
        return silent("stability", found, say)
    stability, digits = e.stability, int(say.candid)
    rows = tuple(
        (
            say(f"stability.{name}"),
            say.percent(share.value, digits),
            say.interval(share, digits, percent=True),
        )
        for name, share in (("top3", stability.top3_changed), ("first", stability.first_changed))
    )
    head = say.head("stability.head stability.share of.share")
    what = say("stability.what", n=stability.n_left_out, profiles=stability.n_profiles)
    what += " " + say("ways.none_dealt")
    parts = (what, Table(say("stability.table"), head, rows))
    named = ", ".join(f"{name} ({say.percent(s)})" for name, s in stability.most_influential)
    most = say.more("stability", named=named) if named else ()
    return Section("stability", say("stability.title"), (*parts, *most))


def groups_section(found: Judged, say: Wording) -> Section:
    """Return what the model is worth in groups of companies that are large enough."""
    e = found.evaluation
    if e is None or not e.groups:
        return silent("groups", found, say)
    large = [group for group in e.groups if group.n_companies >= FEWEST_COMPANIES]
    told = [group for group in large if group.difference is not None]
    worse = [_group_name(group, say) for group in told if group.surely_worse]
    unspoken = len(large) - len(told)
    parts: list[Part] = [say("groups.what", small=len(e.groups) - len(large), unspoken=unspoken)]
    parts += over_ways(e, say)
    if told:
        named = ", ".join(worse)
        parts.append(say("groups.worse", named=named) if worse else say("groups.no_worse"))
    if large:
        parts.append(_groups_plot(large, _companies(e), say))
    return Section("groups", say("groups.title"), tuple(parts))


def _group_name(group: GroupFinding, say: Wording) -> str:
    return f"{say(f'dimension.{group.field}')}: {_value_name(group, say)}"


def _value_name(group: GroupFinding, say: Wording) -> str:
    value = None if group.value == UNKNOWN_SIZE else group.value
    return say.term(_TERM_LIST[group.field], value)


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
    large: list[GroupFinding], counts: dict[tuple[GroupField, str], Told], say: Wording
) -> Plot:
    panels = []
    for field in _TERM_LIST:
        points = tuple(
            Point(_value_name(group, say), group.difference or UNKNOWN)
            for group in large
            if group.field == field and group.difference is not None
        )
        if points:
            panels.append(Panel(say(f"dimension.{field}"), points))
    words = say.words("groups")
    rows = tuple(
        (
            _group_name(group, say),
            str(group.n_companies) if say.candid else say.count(counts[group.field, group.value]),
            *_difference(group, say),
            _inside(group, say),
        )
        for group in large
    )
    head = say.head("groups.group groups.companies groups.difference of.difference groups.inside")
    draw = partial(draw_intervals, panels, words) if panels else None
    return Plot(Table(words.title, head, rows), draw)


def _difference(group: GroupFinding, say: Wording) -> tuple[str, str]:
    if group.difference is None:
        return say("cannot_tell"), say("none")
    return say.number(group.difference.value, sign=True), say.interval(group.difference)


def _inside(group: GroupFinding, say: Wording) -> str:
    if group.coverage is None:
        return say("cannot_tell")
    if say.candid:
        return say.estimate(group.coverage, percent=True)
    return say.percent(group.coverage.value)

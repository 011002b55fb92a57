"""The page of a candidate: verdict and why, then every figure behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from matcher.design.expert import HEADS
from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import Estimate, PairNeed
from matcher.evaluation.judging import reasons_in_words
from matcher.evaluation.verdict import Verdict
from matcher.messages import say
from matcher.model.fitted import Facts
from matcher.report.baseline import FEWEST
from matcher.vocabulary import TERMS, Language

N_PAIRS = 10
"""Pairs of cards on the page: the ones that could be told apart soonest."""
_TERM_LIST = {
    "size": "size_class",
    "sector": "sector_group",
    "province": "province",
    "share_practical": "share_practical",
}


class _Words(Protocol):
    def __call__(self, key: str, **params: object) -> str: ...


def write_page(
    evaluation: Evaluation | None,
    verdict: Verdict,
    why: tuple[str, ...],
    facts: Facts,
    language: Language,
    names: Mapping[str, str],
) -> str:
    """Return the page of a candidate in Markdown: the verdict first, then the figures.

    ``names`` are those of the cards in that language, by id.
    """

    def words(key: str, **params: object) -> str:
        return say(language, f"gate.{key}", **params)

    lines = [f"# {words('title')}", ""]
    if facts.simulated:
        lines += [f"> {words('simulated')}", ""]
    lines += [f"**{words('verdict.' + verdict.replace(' ', '_'))}**", ""]
    lines += [f"- {reason}" for reason in reasons_in_words(why, evaluation, language)]
    lines += ["", words("trained", trials=facts.trials, companies=facts.companies)]
    if 0 < facts.n_controls < FEWEST:
        lines += ["", words("few_controls")]
    elif facts.n_controls:
        change = _number(facts.control_change, language, sign=True)
        lines += ["", words("controls", n=facts.n_controls, change=change)]
    if evaluation is not None:
        if evaluation.sampled_from is not None:
            n, total = evaluation.n_companies, evaluation.sampled_from
            lines += ["", words("sampled", n=n, total=total)]
        for section in (
            _values,
            _live,
            _trees,
            _calibration,
            _chances,
            _stability,
            _groups,
            _pairs,
            _success,
            _support,
        ):
            lines += section(evaluation, language, words, names, facts)
    return "\n".join(lines) + "\n"


_Names = Mapping[str, str]


def _table(head: str, align: str, rows: Iterator[str] | list[str]) -> list[str]:
    return ["", head, align, *rows]


def _values(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    rows = []
    for policy, value in e.values.items():
        gap = e.differences.get(policy)
        rows.append(
            f"| {words('policy.' + policy)} | {_range(value, language)} "
            f"| {'' if gap is None else _range(gap, language)} | {e.support[policy]} |"
        )
    title = ["", f"## {words('values')}", "", words("values_note")]
    table = _table(words("values_head"), "|---|---:|---:|---:|", rows)
    return [*title, *table, "", _assignment(e, words)]


def _live(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    succession = e.succession
    if succession is None:
        text = words("live.none")
    elif succession.n_unseen is None:
        text = words("live.unknown", version=succession.version)
    elif succession.difference is None:
        text = words("live.few", version=succession.version, n=succession.n_unseen)
    else:
        found = _range(succession.difference, language)
        text = words("live.told", version=succession.version, n=succession.n_unseen, found=found)
    return ["", f"## {words('live.title')}", "", text]


def _trees(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    found = e.challenge
    if found is None:
        return []
    lines = ["", f"## {words('trees.title')}", "", words("trees.note")]
    if found.difference is None:
        return [*lines, "", words("trees.none")]
    rows = []
    for head, row in found.errors.items():
        without, with_trees = (_number(row[who], language, 4) for who in ("hierarchy", "trees"))
        n_trees = found.n_trees[head]
        rows.append(f"| {words('head.' + head)} | {n_trees} | {without} | {with_trees} |")
    lines += _table(words("trees.head"), "|---|---:|---:|---:|", rows)
    score = _range(found.difference, language, digits=4)
    verdict = words("trees.chosen" if found.chosen else "trees.kept")
    return [*lines, "", words("trees.score", found=score), "", verdict]


def _calibration(
    e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts
) -> list[str]:
    covered = _range(e.coverage, language, percent=True)
    lines = ["", f"## {words('coverage')}", ""]
    lines.append(words("coverage_note", n=e.n_measured, covered=covered))
    if e.n_measured:
        lines += ["", words("interval_factor", factor=_number(e.interval_factor, language))]
    rows = [
        f"| {100 * level.level:.0f} % | {_range(level.observed, language, percent=True)} |"
        for level in e.levels
    ]
    return lines + (_table(words("levels_head"), "|---:|---:|", rows) if rows else [])


def _chances(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    rows = []
    for head, row in e.brier.items():
        ours, theirs = (_number(row[name], language, 3) for name in ("leermatch", "expert"))
        rows.append(f"| {words('head.' + head)} | {ours} | {theirs} |")
    lines = ["", f"## {words('brier')}", "", words("brier_note")]
    lines += _table(words("brier_head"), "|---|---:|---:|", rows)
    bins = []
    for found in e.calibration:
        gain = found.head == "gain"
        said = _number(found.predicted, language) if gain else f"{100 * found.predicted:.0f} %"
        seen = _range(found.observed, language, percent=not gain)
        bins.append(f"| {words('head.' + found.head)} | {said} | {seen} | {found.n} |")
    if bins:
        lines += ["", words("bins_note")]
        lines += _table(words("bins_head"), "|---|---:|---:|---:|", bins)
    if few := [words("head." + head) for head in HEADS if head not in e.heads_told]:
        lines += ["", words("bins_few", named=", ".join(few))]
    return lines


def _stability(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    found = e.stability
    if found is None:
        return []
    lines = ["", f"## {words('stability.title')}", ""]
    changed, first = (
        _range(share, language, percent=True, digits=1)
        for share in (found.top3_changed, found.first_changed)
    )
    lines.append(
        words(
            "stability.note",
            n=found.n_left_out,
            profiles=found.n_profiles,
            changed=changed,
            first=first,
        )
    )
    if found.most_influential:
        named = ", ".join(f"{name} ({100 * s:.0f} %)" for name, s in found.most_influential)
        lines += ["", words("stability.most", named=named)]
    return lines


def _groups(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    told = [group for group in e.groups if group.difference is not None]
    if not e.groups:
        return []
    lines = ["", f"## {words('groups.title')}", "", words("groups.note")]
    rows = []
    for group in told:
        assert group.difference is not None
        name = TERMS[_TERM_LIST[group.field]][group.value].label(language)
        worse = f" {words('groups.worse')}" if group.surely_worse else ""
        covered = _range(group.coverage or Estimate(None, None, None), language, percent=True)
        rows.append(
            f"| {words('groups.' + group.field)}: {name} | {group.n_companies} "
            f"| {_range(group.difference, language)}{worse} | {covered} |"
        )
    if rows:
        lines += _table(words("groups.head"), "|---|---:|---:|---:|", rows)
    silent = len(e.groups) - len(told)
    return lines + (["", words("groups.silent", n=silent)] if silent else [])


def _pairs(
    e: Evaluation, language: Language, words: _Words, names: _Names, facts: Facts
) -> list[str]:
    if not e.pairs:
        return []
    known = [pair for pair in e.pairs if pair.more_companies is not None]
    level = f"{100 * facts.tie_level:.0f}"
    lines = ["", f"## {words('pairs.title')}", ""]
    lines.append(words("pairs.note", level=level))
    if known:
        rows = [_pair(pair, language, words, names) for pair in known[:N_PAIRS]]
        lines += _table(words("pairs.head"), "|---|---|---:|---:|", rows)
    lines += ["", words("pairs.rest", known=len(known), n=len(e.pairs))]
    return lines


def _pair(pair: PairNeed, language: Language, words: _Words, names: _Names) -> str:
    need = words("pairs.now") if pair.more_companies == 0 else str(pair.more_companies)
    first, second = (names.get(card, card) for card in (pair.first, pair.second))
    return f"| {first} | {second} | {_number(pair.difference, language, 3)} | {need} |"


def _success(
    e: Evaluation, language: Language, words: _Words, names: _Names, _: Facts
) -> list[str]:
    if not e.success:
        return []
    rows = []
    for count in e.success:
        bound = "" if count.threshold is None else _plain(count.threshold, language)
        measure = words(f"success.{count.measure}", bound=bound)
        met = words("success.met", met=count.n_met, known=count.n_known)
        rows.append(f"| {names.get(count.card, count.card)} | {measure} | {met} |")
    lines = ["", f"## {words('success.title')}", "", words("success.note")]
    return lines + _table(words("success.head"), "|---|---|---:|", rows)


def _support(e: Evaluation, language: Language, words: _Words, _: _Names, __: Facts) -> list[str]:
    report = e.support_report
    if report is None:
        return []
    lines = ["", f"## {words('support.title')}", ""]
    lines.append(
        words(
            "support.note",
            logged=f"{100 * report.share_logged:.0f}",
            effective=_number(report.overlap["leermatch"].effective_n, language, 1),
            never=len(report.never_tried),
            cells=len(report.never_tried) + sum(len(row) for row in report.counts.values()),
        )
    )
    foretold = [
        words(f"attribute.{found.attribute}")
        for found in e.confounding
        if _apart(found.by_owner_support) or (found.by_company.low or 0.0) > 0
    ]
    if e.confounding:
        key = "support.foretold" if foretold else "support.not_foretold"
        lines += ["", words(key, named=", ".join(foretold))]
    return lines


def _apart(estimate: Estimate) -> bool:
    """Return whether 0 lies outside the interval."""
    low, high = estimate.low, estimate.high
    return low is not None and high is not None and (low > 0 or high < 0)


def _assignment(evaluation: Evaluation, words: _Words) -> str:
    """Return what the way of choosing allows to be said."""
    drawn, n = evaluation.n_random, evaluation.n_trials
    if drawn == 0:
        return words("association")
    return words("randomised") if drawn == n else words("partly_random", drawn=drawn, n=n)


def _plain(value: float, language: Language) -> str:
    text = f"{value:g}"
    return text.replace(".", ",") if language == "nl" else text


def _number(value: float | None, language: Language, digits: int = 2, *, sign: bool = False) -> str:
    if value is None:
        return say(language, "gate.unknown")
    # Plus 0: what rounds to 0 from below is no minus 0.
    text = f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
    return text.replace(".", ",") if language == "nl" else text


def _range(
    value: Estimate, language: Language, *, percent: bool = False, digits: int | None = None
) -> str:
    if value.value is None:
        return say(language, "gate.unknown")
    scale, places = (100, digits or 0) if percent else (1, 2 if digits is None else digits)
    middle = _number(scale * value.value, language, places)
    if value.low is None or value.high is None:
        return say(language, "gate.alone", value=middle)
    low, high = (_number(scale * v, language, places) for v in (value.low, value.high))
    key = "gate.percent" if percent else "gate.range"
    return say(language, key, value=middle, low=low, high=high)

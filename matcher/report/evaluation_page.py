"""The page of a candidate in Markdown: verdict and why, then every figure behind it.

It is for who may see the trials, and tells what the report tells and more.
"""

from __future__ import annotations

from matcher.evaluation.evaluate import Evaluation
from matcher.evaluation.findings import Estimate
from matcher.evaluation.intervals import UNKNOWN
from matcher.evaluation.judging import LEAST_SUPPORT, reasons_in_words
from matcher.report.calibration_section import calibration_section, controls
from matcher.report.card_sections import pairs_section, success_parts
from matcher.report.comparison_sections import groups_section, ranking_section, stability_section
from matcher.report.contents import Judged
from matcher.report.learned_section import learned_section
from matcher.report.parts import Part, Plot, Section, Table, Wording
from matcher.report.result_section import result_section
from matcher.report.sensitivity_section import sensitivity_section
from matcher.report.telling import over_ways
from matcher.vocabulary import Language


def write_page(found: Judged, language: Language) -> str:
    """Return the page of a candidate in Markdown: the verdict first, then the figures."""
    say, facts = Wording(language, found.menu, candid=True), found.facts
    verdict = say.elsewhere(f"gate.verdict.{found.verdict.replace(' ', '_')}")
    parts = [f"# {say.elsewhere('gate.title')}"]
    if facts.simulated:
        parts.append(f"> {say.elsewhere('gate.simulated')}")
    reasons = reasons_in_words(found.why, found.evaluation, language)
    parts += [f"**{verdict}**", _markdown(reasons)]
    parts.append(say.elsewhere("gate.trained", trials=facts.trials, companies=facts.companies))
    parts += controls(found, say)
    sections = [result_section(found, say)]
    if found.evaluation is not None:
        sections += _sections(found, found.evaluation, say)
    for section in sections:
        told = [_markdown(part, section.title) for part in section.parts]
        parts += [f"## {section.title}", *told] if told else []
    return "\n\n".join(parts) + "\n"


def _sections(found: Judged, e: Evaluation, say: Wording) -> tuple[Section, ...]:
    return (
        ranking_section(found, say),
        live_section(e, say),
        trees_section(e, say),
        calibration_section(found, say),
        stability_section(found, say),
        learned_section(found, say),
        sensitivity_section(found, say),
        groups_section(found, say),
        pairs_section(found, say),
        Section("success", say("success.title"), success_parts(found, say)),
        support_section(e, say),
    )


def _markdown(part: Part, under: str = "") -> str:
    """Return a part as it reads under a title; a table of the same name needs no heading."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "\n".join(f"- {line}" for line in part)
    table = part.table if isinstance(part, Plot) else part
    columns = range(len(table.head))
    align = "".join("|---" if i in table.text_columns else "|---:" for i in columns) + "|"
    head, *rows = (f"| {' | '.join(row)} |" for row in (table.head, *table.rows))
    heading = () if table.caption == under else (f"### {table.caption}", "")
    return "\n".join((*heading, head, align, *rows))


def live_section(e: Evaluation, say: Wording) -> Section:
    """Return what the candidate is worth beside the version that is live."""
    succession = e.succession
    if succession is None:
        text = say("live.none")
    elif succession.n_unseen is None:
        text = say("live.unknown", version=succession.version)
    else:
        key = "few" if succession.difference is None else "told"
        if succession.at_issue is not None and succession.at_issue < LEAST_SUPPORT:
            key = "alike"  # a model that agrees with another says nothing of either
        gap = say.estimate(succession.difference or UNKNOWN)
        text = say(f"live.{key}", version=succession.version, n=succession.n_unseen, found=gap)
    ways = () if succession is None or succession.difference is None else over_ways(e, say)
    return Section("live", say("live.title"), (text, *ways))


def trees_section(e: Evaluation, say: Wording) -> Section:
    """Return what boosted trees would add, where they were tried."""
    title, challenge = say("trees.title"), e.challenge
    if challenge is None:
        return Section("trees", title, ())
    note = say("trees.note")
    if challenge.difference is None:
        return Section("trees", title, (note, say("trees.none")))
    rows = tuple(
        (
            say.elsewhere(f"gate.head.{head}"),
            str(challenge.n_trees[head]),
            say.number(row["hierarchy"], 4),
            say.number(row["trees"], 4),
        )
        for head, row in challenge.errors.items()
    )
    head = say.head("trees.question trees.n trees.without trees.with")
    score = say("trees.score", found=say.estimate(challenge.difference, 4))
    verdict = say("trees.chosen" if challenge.chosen else "trees.kept")
    table = Table(say("trees.table"), head, rows)
    return Section("trees", title, (note, table, score, verdict))


def support_section(e: Evaluation, say: Wording) -> Section:
    """Return how far the choices that were made speak of others."""
    title, report = say("support.title"), e.support_report
    if report is None:
        return Section("support", title, ())
    never = len(report.never_tried)
    note = say(
        "support.note",
        logged=say.number(100 * report.share_logged, 0),
        effective=say.number(report.overlap["leermatch"].effective_n, 1),
        never=never,
        cells=never + sum(len(row) for row in report.counts.values()),
    )
    if not e.confounding:
        return Section("support", title, (note,))
    foretold = [
        say(f"attribute.{found.attribute}")
        for found in e.confounding
        if _apart(found.by_owner_support) or (found.by_company.low or 0.0) > 0
    ]
    key = "foretold" if foretold else "not_foretold"
    return Section("support", title, (note, say(f"support.{key}", named=", ".join(foretold))))


def _apart(estimate: Estimate) -> bool:
    """Return whether 0 lies outside the interval."""
    low, high = estimate.low, estimate.high
    return low is not None and high is not None and (low > 0 or high < 0)

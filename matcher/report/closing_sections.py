"""What follows from a model: the verdict, what it changes, what to try next."""

from __future__ import annotations

from matcher.evaluation.findings import Estimate
from matcher.evaluation.judging import reasons_in_words
from matcher.ranking.changes import Change
from matcher.report.contents import Findings
from matcher.report.parts import Section, Table, Wording


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
    head = say.head("next.card next.group next.chance next.mean of.company next.trials")
    table = Table(say("next.table"), head, rows, frozenset({0, 1}))
    return Section("next", title, (say("next.what"), table))

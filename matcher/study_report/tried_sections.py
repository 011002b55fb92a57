"""What was tried, and what the file of trials can and cannot say."""

from __future__ import annotations

from collections import Counter

from matcher.disclosure import FEWEST, Told, alone, by_part
from matcher.report.parts import Part, Section, Table, Wording
from matcher.study_report.seen import Seen, part
from matcher.trials.columns import CONTROL, STATES


def tried_section(seen: Seen, say: Wording) -> Section:
    """Return cards by how they ended, what is off the menu, and who tried nothing."""
    trials = seen.built.trials
    cards = [card.id for card in seen.built.menu]
    used = {row["intervention"] for row in trials}
    rows = [card for card in (*cards, CONTROL) if card in used]
    states = [state for state in STATES if any(row["state"] == state for row in trials)]
    n = Counter((row["intervention"], row["state"]) for row in trials)
    sums, cells = by_part([[n[card, state] for state in states] for card in rows])
    table = tuple(
        (
            say("study.tried.control") if card == CONTROL else say.card(card),
            say.count(whole),
            *map(say.count, told),
        )
        for card, whole, told in zip(rows, sums, cells, strict=True)
    )
    head = (
        *say.head("study.tried.card study.tried.n"),
        *(say(f"state.{state}") for state in states),
    )
    parts: list[Part] = [
        say("study.tried.what", n=say.count(alone(len(trials)))),
        Table(say("study.tried.table"), head, table),
        say("study.tried.bands"),
        *_off_menu(seen, say),
    ]
    return Section("tried", say("study.tried.title"), tuple(parts))


def _off_menu(seen: Seen, say: Wording) -> list[Part]:
    """Return what is off the menu as it was called, unless that may tell who is meant."""
    called = Counter(str(row["called"]) for row in seen.built.off_menu)
    if not called:
        return [say("study.tried.all_on_menu")]
    words: dict[str, int] = {}
    for name, n in sorted(called.items()):
        shown = say("study.tried.may_tell") if seen.names.are_in(name) else name
        words[shown] = words.get(shown, 0) + n
    lines = [
        say("study.tried.called", words=name, n=say.count(alone(n))) for name, n in words.items()
    ]
    return [say("study.tried.off_menu"), lines]


def limits_section(seen: Seen, say: Wording) -> Section:
    """Return what the file of trials can say, and what not."""
    trials = seen.built.trials
    both = sum(bool(row.get("measured_before") and row.get("measured_after")) for row in trials)
    shared = Counter(
        (row["company"], row.get("measured_after")) for row in trials if row.get("measured_after")
    )
    n_shared = sum(n for n in shared.values() if n > 1)
    total = len(trials)
    both_told = part(both, total)
    lines = [
        say("study.limits.both", n=say.count(both_told), total=say.count(alone(total))),
        _shared(part(n_shared, total), say),
        say("study.limits.controls" if seen.n_controls >= FEWEST else "study.limits.few_controls"),
        say("study.limits.few_people"),
        say("study.limits.why"),
        say("study.limits.unknown"),
    ]
    return Section("limits", say("study.limits.title"), (say("study.limits.what"), lines))


def _shared(n: Told, say: Wording) -> str:
    if n.exact == 0:
        return say("study.limits.not_shared")
    return say("study.limits.shared", n=say.count(n))

"""How a trial goes, as a form says it: one tap for the state, a page for the measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matcher.disclosure import of_too_few
from matcher.errors import Fault, InvalidOutcome, Unconfirmed
from matcher.ranking.wording import decimal
from matcher.tables.cells import as_typed, typed_day, typed_number, typed_yes_no, written
from matcher.tables.kinds import Number
from matcher.trials.columns import PEOPLE_OF, STATES, State, trial_kinds
from matcher.trials.outcome import MEASURES, Outcome, may_follow, read_outcome
from matcher.vocabulary import Language
from service.pages.shared.language import LazyText, gettext
from service.pages.shared.language import lazy_gettext as _l

STATE_WORDS: Mapping[State, LazyText] = {
    "started": _l("Het is begonnen"),
    "not_started": _l("Nog niet begonnen"),
    "finished": _l("Het is klaar"),
    "stopped": _l("Het is gestopt"),
    "unknown": _l("Weet ik niet"),
}
"""State -> what somebody says, in the order of the buttons."""

DAYS = ("start_date", "end_date")
NUMBERS = {
    name: kind.short
    for name, kind in trial_kinds(()).items()
    if name in MEASURES and isinstance(kind, Number)
}
"""What is measured -> whether its scale is too short for thousands."""
TICK = "accept_warnings"
"""The tick by which somebody says that what is odd is right."""
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Report:
    """A trial as the page shows it."""

    state: State | None
    cells: Mapping[str, str]
    """What stands in the fields."""
    kept: frozenset[str]
    """Fields that hold something the page does not show."""
    nexts: tuple[tuple[State, LazyText], ...]
    """The states that may follow."""
    others: tuple[tuple[State, LazyText], ...]
    """Those that can only follow when what was told before was wrong."""


def report(state: State | None, measures: Mapping[str, Any], language: Language) -> Report:
    """Return a trial for the page, without the means of too few people."""
    kept = of_too_few(measures, PEOPLE_OF)
    known = {name: value for name, value in measures.items() if name not in kept}
    nexts = tuple((s, w) for s, w in STATE_WORDS.items() if state is None or may_follow(state, s))
    return Report(
        state=state,
        cells={name: _cell(value, language) for name, value in known.items()},
        kept=kept,
        nexts=nexts,
        others=tuple((s, w) for s, w in STATE_WORDS.items() if (s, w) not in nexts),
    )


def _cell(value: Any, language: Language) -> str:
    text = written(value)
    return decimal(text, language) if isinstance(value, float) else text


def read_state(form: Mapping[str, str], before: Mapping[str, Any], known: State | None) -> Outcome:
    """Return what a tap on a state says, with all that was known before; InvalidOutcome."""
    state = form.get("state", "")
    told = {name: value for name, value in before.items() if name != "stopped_reason"}
    if state not in STATES:
        known_ones = {"value": state[:40], "choices": ", ".join(STATES)}
        raise InvalidOutcome([Fault("/state", "unknown_value", known_ones)])
    if state == "not_started":
        # What a trial that never began cannot have: it was told of the state before.
        told = {k: v for k, v in told.items() if k not in ("end_date", "hours_per_participant")}
        told.pop("cost_eur", None)
    if state == "stopped" and form.get("stopped_reason", "").strip():
        told["stopped_reason"] = " ".join(form["stopped_reason"].split())[:_LONGEST]
    told |= {name: typed_day(form[name]) for name in DAYS if form.get(name)}
    correction = form.get("correction") == "ja" and known is not None
    odd = {"accept_warnings": accepts_warnings(form)}
    return read_outcome({**told, "state": state, "correction": correction, **odd})


def read_measurement(
    form: Mapping[str, str], before: Mapping[str, Any], state: State | None, shown: Report
) -> Outcome:
    """Return what the page of the measurement says, or raise InvalidOutcome with all faults.

    A field that it does not show keeps what it has.
    """
    told = dict(before)
    for name, short in NUMBERS.items():
        text = form.get(name, "").strip()
        if text:
            told[name] = typed_number(text, short)
        elif name not in shown.kept:
            told.pop(name, None)
    told.pop("scale", None)
    if form.get("scale") and any(name in told for name in ("culture_before", "culture_after")):
        told["scale"] = form["scale"]
    told["would_continue"] = typed_yes_no(form.get("would_continue", ""))
    try:
        odd = {"accept_warnings": accepts_warnings(form)}
        return read_outcome({**told, "state": state or "unknown", **odd})
    except InvalidOutcome as refusal:
        raise InvalidOutcome(as_typed(refusal.faults, told)) from None


def accepts_warnings(form: Mapping[str, str]) -> bool:
    """Return whether a form says that what is odd is right."""
    return form.get(TICK) == "ja"


def doubts(doubt: Unconfirmed, language: Language) -> dict[str, str]:
    """Return one sentence per field in which something is odd, and how to say that it is right."""
    found: dict[str, str] = {}
    for warned in doubt.warnings:
        found.setdefault(warned.about, warned.text(language))
    return found | {TICK: gettext("Klopt het toch? Zet dan het vinkje en stuur het nog eens.")}


_COMPLAINTS: Mapping[str, LazyText] = {
    "not_a_day": _l("Kies een datum, of laat het vak leeg."),
    "not_a_number": _l("Vul een getal in, bijvoorbeeld 3,8."),
    "not_whole": _l("Vul een heel getal in, bijvoorbeeld 12."),
    "trial_score_without_scale": _l("Kies of de score van 1 tot 5 loopt of van 1 tot 6."),
}


def complaints(error: InvalidOutcome, language: Language) -> dict[str, str]:
    """Return one sentence per field that is wrong."""
    found: dict[str, str] = {}
    for fault in error.faults:
        words = _COMPLAINTS.get(fault.code)
        found.setdefault(
            fault.where.strip("/").split("/")[0],
            fault.text(language) if words is None else str(words),
        )
    return found


def not_next(before: State, after: State) -> str:
    """Return why a state cannot follow, and the way out."""
    return gettext(
        "Eerder is gemeld: %(before)s. Daarna kan dit niet: %(after)s. Klopte de eerste melding "
        "niet? Zet dan het vinkje en tik nog eens.",
        before=STATE_WORDS[before],
        after=STATE_WORDS[after],
    )

"""How one trial went, as it is reported little by little; and which states may follow which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from matcher.errors import Fault, InvalidOutcome, Warned
from matcher.tables import kinds
from matcher.tables.cells import written
from matcher.tables.kinds import FIRST_YEAR, LAST_YEAR
from matcher.trials import columns, plausible
from matcher.trials.columns import STATE_TWINS, STATES, TRIAL_ONLY_COLUMNS, State
from matcher.trials.pseudonyms import names_a_person
from matcher.trials.rules import RowRule, broken_outcome_rules
from matcher.validation import Count, Number, SentObject, broken, read, within

NEXT: Mapping[State, frozenset[State]] = {
    "unknown": frozenset(STATES),
    "not_started": frozenset({"started"}),
    "started": frozenset({"stopped", "finished"}),
    "stopped": frozenset({"started"}),
    "finished": frozenset(),
}
"""State -> the states that may follow it. Anything else is a correction, and has to say so."""

MEASURES = TRIAL_ONLY_COLUMNS[TRIAL_ONLY_COLUMNS.index("start_date") :]
"""The columns of a trial that an outcome fills."""


_DUTCH_DAY = re.compile(r"^([0-9]{2})-([0-9]{2})-([0-9]{4})\Z")


def _word(words: Mapping[str, object], value: object) -> object:
    """Return what a word of a file of trials stands for; other values come back as they are."""
    return words.get(value, value) if isinstance(value, str) else value


def _day(value: object) -> object:
    """Read a day as ISO 8601 writes it, or as the Dutch do, and nothing else."""
    with suppress(TypeError, ValueError):
        written = _DUTCH_DAY.sub(r"\3-\2-\1", value)  # type: ignore[call-overload]
        day = date.fromisoformat(written)
        if len(written) == len("2026-01-31") and FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise broken("not_a_day")


Day = Annotated[
    date | None,
    BeforeValidator(_day),
    # The format at the top too: the Dutch design rules look for it there.
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}], "format": "date"}),
]
StateTold = Annotated[
    State,
    BeforeValidator(partial(_word, STATE_TWINS)),
    WithJsonSchema({"type": "string", "enum": [*STATES, *STATE_TWINS]}),
]
YesNo = Annotated[
    bool | None,
    BeforeValidator(partial(_word, {"ja": True, "nee": False})),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "string", "enum": ["ja", "nee"]},
                {"type": "null"},
            ]
        }
    ),
]
Score = Annotated[Number, within(*columns.SCORE.bounds)]
Spread = Annotated[Number, within(*columns.SPREAD.bounds)]
Respondents = Annotated[Count, within(*columns.RESPONDENTS.bounds)]
Participants = Annotated[Number, within(*columns.PARTICIPANTS.bounds)]
Hours = Annotated[Number, within(*columns.HOURS.bounds)]
Cost = Annotated[Number, within(*columns.COST.bounds)]
Grade = Annotated[Number, within(*columns.GRADE.bounds)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]*$")]


class Outcome(SentObject):
    """What is known of one trial by now; a field that is missing or null is unknown.

    Values are those of the columns of a file of trials, and true or false for yes or no.
    """

    state: StateTold = Field(description="hoe ver het is; een antwoord heeft het Engelse woord")
    start_date: Day = Field(None, description="eerste dag, als JJJJ-MM-DD of DD-MM-JJJJ")
    end_date: Day = Field(None, description="laatste dag, als JJJJ-MM-DD of DD-MM-JJJJ")
    stopped_reason: Line | None = Field(None, description="waarom het stopte; alleen bij stopped")
    participants: Participants | None = Field(None, description="deelnemers")
    hours_per_participant: Hours | None = Field(
        None, description="uren weg van het werk per deelnemer"
    )
    cost_eur: Cost | None = Field(None, description="kosten in euro")
    scale: Literal["1-6", "1-5"] | None = Field(None, description="schaal van de scores")
    culture_before: Score | None = Field(None, description="leercultuur voor het begin, gemiddeld")
    culture_before_sd: Spread | None = Field(None, description="spreiding tussen mensen, vooraf")
    respondents_before: Respondents | None = Field(None, description="hoeveel mensen invulden")
    culture_after: Score | None = Field(None, description="leercultuur daarna, gemiddeld")
    culture_after_sd: Spread | None = Field(None, description="spreiding tussen mensen, daarna")
    respondents_after: Respondents | None = Field(None, description="hoeveel mensen invulden")
    satisfaction_owner: Grade | None = Field(None, description="tevredenheid van de eigenaar")
    satisfaction_staff: Grade | None = Field(None, description="tevredenheid van de medewerkers")
    would_continue: YesNo = Field(
        None, description="gaat het bedrijf hiermee door; een antwoord heeft true of false"
    )

    correction: bool = Field(
        default=False, description="een eerdere melding was fout; die blijft in de historie"
    )
    accept_warnings: bool = Field(
        default=False,
        description="wat vreemd is, is bekeken en klopt; zonder dit wordt het niet bewaard",
    )

    def measures(self) -> dict[str, object]:
        """Return what is known of the trial besides its state, as JSON has it."""
        return self.model_dump(
            mode="json", exclude={"state", "correction", "accept_warnings"}, exclude_none=True
        )


def read_outcome(raw: object) -> Outcome:
    """Return the outcome in a JSON object, or raise InvalidOutcome with all faults."""
    outcome = read(Outcome, raw, InvalidOutcome)
    if faults := list(_broken_rules(outcome)):
        raise InvalidOutcome(faults)
    return outcome


def _broken_rules(outcome: Outcome) -> Iterator[Fault]:
    """Yield the rules between fields that are broken: those of a row of a file of trials."""
    told = {name: _Told(name, getattr(outcome, name)) for name in ("state", *MEASURES)}
    for rule in broken_outcome_rules(told):
        params = {"value": written(getattr(outcome, rule.column)), **rule.params(0)}
        yield Fault(f"/{rule.column}", rule.code, params)


def check_beside(
    outcome: Outcome, profile: Mapping[str, Any], before: Mapping[str, Any]
) -> list[Warned]:
    """Return what is odd about an outcome, beside the profile of its company.

    Parameters
    ----------
    profile : mapping
        As it was recorded.
    before : mapping
        State and measures as they were told before, as JSON has them: what has not changed was
        told then, and is not told again.

    Raises
    ------
    InvalidOutcome
        With all faults, if something cannot be.
    """
    told = {name: _Told(name, getattr(outcome, name)) for name in ("state", *MEASURES)}
    told |= {name: _Told(name, profile.get(name)) for name in ("employees", "culture_baseline")}
    now = {"state": outcome.state, **outcome.measures()}
    changed = {name for name in ("state", *MEASURES) if now.get(name) != before.get(name)}

    def new(rules: Iterator[RowRule]) -> Iterator[tuple[RowRule, dict[str, object]]]:
        for rule in rules:
            if rule.mask.any() and changed & {rule.column, *_WITH.get(rule.column, ())}:
                yield rule, {"value": written(now.get(rule.column)), **rule.params(0)}

    if faults := [Fault(f"/{r.column}", r.code, p) for r, p in new(plausible.impossible(told))]:
        raise InvalidOutcome(faults)
    odd = [Warned(r.column, r.code, p) for r, p in new(plausible.odd(told))]
    if "stopped_reason" in changed and names_a_person(outcome.stopped_reason or ""):
        odd.append(Warned("stopped_reason", "names_a_person"))
    return odd


_WITH: Mapping[str, tuple[str, ...]] = {
    "start_date": ("state",),
    "end_date": ("state", "start_date"),
    "culture_before": ("scale",),
    "culture_before_sd": ("scale", "respondents_before"),
    "culture_after_sd": ("scale", "respondents_after"),
}
"""Field in which a rule is told -> the other fields that the rule is about."""


class _Told:
    """A field as the column of a file with one row would hold it."""

    def __init__(self, name: str, value: object) -> None:
        dtype = _TYPES.get(type(_KINDS[name]), object)
        self.values = self.most = np.array([value], dtype)
        self.blank = np.array([value is None])
        self.known = ~self.blank
        self.months = np.zeros(1, dtype=bool)  # a form and the API ask for a day


_KINDS = {**columns.PROFILE_KINDS, **columns.TRIAL_KINDS}
_TYPES: Mapping[type, Any] = {
    kinds.Number: float,
    kinds.Headcount: float,
    kinds.Day: "datetime64[D]",
}


def may_follow(before: State, after: State) -> bool:
    """Return whether a state may come after another without being a correction.

    The same state again is no change: more became known of it.
    """
    return before == after or after in NEXT[before]

"""How many trials met the measure of success that their card fixed beforehand."""

from __future__ import annotations

import numpy as np

from matcher.arrays import Bools
from matcher.evaluation.findings import SuccessCount
from matcher.menu.card import Menu
from matcher.training.evidence import Evidence
from matcher.vocabulary import SuccessMeasure

_COLUMN = {
    "satisfaction_owner_at_least": "satisfaction_owner",
    "satisfaction_staff_at_least": "satisfaction_staff",
    "hours_at_least": "hours_per_participant",
}


def successes(evidence: Evidence, menu: Menu) -> tuple[SuccessCount, ...]:
    """Return the count of every card of which trials were made, in menu order."""
    found = []
    for place, card in enumerate(menu):
        tried = evidence.cards == place
        if tried.any():
            rule = card.success
            known, met = judged(evidence, rule.measure, rule.at_least)
            found.append(
                SuccessCount(
                    card=card.id,
                    measure=rule.measure,
                    threshold=rule.at_least,
                    n_known=int((known & tried).sum()),
                    n_met=int((known & met & tried).sum()),
                )
            )
    return tuple(found)


def judged(
    evidence: Evidence, measure: SuccessMeasure, at_least: float | None
) -> tuple[Bools, Bools]:
    """Return of which trials it is known whether they met a measure, and which did (n,) each.

    By intention to treat: what never started did not succeed, whatever else was noted of it. What
    goes on may still finish, and a gain that was not measured is not known.
    """
    idle = evidence.state == "not_started"
    known, met = _of_begun(evidence, measure, at_least)
    return known | idle, met & ~idle


def _of_begun(
    evidence: Evidence, measure: SuccessMeasure, at_least: float | None
) -> tuple[Bools, Bools]:
    """Return the same of trials that may have begun."""
    state = evidence.state
    if measure == "started":
        return state != "unknown", state != "unknown"
    if measure == "finished":
        return np.isin(state, ("stopped", "finished")), state == "finished"
    if measure == "would_continue":
        answer = evidence.frame["would_continue"].to_numpy(object)
        return np.array([a in (True, False) for a in answer]), np.array([a is True for a in answer])
    if measure == "gain_at_least":
        number = evidence.gains.gain
    else:
        number = evidence.frame[_COLUMN[measure]].to_numpy(float)
    bound = 0.0 if at_least is None else at_least
    return ~np.isnan(number), number >= bound

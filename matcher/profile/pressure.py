"""Staffing pressure from three plain questions.

Nobody measures pressure at one company, so three cheap questions stand in for it: can someone be
away a day a week, how many posts stay open, and how far ahead is the work planned. The classes
carry the names of the UWV; their bounds at a company are our own judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from matcher.vocabulary import PRESSURES, Pressure

Spare = Literal["makkelijk", "moeite", "vervanging", "nee"]
Horizon = Literal["maanden", "weken", "dagen"]

_BY_SPARE: Mapping[Spare, int] = {"makkelijk": 0, "moeite": 1, "vervanging": 2, "nee": 3}
_BY_HORIZON: Mapping[Horizon, int] = {"maanden": 0, "weken": 1, "dagen": 3}
VACANCY_BOUNDS = (0.0, 0.05, 0.10)
"""Largest share of posts open for over three months in each class but the last."""


def pressure_class(
    spare: Spare | None, vacancies: int | None, horizon: Horizon | None, employees: int
) -> Pressure | None:
    """Return the class of staffing pressure; None when no question was answered.

    Whether someone can be away decides, for that is what learning asks. The other two together
    shift it by one class, and only when both point the same way. Without an answer to the first
    the tighter of the other two counts.
    """
    others = [
        place
        for place in (
            None if vacancies is None else _of_share(vacancies / employees),
            None if horizon is None else _BY_HORIZON[horizon],
        )
        if place is not None
    ]
    if spare is None:
        return PRESSURES[max(others)] if others else None
    place = _BY_SPARE[spare]
    if len(others) == 2:
        place += all(other > place for other in others) - all(other < place for other in others)
    return PRESSURES[place]


def _of_share(share: float) -> int:
    return sum(share > bound for bound in VACANCY_BOUNDS)

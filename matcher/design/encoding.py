"""Numbers for a profile.

All scales are fixed, about one unit of standard deviation, and an unknown answer is 0: it says
nothing, neither high nor low. That is what keeps "unknown" apart from "no" in the model. A model
that is asked averages it over what such companies answer (``unknown``). Needs weigh 0 where they
are not named; where nobody knows them they have their mean (``usual``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from matcher.arrays import Array
from matcher.design.usual import NEED_AT, need_weights, usual_mean
from matcher.profile.reference import reference_companies
from matcher.profile.schema import Profile
from matcher.vocabulary import (
    NEEDS,
    PRESSURES,
    SECTOR_GROUPS,
    SIZE_CLASSES,
    Pressure,
    sector_group,
    size_class,
)

EXTENT = {"nee": -0.5, "deels": 0.1, "ja": 0.7}
SHARE = {"laag": -1.0, "midden": 0.0, "hoog": 1.0}
YES = {True: 0.5, False: -0.5}
LEVELS: Mapping[str, Mapping[Any, float]] = {
    "pressure": {"ruim": -1.5, "gemiddeld": -0.6, "krap": 0.3, "zeer_krap": 1.2},
    "tight": {"ruim": -0.6, "gemiddeld": -0.6, "krap": 0.5, "zeer_krap": 0.5},
    "very_tight": {"ruim": -0.5, "gemiddeld": -0.5, "krap": -0.5, "zeer_krap": 1.5},
    "shift_work": EXTENT,
    "location_work": EXTENT,
    "hr_function": {"geen": -1.2, "erbij": -0.4, "parttime": 0.6, "afdeling": 1.2},
    "training_budget": {"geen": -1.0, "tot_500": -0.3, "tot_1500": 0.5, "meer": 1.2},
    "share_practical": SHARE,
    "flex_share": SHARE,
    "age55_share": SHARE,
    "works_council": {"geen": -0.6, "pvt": 0.3, "or": 0.9},
    "oo_fund": YES,
    "recognised_training_company": YES,
    "running_slim": YES,
}
"""Feature -> value of each answer. The field is the feature's name, save for the first three."""

_FIELD_OF = dict.fromkeys(("pressure", "tight", "very_tight"), "staffing_pressure")
MEANS: Mapping[str, tuple[float, float]] = {
    "owner_support": (3.0, 1.0),
    # Company means of the 1-6 scale: mean 3.8, SD about .45 with its noise [J].
    "baseline": (3.8, 0.45),
}
"""Feature that is a mean of answers -> the value that counts as 0, and its unit."""
_SUPPORT, _BASELINE = MEANS["owner_support"], MEANS["baseline"]
_PROVINCES = ("groningen", "friesland", "drenthe")
_TRANSITIONS = ("zorg", "energie", "digitalisering", "circulair")

SIZE_STEPS: Mapping[str, tuple[int, float, float]] = {
    # Threshold, value below it, value from there on: about 0 on average over all companies.
    "from_5": (5, -0.85, 0.15),
    "from_10": (10, -0.75, 0.25),
    "from_25": (25, -0.5, 0.5),
    "from_50": (50, -0.25, 0.75),
    "from_100": (100, -0.15, 0.85),
}
"""Sizes at which what works may turn over: the bounds of the size classes."""
_BY_SIZE = ("size", *SIZE_STEPS)
_BY_PRESSURE = ("pressure", "tight", "very_tight")

CROSSED = (
    *_BY_SIZE,
    *_BY_PRESSURE,
    "shift_work",
    "location_work",
    "hr_function",
    "training_budget",
    "share_practical",
    "flex_share",
    "age55_share",
    "owner_support",
    "baseline",
)
"""Profile features that may change what works: crossed with the cards and their attributes."""

PROFILE_NAMES: tuple[str, ...] = (
    *CROSSED,
    *(name for name in LEVELS if name not in CROSSED),
    *(f"province_{p}" for p in _PROVINCES),
    *(f"transition_{t}" for t in _TRANSITIONS),
    *(f"need_{n}" for n in NEEDS),
)

_SECTOR_AT = {group: i for i, group in enumerate(SECTOR_GROUPS)}
N_CROSSED = len(CROSSED)
_CROSSED_ANSWERS, _OTHER_ANSWERS = (
    [(LEVELS[name], _FIELD_OF.get(name, name)) for name in names if name in LEVELS]
    for names in (CROSSED, PROFILE_NAMES[N_CROSSED:])
)
"""Levels and field of each feature with levels; in a crossed one these end before the last two."""
N_BY_SIZE, N_BY_PRESSURE = len(_BY_SIZE), len(_BY_PRESSURE)
"""The crossed features begin with those of size, then those of staffing pressure."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A profile as numbers."""

    values: Array
    """(n_profile,) in the order of PROFILE_NAMES."""
    needs: Array
    """(14,) weights of the needs; their means when unknown."""
    first_need: int
    """Place in NEEDS, -1 when unknown."""
    sector: int
    """Place in SECTOR_GROUPS, -1 when unknown."""
    employees: float
    """NaN when unknown; of a size class its middle."""
    answers: Mapping[str, Any]


@cache
def reference_profiles() -> tuple[Encoded, ...]:
    """Return the reference companies as numbers, in their order."""
    return tuple(encode(company.profile) for company in reference_companies())


def encode(profile: Profile | Mapping[str, Any]) -> Encoded:
    """Return the numbers of a profile, or of field -> answer; a missing or None answer is 0.

    >>> encoded = encode({"employees": 75, "needs": ["vakkennis"], "shift_work": None})
    >>> encoded.values[0].round(2), encoded.needs.max(), encoded.sector
    (np.float64(1.0), np.float64(0.9), -1)
    """
    answers = profile.__dict__ if isinstance(profile, Profile) else profile
    get = answers.get
    people, needs = get("employees"), get("needs")
    employees = math.nan if people is None else float(people)
    baseline, support = get("culture_baseline"), get("owner_support")
    values = [
        *_size(employees),
        *[levels.get(get(field), 0.0) for levels, field in _CROSSED_ANSWERS],
        0.0 if support is None else (float(support) - _SUPPORT[0]) / _SUPPORT[1],
        0.0 if baseline is None else (float(baseline) - _BASELINE[0]) / _BASELINE[1],
        *[levels.get(get(field), 0.0) for levels, field in _OTHER_ANSWERS],
        *[1.0 if get("province") == province else 0.0 for province in _PROVINCES],
    ]
    transitions = get("transitions")
    values += [
        0.0 if transitions is None else (0.7 if t in transitions else -0.3) for t in _TRANSITIONS
    ]
    values += usual_mean() if needs is None else need_weights(needs)
    numbers = np.array(values)
    sector = answers.get("sector")
    group = -1 if not sector else _SECTOR_AT[sector_group(sector, answers["sbi_version"])]
    return Encoded(
        values=numbers,
        needs=numbers[-len(NEEDS) :],
        first_need=-1 if needs is None else NEED_AT[needs[0]],
        sector=group,
        employees=employees,
        answers=answers,
    )


def place_of_size(employees: float) -> int:
    """Return the place of a number of people in SIZE_CLASSES; one past its end when unknown."""
    if math.isnan(employees):
        return len(SIZE_CLASSES)
    return SIZE_CLASSES.index(size_class(int(employees)))


def place_of_pressure(pressure: Pressure | None) -> int:
    """Return the place of a staffing pressure in PRESSURES; one past its end when unknown."""
    return len(PRESSURES) if pressure is None else PRESSURES.index(pressure)


def _size(employees: float) -> list[float]:
    """Return the numbers of a size; 0 when it is unknown, as of every other unknown answer."""
    if math.isnan(employees):
        return [0.0] * N_BY_SIZE
    # 25 people is the middle of the experiment's companies; a factor 3 is one unit.
    return [
        math.log(employees / 25.0) / 1.1,
        *[above if employees >= at else below for at, below, above in SIZE_STEPS.values()],
    ]

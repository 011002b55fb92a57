"""The columns of a file of trials: name, kind of value, bounds, required or not.

Names and values are those of the data contract; ``training_data/README.md`` explains each column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from matcher.profile.schema import PROFILE_FIELDS, Constraints, Profile
from matcher.tables.cells import MONTHS
from matcher.tables.kinds import (
    Choice,
    Day,
    FreeText,
    Headcount,
    Kind,
    Listing,
    Number,
    Pseudonym,
    Scale,
    YesNo,
)
from matcher.validation import bounds
from matcher.vocabulary import (
    NEEDS,
    PRESSURES,
    SBI_VERSIONS,
    SECTORS,
    Extent,
    HrFunction,
    Province,
    Share,
    TrainingBudget,
    Transition,
    WorksCouncil,
)

State = Literal["not_started", "started", "stopped", "finished", "unknown"]
STATES: tuple[State, ...] = get_args(State)
SOURCES = ("simulated", "experiment", "service")
SCALES = ("1-6", "1-5")
CONTROL = "geen"
"""The intervention of a company that was measured without trying one."""

TRIAL_ONLY_COLUMNS = (
    "source",
    "company",
    "table",
    "advisor_organisation",
    "intervention",
    "assigned_by",
    "propensity",
    "start_date",
    "end_date",
    "state",
    "stopped_reason",
    "participants",
    "hours_per_participant",
    "cost_eur",
    "scale",
    "culture_before",
    "culture_before_sd",
    "respondents_before",
    "culture_after",
    "culture_after_sd",
    "respondents_after",
    "satisfaction_owner",
    "satisfaction_staff",
    "would_continue",
)
TRIAL_COLUMNS: tuple[str, ...] = (*PROFILE_FIELDS, *TRIAL_ONLY_COLUMNS)
REQUIRED_COLUMNS = ("source", "company", "intervention", "state")
"""Columns a file must have. An empty ``state`` is unknown; in the others every cell is filled."""
ASKED_FIRST = ("employees", "needs", "staffing_pressure")
"""What a question has to tell and a trial may leave unknown: a model learns less from it then."""
MEASURED_COLUMNS = ("measured_before", "measured_after")
"""Columns of trials with the wave of a measurement; either may be missing or empty."""
CARRIED_COLUMNS = (*MEASURED_COLUMNS, "tried_before")
"""Columns that a file may have besides, kept as they are; the first two say what rows share."""
FREE = re.compile(r"x_[a-z0-9_]{1,38}")
"""The name of a column of somebody's own, which is carried along."""
FREE_PREFIX = "x_"
MOST_FREE = 50
"""Columns of somebody's own that a file may have."""


def known_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Return every name that a column may have in a file with these columns, in order.

    Those of the contract come first; then what is carried along, as it comes, in lower case.
    """
    lower = dict.fromkeys(name.casefold() for name in names)
    free = [name for name in lower if name.startswith(FREE_PREFIX)]
    return (*TRIAL_COLUMNS, *CARRIED_COLUMNS, *free)


def _choice(values: Iterable[str]) -> Choice:
    return Choice({value.casefold(): value for value in values})


def _letters() -> Choice:
    return _choice(dict.fromkeys(letter for scheme in SECTORS.values() for letter in scheme))


STATE_TWINS = {
    "niet_gestart": "not_started",
    "gestart": "started",
    "gestopt": "stopped",
    "afgerond": "finished",
    "onbekend": "unknown",
}


def scale_words(scales: Iterable[str]) -> dict[str, str]:
    """Return the ways in which scales that begin at 0 or 1 arrive.

    Excel takes 1-6 for a day: what was typed as a scale comes back as ``1-jun`` (Dutch), ``6-jan``
    (American) or a whole date, whose year the reader takes off. Every scale that can be a day
    begins at 1, so that no day can mean another scale.
    """
    words: dict[str, str] = {}
    for scale in scales:
        words[scale] = scale
        first, last = scale.split("-")
        for one, other in ((first, last), (last, first)) if first == "1" else ():
            names = [name for name, n in MONTHS.items() if n == int(other) and len(name) == 3]
            for day in (one, one.zfill(2)):
                for month in (other, other.zfill(2), *names):
                    words[f"{day}-{month}"] = scale
    return words


WAVE = FreeText(40, words=frozenset({"na", "Na"}))
"""The name of a wave: after is ``na`` in Dutch; ``NA`` is how R writes what it does not know."""
SCORE = Number(*bounds(Profile, "culture_baseline"))
# Upper bounds are far above what can be and catch a lost decimal comma (sd 95 for 0,95).
SPREAD = Number(least=0, most=4)
RESPONDENTS = Number(least=0, most=100_000, whole=True)
PARTICIPANTS = Number(least=0, most=100_000)
HOURS = Number(*bounds(Constraints, "max_hours_per_participant"))
COST = Number(least=0, most=100_000_000)
GRADE = Number(least=0, most=10)

PROFILE_KINDS: Mapping[str, Kind] = {
    "employees": Headcount(Number(*bounds(Profile, "employees"), whole=True)),
    "sector": _letters(),
    "sbi_version": _choice(SBI_VERSIONS),
    "needs": Listing(NEEDS),
    "staffing_pressure": _choice(PRESSURES),
    "province": _choice(get_args(Province)),
    "transitions": Listing(get_args(Transition), none="geen"),
    "shift_work": _choice(get_args(Extent)),
    "location_work": _choice(get_args(Extent)),
    "hr_function": _choice(get_args(HrFunction)),
    "training_budget": _choice(get_args(TrainingBudget)),
    "oo_fund": YesNo(),
    "works_council": _choice(get_args(WorksCouncil)),
    "recognised_training_company": YesNo(),
    "share_practical": _choice(get_args(Share)),
    "flex_share": _choice(get_args(Share)),
    "age55_share": _choice(get_args(Share)),
    "running_slim": YesNo(),
    "culture_baseline": SCORE,
    "owner_support": Number(*bounds(Profile, "owner_support")),
}

PEOPLE_OF: Mapping[str, str] = {
    "culture_baseline": "respondents_before",
    "culture_before": "respondents_before",
    "culture_before_sd": "respondents_before",
    "culture_after": "respondents_after",
    "culture_after_sd": "respondents_after",
    "satisfaction_staff": "participants",
}
"""A mean or an SD -> of how many people it is; the baseline is the measurement before."""
TRIAL_KINDS: Mapping[str, Kind] = {
    "source": _choice(SOURCES),
    "company": Pseudonym(),
    "table": Pseudonym(),
    "advisor_organisation": FreeText(),
    "assigned_by": _choice(("table", "owner", "advisor", "leermatch", "random")),
    "propensity": Number(above=0, most=1),
    "start_date": Day(),
    "end_date": Day(of_month="last"),
    "state": Choice({state: state for state in STATES} | STATE_TWINS),
    "stopped_reason": FreeText(),
    "participants": PARTICIPANTS,
    "hours_per_participant": HOURS,
    "cost_eur": COST,
    "scale": Scale(scale_words(SCALES)),
    "culture_before": SCORE,
    "culture_before_sd": SPREAD,
    "respondents_before": RESPONDENTS,
    "culture_after": SCORE,
    "culture_after_sd": SPREAD,
    "respondents_after": RESPONDENTS,
    "satisfaction_owner": GRADE,
    "satisfaction_staff": GRADE,
    "would_continue": YesNo(),
}


def trial_kinds(interventions: Iterable[str], carried: Iterable[str] = ()) -> Mapping[str, Kind]:
    """Return the kind of every trial column, for a menu with these interventions.

    ``carried`` are the names of the columns that a file has besides those of the contract.
    """
    cards = tuple(interventions)
    names = {name: name for name in (*cards, CONTROL)}
    kinds = {**PROFILE_KINDS, **TRIAL_KINDS}
    kinds["intervention"] = Choice(names, unknown="trial_unknown_intervention")
    besides: dict[str, Kind] = dict.fromkeys(MEASURED_COLUMNS, WAVE)
    besides["tried_before"] = Listing(cards, none=CONTROL)
    return {name: kinds[name] for name in TRIAL_COLUMNS} | {
        name: besides.get(name, FreeText()) for name in carried
    }

"""A plan on paper: rows that fit a file of trials, every choice beside them, and what it means.

Every cell is a pseudonym, a word of a closed list, a number or empty: nothing that a spreadsheet
takes for a formula, because the readers let no other character in and no name begins with a dash.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from matcher.files import whole_file
from matcher.messages import say
from matcher.plan.lottery import FLOOR, Plan
from matcher.profile.schema import PROFILE_FIELDS, Profile
from matcher.ranking.result import ModelInfo
from matcher.tables.cells import written
from matcher.trials.columns import CONTROL, TRIAL_COLUMNS
from matcher.vocabulary import Language

CHOICE_COLUMNS = (
    "company",
    "table",
    "intervention",
    "proposed",
    "propensity",
    "expected_gain",
    "low",
    "high",
    "suitable",
    "seed",
    "version",
)
_LOW, _HIGH = 10, 90
"""Percentiles of an interval of 80 %."""


def choices_path(out: Path) -> Path:
    """Return the file with every choice, beside that of the plan."""
    return out.with_name(f"{out.stem}-choices.csv")


def write_plan(plan: Plan, table: str, out: Path | None) -> None:
    """Write the plan as rows of trials: to a file, with every choice beside it, or to stdout."""
    if out is None:
        _write_trials(sys.stdout, plan, table)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        whole_file(choices_path(out), 0o644, "utf-8") as choices,
        whole_file(out, 0o644, "utf-8") as file,
    ):
        _write_choices(choices, plan, table)
        _write_trials(file, plan, table)


def _write_trials(file: IO[str], plan: Plan, table: str) -> None:
    writer = csv.DictWriter(file, TRIAL_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    names = (*plan.cards, CONTROL)
    for at, company in enumerate(plan.companies):
        card = int(plan.proposed[at])
        writer.writerow(
            _profile_cells(company.profile)
            | {
                "source": "experiment",
                "company": company.name,
                "table": table,
                "intervention": names[card],
                "assigned_by": "leermatch",
                "propensity": _chance(plan, at, card),
            }
        )


def _chance(plan: Plan, company: int, card: int) -> str:
    # Six decimals: the least chance is some .00015, and of four the rounding would be a third.
    return f"{min(plan.propensities[company, card], 1.0):.6f}"


def _profile_cells(profile: Profile) -> dict[str, str]:
    return {name: written(getattr(profile, name)) for name in PROFILE_FIELDS}


def _write_choices(file: IO[str], plan: Plan, table: str) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CHOICE_COLUMNS)
    mean = plan.gains.mean(axis=0)
    low, high = np.percentile(plan.gains, (_LOW, _HIGH), axis=0)
    for at, company in enumerate(plan.companies):
        order = np.argsort(-plan.propensities[at], kind="stable")
        for card in order.tolist():
            waits = card == len(plan.cards)
            numbers: tuple[str, ...] = ("0.000000", "", "")
            if not waits:
                numbers = tuple(f"{value[at, card]:.6f}" for value in (mean, low, high))
            writer.writerow(
                (
                    company.name,
                    table,
                    CONTROL if waits else plan.cards[card],
                    written(bool(plan.proposed[at] == card)),
                    _chance(plan, at, card),
                    *numbers,
                    written(waits or bool(plan.feasible[at, card])),
                    plan.seed,
                    plan.version,
                )
            )


def explained(plan: Plan, info: ModelInfo, language: Language, out: Path | None) -> Iterator[str]:
    """Yield what a plan means, in sentences."""
    if info.expert_only:
        yield say(language, "notice.expert_only")
    if info.simulated:
        yield say(language, "notice.simulated")
    n, waiting = len(plan.companies), plan.n_waiting
    yield say(language, "plan.placed", placed=n - waiting, n=n, waiting=waiting)
    if plan.unsuited:
        yield say(language, "plan.unsuited", names=", ".join(plan.unsuited))
    floor = f"{100 * FLOOR:g}"
    yield say(language, "plan.lot", seed=plan.seed, version=plan.version, floor=floor)
    yield say(language, "plan.keep")
    if waiting:
        yield say(language, "plan.waiters")
    if out is None:
        yield say(language, "plan.no_choices")
    else:
        yield say(language, "plan.choices", file=choices_path(out))
    yield say(language, "plan.pseudonyms")

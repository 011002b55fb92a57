"""A plan on paper: rows that fit a file of trials, every choice beside them, and what it means.

Every cell is a pseudonym, a word of a closed list, a number or empty: nothing that a spreadsheet
takes for a formula, because the readers let no other character in and no name begins with a dash.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import IO

import numpy as np

from matcher.files import whole_file
from matcher.messages import say
from matcher.plan.lottery import FLOOR
from matcher.plan.proposal import Plan
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


def write_plan(plan: Plan, out: Path | None, recorded: Callable[[], None]) -> None:
    """Write the plan as rows of trials: to a file, with every choice beside it, or to stdout.

    ``recorded`` runs once all is on disk and before anything has its name: where it raises, what
    was there before is still there.
    """
    if out is None:
        recorded()
        sys.stdout.write(trials_text(plan))
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        whole_file(choices_path(out), 0o644, "utf-8") as choices,
        whole_file(out, 0o644, "utf-8") as file,
    ):
        _write_choices(choices, plan)
        file.write(trials_text(plan))
        for each in (choices, file):
            each.flush()  # a full disk shows here, before anybody is told of the draw
        recorded()


def trials_text(plan: Plan) -> str:
    """Return the plan as a file of trials: what a ledger keeps the digest of."""
    told = io.StringIO()
    # A lot of one table, as ever, needs no name.
    named = plan.asked.design != "thompson" or len(plan.tables) > 1
    besides = (("lot",) if named else ()) + (("period",) if plan.by_turns else ())
    columns = (*TRIAL_COLUMNS, *besides)
    writer = csv.DictWriter(told, columns, restval="", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    names = (*plan.cards, CONTROL)
    for at, company in enumerate(plan.companies):
        fixed = _profile_cells(company.profile) | {
            "source": "experiment",
            "company": company.name,
            "table": company.table,
            "assigned_by": "leermatch",
            "lot": plan.lot,
        }
        if plan.by_turns:
            writer.writerows(fixed | row for row in _turns(plan, at))
        else:
            card = int(plan.proposed[at])
            row = {"intervention": names[card], "propensity": _chance(plan, at, card)}
            writer.writerow(fixed | row)
    return told.getvalue()


def _turns(plan: Plan, at: int) -> Iterator[dict[str, object]]:
    """Yield the rows of a company that starts by turns: a control until it starts.

    The chance is that of starting, or of waiting on, for who still waited then: those are the
    companies in the lot of a period. The chance of a start in that period beforehand is the product
    of these, and stands in the file of choices.
    """
    steps = plan.propensities.shape[1] - 1
    step = int(plan.proposed[at])
    if step == steps:  # nothing suits it
        yield {"intervention": CONTROL, "propensity": f"{1:.6f}"}
        return
    for each in range(step + 1):
        starts = 1 / (steps - each)
        period = each + 2
        yield {
            "intervention": plan.cards[0] if each == step else CONTROL,
            "propensity": f"{starts if each == step else 1 - starts:.6f}",
            "start_date": _first_day(plan, period),
            "lot": f"{plan.lot}-p{period}",
            "period": period,
        }


def _first_day(plan: Plan, period: int) -> str:
    weeks = (period - 1) * plan.asked.period_weeks
    return (date.fromisoformat(plan.asked.start) + timedelta(weeks=weeks)).isoformat()


def _chance(plan: Plan, company: int, card: int) -> str:
    # Six decimals: the least chance is some .00015, and of four the rounding would be a third.
    return f"{min(plan.propensities[company, card], 1.0):.6f}"


def _profile_cells(profile: Profile) -> dict[str, str]:
    return {name: written(getattr(profile, name)) for name in PROFILE_FIELDS}


def _write_choices(file: IO[str], plan: Plan) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*CHOICE_COLUMNS, "period") if plan.by_turns else CHOICE_COLUMNS)
    mean = plan.gains.mean(axis=0)
    low, high = np.percentile(plan.gains, (_LOW, _HIGH), axis=0)
    n_places = plan.propensities.shape[1] - 1
    for at, company in enumerate(plan.companies):
        order = np.argsort(-plan.propensities[at], kind="stable")
        for place in order.tolist():
            waits = place == n_places
            card = 0 if plan.by_turns else place
            numbers: tuple[str, ...] = ("0.000000", "", "")
            if not waits:
                numbers = tuple(f"{value[at, card]:.6f}" for value in (mean, low, high))
            period = ((), (("" if waits else place + 2),))[plan.by_turns]
            writer.writerow(
                (
                    company.name,
                    company.table,
                    CONTROL if waits else plan.cards[card],
                    written(bool(plan.proposed[at] == place)),
                    _chance(plan, at, place),
                    *numbers,
                    written(waits or bool(plan.feasible[at, card])),
                    plan.seed,
                    plan.version,
                    *period,
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
    if plan.certain:
        yield say(language, "plan.certain", names=", ".join(plan.certain))
    asked = plan.asked
    if asked.design == "thompson":
        floor = f"{100 * FLOOR:g}"
        yield say(language, "plan.lot", seed=plan.seed, version=plan.version, floor=floor)
    else:
        strata = ", ".join(asked.strata)
        key = f"plan.lot_{asked.design.replace('-', '_')}"
        yield say(language, key, seed=plan.seed, strata=strata, periods=asked.periods)
    yield say(language, "plan.keep")
    if waiting and not plan.by_turns:
        yield say(language, "plan.waiters")
    if out is None:
        yield say(language, "plan.no_choices")
    else:
        yield say(language, "plan.choices", file=choices_path(out))
    yield say(language, "plan.pseudonyms")

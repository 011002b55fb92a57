"""The rows of a simulated file of trials: what happened, and how much of it was written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Array, Bools, Ints
from matcher.simulation.cells import blank_unless, days, decimals, profile_cells, taken, words
from matcher.simulation.choice import Choices, draw_choices, draw_offer
from matcher.simulation.companies import Companies, Texts, company_numbers, respondents_before
from matcher.simulation.course import (
    FINISHED,
    NOT_STARTED,
    STARTED,
    STOPPED,
    UNKNOWN,
    WAITING,
    OwnChange,
    Run,
    draw_own_change,
    run_trials,
)
from matcher.simulation.reports import draw_reports
from matcher.simulation.survey import Scores, measure
from matcher.simulation.truth import Cards, need_match
from matcher.simulation.worlds import World
from matcher.trials.columns import CONTROL, TRIAL_COLUMNS

MICRO = 10
"""From this headcount on a company is no longer micro."""

_STATE_WORDS = {
    NOT_STARTED: "not_started",
    STARTED: "started",
    STOPPED: "stopped",
    FINISHED: "finished",
    UNKNOWN: "unknown",
    WAITING: "not_started",
}
_STATES = tuple(_STATE_WORDS[code] for code in sorted(_STATE_WORDS))


@dataclass(frozen=True)
class Experiment:
    """Everything that stays the same over the rounds of one experiment."""

    world: World
    companies: Companies
    cards: Cards
    match: Array
    table: Ints
    advisor: Ints
    own_change: OwnChange
    measured: Bools
    """Whether the company was measured before."""
    five_points: Bools
    """Whether it was measured on a scale from 1 to 5."""


def trial_rows(
    world: World, companies: Companies, cards: Cards, rng: np.random.Generator
) -> pd.DataFrame:
    """Run an experiment with these companies and return its file, ordered by company."""
    offer = draw_offer(world, companies, cards, rng)
    start = company_numbers(companies, companies.culture, world)
    rounds = draw_choices(world, companies, start, cards, offer, rng)
    experiment = _experiment(world, companies, cards, offer.table, rng)
    profiles = profile_cells(companies, world)
    culture = companies.culture.copy()
    parts = []
    for choices in rounds:
        rows = choices.company
        run = run_trials(
            world, companies, culture, cards, experiment.match, choices, experiment.own_change, rng
        )
        people = respondents_before(companies, world.survey)[rows]
        after = culture[rows] + run.change
        scores = measure(culture[rows], after, people, world.survey, rng)
        culture[rows] = after
        cells = taken(profiles, rows)
        cells |= _choice_cells(experiment, choices, run, rng)
        cells |= _course_cells(experiment, choices, run, rng)
        cells |= _score_cells(experiment, choices, run, scores, rng)
        cells |= _report_cells(experiment, choices, run, rng)
        parts.append(pd.DataFrame({name: cells[name] for name in TRIAL_COLUMNS}))
    order = np.argsort(np.concatenate([c.company for c in rounds]), kind="stable")
    return pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)


def _experiment(
    world: World, companies: Companies, cards: Cards, table: Ints, rng: np.random.Generator
) -> Experiment:
    names = tuple(dict.fromkeys(world.choice.advisors.values()))
    provinces = world.answers["province"].values
    of_province = np.array([names.index(world.choice.advisors[p]) for p in provinces])
    advisor = of_province[companies.answers["province"]]
    n = len(companies)
    unmeasured = rng.random(n) < world.survey.before_missing
    return Experiment(
        world=world,
        companies=companies,
        cards=cards,
        match=need_match(companies, cards, world),
        table=table,
        advisor=advisor,
        own_change=draw_own_change(world.survey, table, advisor, rng),
        measured=companies.is_told("culture_baseline") | ~unmeasured,
        five_points=rng.random(n) < world.survey.scale_1_5,
    )


def company_names(n: int, letter: str) -> Texts:
    """Return pseudonyms of equal length: c001, c002 ..."""
    width = max(3, len(str(n)))
    names = [f"{letter}{number:0{width}d}" for number in range(1, n + 1)]
    return np.array(names, dtype=object)


def _choice_cells(
    experiment: Experiment, choices: Choices, run: Run, rng: np.random.Generator
) -> dict[str, Texts]:
    world, rows = experiment.world, choices.company
    n = len(rows)
    tables = [f"t{number + 1}" for number in range(experiment.table.max() + 1)]
    advisors = tuple(dict.fromkeys(world.choice.advisors.values()))
    cards = [card.id for card in experiment.cards.interventions]
    logged = rng.random(n) < world.choice.propensity_logged
    # A probability above 0 must stay so when it is rounded.
    propensity = np.where(logged, np.maximum(choices.propensity, 1e-4), np.nan)
    table = words(tables, experiment.table[rows])
    advisor = words(advisors, experiment.advisor[rows])
    return {
        "source": np.full(n, "simulated", dtype=object),
        "company": company_names(len(experiment.companies), "c")[rows],
        "table": blank_unless(rng.random(n) >= world.tables.missing, table),
        "advisor_organisation": blank_unless(
            rng.random(n) >= world.choice.advisor_missing, advisor
        ),
        "intervention": np.where(run.state == WAITING, CONTROL, words(cards, choices.card)),
        "assigned_by": words([chooser.by for chooser in world.choice.assigned_by], choices.chooser),
        "propensity": decimals(propensity, ".4f"),
    }


def _course_cells(
    experiment: Experiment, choices: Choices, run: Run, rng: np.random.Generator
) -> dict[str, Texts]:
    course, n = experiment.world.course, len(choices.company)
    ended = np.isin(run.state, (FINISHED, STOPPED))
    began = ended | (run.state == STARTED)
    start_told = began & (rng.random(n) >= course.start_date_missing)
    end_told = ended & (rng.random(n) >= course.end_date_missing)
    reasons = list(course.stopped_reasons)
    weights = np.array(list(course.stopped_reasons.values()))
    reason = words(reasons, rng.choice(len(reasons), n, p=weights / weights.sum()))
    return {
        "start_date": days(course.first_day, run.days.start, start_told),
        "end_date": days(course.first_day, run.days.end, end_told),
        "state": words(_STATES, run.state),
        "stopped_reason": blank_unless(run.state == STOPPED, reason),
    }


def _after_told(
    experiment: Experiment, choices: Choices, run: Run, rng: np.random.Generator
) -> Bools:
    """Draw who is measured again: less often where it went badly or people are short."""
    dropout, companies = experiment.world.dropout, experiment.companies
    pressure = experiment.world.answers["staffing_pressure"].values.index("zeer_krap")
    very_tight = companies.answers["staffing_pressure"] == pressure
    chance = dropout.base + dropout.not_finished * (run.state == STOPPED)
    chance = chance + dropout.very_tight * very_tight[choices.company]
    chance = chance + dropout.micro * (companies.employees < MICRO)[choices.company]
    lost = np.select(
        [run.state == WAITING, run.state == NOT_STARTED, np.isin(run.state, (STARTED, UNKNOWN))],
        [dropout.control, dropout.not_started, 1.0],
        default=chance,
    )
    return np.asarray(rng.random(len(lost)) >= lost)


def _score_cells(
    experiment: Experiment, choices: Choices, run: Run, scores: Scores, rng: np.random.Generator
) -> dict[str, Texts]:
    rows = choices.company
    five = experiment.five_points[rows]
    before_told = experiment.measured[rows]
    after_told = _after_told(experiment, choices, run, rng)
    factor = np.where(five, 1.25, 1.0)
    cells = {
        "culture_before": decimals(1 + (scores.before - 1) / factor, ".2f"),
        "culture_before_sd": decimals(scores.before_sd / factor, ".2f"),
        "respondents_before": scores.respondents_before.astype(str).astype(object),
    }
    later = {
        "culture_after": decimals(1 + (scores.after - 1) / factor, ".2f"),
        "culture_after_sd": decimals(scores.after_sd / factor, ".2f"),
        "respondents_after": scores.respondents_after.astype(str).astype(object),
    }
    told = experiment.companies.is_told("culture_baseline")[rows]
    return {
        "scale": np.where(five, "1-5", "1-6").astype(object),
        "culture_baseline": blank_unless(told, decimals(scores.before, ".2f")),
        **{name: blank_unless(before_told, column) for name, column in cells.items()},
        **{name: blank_unless(after_told, column) for name, column in later.items()},
    }


def _report_cells(
    experiment: Experiment, choices: Choices, run: Run, rng: np.random.Generator
) -> dict[str, Texts]:
    reported = draw_reports(
        experiment.world, experiment.companies, experiment.cards, choices, run, rng
    )
    yes = np.nan_to_num(reported.would_continue, nan=-1).astype(np.int64)
    return {
        "participants": decimals(reported.participants, ".0f"),
        "hours_per_participant": decimals(reported.hours, ".0f"),
        "cost_eur": decimals(reported.cost, ".0f"),
        "satisfaction_owner": decimals(reported.satisfaction_owner, "g"),
        "satisfaction_staff": decimals(reported.satisfaction_staff, "g"),
        "would_continue": words(("nee", "ja"), yes),
    }

"""The rows of a simulated file of trials: what happened, and how much of it was written down."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from matcher.simulation.survey import Scores, error_of_gain, measure
from matcher.simulation.truth import Cards, need_match
from matcher.simulation.worlds import World
from matcher.trials.columns import CONTROL, MEASURED_COLUMNS, TRIAL_COLUMNS
from matcher.trials.measurements import MEASUREMENT_COLUMNS

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


@dataclass(frozen=True)
class Happened:
    """What an experiment leaves behind, and what only its simulator knows of it."""

    trials: pd.DataFrame
    """By company; with ``MEASURED_COLUMNS`` where the world has a file of measurements."""
    measurements: pd.DataFrame
    """Columns ``MEASUREMENT_COLUMNS``, by company in order of time; what was measured and told."""
    changes: pd.DataFrame
    """Columns ``CHANGE_COLUMNS``, by company in order of time; also where nobody was measured."""


CHANGE_COLUMNS = ("company", *MEASURED_COLUMNS, "tried", "drift", "error")
"""Company and waves; what the trials of the period changed together, what the company changed
anyway, and the standard error of the measured change about their sum, in points on 1-6."""


@dataclass(frozen=True)
class Period:
    """One measured change of some companies."""

    rows: Ints
    """Companies, in the order in which they come; one place each in what follows."""
    place: Ints
    """Per company of the experiment, its place here."""
    choices: tuple[Choices, ...]
    runs: tuple[Run, ...]
    tried: Array
    """The sum of what was tried, in points."""
    anyway: Array
    scores: Scores
    number: int


def run_experiment(
    world: World, companies: Companies, cards: Cards, rng: np.random.Generator
) -> Happened:
    """Run an experiment with these companies and return its files."""
    offer = draw_offer(world, companies, cards, rng)
    start = company_numbers(companies, companies.culture, world)
    rounds = draw_choices(world, companies, start, cards, offer, rng)
    experiment = _experiment(world, companies, cards, offer.table, rng)
    profiles = profile_cells(companies, world)
    culture = companies.culture.copy()
    together = [rounds] if world.course.one_period else [[choices] for choices in rounds]
    trials, measurements, changes = [], [], []
    for choices in together:
        period = _run_period(experiment, choices, culture, rng)
        rows, measured = _period_rows(experiment, period, profiles, rng)
        trials += rows
        measurements.append(measured)
        changes.append(_changes(experiment, period))
        culture[period.rows] += period.tried + period.anyway
    columns = (*TRIAL_COLUMNS, *(MEASURED_COLUMNS if world.survey.measurements else ()))
    return Happened(
        _by_company(trials)[list(columns)],
        _by_company(measurements),
        _by_company(changes),
    )


def _by_company(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return tables below each other, by company; pseudonyms are of equal length."""
    whole = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return whole.sort_values("company", kind="stable", ignore_index=True)


def _run_period(
    experiment: Experiment, choices: list[Choices], culture: Array, rng: np.random.Generator
) -> Period:
    """Let the trials of one period happen and measure each company once before and after.

    What a company changes anyway, it changes once: as with the first of its trials.
    """
    world, companies = experiment.world, experiment.companies
    runs = [
        run_trials(
            world,
            companies,
            culture,
            experiment.cards,
            experiment.match,
            each,
            experiment.own_change,
            rng,
        )
        for each in choices
    ]
    rows = pd.unique(np.concatenate([each.company for each in choices]))
    place = np.zeros(len(companies), dtype=np.int64)
    place[rows] = np.arange(len(rows))
    tried, anyway = np.zeros(len(rows)), np.zeros(len(rows))
    for each, run in reversed(list(zip(choices, runs, strict=True))):
        tried[place[each.company]] += run.gain
        anyway[place[each.company]] = run.anyway
    after = culture[rows] + (tried + anyway)
    people = respondents_before(companies, world.survey)[rows]
    scores = measure(culture[rows], after, people, companies.employees[rows], world.survey, rng)
    whole = tuple(
        replace(run, change=(tried + anyway)[place[each.company]])
        for each, run in zip(choices, runs, strict=True)
    )
    number = choices[0].round + 1
    return Period(rows, place, tuple(choices), whole, tried, anyway, scores, number)


def _period_rows(
    experiment: Experiment,
    period: Period,
    profiles: dict[str, Texts],
    rng: np.random.Generator,
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return the rows of each round of a period, and its measurements."""
    of_choice = [
        _choice_cells(experiment, each, run, rng) | _course_cells(experiment, each, run, rng)
        for each, run in zip(period.choices, period.runs, strict=True)
    ]
    cells = _score_cells(experiment, period, _after_told(experiment, period, rng))
    parts = []
    for each, run, own in zip(period.choices, period.runs, of_choice, strict=True):
        whole = taken(profiles, each.company) | own
        whole |= taken(cells, period.place[each.company])
        whole |= _report_cells(experiment, each, run, rng)
        parts.append(pd.DataFrame({n: whole[n] for n in (*TRIAL_COLUMNS, *MEASURED_COLUMNS)}))
    return parts, _measurements(experiment, period, cells)


def _waves(number: int) -> tuple[str, str]:
    """Return the names of the two waves of a period, counted from 1."""
    later = "" if number == 1 else f"-{number}"
    return f"before{later}", f"after{later}"


def _measurements(experiment: Experiment, period: Period, cells: dict[str, Texts]) -> pd.DataFrame:
    """Return what was measured in a period and told, in the numbers that the trials tell."""
    names = company_names(len(experiment.companies), "c")[period.rows]
    scores = period.scores
    both = (cells["measured_before"] != "") & (cells["measured_after"] != "")
    twice = np.where(both, scores.respondents_twice, np.nan)
    retest = np.where(twice > 0, experiment.world.survey.person_retest, np.nan)
    unknown = np.full(len(names), np.nan)
    parts = []
    for when, n_twice, correlation in (("before", unknown, unknown), ("after", twice, retest)):
        told = cells[f"measured_{when}"] != ""
        frame = pd.DataFrame(
            {
                "company": names,
                "wave": cells[f"measured_{when}"],
                "day": pd.NaT,
                "mean": pd.to_numeric(cells[f"culture_{when}"]),
                "sd": pd.to_numeric(cells[f"culture_{when}_sd"]),
                "n": pd.to_numeric(cells[f"respondents_{when}"]),
                "n_twice": n_twice,
                "correlation": correlation,
                "scale": cells["scale"],
                "instrument": None,
            },
            columns=list(MEASUREMENT_COLUMNS),
        )
        parts.append(frame[told])
    return _by_company(parts)


def _changes(experiment: Experiment, period: Period) -> pd.DataFrame:
    before, after = _waves(period.number)
    employees = experiment.companies.employees[period.rows]
    survey = experiment.world.survey
    names = company_names(len(experiment.companies), "c")
    error = error_of_gain(period.scores, employees, survey)
    told = (names[period.rows], before, after, period.tried, period.anyway, error)
    return pd.DataFrame(dict(zip(CHANGE_COLUMNS, told, strict=True)))


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


def _after_told(experiment: Experiment, period: Period, rng: np.random.Generator) -> Bools:
    """Draw who is measured again: less often where it went badly or people are short.

    A company that tried several is as likely to be as with the one that went best.
    """
    least = np.ones(len(period.rows))
    for choices, run in zip(period.choices, period.runs, strict=True):
        lost = _lost(experiment, choices, run)
        place = period.place[choices.company]
        least[place] = np.minimum(least[place], lost)
    return np.asarray(rng.random(len(least)) >= least)


def _lost(experiment: Experiment, choices: Choices, run: Run) -> Array:
    """Return the chance that the company of each trial is not measured again."""
    dropout, companies = experiment.world.dropout, experiment.companies
    pressure = experiment.world.answers["staffing_pressure"].values.index("zeer_krap")
    very_tight = companies.answers["staffing_pressure"] == pressure
    chance = dropout.base + dropout.not_finished * (run.state == STOPPED)
    chance = chance + dropout.very_tight * very_tight[choices.company]
    chance = chance + dropout.micro * (companies.employees < MICRO)[choices.company]
    return np.select(
        [run.state == WAITING, run.state == NOT_STARTED, np.isin(run.state, (STARTED, UNKNOWN))],
        [dropout.control, dropout.not_started, 1.0],
        default=chance,
    )


def _score_cells(experiment: Experiment, period: Period, after_told: Bools) -> dict[str, Texts]:
    """Return the columns of both measurements, a row for each company of the period."""
    rows, scores = period.rows, period.scores
    five = experiment.five_points[rows]
    before_told = experiment.measured[rows]
    factor = np.where(five, 1.25, 1.0)
    names = [np.full(len(rows), name, dtype=object) for name in _waves(period.number)]
    cells = {
        "culture_before": decimals(1 + (scores.before - 1) / factor, ".2f"),
        "culture_before_sd": decimals(scores.before_sd / factor, ".2f"),
        "respondents_before": scores.respondents_before.astype(str).astype(object),
        "measured_before": names[0],
    }
    later = {
        "culture_after": decimals(1 + (scores.after - 1) / factor, ".2f"),
        "culture_after_sd": decimals(scores.after_sd / factor, ".2f"),
        "respondents_after": scores.respondents_after.astype(str).astype(object),
        "measured_after": names[1],
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

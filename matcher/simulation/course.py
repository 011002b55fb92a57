"""What becomes of a choice: does it start, how long does it run, what does it change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.simulation.choice import Choices
from matcher.simulation.companies import Companies, company_numbers
from matcher.simulation.truth import Cards, chances, drift
from matcher.simulation.worlds import Course, Survey, World

DAYS_PER_WEEK = 7
DAYS_PER_MONTH = 365.25 / 12
LATEST_START = 14
"""Days before the last follow-up by which every trial that starts has started."""

NOTHING = (float("nan"), float("nan"))

NOT_STARTED, STARTED, STOPPED, FINISHED, UNKNOWN, WAITING = range(6)
"""States of a trial; WAITING is a company without an intervention."""


@dataclass(frozen=True)
class Days:
    """When trials start and end, in days since the first day of the experiment."""

    start: Ints
    end: Ints
    part: Array
    """Part of the run that is done when it ends."""
    running: Bools
    """Whether it still runs at the last follow-up."""


@dataclass(frozen=True)
class Run:
    """The trials of one round as they went, one row per trial."""

    state: Ints
    """As it stands at the last follow-up."""
    started: Bools
    finished: Bools
    """Whether it is finished in the end, even after the last follow-up."""
    days: Days
    gain: Array
    """What the card changed, in points on 1-6: all, a share or nothing of the gain if finished."""
    anyway: Array
    """What the company changed whatever it tried."""
    change: Array
    """All that changed, in points on 1-6."""


@dataclass(frozen=True)
class OwnChange:
    """What changes apart from the card: a level per company, learning table and advisor."""

    company: Array
    table: Array
    advisor: Array
    rest_sd: float

    def draw(self, rows: Ints, rng: np.random.Generator) -> Array:
        """Return the change of one trial of each of these companies, in points."""
        common = self.company[rows] + self.table[rows] + self.advisor[rows]
        return common + rng.normal(0, self.rest_sd, len(rows))


def draw_own_change(
    survey: Survey, table: Ints, advisor: Ints, rng: np.random.Generator
) -> OwnChange:
    """Draw the levels; the shares of variance are the intraclass correlations of the survey."""

    def level(share: float, groups: Ints) -> Array:
        count = groups.max(initial=-1) + 1
        return np.asarray(rng.normal(0, survey.own_change_sd * share**0.5, count)[groups])

    common = survey.company_icc + survey.table_icc + survey.advisor_icc
    return OwnChange(
        company=level(survey.company_icc, np.arange(len(table))),
        table=level(survey.table_icc, table),
        advisor=level(survey.advisor_icc, advisor),
        rest_sd=survey.own_change_sd * (1 - common) ** 0.5,
    )


def run_trials(
    world: World,
    companies: Companies,
    culture: Array,
    cards: Cards,
    match: Array,
    choices: Choices,
    own_change: OwnChange,
    rng: np.random.Generator,
) -> Run:
    """Let the trials of one round happen, from the culture the companies have by then."""
    rows, columns = choices.company, choices.card
    numbers = company_numbers(companies, culture, world)
    heads = chances(numbers, cards, match, world)
    tries = columns >= 0
    started = tries & (rng.random(len(rows)) < heads.start[rows, columns])
    finished = started & (rng.random(len(rows)) < heads.completion[rows, columns])
    anyway = drift(world.survey, numbers)[rows] + own_change.draw(rows, rng)
    days = _calendar(world.course, cards, choices, finished, rng)
    # Where there is one period its scores come when it ends, and what runs then works in full.
    works = finished | days.running if world.course.one_period else finished
    share = np.where(works, 1.0, world.gain.stopped_share) * started
    gain = share * heads.gain[rows, columns]
    state = np.select(
        [~tries, ~started, days.running],
        [WAITING, NOT_STARTED, STARTED],
        default=np.where(finished, FINISHED, STOPPED),
    )
    lost = tries & (rng.random(len(rows)) < world.course.state_unknown)
    return Run(
        state=np.where(lost, UNKNOWN, state),
        started=started,
        finished=finished,
        days=days,
        gain=gain,
        anyway=anyway,
        change=gain + anyway,
    )


def _calendar(
    course: Course, cards: Cards, choices: Choices, finished: Bools, rng: np.random.Generator
) -> Days:
    """Draw when each trial starts and ends; only a long card outlasts the last follow-up."""
    n, card = len(choices.card), choices.card
    chosen = choices.round * course.round_days + rng.integers(course.recruiting_days, size=n)
    follow_up = chosen + course.follow_up_days
    weeks, months = _between(cards, "lead_weeks"), _between(cards, "duration_months")
    months = np.where(np.isnan(months), course.open_run_months, months)
    lead = DAYS_PER_WEEK * rng.uniform(weeks[card, 0], weeks[card, 1])
    start = np.minimum(chosen + np.rint(lead), follow_up - LATEST_START)
    run = DAYS_PER_MONTH * rng.uniform(months[card, 0], months[card, 1])
    long_run = cards.numbers["long_run"][card] > 0
    run = np.where(long_run, run, np.minimum(run, follow_up - start))
    part = np.where(finished, 1.0, rng.uniform(*course.stopped_part, n))
    end = start + np.maximum(np.floor(part * run), 1)
    return Days(
        start=start.astype(np.int64),
        end=end.astype(np.int64),
        part=part,
        running=np.asarray(end > follow_up),
    )


def _between(cards: Cards, attribute: str) -> Array:
    """Return smallest and largest of a range per card; NaN where it is not known."""
    ranges = [getattr(card, attribute) for card in cards.interventions]
    pairs = [(r.min, r.min if r.max is None else r.max) if r else NOTHING for r in ranges]
    return np.array(pairs, dtype=float).reshape(-1, 2)

"""What a company reports beside the culture score: people, hours, cost, how content it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools
from matcher.simulation.choice import Choices
from matcher.simulation.companies import Companies
from matcher.simulation.course import FINISHED, STARTED, STOPPED, Run
from matcher.simulation.truth import Cards, middle
from matcher.simulation.worlds import Report, World

COST_STEP = 50


@dataclass(frozen=True)
class Reported:
    """One row per trial; NaN where nothing is reported."""

    participants: Array
    hours: Array
    """Per participant."""
    cost: Array
    """EUR, out of pocket."""
    satisfaction_owner: Array
    satisfaction_staff: Array
    would_continue: Array
    """1 yes, 0 no."""


def draw_reports(
    world: World,
    companies: Companies,
    cards: Cards,
    choices: Choices,
    run: Run,
    rng: np.random.Generator,
) -> Reported:
    """Draw the reports of one round."""
    report = world.report
    ended = np.isin(run.state, (FINISHED, STOPPED))
    began = ended | (run.state == STARTED)
    gain = _standard(run.change, run.state == FINISHED)
    owner, staff = _satisfaction(report, run, gain, ended, rng)
    return Reported(
        participants=_participants(report, companies, choices, began, rng),
        hours=_hours(report, cards, choices, run, ended, rng),
        cost=_cost(report, cards, choices, began, rng),
        satisfaction_owner=owner,
        satisfaction_staff=staff,
        would_continue=_continue(report, run, gain, ended, rng),
    )


def _where(told: Bools, values: Array) -> Array:
    return np.where(told, values, np.nan)


def _standard(change: Array, finished: Bools) -> Array:
    """Return the change in SDs of the finished trials from their mean."""
    seen = change[finished] if finished.any() else np.zeros(1)
    return np.asarray((change - seen.mean()) / (seen.std() or 1.0))


def _participants(
    report: Report, companies: Companies, choices: Choices, began: Bools, rng: np.random.Generator
) -> Array:
    employees = companies.employees[choices.company]
    drawn = report.participants_share * employees * rng.lognormal(0, 0.5, len(employees))
    most = np.minimum(employees, report.participants_most)
    told = began & (rng.random(len(employees)) >= report.participants_missing)
    return _where(told, np.clip(np.rint(drawn), 1, most))


def _hours(
    report: Report, cards: Cards, choices: Choices, run: Run, ended: Bools, rng: np.random.Generator
) -> Array:
    """Draw hours about the card's middle, in half days; a stopped trial took its part."""
    usual = np.array([middle(card.hours_off_job) for card in cards.interventions])
    n = len(choices.card)
    sigma = np.sqrt(np.log(1 + report.hours_cv**2))
    exact = usual[choices.card] * run.days.part * rng.lognormal(-(sigma**2) / 2, sigma, n)
    step = np.where(exact < 24, 4, 8)
    rounded = np.where(exact > 0, np.maximum(step * np.rint(exact / step), 1), 0)
    told = ended & (rng.random(n) >= report.hours_missing) & np.isfinite(exact)
    return _where(told, rounded)


def _cost(
    report: Report, cards: Cards, choices: Choices, began: Bools, rng: np.random.Generator
) -> Array:
    """Draw a cost within the card's bands, log-uniform in a band."""
    bands = [card.cost_band for card in cards.interventions]
    least = np.array([band.min for band in bands], dtype=np.int64)
    most = np.array([b.min if b.max is None else b.max for b in bands], dtype=np.int64)
    band = rng.integers(least[choices.card], most[choices.card] + 1)
    low, high = np.array(report.cost_bounds)[band].T
    exponent = rng.random(len(band))
    ratio = np.where(low > 0, high / np.where(low > 0, low, 1), 1.0)
    exact = low * ratio**exponent
    rounded = np.clip(COST_STEP * np.rint(exact / COST_STEP), low, high)
    told = began & (rng.random(len(band)) >= report.cost_missing)
    return _where(told, rounded)


def _satisfaction(
    report: Report, run: Run, gain: Array, ended: Bools, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw the marks of owner and staff, skewed to the left, in half points."""
    n, r = len(gain), report.satisfaction_with_gain
    shared = report.satisfaction_shared
    common = _left_skewed(n, rng)
    marks = []
    for sign, missing in zip((0.5, -0.5), report.satisfaction_missing, strict=True):
        own = shared**0.5 * common + (1 - shared) ** 0.5 * _left_skewed(n, rng)
        mark = report.satisfaction_mean + sign * report.owner_inflation
        mark = mark + report.satisfaction_sd * (r * gain + (1 - r**2) ** 0.5 * own)
        mark = mark + report.satisfaction_stopped * (run.state == STOPPED)
        told = ended & (rng.random(n) >= missing)
        marks.append(_where(told, np.clip(np.rint(2 * mark) / 2, 0, 10)))
    return marks[0], marks[1]


def _left_skewed(n: int, rng: np.random.Generator) -> Array:
    """Draw with mean 0, SD 1 and skewness -1."""
    shape = 4.0
    return np.asarray((shape - rng.gamma(shape, size=n)) / shape**0.5)


def _continue(
    report: Report, run: Run, gain: Array, ended: Bools, rng: np.random.Generator
) -> Array:
    finished = run.state == FINISHED
    chance = np.where(finished, report.continue_finished, report.continue_stopped)
    chance = chance + report.continue_with_gain * gain
    yes = rng.random(len(gain)) < chance
    told = ended & (rng.random(len(gain)) >= report.continue_missing)
    return _where(told, yes.astype(float))

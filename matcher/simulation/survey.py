"""The culture score of a company: the mean of the few people who answered, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.measure.error import error_of_change
from matcher.simulation.worlds import Survey

LOWEST, HIGHEST = 1.0, 6.0


@dataclass(frozen=True)
class Scores:
    """Company means on 1-6, the SD of their people (NaN for one person), and how many answered."""

    before: Array
    before_sd: Array
    respondents_before: Ints
    after: Array
    after_sd: Array
    respondents_after: Ints
    respondents_twice: Ints


def measure(
    before: Array,
    after: Array,
    respondents: Ints,
    employees: Ints,
    survey: Survey,
    rng: np.random.Generator,
) -> Scores:
    """Measure true company means twice, the second time by fewer and partly other people."""
    of = _of_employees if survey.finite_population else _of_strangers
    return of(before, after, respondents, employees, survey, rng)


def _of_strangers(
    before: Array,
    after: Array,
    respondents: Ints,
    _: Ints,
    survey: Survey,
    rng: np.random.Generator,
) -> Scores:
    """Measure by people of whom there is no end."""
    later = np.maximum(rng.binomial(respondents, survey.still_there), 1)
    same = rng.binomial(later, survey.same_people)
    error = survey.within_sd / np.sqrt(respondents) * rng.normal(size=len(before))
    # Each person who answers twice carries part of his deviation over: cov = r s^2 same / (n m).
    carried = survey.person_retest * same / later
    rest = 1 / later - carried**2 / respondents
    later_error = carried * error + survey.within_sd * np.sqrt(rest) * rng.normal(size=len(after))
    return Scores(
        before=np.clip(before + error, LOWEST, HIGHEST),
        before_sd=_sample_sd(respondents, survey, rng),
        respondents_before=respondents,
        after=np.clip(after + later_error, LOWEST, HIGHEST),
        after_sd=_sample_sd(later, survey, rng),
        respondents_after=later,
        respondents_twice=same,
    )


def _of_employees(
    before: Array,
    after: Array,
    respondents: Ints,
    employees: Ints,
    survey: Survey,
    rng: np.random.Generator,
) -> Scores:
    """Measure by some of the people who work there, drawn without replacement, one by one.

    A company's true mean is that of all its people, both times. Nobody comes or leaves: who does
    not answer again is replaced by somebody who did not answer before.
    """
    later = np.maximum(rng.binomial(respondents, survey.still_there), 1)
    # Where nearly all answer, some have to be the same.
    same = np.maximum(rng.binomial(later, survey.same_people), respondents + later - employees)
    company = np.repeat(np.arange(len(employees)), employees)
    # The people of a company are alike before they answer: the first to come are a sample.
    number = np.arange(len(company)) - np.repeat(np.cumsum(employees) - employees, employees)
    one, other = rng.normal(size=(2, len(company)))
    retest = survey.person_retest
    two = retest * one + np.sqrt(1 - retest**2) * other
    first = number < respondents[company]
    again = number < same[company]
    newly = ~first & (number < (respondents + later - same)[company])

    def answers(true: Array, deviation: Array, asked: Bools) -> tuple[Array, Array]:
        """Return the company means and SDs of those who are asked."""
        own = np.bincount(company, deviation, len(employees)) / employees
        score = survey.within_sd * (deviation - own[company])[asked]
        of = company[asked]
        n: Ints = np.bincount(of, minlength=len(employees)).astype(np.int64)
        mean = np.bincount(of, score, len(employees)) / n
        off = (score - mean[of]) ** 2
        square = np.asarray(np.bincount(of, off, len(employees)), np.float64)
        return np.clip(true + mean, LOWEST, HIGHEST), _told_sd(square, n)

    score_before, sd_before = answers(before, one, first)
    score_after, sd_after = answers(after, two, again | newly)
    return Scores(
        before=score_before,
        before_sd=sd_before,
        respondents_before=respondents,
        after=score_after,
        after_sd=sd_after,
        respondents_after=later,
        respondents_twice=same,
    )


def measure_once(culture: Array, error: Array, rng: np.random.Generator) -> Array:
    """Measure true company means once, on 1-6, with these standard errors."""
    return np.clip(culture + error * rng.normal(size=len(culture)), LOWEST, HIGHEST)


def error_of_mean(people: Ints, employees: Ints, survey: Survey) -> Array:
    """Return the standard error of the mean of some of a company's people, in points."""
    left = np.sqrt(1 - people / employees) if survey.finite_population else 1.0
    return np.asarray(survey.within_sd / np.sqrt(people) * left)


def error_of_gain(scores: Scores, employees: Ints, survey: Survey) -> Array:
    """Return the standard error of each measured change about the true one, in points.

    That of people who differ as those of the world do on average, before anybody answers.
    """
    variance = np.full(len(employees), survey.within_sd**2)
    headcount = employees if survey.finite_population else np.full(len(employees), np.nan)
    n = (scores.respondents_before.astype(float), scores.respondents_after.astype(float))
    return error_of_change(
        (variance, variance),
        n,
        (headcount.astype(float), headcount.astype(float)),
        scores.respondents_twice.astype(float),
        survey.person_retest,
    )


def _sample_sd(people: Ints, survey: Survey, rng: np.random.Generator) -> Array:
    freedom = np.maximum(people - 1, 1)
    return _told_sd(survey.within_sd**2 * rng.chisquare(freedom), people)


def _told_sd(square: Array, people: Ints) -> Array:
    """Return the SD with n - 1 for a sum of squares; NaN where one person answered."""
    freedom = np.maximum(people - 1, 1)
    # On 1 to 6 people differ most when half of them give a 1 and half a 6.
    widest = 2.5 * np.sqrt((freedom + 1) / freedom)
    return np.where(people > 1, np.minimum(np.sqrt(square / freedom), widest), np.nan)

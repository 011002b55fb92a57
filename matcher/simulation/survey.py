"""The culture score of a company: the mean of the few people who answered, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Ints
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


def measure(
    before: Array, after: Array, respondents: Ints, survey: Survey, rng: np.random.Generator
) -> Scores:
    """Measure true company means twice, the second time by fewer and partly other people."""
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
    )


def measure_once(
    culture: Array, respondents: Ints, survey: Survey, rng: np.random.Generator
) -> Array:
    """Measure true company means once, on 1-6."""
    error = survey.within_sd / np.sqrt(respondents) * rng.normal(size=len(culture))
    return np.clip(culture + error, LOWEST, HIGHEST)


def _sample_sd(people: Ints, survey: Survey, rng: np.random.Generator) -> Array:
    freedom = np.maximum(people - 1, 1)
    sd = survey.within_sd * np.sqrt(rng.chisquare(freedom) / freedom)
    # On 1 to 6 people differ most when half of them give a 1 and half a 6.
    widest = 2.5 * np.sqrt((freedom + 1) / freedom)
    return np.where(people > 1, np.minimum(sd, widest), np.nan)

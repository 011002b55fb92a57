"""How large an effect must be for an experiment to show it, and how many companies that takes.

The outcome is the mean of a company's people on 1-6. Its variance is what companies differ plus
what a handful of respondents leave uncertain. Adjusting for the score before leaves ``1 - r^2`` of
it, with r the correlation of the two means (Borm and others 2007); a change, which no lot protects,
keeps ``2 (1 - r)``. The smallest effect that can be seen is a multiple of the standard error
(Bloom 1995); the multiple comes from the noncentral t distribution, so that it holds with few
clusters too.

References
----------
H. S. Bloom, Minimum detectable effects: a simple way to report the statistical power of
experimental designs, 1995.
G. F. Borm, J. Fransen, W. Lemmens, A simple sample size formula for analysis of covariance in
randomized clinical trials, 2007.
S. W. Raudenbush, Statistical analysis and optimal design for cluster randomized trials, 1997.
D. M. Murray, Design and analysis of group-randomized trials, 1998.
M. A. Hussey and J. P. Hughes, Design and analysis of stepped wedge cluster randomized trials, 2007.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, t

from matcher.arrays import Array
from matcher.errors import Fault, InvalidPlan

PowerDesign = Literal["equal", "stratified", "cluster", "stepped-wedge", "before-after"]
POWER_DESIGNS: tuple[PowerDesign, ...] = get_args(PowerDesign)
CLUSTERED = ("cluster", "stepped-wedge")
MOST_COMPANIES = 1_000_000
EXPECTED_GAIN = 0.10
"""Points that an approach is thought to bring a company [J]."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment to come; the defaults are judgements [J] about this region's companies."""

    design: PowerDesign = "equal"
    companies: int = 90
    tables: int = 7
    """Learning tables: clusters, or the strata of a stratified lottery."""
    cards: int = 1
    """Approaches, each against those that wait."""
    controls: float | None = None
    """Share of the companies, or tables, that wait; None is as many as try one card."""
    periods: int = 4
    """Of a stepped wedge, with the first, in which nobody has started."""
    respondents: int = 8
    employees: int | None = None
    """People in a company; None is far more than respondents."""
    sd_people: float = 0.95
    """Between all people, in points."""
    icc_companies: float = 0.12
    """Share of the variance of people that lies between companies."""
    icc_tables: float = 0.08
    """Share of the variance of a company's adjusted score that lies between tables."""
    correlation: float = 0.6
    """Of a company's observed means before and after."""
    dropout: float = 0.25
    """Share of the companies that are not measured afterwards."""
    alpha: float = 0.05
    """Two-sided."""
    power: float = 0.8

    @property
    def share_controls(self) -> float:
        """Share that waits."""
        return 1 / (self.cards + 1) if self.controls is None else self.controls

    @property
    def sd_means(self) -> float:
        """SD of the observed means of companies, in points."""
        between = self.icc_companies * self.sd_people**2
        people = (1 - self.icc_companies) * self.sd_people**2
        missed = 0.0 if self.employees is None else 1 / self.employees
        return math.sqrt(between + people * (1 / self.respondents - missed))


@dataclass(frozen=True, slots=True)
class Sight:
    """What an experiment can see."""

    experiment: Experiment
    effect: float
    """Smallest effect that shows with the power asked for, in points."""
    standard_error: float
    """Of the estimated effect, in points."""
    freedom: int
    """Degrees of freedom of the t distribution."""

    def row(self) -> dict[str, object]:
        """Return everything by name, as a row of a file."""
        told: dict[str, object] = {**asdict(self.experiment)}
        told["controls"] = round(self.experiment.share_controls, 6)
        return told | {
            "sd_means": round(self.experiment.sd_means, 6),
            "standard_error": round(self.standard_error, 6),
            "degrees_of_freedom": self.freedom,
            "smallest_effect": round(self.effect, 6),
        }


def smallest_effect(experiment: Experiment) -> Sight:
    """Return the smallest effect that the experiment can see.

    Raises
    ------
    InvalidPlan
        With every number that cannot be, and with what leaves nothing to compare.
    """
    if faults := [*_faults(experiment)]:
        raise InvalidPlan(faults)
    found = _sight(experiment)
    if found is None:
        told = {"design": experiment.design, "companies": experiment.companies}
        raise InvalidPlan([Fault("", "power_too_few", told | {"tables": experiment.tables})])
    return found


def companies_needed(experiment: Experiment, effect: float) -> Sight:
    """Return the smallest experiment that sees an effect, in points.

    Clusters keep the size that ``companies`` and ``tables`` tell: there are more of them.

    Raises
    ------
    InvalidPlan
        As for `smallest_effect`; if the effect is not above 0; if a million companies are too few.
    """
    faults = [*_faults(experiment)]
    if not effect > 0 or not math.isfinite(effect):
        faults.append(Fault("--effect", "power_number", {"value": effect, "rule": "> 0"}))
    if faults:
        raise InvalidPlan(faults)
    of_tables = experiment.design in CLUSTERED
    size = experiment.companies / experiment.tables

    def at(units: int) -> Sight | None:
        if of_tables:
            grown = replace(experiment, tables=units, companies=math.ceil(units * size))
        elif experiment.design == "stratified":
            grown = replace(experiment, companies=units, tables=max(1, round(units / size)))
        else:
            grown = replace(experiment, companies=units)
        return _sight(grown)

    def sees(units: int) -> bool:
        found = at(units)
        return found is not None and found.effect <= effect

    few, many = 1, 2
    while not sees(many):
        few, many = many, 2 * many
        if many * (size if of_tables else 1) > MOST_COMPANIES:
            told = {"value": effect, "bound": MOST_COMPANIES}
            raise InvalidPlan([Fault("--effect", "power_effect_too_small", told)])
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if sees(middle) else (middle, many)
    found = at(many)
    assert found is not None  # it sees the effect
    return found


def multiplier(alpha: float, power: float, freedom: float) -> float:
    """Return how many standard errors an effect must be: the noncentrality that gives the power.

    ``alpha`` is two-sided. With many degrees of freedom this is Bloom's 2.80 at .05 and .80.

    Examples
    --------
    >>> round(multiplier(0.05, 0.80, 100_000), 2)
    2.8
    """
    critical = t.ppf(1 - alpha / 2, freedom)

    def missing(centre: float) -> float:
        # The far tail adds less than 1e-3 to the power, and SciPy has no number for it (nan) when
        # it is small.
        return float(nct.sf(critical, freedom, centre) - power)

    # Bloom's sum of two quantiles is too low with few degrees of freedom, never by half.
    most = 2 * (critical + abs(t.ppf(power, freedom))) + 1
    return float(brentq(missing, 0.0, most, xtol=1e-10))


def wedge_schedule(clusters: int, periods: int) -> Array:
    """Return which cluster has started in which period (clusters, periods), as 0 and 1.

    Nobody has in the first period, all have in the last; steps are as equal as can be.
    """
    step = np.arange(clusters) * (periods - 1) // clusters + 1
    started: Array = (np.arange(periods) >= step[:, None]).astype(float)
    return started


def wedge_variance(started: Array, within: float, between: float) -> float:
    """Return the variance of the effect in a stepped wedge (Hussey and Hughes 2007, eq. 8).

    Parameters
    ----------
    started : ndarray of shape (clusters, periods)
        1 where a cluster has started.
    within : float
        Variance of a cluster's mean in a period about its own level, in points^2.
    between : float
        Variance of the levels of clusters, in points^2.
    """
    n, periods = started.shape
    u = started.sum()
    w = (started.sum(axis=0) ** 2).sum()
    v = (started.sum(axis=1) ** 2).sum()
    below = (n * u - w) * within + (u**2 + n * periods * u - periods * w - n * v) * between
    return float(n * within * (within + periods * between) / below)


def _sight(asked: Experiment) -> Sight | None:
    """Return what an experiment of good numbers can see; None if nothing can be compared."""
    variance = asked.sd_means**2
    kept = 1 - asked.dropout
    adjusted = variance * (1 - asked.correlation**2)  # Borm and others 2007
    arms = asked.cards + 1
    if asked.design == "stepped-wedge":
        size = kept * asked.companies / asked.tables
        if asked.tables < asked.periods - 1:
            return None
        of_mean = variance * (asked.icc_tables + (1 - asked.icc_tables) / size)
        squared = wedge_variance(
            wedge_schedule(asked.tables, asked.periods),
            (1 - asked.correlation) * of_mean,
            asked.correlation * of_mean,
        )
        freedom = asked.tables - 2
    elif asked.design == "cluster":
        size = kept * asked.companies / asked.tables
        of_mean = adjusted * (asked.icc_tables + (1 - asked.icc_tables) / size)
        squared = of_mean * _one_over(asked.tables, asked)
        freedom = asked.tables - arms
    else:
        squared = _one_over(asked.companies, asked) / kept
        measured = math.floor(kept * asked.companies)
        if asked.design == "before-after":
            squared *= 2 * (1 - asked.correlation) * variance
            freedom = measured - arms
        elif asked.design == "stratified":
            squared *= adjusted * (1 - asked.icc_tables)
            freedom = measured - asked.tables - asked.cards - 1
        else:
            squared *= adjusted
            freedom = measured - arms - 1
    if freedom < 1 or not 0 < squared < math.inf:
        return None
    error = math.sqrt(squared)
    return Sight(asked, multiplier(asked.alpha, asked.power, freedom) * error, error, freedom)


def _one_over(n: int, asked: Experiment) -> float:
    """Return 1 / n of one card + 1 / n of those that wait."""
    waiting = round(n * asked.share_controls)
    trying = (n - waiting) // asked.cards
    return 1 / waiting + 1 / trying if waiting and trying else math.inf


def _faults(asked: Experiment) -> Iterator[Fault]:
    least = {"companies": 2, "tables": 1, "cards": 1, "periods": 2, "respondents": 1}
    for name, bound in least.items():
        value = getattr(asked, name)
        if not bound <= value <= MOST_COMPANIES:
            yield _fault(name, value, f"{bound} - {MOST_COMPANIES}")
    if not 0 < asked.sd_people <= 5:
        yield _fault("sd_people", asked.sd_people, "> 0, <= 5")
    for name in ("icc_companies", "icc_tables", "correlation", "dropout"):
        if not 0 <= getattr(asked, name) < 1:
            yield _fault(name, getattr(asked, name), ">= 0, < 1")
    if not 0 < asked.alpha < 1:
        yield _fault("alpha", asked.alpha, "> 0, < 1")
    if not asked.alpha < asked.power < 1:
        yield _fault("power", asked.power, "> alpha, < 1")
    if asked.controls is not None and not 0 < asked.controls < 1:
        yield _fault("controls", asked.controls, "> 0, < 1")
    if asked.employees is not None and not asked.respondents <= asked.employees:
        yield _fault("employees", asked.employees, ">= --respondents")
    if asked.design == "stepped-wedge" and asked.cards != 1:
        yield _fault("cards", asked.cards, "1 (stepped-wedge)")
    if asked.companies < asked.tables:
        yield _fault("tables", asked.tables, "<= --companies")


def _fault(name: str, value: object, rule: str) -> Fault:
    return Fault(f"--{name.replace('_', '-')}", "power_number", {"value": value, "rule": rule})

"""What an evaluation finds, as plain values: no logic, so that pages, reports and gates share them.

Gains are in points of the 1-6 culture scale. An interval is of 80 % unless a field says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matcher.vocabulary import SuccessMeasure

GroupField = Literal["size", "sector", "province", "share_practical"]
"""What companies are grouped by: size class, sector group, province, share of practical staff."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 80 % interval; None where there is nothing to compute it from."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Apart:
    """How far a figure lies apart over the ways to deal companies into folds."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Stability:
    """How much the first three of the reference companies hang on one company of the trials."""

    n_left_out: int
    """Companies left out, one at a time."""
    n_profiles: int
    top3_changed: Estimate
    """Share of (company left out, reference company) in which the set of the first three changes.

    Its interval is over the companies left out.
    """
    first_changed: Estimate
    """The same for the first choice."""
    most_influential: tuple[tuple[str, float], ...]
    """Pseudonym, and the share of reference companies whose first three change without it."""


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """What the model is worth in one group of companies; None below the minimum number of them."""

    field: GroupField
    value: str
    n_companies: int
    n_trials: int
    difference: Estimate | None
    """Our first choice less that of the expert prior (doubly robust), in points per company.

    None as well where too few trials are at issue: then the model would only agree with itself.
    """
    coverage: Estimate | None
    """Share of measured gains inside their 80 % predictive interval; of few companies none."""
    brier: Mapping[str, float | None] | None
    """Head -> mean squared error of our chances."""
    surely_worse: bool = False
    """Worse than the expert prior with 95 % certainty, all groups looked at together (Holm)."""


@dataclass(frozen=True, slots=True)
class PairNeed:
    """Two cards, and how many more companies would tell them apart at the reference companies."""

    first: str
    """The better of the two by the posterior mean."""
    second: str
    p_better: float
    difference: float
    """Posterior mean of the difference in expected gain, averaged over the reference companies."""
    sd: float
    more_companies: int | None
    """Companies to add; 0 when they are apart already, None when 10 000 would not do."""
    seen: bool = True
    """Both cards have trials enough with a known result; else this is judgement beforehand."""


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Predictions that lie close together, and what came true."""

    head: Literal["started", "completed", "gain"]
    low: float
    high: float
    """Ends of the bin: of the chance, or of the gain predicted in points."""
    n: int
    predicted: float
    """Mean of the predictions."""
    observed: Estimate
    """Share that came true, or mean of the measured gains."""


@dataclass(frozen=True, slots=True)
class LevelCoverage:
    """How many measured gains fall in a predictive interval of one level."""

    level: float
    observed: Estimate


@dataclass(frozen=True, slots=True)
class CardMean:
    """What was measured of a card, and what the model makes of it; gains if finished, in points."""

    card: str
    n_trials: int
    n_companies: int
    raw: Estimate
    """Mean over companies, each of them once, with the error of what was subtracted."""
    estimate: float
    """Of the model, at the same companies."""


@dataclass(frozen=True, slots=True)
class SuccessCount:
    """Trials of a card that met the measure that its card fixed beforehand."""

    card: str
    measure: SuccessMeasure
    threshold: float | None
    n_known: int
    n_met: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far the choices that were made speak of a policy."""

    effective_n: float
    """Kish's effective sample size of the inverse propensity weights, in trials."""
    smallest: float | None
    largest: float | None
    """Propensities of the trials in which the choice made is one of the policy's."""


Estimator = Literal["dm", "snipw", "dr", "sndr", "switch_dr"]
"""Direct method, self-normalised inverse propensity weighting, doubly robust, the same
self-normalised, and switch-DR: ``off_policy`` has the formulas."""


@dataclass(frozen=True, slots=True)
class OffPolicy:
    """A policy's value by every estimator, and how far the trials speak of it."""

    estimates: Mapping[Estimator, Estimate]
    """Mean gain per company if its choices were followed, in points."""
    largest_weight: float
    """The largest inverse propensity weight, before large ones are cut."""
    effective_n: float
    """Kish's effective sample size of the weights as they were used, in trials."""
    sum_of_weights: float
    """Over the trials, not cut."""
    mean_weight: float
    """Over companies, not cut: 1 but for chance where the chances of the choices are right."""
    outside: float
    """Share of the policy's choices that hardly anybody like the company made."""


@dataclass(frozen=True, slots=True)
class SupportReport:
    """What was tried where, and how evenly."""

    counts: Mapping[str, Mapping[str, int]]
    """Sector group -> card -> trials: only what was tried, enablers left out."""
    never_tried: tuple[tuple[str, str], ...]
    """Sector group and card, of the groups that have companies in the trials."""
    overlap: Mapping[str, Overlap]
    """By policy."""
    share_logged: float
    """Share of the trials whose propensity was logged; the others' are estimated."""


@dataclass(frozen=True, slots=True)
class Confounding:
    """How far what is known of a company foretells an attribute of the card it tried."""

    attribute: str
    """Attribute of the card."""
    by_owner_support: Estimate
    """Correlation with the owner's support, over companies."""
    by_company: Estimate
    """Share of the attribute's variance foretold by the company, out of sample; 0 is nothing."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """The hierarchy beside the same with boosted trees, at companies that neither learned from."""

    n_trees: Mapping[str, int]
    """Head -> trees that predict best beside the hierarchy; 0 is none."""
    difference: Estimate | None
    """Log score of a trial, with trees less without, mean over companies; None without any tree."""
    errors: Mapping[str, Mapping[str, float | None]]
    """Head -> ``hierarchy``, ``trees`` -> mean squared error of the chance, or of the gain."""
    chosen: bool
    """Trees answer: the difference is above 0 with 95 % certainty."""


@dataclass(frozen=True, slots=True)
class Succession:
    """The candidate beside the version that is live, at companies that neither learned from."""

    version: str
    n_unseen: int | None
    """Companies of the trials that the live version had not seen; None when that is not known."""
    difference: Estimate | None
    """Our first choice less the live version's (doubly robust); None when there are too few."""
    at_issue: float | None = None
    """Trials of those companies that speak of the difference; None when it was not asked."""

"""What a fitted model is worth on companies it has not seen, beside what others would pick.

Every number comes from cross-fitting. With a hundred companies the intervals are wide: a finding
too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.arrays import Array
from matcher.design.expert import Head
from matcher.evaluation.against_live import Live, choices_of, compared
from matcher.evaluation.before_after import card_means
from matcher.evaluation.calibration import (
    CHANCES,
    calibration,
    coverage,
    errors,
    interval_factor,
    levels,
)
from matcher.evaluation.cross_fitting import (
    BASELINES,
    Held,
    Policy,
    cross_fit,
    sample_to_judge,
)
from matcher.evaluation.findings import (
    CalibrationBin,
    CardMean,
    Challenge,
    Confounding,
    Estimate,
    GroupFinding,
    LevelCoverage,
    OffPolicy,
    PairNeed,
    Stability,
    SuccessCount,
    Succession,
    SupportReport,
)
from matcher.evaluation.intervals import N_BOOTSTRAP, bootstrapped, company_weights
from matcher.evaluation.model_choice import Contest
from matcher.evaluation.off_policy import (
    Terms,
    reported,
    surprises,
    terms_of,
    within_support,
)
from matcher.evaluation.overlap import at_issue, confounding, support_report
from matcher.evaluation.propensity import chances, of_choices
from matcher.evaluation.sample_size import pair_needs
from matcher.evaluation.stability import leave_one_out
from matcher.evaluation.subgroups import by_group
from matcher.evaluation.success import successes
from matcher.model.fitted import Model, expert_model
from matcher.ranking.engine import Engine
from matcher.regression.prior import Scales
from matcher.training.evidence import Evidence, answered
from matcher.trials.randomisation import drawn_by_lot

LARGEST_AT_HAND = 2_000
"""Trials up to which the designs are kept at hand: 1 500 columns and three questions each."""
STREAMS = ("companies", "groups", "confounding", "succession", "drift")
"""Findings that draw at random, in the order of their streams."""


@dataclass(frozen=True)
class Evaluation:
    """What cross-fitting found."""

    n_trials: int
    n_companies: int
    """Trials and companies that were judged."""
    n_measured: int
    """Trials with a measured gain."""
    coverage: Estimate
    """Share of measured gains inside their 80 % predictive interval (Wilson)."""
    brier: Mapping[str, Mapping[str, float | None]]
    """Head -> mean squared error of the chance, ours and the expert prior's."""
    values: Mapping[Policy, Estimate]
    """Mean gain per company if its first choice were followed (doubly robust), in points."""
    differences: Mapping[Policy, Estimate]
    """The same, ours less each baseline."""
    support: Mapping[Policy, int]
    """Trials in which the choice made is one that the policy could have made."""
    log_bayes_factor: float
    shows_differences: bool
    n_random: int = 0
    """Trials whose intervention was drawn by lot."""
    off_policy: Mapping[Policy, OffPolicy] = field(default_factory=dict)
    """Each policy's value by every estimator; the doubly robust one is that of ``values``."""
    at_issue: Mapping[Policy, float] = field(default_factory=dict)
    """Trials that speak of the difference with each baseline, in effective number."""
    stability: Stability | None = None
    groups: tuple[GroupFinding, ...] = ()
    pairs: tuple[PairNeed, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    levels: tuple[LevelCoverage, ...] = ()
    success: tuple[SuccessCount, ...] = ()
    card_means: tuple[CardMean, ...] = ()
    """The cards of which a gain was measured."""
    support_report: SupportReport | None = None
    confounding: tuple[Confounding, ...] = ()
    sampled_from: int | None = None
    """Companies of which a sample was judged; None when all of them were."""
    interval_factor: float = 1.0
    """By how much the intervals should be wider than the model alone says."""
    succession: Succession | None = None
    """None when no version trained on real outcomes is live."""
    challenge: Challenge | None = None
    """None when there are too few trials to try boosted trees."""

    @property
    def heads_told(self) -> frozenset[Head]:
        """Return the questions that at least five companies answered: those that have bins."""
        return frozenset(found.head for found in self.calibration)


def evaluate(
    evidence: Evidence,
    model: Model,
    scales: Mapping[Head, Scales],
    *,
    seed: int = 0,
    live: Live | None = None,
    contested: Contest | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Return the evaluation of the model on the trials.

    ``model`` and ``scales`` are those that ``fit`` found for all of them. ``live`` is the version
    to succeed. ``contested`` is the contest that the model came out of, if there was one: it judged
    the same trials. Of many companies a sample is judged.
    """
    setup = model.setup
    if contested is None:
        if evidence.profiles and len(evidence) <= LARGEST_AT_HAND:
            evidence = evidence.with_designs(setup)
        sample = sample_to_judge(evidence, setup.menu, seed)
        held = cross_fit(sample, setup, seed, scales, progress)
    else:
        sample, held = contested.sample, contested.held
    trials, everyone = sample.trials, sample.everyone
    prior = Engine(expert_model(setup.menu, setup.expert), "expert")
    by_experts = [prior.predictions(profile) for profile in trials.profiles]
    progress("policies")
    foretold = chances(trials, setup.cards, sample.suits, sample.dealt)
    made = of_choices(trials, foretold)
    surprised = surprises(trials, held)

    def worth(chosen: Array) -> Terms:
        return terms_of(trials, held.ours, chosen, made, surprised)

    terms = {policy: worth(chosen) for policy, chosen in held.choices.items()}
    scores = {policy: one.doubly_robust for policy, one in terms.items()}
    drift = trials.gains.drift_sd * _stream(seed, "drift").standard_normal(N_BOOTSTRAP)
    kept = {policy: _kept(held, chosen) for policy, chosen in held.choices.items()}
    ours, our_kept = held.choices["leermatch"], kept["leermatch"]
    weights = company_weights(trials.company, _stream(seed, "companies"))
    shifts = {p: np.append(0.0, drift * (weights[1:] @ one)) for p, one in kept.items()}
    within = within_support(trials, foretold)
    off_policy = {
        p: reported(terms[p], chosen, within, weights, shifts[p])
        for p, chosen in held.choices.items()
    }
    differences = {
        p: bootstrapped(scores["leermatch"] - scores[p], weights, drift, our_kept - kept[p])
        for p in BASELINES
    }
    succession = None
    if live is not None:
        theirs = choices_of(live, trials, setup.menu, sample.suits)
        succession = compared(
            trials,
            live,
            scores["leermatch"] - worth(theirs).doubly_robust,
            _stream(seed, "succession"),
            choices=(ours, theirs),
            propensities=made,
            shared=(drift, our_kept - _kept(held, theirs)),
        )
    factor = interval_factor(trials, held)
    widened = replace(model, facts=replace(model.facts, interval_factor=factor))
    stability = leave_one_out(everyone, model, scales, seed=seed)
    progress("stability")
    beyond_experts = scores["leermatch"] - scores["expert"]
    return Evaluation(
        n_trials=len(trials),
        n_companies=len(np.unique(trials.company)),
        n_measured=int(answered(trials, "gain")[0].sum()),
        coverage=coverage(trials, held, np.arange(len(trials))),
        brier=errors(trials, {"leermatch": held.ours, "expert": by_experts}, CHANCES),
        values={p: one.estimates["dr"] for p, one in off_policy.items()},
        differences=differences,
        support=_support(trials, held),
        off_policy=off_policy,
        at_issue={p: at_issue(trials, ours, held.choices[p], made) for p in BASELINES},
        log_bayes_factor=model.facts.log_bayes_factor,
        shows_differences=model.facts.shows_differences,
        n_random=int(drawn_by_lot(trials.frame).sum()),
        stability=stability,
        groups=by_group(
            trials,
            held,
            beyond_experts,
            _stream(seed, "groups"),
            propensities=made,
            shared=(drift, our_kept - kept["expert"]),
        ),
        pairs=pair_needs(everyone, widened),
        calibration=calibration(trials, held),
        levels=levels(trials, held),
        success=successes(everyone, setup.menu),
        card_means=card_means(everyone, widened),
        support_report=support_report(trials, setup.menu, held, made, model.support),
        confounding=confounding(trials, setup.cards, sample.dealt, _stream(seed, "confounding")),
        sampled_from=sample.n_companies,
        interval_factor=factor,
        succession=succession,
        challenge=None if contested is None else contested.finding,
    )


def _stream(seed: int, finding: str) -> np.random.Generator:
    """Return the random numbers of one finding: one that is added moves no other."""
    return np.random.default_rng([seed, STREAMS.index(finding)])


def _kept(held: Held, chosen: Array) -> Array:
    """Return how much of a point that all gains are off comes into each term of a value (n,)."""
    started = np.array([predicted.p_started for predicted in held.ours])
    completed = np.array([predicted.p_completed for predicted in held.ours])
    stays = held.share[:, None] * (1 - completed) + completed
    kept: Array = np.einsum("ij,ij->i", chosen, started * stays)
    return kept


def _support(trials: Evidence, held: Held) -> Mapping[Policy, int]:
    places = np.arange(len(trials))
    return {
        policy: int((chosen[places, trials.cards] > 0).sum())
        for policy, chosen in held.choices.items()
    }

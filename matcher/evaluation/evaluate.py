"""What a fitted model is worth on companies it has not seen, beside what others would pick.

Every number comes from cross-fitting. With a hundred companies the intervals are wide: a finding
too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Array
from matcher.design.cards import cards_of
from matcher.design.expert import Expert, Head
from matcher.evaluation.against_live import Live, choices_of, compared
from matcher.evaluation.calibration import brier, calibration, coverage, interval_factor, levels
from matcher.evaluation.cross_fitting import (
    BASELINES,
    Held,
    Policy,
    all_suitable,
    cross_fit,
    sample_to_judge,
)
from matcher.evaluation.findings import (
    CalibrationBin,
    Challenge,
    Confounding,
    Estimate,
    GroupFinding,
    LevelCoverage,
    PairNeed,
    Stability,
    SuccessCount,
    Succession,
    SupportReport,
)
from matcher.evaluation.intervals import N_BOOTSTRAP, bootstrapped, company_weights
from matcher.evaluation.model_choice import Contest
from matcher.evaluation.off_policy import doubly_robust, surprises
from matcher.evaluation.overlap import confounding, support_report
from matcher.evaluation.propensity import propensities
from matcher.evaluation.sample_size import pair_needs
from matcher.evaluation.stability import leave_one_out
from matcher.evaluation.subgroups import by_group
from matcher.evaluation.success import successes
from matcher.menu.card import Menu
from matcher.model.fitted import Model, expert_model
from matcher.ranking.engine import Engine
from matcher.regression.prior import Scales
from matcher.training.evidence import Evidence, answered
from matcher.training.fit import fit
from matcher.training.folds import folds
from matcher.trials.randomisation import drawn_by_lot

LARGEST_AT_HAND = 2_000
"""Trials up to which the designs are kept at hand: 1 500 columns and three questions each."""


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
    stability: Stability | None = None
    groups: tuple[GroupFinding, ...] = ()
    pairs: tuple[PairNeed, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    levels: tuple[LevelCoverage, ...] = ()
    success: tuple[SuccessCount, ...] = ()
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
    menu: Menu,
    expert: Expert,
    *,
    model: Model | None = None,
    seed: int = 0,
    scales: Mapping[Head, Scales] | None = None,
    live: Live | None = None,
    contested: Contest | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Return the evaluation of the model on the trials.

    ``model`` and ``scales`` are those that ``fit`` found for all of them; without them they are
    fitted here. ``live`` is the version to succeed. ``contested`` is the contest that the model
    came out of, if there was one, with the predictions that were cross-fitted for it. Of many
    companies a sample is judged.
    """
    cards = cards_of(menu)
    if model is None or scales is None:
        model, scales = fit(evidence, menu, expert, seed=seed)
    if evidence.profiles and len(evidence) <= LARGEST_AT_HAND:
        evidence = evidence.with_designs(expert, cards)
    everyone = evidence
    evidence, sampled_from = sample_to_judge(everyone, seed)
    suits, dealt = all_suitable(menu, evidence), folds(evidence.company, seed)
    if contested is None:
        held = cross_fit(
            evidence, menu, expert, suits, dealt, seed, scales, progress, everyone=everyone
        )
    else:
        held = contested.held
    baseline = Engine(expert_model(menu, expert), "expert")
    priors = [baseline.predictions(profile) for profile in evidence.profiles]
    progress("policies")
    chances = propensities(evidence, cards, suits, dealt)
    surprised = surprises(evidence, held)
    scores = {
        policy: doubly_robust(evidence, held.ours, chosen, chances, surprised)
        for policy, chosen in held.choices.items()
    }
    ours, everything = scores["leermatch"], np.arange(len(evidence))
    # A stream of its own for each finding: one that is added moves no other.
    draws = [np.random.default_rng([seed, number]) for number in range(5)]
    weights = company_weights(evidence.company, draws[0])
    drift = evidence.gains.drift_sd * draws[4].standard_normal(N_BOOTSTRAP)
    kept = {policy: _kept(held, chosen) for policy, chosen in held.choices.items()}
    succession = None
    if live is not None:
        chosen = choices_of(live, evidence, menu, suits)
        theirs = doubly_robust(evidence, held.ours, chosen, chances, surprised)
        succession = compared(evidence, live, ours - theirs, draws[3])
    factor = interval_factor(evidence, held)
    widened = replace(model, facts=replace(model.facts, interval_factor=factor))
    share = model.facts.stopped_share
    stability = leave_one_out(everyone, menu, expert, scales, share, seed=seed, trees=model.trees)
    progress("stability")
    return Evaluation(
        n_trials=len(evidence),
        n_companies=len(np.unique(evidence.company)),
        n_measured=int(answered(evidence, "gain")[0].sum()),
        coverage=coverage(evidence, held, everything),
        brier=_brier(brier(evidence, held.ours, everything), brier(evidence, priors, everything)),
        values={
            policy: bootstrapped(score, weights, drift, kept[policy])
            for policy, score in scores.items()
        },
        differences={
            policy: bootstrapped(
                ours - scores[policy], weights, drift, kept["leermatch"] - kept[policy]
            )
            for policy in BASELINES
        },
        support={
            policy: int((chosen[everything, evidence.cards] > 0).sum())
            for policy, chosen in held.choices.items()
        },
        log_bayes_factor=model.facts.log_bayes_factor,
        shows_differences=model.facts.shows_differences,
        n_random=int(drawn_by_lot(evidence.frame).sum()),
        stability=stability,
        groups=by_group(evidence, held, ours - scores["expert"], draws[1]),
        pairs=pair_needs(everyone, widened),
        calibration=calibration(evidence, held),
        levels=levels(evidence, held),
        success=successes(everyone, menu),
        support_report=support_report(evidence, menu, held, chances, model.support),
        confounding=confounding(evidence, cards, dealt, draws[2]),
        sampled_from=sampled_from,
        interval_factor=factor,
        succession=succession,
        challenge=None if contested is None else contested.finding,
    )


def _kept(held: Held, chosen: Array) -> Array:
    """Return how much of a point that all gains are off comes into each term of a value (n,)."""
    started = np.array([predicted.p_started for predicted in held.ours])
    completed = np.array([predicted.p_completed for predicted in held.ours])
    stays = held.share[:, None] * (1 - completed) + completed
    kept: Array = np.einsum("ij,ij->i", chosen, started * stays)
    return kept


def _brier(
    ours: Mapping[str, float | None], priors: Mapping[str, float | None]
) -> Mapping[str, Mapping[str, float | None]]:
    return {head: {"leermatch": ours[head], "expert": priors[head]} for head in ours}

"""What a fitted model is worth on companies it has not seen, beside what others would pick.

Every number comes from cross-fitting, as the median over several ways to deal the companies into
folds (``splits``). With a hundred companies the intervals are wide: a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.arrays import Array
from matcher.design.expert import Head
from matcher.evaluation.against_live import Live, choices_of, compared
from matcher.evaluation.before_after import card_means
from matcher.evaluation.calibration import (
    brier,
    calibration,
    coverage,
    interval_factor,
    levels,
)
from matcher.evaluation.cross_fitting import (
    BASELINES,
    Held,
    Policy,
    Sample,
    cross_fit,
    sample_to_judge,
)
from matcher.evaluation.findings import (
    Apart,
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
from matcher.evaluation.intervals import N_BOOTSTRAP, as_share, bootstrapped, company_weights
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
from matcher.evaluation.splits import (
    dealt_again,
    held_again,
    median_held,
    median_of,
    n_splits,
)
from matcher.evaluation.stability import leave_one_out
from matcher.evaluation.subgroups import by_group
from matcher.evaluation.success import successes
from matcher.model.fitted import Model
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
    n_splits: int = 1
    """Ways to deal the companies into folds: figures are the median over them."""
    apart: Mapping[str, Apart] = field(default_factory=dict)
    """How far the ways lie apart: our value (``leermatch``), our difference with each baseline,
    ``coverage``, ``interval_factor``, and with the version that is ``live``."""

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
    ways = n_splits(everyone, contested=contested is not None)
    samples = dealt_again(sample, seed, ways)
    each = held_again(held, samples, setup, scales)
    theirs = None
    if live is not None:
        theirs = choices_of(live, trials, setup.menu, sample.suits)
    split = [
        _one_way(*one, model, _Streams(seed, way), live, theirs)
        for way, one in enumerate(zip(samples, each, strict=True))
    ]
    progress("policies")
    middle = median_of(split)
    factor = middle.interval_factor
    widened = replace(model, facts=replace(model.facts, interval_factor=factor))
    stability = leave_one_out(everyone, model, scales, seed=seed)
    progress("stability")
    return Evaluation(
        n_trials=len(trials),
        n_companies=len(np.unique(trials.company)),
        n_measured=int(answered(trials, "gain")[0].sum()),
        coverage=as_share(middle.coverage),
        brier=_brier(trials, middle.brier, held),
        values={p: one.estimates["dr"] for p, one in middle.off_policy.items()},
        differences=middle.differences,
        support=middle.support,
        off_policy=middle.off_policy,
        at_issue=middle.at_issue,
        log_bayes_factor=model.facts.log_bayes_factor,
        shows_differences=model.facts.shows_differences,
        n_random=int(drawn_by_lot(trials.frame).sum()),
        stability=stability,
        groups=tuple(
            replace(one, coverage=None if one.coverage is None else as_share(one.coverage))
            for one in middle.groups
        ),
        pairs=pair_needs(everyone, widened),
        calibration=calibration(trials, median_held(each)),
        levels=tuple(replace(one, observed=as_share(one.observed)) for one in middle.levels),
        success=successes(everyone, setup.menu),
        card_means=card_means(everyone, widened),
        support_report=middle.support_report,
        confounding=confounding(trials, setup.cards, sample.dealt, _Streams(seed)("confounding")),
        sampled_from=sample.n_companies,
        interval_factor=factor,
        succession=middle.succession,
        challenge=None if contested is None else contested.finding,
        n_splits=ways,
        apart=_apart(split),
    )


@dataclass(frozen=True)
class _Way:
    """What is found with one way to deal the companies into folds."""

    off_policy: Mapping[Policy, OffPolicy]
    differences: Mapping[Policy, Estimate]
    support: Mapping[Policy, int]
    at_issue: Mapping[Policy, float]
    coverage: Estimate
    levels: tuple[LevelCoverage, ...]
    brier: Mapping[str, float | None]
    groups: tuple[GroupFinding, ...]
    support_report: SupportReport
    interval_factor: float
    succession: Succession | None


def _one_way(
    sample: Sample,
    held: Held,
    model: Model,
    stream: _Streams,
    live: Live | None,
    theirs: Array | None,
) -> _Way:
    """Return what is found with one way to deal; ``theirs`` is what the live version chooses."""
    setup, trials = model.setup, sample.trials
    foretold = chances(trials, setup.cards, sample.suits, sample.dealt)
    made = of_choices(trials, foretold)
    surprised = surprises(trials, held)

    def worth(chosen: Array) -> Terms:
        return terms_of(trials, held.ours, chosen, made, surprised)

    terms = {policy: worth(chosen) for policy, chosen in held.choices.items()}
    scores = {policy: one.doubly_robust for policy, one in terms.items()}
    drift = trials.gains.drift_sd * stream("drift").standard_normal(N_BOOTSTRAP)
    keeps = _keeps(held)
    kept = {p: np.einsum("ij,ij->i", chosen, keeps) for p, chosen in held.choices.items()}
    ours, our_kept = held.choices["leermatch"], kept["leermatch"]
    weights = company_weights(trials.company, stream("companies"))
    within = within_support(trials, foretold)
    succession = None
    if live is not None and theirs is not None:
        succession = compared(
            trials,
            live,
            scores["leermatch"] - worth(theirs).doubly_robust,
            stream("succession"),
            choices=(ours, theirs),
            propensities=made,
            shared=(drift, our_kept - np.einsum("ij,ij->i", theirs, keeps)),
        )
    everything = np.arange(len(trials))
    return _Way(
        off_policy={
            p: reported(
                terms[p], chosen, within, weights, np.append(0.0, drift * (weights[1:] @ kept[p]))
            )
            for p, chosen in held.choices.items()
        },
        differences={
            p: bootstrapped(scores["leermatch"] - scores[p], weights, drift, our_kept - kept[p])
            for p in BASELINES
        },
        support=_support(trials, held),
        at_issue={p: at_issue(trials, ours, held.choices[p], made) for p in BASELINES},
        coverage=coverage(trials, held, everything),
        levels=levels(trials, held),
        brier=brier(trials, held.ours, everything),
        groups=by_group(
            trials,
            held,
            scores["leermatch"] - scores["expert"],
            stream("groups"),
            propensities=made,
            shared=(drift, our_kept - kept["expert"]),
        ),
        support_report=support_report(trials, setup.menu, held, made, model.support),
        interval_factor=interval_factor(trials, held),
        succession=succession,
    )


@dataclass(frozen=True)
class _Streams:
    """Random numbers of each finding: one that is added moves no other."""

    seed: int
    way: int = 0
    """Which way to deal the companies."""

    def __call__(self, finding: str) -> np.random.Generator:
        """Return the random numbers of a finding."""
        return np.random.default_rng([self.seed, STREAMS.index(finding), self.way])


def _brier(
    trials: Evidence, ours: Mapping[str, float | None], held: Held
) -> Mapping[str, Mapping[str, float | None]]:
    told = brier(trials, held.before, np.arange(len(trials)))
    return {head: {"leermatch": ours[head], "expert": told[head]} for head in told}


def _apart(split: Sequence[_Way]) -> Mapping[str, Apart]:
    """Return how far the ways lie apart in the figures that are read first."""
    figures: dict[str, list[float | None]] = {
        "leermatch": [way.off_policy["leermatch"].estimates["dr"].value for way in split]
    }
    figures |= {p: [way.differences[p].value for way in split] for p in BASELINES}
    figures["coverage"] = [way.coverage.value for way in split]
    figures["interval_factor"] = [way.interval_factor for way in split]
    if all(way.succession is not None and way.succession.difference is not None for way in split):
        figures["live"] = [
            None
            if way.succession is None or way.succession.difference is None
            else way.succession.difference.value
            for way in split
        ]
    found = {}
    for name, values in figures.items():
        known = [value for value in values if value is not None]
        if known:
            found[name] = Apart(min(known), max(known))
    return found


def _keeps(held: Held) -> Array:
    """Return how much of a point that all gains are off each card keeps (n, n_cards)."""
    started = np.array([predicted.p_started for predicted in held.ours])
    completed = np.array([predicted.p_completed for predicted in held.ours])
    keeps: Array = started * (held.share[:, None] * (1 - completed) + completed)
    return keeps


def _support(trials: Evidence, held: Held) -> Mapping[Policy, int]:
    places = np.arange(len(trials))
    return {
        policy: int((chosen[places, trials.cards] > 0).sum())
        for policy, chosen in held.choices.items()
    }

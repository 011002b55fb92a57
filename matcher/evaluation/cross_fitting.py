"""Predictions for companies that the model has not seen, and what others would have chosen there.

The companies are dealt into folds, and each is judged by a model that knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.design.expert import Head
from matcher.design.pairs import need_match
from matcher.design.setup import Setup
from matcher.menu.card import Menu
from matcher.model.fitted import Model, expert_model
from matcher.profile.schema import NO_CONSTRAINTS
from matcher.ranking.conditions import judge
from matcher.ranking.engine import Engine, Predictions
from matcher.regression.prior import Scales
from matcher.training.evidence import Evidence
from matcher.training.fit import fit
from matcher.training.folds import folds
from matcher.training.parallel import spread

Policy = Literal["leermatch", "expert", "need_match", "popular", "menu_order", "random"]
BASELINES: tuple[Policy, ...] = ("expert", "need_match", "popular", "menu_order", "random")
POLICIES: tuple[Policy, ...] = ("leermatch", *BASELINES)
MOST_JUDGED = 2_000
"""Companies above which a sample of them is judged; all others still teach the models of the folds.

Their intervals are then a fifth as wide as those of 90 companies, and judging one takes 15 ms.
"""
FitFold = Callable[[Evidence, Setup, int, Mapping[Head, Scales] | None], Model]
"""Trials, setup, seed, and scales to begin with -> a model."""


@dataclass(frozen=True)
class Sample:
    """The trials that are judged, and how."""

    trials: Evidence
    everyone: Evidence
    """All trials: a fold's model learns from all companies that it does not judge."""
    suits: Bools
    """Which cards could be ranked for the company of each trial (n, n_cards)."""
    dealt: Sequence[Ints]
    """Trials held out in each fold."""
    n_companies: int | None = None
    """Companies of which it is a sample; None when it is all of them."""


@dataclass(frozen=True)
class Held:
    """Cross-fitted predictions of every trial, and what each policy would have chosen."""

    ours: Sequence[Predictions]
    noise: Array
    """Variance of a measured gain about its prediction, besides its own error (n,)."""
    share: Array
    """Share of the gain that a stopped trial keeps (n,)."""
    choices: Mapping[Policy, Array]
    """Policy -> probability of each card (n, n_cards)."""
    before: Sequence[Predictions] = ()
    """What the expert prior says of every trial."""


def sample_to_judge(everyone: Evidence, menu: Menu, seed: int) -> Sample:
    """Return the trials to judge, with their profiles, dealt into folds.

    All of them, when there are few enough companies. The same for the same trials and seed.
    """
    known = np.unique(everyone.company)
    trials, total = everyone, None
    if len(known) > MOST_JUDGED:
        rng, total = np.random.default_rng([seed, len(known)]), len(known)
        drawn = rng.choice(known, MOST_JUDGED, replace=False)
        trials = everyone.of(np.isin(everyone.company, drawn))
    trials = trials if trials.profiles else trials.with_profiles()
    suits, dealt = all_suitable(menu, trials), folds(trials.company, seed)
    return Sample(trials, everyone, suits, dealt, total)


def fit_hierarchy(
    evidence: Evidence, setup: Setup, seed: int, start: Mapping[Head, Scales] | None
) -> Model:
    """Return the model of a fold."""
    # At the best scales: averaging over them widens the intervals a little and costs most.
    model, _ = fit(evidence, setup, seed=seed, start=start, averaged=False, differences=False)
    return model


def _judge_fold(
    held: Ints,
    sample: Sample,
    setup: Setup,
    seed: int,
    start: Mapping[Head, Scales] | None,
    fit_fold: FitFold,
) -> Held:
    inside = np.isin(np.arange(len(sample.trials)), held)
    unseen = sample.trials.of(inside)
    kept = sample.everyone.of(~np.isin(sample.everyone.company, unseen.company))
    model, suits = fit_fold(kept, setup, seed, start), sample.suits[inside]
    n, n_cards = suits.shape
    engine = Engine(model, "fold")
    popular = np.bincount(kept.cards, minlength=n_cards).astype(np.float64)
    ours = [engine.predictions(profile) for profile in unseen.profiles]
    choices: Mapping[Policy, Array] = {
        "leermatch": first_choices(np.array([one.expected_gain for one in ours]), suits),
        "popular": first_choices(np.tile(popular, (n, 1)), suits),
    }
    # A new company's and table's own level count; the error of the drift does too.
    gain = model.heads["gain"]
    noise = gain.noise_sd**2 + gain.nuisance_variance
    return Held(ours, np.full(n, noise), np.full(n, model.facts.stopped_share), choices)


def _choices_before(
    sample: Sample, setup: Setup, before: Sequence[Predictions]
) -> Mapping[Policy, Array]:
    """Return the choices that no trial teaches, whoever is held out."""
    suits, menu_order = sample.suits, -np.arange(sample.suits.shape[1], dtype=np.float64)
    needs = np.array([need_match(profile, setup.cards) for profile in sample.trials.profiles])
    return {
        "expert": first_choices(np.array([one.expected_gain for one in before]), suits),
        "need_match": first_choices(needs, suits),
        "menu_order": first_choices(np.tile(menu_order, (len(suits), 1)), suits),
        "random": suits / suits.sum(axis=1, keepdims=True),
    }


def first_choices(scores: Array, suits: Bools) -> Array:
    """Return ``first_choice`` of every trial, from scores (n, n_cards), as (n, n_cards)."""
    chosen: Array = np.eye(suits.shape[1])[np.where(suits, scores, -np.inf).argmax(axis=1)]
    return chosen


def first_choice(score: Array, suits: Bools) -> Array:
    """Return a policy (n_cards,) that always chooses the suitable card with the highest score."""
    chosen = np.zeros(len(score))
    chosen[np.flatnonzero(suits)[np.argmax(score[suits])]] = 1.0
    return chosen


def cross_fit(
    sample: Sample,
    setup: Setup,
    seed: int,
    start: Mapping[Head, Scales] | None,
    progress: Callable[[str], None],
    fit_fold: FitFold = fit_hierarchy,
) -> Held:
    """Return what the fold of each trial says of it; ``fit_fold`` may fit another model."""
    found: list[Held] = []
    for fold in spread(_judge_fold, sample.dealt, sample, setup, seed, start, fit_fold):
        found.append(fold)
        progress("fold")
    back = np.argsort(np.concatenate(sample.dealt))
    prior = Engine(expert_model(setup.menu, setup.expert), "expert")
    before = [prior.predictions(profile) for profile in sample.trials.profiles]
    fixed = _choices_before(sample, setup, before)
    learned = {
        p: np.concatenate([fold.choices[p] for fold in found])[back] for p in found[0].choices
    }
    ours = [predicted for fold in found for predicted in fold.ours]
    return Held(
        [ours[place] for place in back.tolist()],
        np.concatenate([fold.noise for fold in found])[back],
        np.concatenate([fold.share for fold in found])[back],
        {policy: {**fixed, **learned}[policy] for policy in POLICIES},
        before,
    )


def all_suitable(menu: Menu, evidence: Evidence) -> Bools:
    """Return which cards could be ranked for the company of each trial (n, n_cards)."""
    rankable = menu.is_rankable
    verdicts = [judge(menu, company, NO_CONSTRAINTS) for company in evidence.companies()]
    suits = np.array([verdict.suitable for verdict in verdicts]) & rankable
    return np.where(suits.any(axis=1, keepdims=True), suits, rankable)

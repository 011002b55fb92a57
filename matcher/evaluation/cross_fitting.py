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
    before = Engine(expert_model(setup.menu, setup.expert), "expert")
    popular = np.bincount(kept.cards, minlength=n_cards).astype(np.float64)
    choices = {policy: np.zeros((n, n_cards)) for policy in POLICIES}
    ours = [engine.predictions(profile) for profile in unseen.profiles]
    for i, profile in enumerate(unseen.profiles):
        scores: dict[Policy, Array] = {
            "leermatch": ours[i].expected_gain,
            "expert": before.predictions(profile).expected_gain,
            "need_match": need_match(profile, setup.cards),
            "popular": popular,
            "menu_order": -np.arange(n_cards, dtype=np.float64),
        }
        open_cards = suits[i]
        for policy, score in scores.items():
            choices[policy][i] = first_choice(score, open_cards)
        choices["random"][i] = open_cards / open_cards.sum()
    # A new company's and table's own level count; the error of the drift does too.
    gain = model.heads["gain"]
    noise = gain.noise_sd**2 + gain.nuisance_variance
    return Held(ours, np.full(n, noise), np.full(n, model.facts.stopped_share), choices)


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
    ours = [predicted for fold in found for predicted in fold.ours]
    return Held(
        [ours[place] for place in back.tolist()],
        np.concatenate([fold.noise for fold in found])[back],
        np.concatenate([fold.share for fold in found])[back],
        {p: np.concatenate([fold.choices[p] for fold in found])[back] for p in POLICIES},
    )


def all_suitable(menu: Menu, evidence: Evidence) -> Bools:
    """Return which cards could be ranked for the company of each trial (n, n_cards)."""
    rankable = menu.is_rankable
    verdicts = [judge(menu, company, NO_CONSTRAINTS) for company in evidence.companies()]
    suits = np.array([verdict.suitable for verdict in verdicts]) & rankable
    return np.where(suits.any(axis=1, keepdims=True), suits, rankable)

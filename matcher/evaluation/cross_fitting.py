"""Predictions for companies that the model has not seen, and what others would have chosen there.

The companies are dealt into folds, and each is judged by a model that knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.arrays import Array, Bools, Ints
from matcher.design.cards import cards_of
from matcher.design.expert import Expert, Head
from matcher.design.pairs import need_match
from matcher.menu.card import Menu
from matcher.model.fitted import Model, expert_model
from matcher.profile.schema import NO_CONSTRAINTS
from matcher.ranking.conditions import judge
from matcher.ranking.engine import Engine, Predictions
from matcher.regression.prior import Scales
from matcher.training.evidence import Evidence
from matcher.training.fit import fit
from matcher.training.parallel import spread

Policy = Literal["leermatch", "expert", "need_match", "popular", "menu_order", "random"]
BASELINES: tuple[Policy, ...] = ("expert", "need_match", "popular", "menu_order", "random")
MOST_JUDGED = 2_000
"""Companies above which a sample of them is judged; all others still teach the models of the folds.

Their intervals are then a fifth as wide as those of 90 companies, and judging one takes 15 ms.
"""
FitFold = Callable[[Evidence, Menu, Expert, int, Mapping[Head, Scales] | None], Model]
"""Trials, menu, experts, seed, and scales to begin with -> a model."""


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


def sample_to_judge(evidence: Evidence, seed: int) -> tuple[Evidence, int | None]:
    """Return the trials to judge, with their profiles, and of how many companies they are a sample.

    All of them, and None, when there are few enough companies. The same for the same trials and
    seed.
    """
    known = np.unique(evidence.company)
    total = None
    if len(known) > MOST_JUDGED:
        rng, total = np.random.default_rng([seed, len(known)]), len(known)
        drawn = rng.choice(known, MOST_JUDGED, replace=False)
        evidence = evidence.of(np.isin(evidence.company, drawn))
    return evidence if evidence.profiles else evidence.with_profiles(), total


@dataclass(frozen=True)
class _Fold:
    """What one fold's model says of the trials it has not seen."""

    held: Ints
    ours: list[Predictions]
    noise: float
    share: float
    choices: Mapping[Policy, Array]
    """Policy -> probability of each card (n_held, n_cards)."""


def fit_hierarchy(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    seed: int,
    start: Mapping[Head, Scales] | None,
) -> Model:
    """Return the model of a fold."""
    # At the best scales: averaging over them widens the intervals a little and costs most.
    model, _ = fit(evidence, menu, expert, seed=seed, start=start, averaged=False)
    return model


def _judge_fold(
    held: Ints,
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    seed: int,
    start: Mapping[Head, Scales] | None,
    suits: Bools,
    fit_fold: FitFold,
    everyone: Evidence,
) -> _Fold:
    inside = np.isin(np.arange(len(evidence)), held)
    unseen = evidence.of(inside)
    kept = everyone.of(~np.isin(everyone.company, unseen.company))
    model = fit_fold(kept, menu, expert, seed, start)
    engine = Engine(model, "fold")
    before = Engine(expert_model(menu, expert), "expert")
    cards, places = cards_of(menu), np.arange(len(menu), dtype=np.float64)
    popular = np.bincount(kept.cards, minlength=len(menu)).astype(np.float64)
    choices: dict[Policy, Array] = {
        policy: np.zeros((len(unseen), len(menu))) for policy in ("leermatch", *BASELINES)
    }
    ours = [engine.predictions(profile) for profile in unseen.profiles]
    for i, profile in enumerate(unseen.profiles):
        scores: dict[Policy, Array] = {
            "leermatch": ours[i].expected_gain,
            "expert": before.predictions(profile).expected_gain,
            "need_match": need_match(profile, cards),
            "popular": popular,
            "menu_order": -places,
        }
        open_cards = suits[held[i]]
        for policy, score in scores.items():
            choices[policy][i] = first_choice(score, open_cards)
        choices["random"][i] = open_cards / open_cards.sum()
    # A new company's and table's own level count; the error of the drift does too.
    gain = model.heads["gain"]
    noise = gain.noise_sd**2 + gain.nuisance_variance
    return _Fold(held, ours, noise, model.facts.stopped_share, choices)


def first_choice(score: Array, suits: Bools) -> Array:
    """Return a policy (n_cards,) that always chooses the suitable card with the highest score."""
    chosen = np.zeros(len(score))
    chosen[np.flatnonzero(suits)[np.argmax(score[suits])]] = 1.0
    return chosen


def cross_fit(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    suits: Bools,
    dealt: Sequence[Ints],
    seed: int,
    start: Mapping[Head, Scales] | None,
    progress: Callable[[str], None],
    *,
    everyone: Evidence | None = None,
    fit_fold: FitFold = fit_hierarchy,
) -> Held:
    """Return what each trial's fold says of it; ``fit_fold`` may fit another model than the usual.

    ``everyone`` are all trials where ``evidence`` is a sample of them: a fold's model learns from
    all companies that it does not judge.
    """
    known = evidence if everyone is None else everyone
    judged = spread(_judge_fold, dealt, evidence, menu, expert, seed, start, suits, fit_fold, known)
    n = len(evidence)
    ours: dict[int, Predictions] = {}
    noise, share = np.zeros(n), np.zeros(n)
    choices: dict[Policy, Array] = {p: np.zeros((n, len(menu))) for p in ("leermatch", *BASELINES)}
    for fold in judged:
        ours |= dict(zip(fold.held.tolist(), fold.ours, strict=True))
        noise[fold.held], share[fold.held] = fold.noise, fold.share
        for policy, chosen in fold.choices.items():
            choices[policy][fold.held] = chosen
        progress("fold")
    return Held([ours[i] for i in range(n)], noise, share, choices)


def all_suitable(menu: Menu, evidence: Evidence) -> Bools:
    """Return which cards could be ranked for the company of each trial (n, n_cards)."""
    rankable = menu.is_rankable
    verdicts = [judge(menu, company, NO_CONSTRAINTS) for company in evidence.companies()]
    suits = np.array([verdict.suitable for verdict in verdicts]) & rankable
    return np.where(suits.any(axis=1, keepdims=True), suits, rankable)

"""What a fitted model is worth on companies it has not seen, beside what others would pick.

Every number comes from cross-fitting: the companies are dealt into folds, and each is judged by a
model that knows nothing of it. With a hundred companies the intervals are wide: a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from matcher.card_features import cards_of
from matcher.conditions import judge
from matcher.encoding import Encoded
from matcher.engine import Engine, Predictions
from matcher.expert import Expert, Head
from matcher.features import need_match
from matcher.findings import (
    CalibrationBin,
    Confounding,
    Estimate,
    GroupFinding,
    LevelCoverage,
    PairNeed,
    Stability,
    SuccessCount,
    SupportReport,
)
from matcher.menu import Menu
from matcher.model import Facts, expert_model
from matcher.posterior import Array
from matcher.profile import NO_CONSTRAINTS, Profile
from matcher.training import Evidence, fit

Policy = Literal["leermatch", "expert", "need_match", "popular", "menu_order", "random"]
BASELINES: tuple[Policy, ...] = ("expert", "need_match", "popular", "menu_order", "random")
N_FOLDS = 10
N_BOOTSTRAP = 1000
LARGEST_WEIGHT = 20.0
"""Inverse propensities are cut here: a rarely made choice must not decide the whole figure."""
_Z80 = 1.2815515655446004


@dataclass(frozen=True)
class Evaluation:
    """What cross-fitting found."""

    n_trials: int
    n_companies: int
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


@dataclass(frozen=True)
class _Held:
    """Cross-fitted predictions of every trial, and what each policy would have chosen."""

    ours: Sequence[Predictions]
    noise: Array
    """Variance of a measured gain about its prediction, besides its own error (n,)."""
    share: Array
    """Share of the gain that a stopped trial keeps (n,)."""
    choices: Mapping[Policy, Array]
    """Policy -> probability of each card (n, n_cards)."""


def evaluate(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    *,
    facts: Facts | None = None,
    seed: int = 0,
    start: Mapping[Head, Array] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Return the evaluation of the model on the trials.

    ``facts`` are those of the model fitted to all of them, which is fitted here when they are not
    given; ``start`` are scales to search from.
    """
    baseline = Engine(expert_model(menu, expert), "expert")
    held = _cross_fit(evidence, menu, expert, seed, start, progress)
    priors = [baseline.predictions(profile) for profile in evidence.profiles]
    progress("policies")
    propensities, surprises = _propensities(evidence, len(menu)), _surprises(evidence, held)
    scores = {
        policy: _doubly_robust(evidence, held.ours, chosen, propensities, surprises)
        for policy, chosen in held.choices.items()
    }
    weights = _company_weights(evidence.company, np.random.default_rng(seed))
    ours = scores["leermatch"]
    if facts is None:
        facts = fit(evidence, menu, expert, seed=seed, start=start)[0].facts
    return Evaluation(
        n_trials=len(evidence),
        n_companies=len(np.unique(evidence.company)),
        n_measured=int(_measured(evidence).sum()),
        coverage=_coverage(evidence, held),
        brier=_brier(evidence, held.ours, priors),
        values={policy: _estimate(score, weights) for policy, score in scores.items()},
        differences={policy: _estimate(ours - scores[policy], weights) for policy in BASELINES},
        support={
            policy: int((chosen[np.arange(len(evidence)), evidence.cards] > 0).sum())
            for policy, chosen in held.choices.items()
        },
        log_bayes_factor=facts.log_bayes_factor,
        shows_differences=facts.shows_differences,
        n_random=int((evidence.frame["assigned_by"] == "random").sum()),
    )


def folds(company: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    """Return the trials held out in each fold: whole companies, dealt at random, at most 10 folds.

    Raises
    ------
    ValueError
        If there are fewer than two companies.
    """
    from sklearn.model_selection import GroupKFold  # seconds to import: only when it is needed

    splits = min(N_FOLDS, len(np.unique(company)))
    dealt = GroupKFold(splits, shuffle=True, random_state=seed)
    return [held for _, held in dealt.split(company, groups=company)]


@dataclass(frozen=True)
class _Fold:
    """What one fold's model says of the trials it has not seen."""

    held: NDArray[np.int64]
    ours: list[Predictions]
    noise: float
    share: float
    choices: Mapping[Policy, Array]
    """Policy -> probability of each card (n_held, n_cards)."""


def _judge_fold(
    evidence: Evidence,
    held: NDArray[np.int64],
    menu: Menu,
    expert: Expert,
    seed: int,
    start: Mapping[Head, Array] | None,
) -> _Fold:
    inside = np.isin(np.arange(len(evidence)), held)
    kept, unseen = evidence.of(~inside), evidence.of(inside)
    model, _ = fit(kept, menu, expert, seed=seed, start=start)
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
        suits = _suitable(menu, profile)
        for policy, score in scores.items():
            choices[policy][i, np.flatnonzero(suits)[np.argmax(score[suits])]] = 1.0
        choices["random"][i] = suits / suits.sum()
    # A new company's and table's own level count; the error of the drift does too.
    gain = model.heads["gain"]
    noise = gain.noise_sd**2 + gain.nuisance_variance
    return _Fold(held, ours, noise, model.facts.stopped_share, choices)


def _cross_fit(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    seed: int,
    start: Mapping[Head, Array] | None,
    progress: Callable[[str], None],
) -> _Held:
    # Threads: a fold is linear algebra, which lets go of the interpreter, and starting processes
    # would cost more than the folds of a hundred companies take.
    judged = Parallel(n_jobs=-1, prefer="threads", return_as="generator")(
        delayed(_judge_fold)(evidence, held, menu, expert, seed, start)
        for held in folds(evidence.company, seed)
    )
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
    return _Held([ours[i] for i in range(n)], noise, share, choices)


def _suitable(menu: Menu, profile: Encoded) -> NDArray[np.bool_]:
    """Return which cards could be ranked for a company of the trials."""
    # A trial's sector may be unknown; no condition asks for it, and "overig" stands in.
    answers = {k: v for k, v in profile.answers.items() if v is not None}
    if not answers.get("sector"):
        answers |= {"sector": "S", "sbi_version": "2008"}
    answers["employees"] = int(profile.employees)
    verdict = judge(menu, Profile.model_validate(answers), NO_CONSTRAINTS)
    rankable = np.array([not card.enabler for card in menu])
    suits: NDArray[np.bool_] = verdict.suitable & rankable
    return suits if suits.any() else rankable


def _measured(evidence: Evidence) -> NDArray[np.bool_]:
    finished = np.isin(evidence.state, ("started", "finished"))
    measured: NDArray[np.bool_] = finished & ~np.isnan(evidence.gains.gain)
    return measured


def _coverage(evidence: Evidence, held: _Held) -> Estimate:
    """Return how many measured gains fall in their 80 % predictive interval."""
    measured = np.flatnonzero(_measured(evidence))
    if not len(measured):
        return Estimate(None, None, None)
    card = evidence.cards
    mean = np.array([held.ours[int(i)].gain[card[i]] for i in measured])
    spread = np.array([held.ours[int(i)].gain_variance[card[i]] for i in measured])
    spread = spread + held.noise[measured] + evidence.gains.variance[measured]
    inside = np.abs(evidence.gains.gain[measured] - mean) <= _Z80 * np.sqrt(spread)
    return wilson(int(inside.sum()), len(inside))


def wilson(successes: int, n: int) -> Estimate:
    """Return a share with its 80 % Wilson interval (Wilson 1927)."""
    share, z2 = successes / n, _Z80**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z80 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    low, high = float(centre - half), float(centre + half)
    # With none or all of n an end is the share itself, but for rounding.
    return Estimate(share, max(0.0, min(share, low)), min(1.0, max(share, high)))


def _brier(
    evidence: Evidence, ours: Sequence[Predictions], priors: Sequence[Predictions]
) -> Mapping[str, Mapping[str, float | None]]:
    """Return the mean squared error of the chances of starting and of completing."""
    state = evidence.state
    asked = {
        "started": (state != "unknown", state != "not_started"),
        "completed": (np.isin(state, ("stopped", "finished")), state == "finished"),
    }
    table: dict[str, Mapping[str, float | None]] = {}
    for head, (known, answer) in asked.items():
        some = np.flatnonzero(known)
        row: dict[str, float | None] = {}
        for name, predictions in (("leermatch", ours), ("expert", priors)):
            chance = np.array(
                [getattr(predictions[int(i)], f"p_{head}")[evidence.cards[i]] for i in some]
            )
            row[name] = float(np.mean((chance - answer[some]) ** 2)) if len(some) else None
        table[head] = row
    return table


def _propensities(evidence: Evidence, n_cards: int) -> Array:
    """Return the probability of each choice that was made (n,): as logged, else estimated.

    Estimated as the share of the card among the choices of the other companies at the same table,
    drawn towards its share among all (two choices' worth).
    """
    logged = evidence.frame["propensity"].to_numpy(float)
    overall = np.bincount(evidence.cards, minlength=n_cards) + 0.5
    overall = overall / overall.sum()
    estimated = np.zeros(len(evidence))
    for i, (table, company, card) in enumerate(
        zip(evidence.table, evidence.company, evidence.cards, strict=True)
    ):
        others = (evidence.table == table) & (table >= 0) & (evidence.company != company)
        same = others & (evidence.cards == card)
        estimated[i] = (same.sum() + 2 * overall[card]) / (others.sum() + 2)
    return np.where(np.isnan(logged), estimated, logged)


def _doubly_robust(
    evidence: Evidence,
    ours: Sequence[Predictions],
    chosen: Array,
    propensities: Array,
    surprises: Sequence[tuple[Array, Array]],
) -> Array:
    """Return each trial's term of a policy's value (n,).

    ``sum_j pi_j m_j + pi_a / e_a (y - m_a)``: the model's value, corrected by what was seen where
    the policy agrees with the choice made (Dudik, Langford and Li 2011).
    """
    expected = np.array([predicted.expected_gain for predicted in ours])
    matched = chosen[np.arange(len(evidence)), evidence.cards] / propensities
    terms: Array = np.einsum("ij,ij->i", chosen, expected)
    for points, known in surprises:
        terms += np.minimum(matched / known, LARGEST_WEIGHT) * points
    return terms


def _surprises(evidence: Evidence, held: _Held) -> Sequence[tuple[Array, Array]]:
    """Return by how much each trial's outcome differs from what was expected of it, in two steps.

    The outcome is the gain by intention to treat. A state that is known moves the expectation, and
    a measured gain corrects that in turn. Each step comes as points, 0 where it is missing, and the
    share of the trials where it is known (n,): what is seen stands for what is missing too. Else
    those that never started, known in full to gain 0, would outweigh the others.
    """
    state, gain = evidence.state, evidence.gains.gain
    at = list(zip(held.ours, evidence.cards.tolist(), strict=True))
    before = np.array([predicted.expected_gain[card] for predicted, card in at])
    finished = np.array([predicted.gain[card] for predicted, card in at])
    p_completed = np.array([predicted.p_completed[card] for predicted, card in at])
    after = before.copy()
    expected: Mapping[str, Array] = {
        "not_started": np.zeros(len(at)),
        "started": (held.share + (1 - held.share) * p_completed) * finished,
        "stopped": held.share * finished,
        "finished": finished,
    }
    idle, known = state == "not_started", np.isin(state, list(expected))
    measured = known & ~np.isnan(gain)
    overall = _share(measured & ~idle, known & ~idle)
    p_measured = np.ones(len(at))  # not started and not measured is a gain of 0: nothing is missing
    for name, points in expected.items():
        here = state == name
        after[here] = points[here]
        if name != "not_started":
            # Drawn towards the share among all that started (two trials' worth).
            p_measured[here] = ((measured & here).sum() + 2 * overall) / (here.sum() + 2)
    p_known = np.full(len(at), _share(known, np.ones(len(at), np.bool_)))
    return (
        (after - before, p_known),
        (np.where(measured, gain - after, 0.0), p_known * p_measured),
    )


def _share(some: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    """Return a share, 1 where there is none of either."""
    return float(some.sum() / of.sum()) if some.any() else 1.0


def _company_weights(company: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Return weights of the trials (1 + N_BOOTSTRAP, n) in a mean over companies.

    First those of all companies alike, then bootstrap draws of whole companies.
    """
    _, place, counts = np.unique(company, return_inverse=True, return_counts=True)
    n = len(counts)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=N_BOOTSTRAP)
    times = np.concatenate((np.ones((1, n)), drawn.astype(np.float64)))
    weights: Array = (times / (n * counts))[:, place]
    return weights


def _estimate(terms: Array, weights: Array) -> Estimate:
    value, *drawn = weights @ terms
    low, high = np.quantile(drawn, [0.1, 0.9])
    return Estimate(float(value), float(low), float(high))

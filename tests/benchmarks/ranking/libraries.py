"""Peers from the libraries of the extra ``bench``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.ranking.metrics import Answer
from tests.benchmarks.ranking.peers import Ask, Peer, chosen_by_company, shaped, trees
from tests.benchmarks.ranking.task import Array, Task

QUANTILES = 5
"""Labels of relevance that a ranker learns from: fifths of the outcome."""


def lightgbm(task: Task, seed: int) -> Ask:
    """LightGBM on all pairs, pointwise; how many trees is chosen by company."""
    from lightgbm import LGBMRegressor

    model = LGBMRegressor(
        learning_rate=0.05,
        num_leaves=8,
        min_child_samples=8,
        colsample_bytree=0.5,
        subsample=0.8,
        subsample_freq=1,
        random_state=seed,
        n_jobs=1,
        verbose=-1,
    )
    grid, weight = {"n_estimators": trees(task)}, task.rows.weight
    best = chosen_by_company(model, grid, task, task.rows.y, task.rows.X, sample_weight=weight)
    return lambda: Answer(shaped(best.predict, task.held.X))


def lightgbm_ranker(task: Task, seed: int) -> Ask:
    """LightGBM's LambdaMART: companies of one learning table are ordered by their outcome.

    A company tries one to three cards, too few to compare within; a table has about ten.
    """
    from lightgbm import LGBMRanker

    order = np.argsort(task.rows.query, kind="stable")
    _, sizes = np.unique(task.rows.query, return_counts=True)
    edges = np.quantile(task.rows.y, np.linspace(0, 1, QUANTILES + 1)[1:-1])
    label = np.searchsorted(edges, task.rows.y)
    model = LGBMRanker(
        n_estimators=75,
        learning_rate=0.05,
        num_leaves=8,
        min_child_samples=8,
        colsample_bytree=0.5,
        label_gain=list(range(QUANTILES)),
        random_state=seed,
        n_jobs=1,
        verbose=-1,
    ).fit(task.rows.X[order], label[order], group=sizes)
    return lambda: Answer(shaped(model.predict, task.held.X))


def catboost(task: Task, seed: int) -> Ask:
    """CatBoost on all pairs; how many trees is chosen by company."""
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(
        learning_rate=0.05,
        depth=4,
        rsm=0.5,
        random_seed=seed,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
    )
    grid, weight = {"iterations": trees(task)}, task.rows.weight
    best = chosen_by_company(model, grid, task, task.rows.y, task.rows.X, sample_weight=weight)
    return lambda: Answer(shaped(best.predict, task.held.X))


def _mabwiser(task: Task, seed: int, policy: Any) -> Ask:
    """Return a linear bandit with a regression per card, on the profile and how the two meet.

    What is known of a card is the same for all its own rows, and so tells its regression nothing.
    """
    from mabwiser.mab import MAB

    columns = _context_columns(task)
    bandit = MAB(arms=list(range(task.n_cards)), learning_policy=policy, seed=seed, n_jobs=1)
    bandit.fit(task.rows.card.tolist(), task.rows.y, task.rows.X[:, columns])
    tried = set(np.unique(task.rows.card).tolist())
    untried = float(task.rows.y.mean())

    def ask() -> Answer:
        score = np.full(task.held.truth.shape, untried)
        for card in tried:
            told = bandit.predict_expectations(task.held.X[:, card][:, columns])
            score[:, card] = [expectations[card] for expectations in told]
        return Answer(score)

    return ask


def _context_columns(task: Task) -> NDArray[np.int64]:
    columns = np.arange(task.rows.X.shape[1])
    return np.concatenate((columns[task.columns.profile], columns[task.columns.fit]))


def mabwiser_greedy(task: Task, seed: int) -> Ask:
    """MABWiser's LinGreedy, which takes the highest expectation."""
    from mabwiser.mab import LearningPolicy

    return _mabwiser(task, seed, LearningPolicy.LinGreedy(epsilon=0.0, l2_lambda=10.0))


def mabwiser_ucb(task: Task, seed: int) -> Ask:
    """MABWiser's LinUCB, which adds a bonus for what is little known."""
    from mabwiser.mab import LearningPolicy

    return _mabwiser(task, seed, LearningPolicy.LinUCB(alpha=0.1, l2_lambda=10.0))


def mabwiser_ts(task: Task, seed: int) -> Ask:
    """MABWiser's LinTS, which draws from its belief."""
    from mabwiser.mab import LearningPolicy

    return _mabwiser(task, seed, LearningPolicy.LinTS(alpha=0.1, l2_lambda=10.0))


PASSES = 5


def vowpal_wabbit(task: Task, seed: int) -> Ask:
    """Vowpal Wabbit's contextual bandit with features per action, on the chances of the choices."""
    from vowpalwabbit import Workspace

    space = Workspace(f"--cb_adf --cb_type mtr -q pc --l2 0.0001 --quiet --random_seed {seed}")
    usual = float(task.rows.y.mean())
    chances = chances_of_choices(task)
    order = np.random.default_rng(seed).permutation(len(chances))
    examples = [
        space.parse(_logged(task, row, usual - float(task.rows.y[row]), float(chances[row])))
        for row in order
    ]
    for _ in range(PASSES):
        for example in examples:
            space.learn(example)

    def ask() -> Answer:
        cost = [space.predict(_asked(task, pairs)) for pairs in task.held.X]
        return Answer(-np.array(cost, dtype=float))

    return ask


def chances_of_choices(task: Task) -> Array:
    """Return the chance of each choice: as noted, or else how often that card was chosen."""
    count = np.bincount(task.rows.card, minlength=task.n_cards) + 1.0
    usual = (count / count.sum())[task.rows.card]
    noted = task.rows.propensity
    return np.clip(np.where(np.isnan(noted), usual, noted), 0.01, 1.0)


def _logged(task: Task, row: int, cost: float, chance: float) -> list[str]:
    """Return a choice in the library's form.

    The other actions are there by number only: this kind of learning (mtr) predicts the cost of
    the action that was taken, and uses of the others only how many there were.
    """
    X = task.rows.X[row]
    lines = [_shared(task, X), *("|c" for _ in range(task.n_cards))]
    card = int(task.rows.card[row])
    lines[1 + card] = f"0:{cost:.6f}:{chance:.6f} {_action(task, X)}"
    return lines


def _asked(task: Task, pairs: Array) -> list[str]:
    return [_shared(task, pairs[0]), *(_action(task, X) for X in pairs)]


def _shared(task: Task, X: Array) -> str:
    return f"shared |p {_features(X[task.columns.profile])}"


def _action(task: Task, X: Array) -> str:
    return f"|c {_features(X[task.columns.card])} |f {_features(X[task.columns.fit])}"


def _features(values: Array) -> str:
    return " ".join(f"{place}:{values[place]:.5g}" for place in np.flatnonzero(values))


PEERS: dict[str, Peer] = {
    "lightgbm": lightgbm,
    "lightgbm_ranker": lightgbm_ranker,
    "catboost": catboost,
    "mabwiser_greedy": mabwiser_greedy,
    "mabwiser_ucb": mabwiser_ucb,
    "mabwiser_ts": mabwiser_ts,
    "vowpal_wabbit": vowpal_wabbit,
}

"""What others would pick, from scikit-learn and by hand, each as a competent user would set it.

A peer takes a task and a seed, learns, and returns a function that answers for the held-out
profiles. Settings are fixed, or chosen by cross-validation that holds out whole companies.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from matcher.design.pairs import FIT_NAMES
from tests.benchmarks.ranking.metrics import Answer, normal_intervals
from tests.benchmarks.ranking.task import Array, Columns, Task

Ask = Callable[[], Answer]
Peer = Callable[[Task, int], Ask]

PENALTIES = tuple(float(a) for a in np.logspace(0, 5, 11))
PRIOR_TRIALS = 5.0
"""Trials of an average card that a card's own mean starts with."""
MANY_ROWS = 1000
MOST_GP_ROWS = 2000
"""Rows a Gaussian process is conditioned on at most: its cost grows with their cube."""
MOST_GP_SEARCH = 500
"""Rows its scales are learned on at most."""


def shaped(predict: Callable[[Array], Array], X: Array) -> Array:
    """Return what a regression says of held-out pairs (m, n_cards)."""
    flat: Array = np.asarray(predict(X.reshape(-1, X.shape[-1])), dtype=float)
    return flat.reshape(X.shape[:-1])


def trees(task: Task) -> list[int]:
    """Return how many trees a boosted model may choose from: more where there are more rows."""
    return [25, 75, 200] if len(task.rows.y) < MANY_ROWS else [100, 400, 1000]


def chosen_by_company(
    model: Any, grid: dict[str, list[Any]], task: Task, y: Array, X: Array, **more: Array
) -> Any:
    """Return the model with the settings that predict held-out companies best, fitted to all.

    ``more`` goes with every fit, row by row: weights.
    """
    n_groups = len(np.unique(task.rows.group))
    if n_groups < 4:
        first = {name: values[0] for name, values in grid.items()}
        return model.set_params(**first).fit(X, y, **more)
    folds = GroupKFold(min(5, n_groups))
    search = GridSearchCV(model, grid, cv=folds, scoring="neg_mean_squared_error")
    return search.fit(X, y, groups=task.rows.group, **more).best_estimator_


def forest(task: Task, seed: int) -> Ask:
    """Random forest on all pairs."""
    model = RandomForestRegressor(
        300, min_samples_leaf=3, max_features=1 / 3, random_state=seed, n_jobs=1
    ).fit(task.rows.X, task.rows.y, sample_weight=task.rows.weight)
    return lambda: Answer(shaped(model.predict, task.held.X))


def boosting(task: Task, seed: int) -> Ask:
    """Histogram gradient boosting; how many trees is chosen by company."""
    model = HistGradientBoostingRegressor(
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=8,
        random_state=seed,
        early_stopping=False,
    )
    best = chosen_by_company(
        model,
        {"max_iter": trees(task)},
        task,
        task.rows.y,
        task.rows.X,
        sample_weight=task.rows.weight,
    )
    return lambda: Answer(shaped(best.predict, task.held.X))


def gaussian_process(task: Task, seed: int) -> Ask:
    """Gaussian process with a linear and a smooth part, scales by marginal likelihood."""
    rng = np.random.default_rng(seed)
    scaler = StandardScaler().fit(task.rows.X)
    some = rng.permutation(len(task.rows.y))[:MOST_GP_ROWS]
    X = scaler.transform(task.rows.X[some]) / np.sqrt(task.rows.X.shape[1])
    level, spread = task.rows.y.mean(), task.rows.y.std() or 1.0
    y = (task.rows.y[some] - level) / spread
    kernel = (
        ConstantKernel(0.1, (1e-4, 10)) * RBF(1.0, (0.2, 20))
        + ConstantKernel(0.1, (1e-4, 10)) * DotProduct(0.1, "fixed")
        + WhiteKernel(0.8, (1e-2, 10))
    )
    with warnings.catch_warnings():
        # A scale at its bound is an answer too: no structure, or no noise.
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GaussianProcessRegressor(kernel, random_state=seed)
        search.fit(X[:MOST_GP_SEARCH], y[:MOST_GP_SEARCH])
        model = GaussianProcessRegressor(search.kernel_, optimizer=None).fit(X, y)
    noise = model.kernel_.k2.noise_level

    def ask() -> Answer:
        shape = task.held.X.shape
        flat = scaler.transform(task.held.X.reshape(-1, shape[-1])) / np.sqrt(shape[-1])
        mean, sd = model.predict(flat, return_std=True)
        # What is asked is the expected gain, without the noise of one trial.
        sd = np.sqrt(np.maximum(sd**2 - noise, 0.0)) * spread
        mean = (mean * spread + level).reshape(shape[:-1])
        return Answer(mean, normal_intervals(mean, sd.reshape(shape[:-1])))

    return ask


def ridge(task: Task, seed: int) -> Ask:
    """Ridge regression on main effects and pair features."""
    best = _ridge(task, task.rows.y, task.rows.X)
    return lambda: Answer(shaped(best.predict, task.held.X))


def ridge_crosses(task: Task, seed: int) -> Ask:
    """Ridge regression with every cross of profile and card."""
    best = _ridge(task, task.rows.y, crossed(task.rows.X, task.columns))
    held = crossed(task.held.X, task.columns)
    return lambda: Answer(shaped(best.predict, held))


def expert_ridge(task: Task, seed: int) -> Ask:
    """Ridge regression of what the expert prior missed."""
    best = _ridge(task, task.rows.y - task.rows.expert, task.rows.X)
    return lambda: Answer(task.held.expert + shaped(best.predict, task.held.X))


def _ridge(task: Task, y: Array, X: Array) -> Any:
    model = make_pipeline(StandardScaler(), Ridge())
    return chosen_by_company(model, {"ridge__alpha": list(PENALTIES)}, task, y, X)


def crossed(X: Array, columns: Columns) -> Array:
    """Return features with the product of each crossed profile and each card column beside them."""
    profile, card = X[..., columns.crossed], X[..., columns.card]
    products = profile[..., :, None] * card[..., None, :]
    return np.concatenate((X, products.reshape(*X.shape[:-1], -1)), axis=-1)


def card_means(task: Task, seed: int) -> Ask:
    """Mean outcome per card, shrunk to the mean of all; the same order for everyone."""
    y, card = task.rows.y, task.rows.card
    total = np.bincount(card, y - y.mean(), task.n_cards)
    mean = total / (np.bincount(card, minlength=task.n_cards) + PRIOR_TRIALS)
    return lambda: Answer(np.tile(mean, (len(task.held.X), 1)))


def need_match(task: Task, seed: int) -> Ask:
    """Cards that meet most of what the company asks for first; learns nothing."""
    column = task.columns.fit.start + FIT_NAMES.index("need_match")
    return lambda: Answer(task.held.X[..., column])


def at_random(task: Task, seed: int) -> Ask:
    """A random order."""
    score = np.random.default_rng(seed).random(task.held.truth.shape)
    return lambda: Answer(score)


EVERYWHERE: dict[str, Peer] = {
    "forest": forest,
    "boosting": boosting,
    "gp": gaussian_process,
    "ridge": ridge,
    "ridge_crosses": ridge_crosses,
    "card_means": card_means,
    "random": at_random,
}
"""Peers that need nothing but rows."""
WITH_EXPERT: dict[str, Peer] = {"expert_ridge": expert_ridge, "need_match": need_match}
"""Peers that need the menu and its experts: in simulated worlds only."""

"""Trees in plain arrays beside the library that grew them, and beside a tree drawn by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from matcher.design.cards import cards_of
from matcher.design.encoding import encode
from matcher.design.expert import HEADS
from matcher.design.pairs import N_FIT, need_match, pair_features
from matcher.design.terms import N_SECTORS
from matcher.design.tree_columns import N_FEATURES
from matcher.model.trees import ALL_LEAVES, N_LEAVES, NEVER, Trees, exported, joined, mean_of
from matcher.profile.reference import reference_companies
from matcher.ranking.tree_terms import TreeTerms


def grown(kind=HistGradientBoostingRegressor, *, missing=0.2, n=400, seed=0, **settings):
    """Return a model of scikit-learn and the features (n, 6) that it was fitted to."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6)).round(1)
    y = X[:, 0] * X[:, 1] + (X[:, 2] > 0.3) + rng.normal(size=n)
    X[rng.random(X.shape) < missing] = np.nan
    if kind is HistGradientBoostingClassifier:
        y = (y > 0.5).astype(int)
    model = kind(early_stopping=False, max_leaf_nodes=N_LEAVES, max_iter=12, **settings)
    return model.fit(X, y), X


def raw(model, X):
    score = getattr(model, "decision_function", model.predict)
    return score(X)


CASES = {
    "a regression": {},
    "a chance": {"kind": HistGradientBoostingClassifier},
    "nothing is missing": {"missing": 0.0},
    "one leaf": {"min_samples_leaf": 1000},
    "more rows than a block": {"n": 9_000, "missing": 0.01},
}


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES.keys())
def test_the_sums_are_those_of_the_library_to_the_last_bit(settings):
    model, X = grown(**settings)
    trees = exported(model)
    asked = np.vstack((X, np.full((1, 6), np.nan), np.full((1, 6), np.inf), X[:5] + 1e-9))
    np.testing.assert_array_equal(trees.predict(asked.T.copy()), raw(model, asked))


def test_each_number_of_trees_gives_what_the_library_gives_at_that_stage():
    model, X = grown()
    stages = exported(model).stages(X.T.copy())
    np.testing.assert_array_equal(stages[1:], np.array(list(model.staged_predict(X))))
    assert exported(model).first(5).predict(X.T.copy()) == pytest.approx(stages[5], abs=0)


def test_a_tree_by_hand():
    """Is x0 at most 1? If so: is x1 at most 2, and NaN is no? Leaves from the left: 10, 20, 30."""
    pad = [0] * 5
    trees = Trees(
        start=0.5,
        feature=np.array([[0], [1], *([p] for p in pad)], np.int32),
        threshold=np.array([[1.0], [2.0], *([NEVER] for _ in pad)]),
        missing=np.array([[1], [0], *([1] for _ in pad)], np.uint8),
        kept=np.array([[0b11111100], [0b11111110], *([ALL_LEAVES] for _ in pad)], np.uint8),
        value=np.array([[10.0, 20.0, 30.0, 0, 0, 0, 0, 0]]),
    )
    nan = np.nan
    X = np.array([[1.0, 1.0, 1.1, nan, 1.0], [2.0, 2.1, 0.0, 0.0, nan]])
    assert trees.predict(X).tolist() == [10.5, 20.5, 30.5, 10.5, 20.5]


def test_the_mean_of_trees_is_the_mean_of_their_sums():
    models = [exported(grown(seed=seed)[0]) for seed in range(3)]
    X = grown()[1].T.copy()
    each = np.mean([trees.predict(X) for trees in models], axis=0)
    assert mean_of(models).predict(X) == pytest.approx(each, abs=1e-12)
    assert joined(models).n == sum(trees.n for trees in models)


def test_no_trees_add_nothing():
    nothing = exported(grown()[0]).first(0)
    assert (nothing.predict(np.ones((6, 3))) == 0).all()


def test_what_cannot_be_walked_is_refused():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 2)), rng.normal(size=300)
    wide = HistGradientBoostingRegressor(max_leaf_nodes=9, max_iter=2).fit(X, y)
    kind = np.arange(300.0) % 5
    grouped = HistGradientBoostingRegressor(max_leaf_nodes=4, max_iter=2, categorical_features=[0])
    for model in (wide, grouped.fit(np.column_stack((kind, X)), kind % 2)):
        with pytest.raises(ValueError, match="a tree with categories, or with more than 8 leaves"):
            exported(model)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: {"feature": t.feature + 9},
        lambda t: {"feature": t.feature - 7},
        lambda t: {"threshold": t.threshold[:, :3]},
        lambda t: {"value": t.value[:, :7]},
    ],
    ids=["a feature that is not there", "a negative feature", "too few nodes", "too few leaves"],
)
def test_arrays_that_do_not_fit_are_refused(change):
    trees = exported(grown()[0])
    trees.check(6)
    with pytest.raises(ValueError, match="trees"):
        replace(trees, **change(trees)).check(6)


@pytest.fixture(scope="module")
def served(menu):
    """Return trees grown on the reference companies with every card, and the features of each."""
    cards = cards_of(menu)
    pairs = pair_features(cards)
    asked = []
    for company in reference_companies():
        profile = encode(company.profile)
        features = pairs.of(profile, need_match(profile, cards))
        own = np.concatenate((profile.values, np.arange(N_SECTORS) == profile.sector))
        repeated = np.repeat(own[:, None], cards.n, axis=1)
        X = np.concatenate((repeated, cards.attributes.T, features[:N_FIT]))
        asked.append((profile, features, X))
    rng = np.random.default_rng(1)
    X = np.concatenate([one[2] for one in asked], axis=1)
    trees = {}
    for i, head in enumerate(HEADS):
        # By company, by card and by how they meet.
        y = X[i] * (1 + X[70]) + X[-1] + rng.normal(size=X.shape[1])
        model = HistGradientBoostingRegressor(max_iter=9, max_leaf_nodes=N_LEAVES)
        trees[head] = exported(model.fit(X.T, y))
    return trees, cards, asked


def test_a_profile_and_the_menu_are_answered_as_rows_written_out(served):
    trees, cards, asked = served
    terms = TreeTerms(trees, cards)
    for profile, features, X in asked:
        assert len(X) == N_FEATURES
        found = terms.latent(profile, features)
        np.testing.assert_array_equal(found, [trees[head].predict(X) for head in HEADS])


def test_what_trees_add_is_taken_apart_without_a_rest(served):
    trees, cards, asked = served
    terms = TreeTerms(trees, cards)
    each = np.array([terms.latent(profile, features) for profile, features, _ in asked])
    parts = [terms.parts(one) for one in each]
    shared = terms.level[:, None] + terms.card
    for one, part in zip(each, parts, strict=True):
        assert shared + part.company[:, None] + part.profile == pytest.approx(one, abs=1e-12)
        assert part.profile.mean(axis=1) == pytest.approx(0, abs=1e-12)
    # Over the reference companies, nothing is left of what depends on them.
    assert np.mean([part.profile for part in parts], axis=0) == pytest.approx(0, abs=1e-12)
    assert np.mean([part.company for part in parts], axis=0) == pytest.approx(0, abs=1e-12)
    assert terms.card.mean(axis=1) == pytest.approx(0, abs=1e-12)

"""The rows of a stand-alone estimator: in parts, merged, in blocks and in groups."""

import numpy as np
import pytest
from pandas import NA, Categorical, DataFrame, Series
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import BayesianRidge

from matcher.estimator import HierarchicalClassifier, HierarchicalRegressor
from matcher.estimator.rows import read_blocks, read_groups
from tests.matcher.estimator.test_estimator import LABELS, X, Y

# Parts


@pytest.mark.parametrize("estimator", [HierarchicalRegressor, HierarchicalClassifier])
@pytest.mark.parametrize("n", [4, 20])
def test_a_part_in_which_no_row_counts_adds_nothing(estimator, n):
    """As rows that count 0 times beside others; kept as rows (4) and as sums (20)."""
    y = np.median(Y) < Y if estimator is HierarchicalClassifier else Y
    given = {"groups": LABELS[:n], "sample_weight": np.ones(n)}
    model = estimator().partial_fit(X[:n], y[:n], **given)
    before = model.coef_.copy()
    model.partial_fit(X + 100, y, groups=LABELS + 50, sample_weight=np.zeros(20))
    np.testing.assert_allclose(model.coef_, before, rtol=1e-12)
    with pytest.raises(ValueError, match="expecting 5 features"):
        model.partial_fit(X[:, :3], y, groups=LABELS, sample_weight=np.zeros(20))
    with pytest.raises(ValueError, match="groupings"):
        model.partial_fit(X, y, sample_weight=np.zeros(20))
    np.testing.assert_allclose(model.coef_, before, rtol=1e-12)


def test_a_first_part_in_which_no_row_counts_is_refused():
    """There is nothing to learn units from."""
    with pytest.raises(ValueError, match="at least one non-zero"):
        HierarchicalRegressor().partial_fit(X, Y, sample_weight=np.zeros(20))


def test_parts_that_do_not_belong_together_are_refused():
    model = HierarchicalRegressor().fit(X, Y, groups=np.arange(20))
    with pytest.raises(ValueError, match="groupings"):
        clone(model).fit(X, Y).merge(model)
    with pytest.raises(ValueError, match="for all rows or for none"):
        clone(model).fit(X, Y).partial_fit(X, Y, variance=np.ones(20))


# Merging

TABLE = DataFrame(X, columns=["a", "b", "c", "d", "e"])
UNLIKE = {
    "columns in another order": ({}, TABLE[["b", "a", "c", "d", "e"]], r"'b', 'a'.*'a', 'b'"),
    "other columns": ({}, TABLE.rename(columns={"a": "z"}), r"'z', 'b'.*'a', 'b'"),
    "fewer columns": ({}, TABLE[["a", "b"]], "2 features.*5"),
    "other blocks": ({"blocks": {"one": [0, 1], "two": [2, 3, 4]}}, TABLE, "blocks"),
    "another prior mean": ({"prior_mean": [1.0, 0, 0, 0, 0]}, TABLE, "prior_mean"),
    "another median of a block": ({"prior_median": 0.5}, TABLE, "prior_median"),
    "another spread of a block": ({"prior_spread": {"all": 0.5}}, TABLE, "prior_spread"),
    "another median of groups": ({"group_median": 0.5}, TABLE, "group_median"),
    "another spread of groups": ({"group_spread": 0.5}, TABLE, "group_spread"),
    "no intercept": ({"fit_intercept": False}, TABLE, "fit_intercept"),
    "another unit": ({"unit": "block"}, TABLE, "unit"),
}
NOISY = {
    "another median of the noise": ({"noise_median": 0.5}, TABLE, "noise_median"),
    "another spread of the noise": ({"noise_spread": 0.5}, TABLE, "noise_spread"),
}
OF_BOTH = [
    (HierarchicalRegressor, UNLIKE | NOISY),
    (HierarchicalClassifier, UNLIKE),
]


@pytest.mark.parametrize(
    ("estimator", "parameters", "table", "words"),
    [
        pytest.param(kind, *case, id=f"{kind.__name__}, {name}")
        for kind, cases in OF_BOTH
        for name, case in cases.items()
    ],
)
def test_what_was_learned_of_other_columns_or_under_another_prior_is_not_merged(
    estimator, parameters, table, words
):
    """As partial_fit refuses them; and what was learned before stands."""
    y = np.median(Y) < Y if estimator is HierarchicalClassifier else Y
    model = estimator().fit(TABLE, y, groups=LABELS)
    before = model.coef_.copy()
    other = estimator(**parameters).fit(table, y, groups=LABELS)
    with pytest.raises(ValueError, match=words):
        model.merge(other)
    np.testing.assert_array_equal(model.coef_, before)
    np.testing.assert_array_equal(model.feature_names_in_, TABLE.columns)


def test_the_same_prior_in_other_words_is_merged():
    """Blocks by name or by number, in another order and under another name: one prior."""
    one = HierarchicalRegressor({"p": ["a", "b"], "q": ["c", "d", "e"]}, prior_median={"p": 0.5})
    two = HierarchicalRegressor(
        {"rest": slice(2, 5), "first": [1, 0]},
        prior_mean=np.zeros(5),
        prior_median={"first": 0.5},
        prior_spread={"first": 1.0},
    )
    half = np.arange(20) < 9
    merged = clone(one).fit(TABLE[half], Y[half]).merge(two.fit(TABLE[~half], Y[~half]))
    np.testing.assert_allclose(merged.coef_, clone(one).fit(TABLE, Y).coef_, atol=1e-8)


def test_where_one_side_has_no_names_columns_are_merged_by_place_with_a_warning():
    """That is what partial_fit does with a matrix after a table, or the reverse."""
    named, plain = HierarchicalRegressor().fit(TABLE, Y), HierarchicalRegressor().fit(X, Y)
    for one, other, words in ((named, plain, "fitted with"), (plain, named, "fitted without")):
        with pytest.warns(UserWarning, match=f"{words} feature names"):
            clone(one).fit(TABLE if one is named else X, Y).merge(other)


def test_another_kind_of_estimator_is_not_merged():
    regressor = HierarchicalRegressor().fit(X, Y)
    classifier = HierarchicalClassifier().fit(X, np.median(Y) < Y)
    for one, other in (
        (regressor, classifier),
        (classifier, regressor),
        (regressor, BayesianRidge()),
    ):
        before = one.coef_.copy()
        with pytest.raises(TypeError, match=type(other).__name__):
            one.merge(other)
        np.testing.assert_array_equal(one.coef_, before)


def test_what_learned_nothing_yet_is_not_merged():
    model = HierarchicalRegressor().fit(X, Y)
    for one, other in ((model, HierarchicalRegressor()), (HierarchicalRegressor(), model)):
        with pytest.raises(NotFittedError):
            one.merge(other)


def test_classes_of_both_are_known_after_merging():
    """As after partial_fit with rows of a class that is new."""
    one = HierarchicalClassifier().partial_fit(X[:10], ["a"] * 10)
    two = HierarchicalClassifier().partial_fit(X[10:], ["b"] * 10, classes=["c"])
    np.testing.assert_array_equal(one.merge(two).classes_, ["a", "b", "c"])


# Reading blocks and groups


def test_blocks_may_be_named_by_column_number_name_slice_or_label():
    expected = {"a": [0, 2], "b": [1]}
    assert read_blocks({"a": [0, 2], "b": slice(1, 2)}, 3) == expected
    assert read_blocks({"a": ["x", "z"], "b": ["y"]}, 3, ["x", "y", "z"]) == expected
    assert read_blocks(["a", "b", "a"], 3) == expected
    assert read_blocks(None, 2) == {"all": [0, 1]}


def test_a_block_may_be_one_column_or_a_mask():
    """As in scikit-learn's ColumnTransformer; True and False are not columns 1 and 0."""
    expected = {"a": [0, 2], "b": [1]}
    names = ["age", "y", "weight"]
    assert read_blocks({"a": [0, 2], "b": 1}, 3) == expected
    assert read_blocks({"a": np.array([0, 2]), "b": np.int64(1)}, 3) == expected
    assert read_blocks({"a": ["age", "weight"], "b": "y"}, 3, names) == expected
    assert read_blocks({"a": ["weight"], "b": ["y"], "c": "age"}, 3, names)["c"] == [0]
    assert read_blocks({"a": [True, False, True], "b": [False, True, False]}, 3) == expected
    odd = np.array([False, True, False])
    assert read_blocks({"a": ~odd, "b": Series(odd)}, 3) == expected


NO_COLUMNS = {
    "a name that is not there": ({"a": "age"}, r"does not have: \['age'\]"),
    "nothing": ({"a": None}, r"does not have: \[None\]"),
    "half a column": ({"a": [0.0, 1, 2]}, r"does not have: \[0.0\]"),
    "a list in a list": ({"a": [[0, 1, 2]]}, r"does not have: \[\[0, 1, 2\]\]"),
    "a mask of other columns": ({"a": [True, False]}, "'a' is a mask of 2 columns, X has 3"),
    "a mask with numbers": ({"a": [True, 0, 2]}, r"does not have: \[True\]"),
    "yes": ({"a": True}, r"does not have: \[True\]"),
}


@pytest.mark.parametrize(("blocks", "words"), NO_COLUMNS.values(), ids=NO_COLUMNS.keys())
def test_what_names_no_columns_is_refused(blocks, words):
    with pytest.raises(ValueError, match=words):
        read_blocks(blocks, 3)


def test_labels_may_be_numbers_or_words():
    np.testing.assert_array_equal(read_groups([1, -1, 2], 3)[:, 0], ["1", "", "2"])
    np.testing.assert_array_equal(read_groups([1.0, 2.0], 2)[:, 0], ["1", "2"])
    assert read_groups([["a", "x"], ["", "x"]], 2).shape == (2, 2)


NO_GROUP = {
    "None among words": ["a", None, "b"],
    "NaN among words": ["a", np.nan, "b"],
    "NaN among words of an array": np.array(["a", np.nan, "b"], dtype=object),
    "NA among words": np.array(["a", NA, "b"], dtype=object),
    "text of pandas": Series(["a", None, "b"], dtype="string"),
    "categories": Categorical(["a", None, "b"]),
    "text that is empty": ["a", "", "b"],
}
NO_NUMBER = {
    "None among numbers": [1, None, 2],
    "a negative number among objects": np.array([1, -1, 2], dtype=object),
    "whole numbers of pandas": Series([1, None, 2], dtype="Int64"),
    "numbers of pandas": Series([1, None, 2]),
    "categories of numbers": Categorical([1, None, 2]),
    "NaN": np.array([1.0, np.nan, 2.0]),
}


@pytest.mark.parametrize(
    ("labels", "told"),
    [(labels, ["a", "", "b"]) for labels in NO_GROUP.values()]
    + [(labels, ["1", "", "2"]) for labels in NO_NUMBER.values()],
    ids=[*NO_GROUP, *NO_NUMBER],
)
def test_a_label_that_is_missing_is_no_group(labels, told):
    np.testing.assert_array_equal(read_groups(labels, 3)[:, 0], told)


def test_rows_without_a_label_share_no_effect():
    """One group of 'None' would take half the level of its rows from the coefficients."""
    labels = [None if row % 2 else f"c{row // 4}" for row in range(20)]
    none = HierarchicalRegressor().fit(X, Y, groups=["" if one is None else one for one in labels])
    for each in (labels, DataFrame({"company": labels}), Series(labels, dtype="category")):
        model = HierarchicalRegressor().fit(X, Y, groups=each)
        np.testing.assert_array_equal(model.coef_, none.coef_)


def test_groupings_of_numbers_and_of_words_go_together_in_a_table():
    table = DataFrame({"company": [3, -1, 4], "region": ["x", None, "y"]})
    np.testing.assert_array_equal(read_groups(table, 3), [["3", "x"], ["", ""], ["4", "y"]])


@pytest.mark.parametrize("labels", [[0.5, 1.0], [np.inf, 1.0], np.array([0.5, "a"], dtype=object)])
def test_a_label_that_is_a_broken_number_is_refused(labels):
    with pytest.raises(ValueError, match="whole numbers or text"):
        read_groups(labels, 2)

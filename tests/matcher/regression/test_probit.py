"""The normal distribution without SciPy, and its table, against SciPy's."""

import numpy as np
import pytest
from scipy import special

from matcher.regression.probit import MAX_ERROR, REACH, STEP, chances_at, ndtr, ndtri

X = np.linspace(-12, 12, 1_000_003)


def read(x):
    return chances_at((np.asarray(x) / STEP).astype(np.float32)).astype(np.float64)


def test_chances_are_scipys_to_rounding_in_both_tails():
    x = np.linspace(-37, 9, 20_001).reshape(3, -1)
    assert ndtr(x) == pytest.approx(special.ndtr(x), rel=1e-12, abs=0)


@pytest.mark.parametrize("chance", [1e-300, 1e-9, 0.02, 0.5, 0.9, 0.98, 1 - 1e-9])
def test_quantiles_are_scipys_to_rounding(chance):
    assert ndtri(chance) == pytest.approx(special.ndtri(chance), rel=1e-12, abs=1e-15)


def test_the_table_errs_no_more_than_it_says():
    assert np.abs(read(X) - special.ndtr(X)).max() < MAX_ERROR


def test_the_stated_error_is_that_of_the_steepest_step_and_not_a_loose_bound():
    assert np.abs(read(X) - special.ndtr(X)).max() > 0.95 * MAX_ERROR


def test_the_error_is_as_often_up_as_down():
    near = X[np.abs(X) < REACH]
    assert abs((read(near) - special.ndtr(near)).mean()) < MAX_ERROR / 100


def test_a_larger_x_never_has_a_smaller_chance():
    assert np.all(np.diff(read(X)) >= 0)


@pytest.mark.parametrize("x", [-1e6, -REACH - 1e-3, REACH + 1e-3, 1e6])
def test_beyond_the_table_its_end_answers(x):
    assert read([x])[0] == pytest.approx(special.ndtr(np.copysign(REACH, x)), abs=STEP * 1e-3)

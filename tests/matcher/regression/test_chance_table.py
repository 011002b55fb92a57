"""The table of the normal distribution function, against scipy's."""

import numpy as np
import pytest
from scipy.special import ndtr

from matcher.regression.chance_table import MAX_ERROR, REACH, STEP, chances_at

X = np.linspace(-12, 12, 1_000_003)


def read(x):
    return chances_at((np.asarray(x) / STEP).astype(np.float32)).astype(np.float64)


def test_the_table_errs_no_more_than_it_says():
    assert np.abs(read(X) - ndtr(X)).max() < MAX_ERROR


def test_the_stated_error_is_that_of_the_steepest_step_and_not_a_loose_bound():
    assert np.abs(read(X) - ndtr(X)).max() > 0.95 * MAX_ERROR


def test_the_error_is_as_often_up_as_down():
    near = X[np.abs(X) < REACH]
    assert abs((read(near) - ndtr(near)).mean()) < MAX_ERROR / 100


def test_a_larger_x_never_has_a_smaller_chance():
    assert np.all(np.diff(read(X)) >= 0)


@pytest.mark.parametrize("x", [-1e6, -REACH - 1e-3, REACH + 1e-3, 1e6])
def test_beyond_the_table_its_end_answers(x):
    assert read([x])[0] == pytest.approx(ndtr(np.copysign(REACH, x)), abs=STEP * 1e-3)

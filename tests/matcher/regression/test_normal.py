"""The normal distribution of the standard library, against SciPy's."""

import numpy as np
import pytest
from scipy import special

from matcher.regression.probit import ndtr, ndtri


def test_chances_are_scipys_to_rounding_in_both_tails():
    x = np.linspace(-37, 9, 20_001).reshape(3, -1)
    assert ndtr(x) == pytest.approx(special.ndtr(x), rel=1e-12, abs=0)


@pytest.mark.parametrize("chance", [1e-300, 1e-9, 0.02, 0.5, 0.9, 0.98, 1 - 1e-9])
def test_quantiles_are_scipys_to_rounding(chance):
    assert ndtri(chance) == pytest.approx(special.ndtri(chance), rel=1e-12, abs=1e-15)

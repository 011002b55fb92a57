"""The normal distribution function read from a table: for many draws at once, never for a mean.

Whoever makes an x counts it in steps from the start, by scaling its coefficients, so that reading
costs a rounding and a look-up: 13 312 values in 35 microseconds against 280 for ``ndtr``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.regression.probit import ndtr

N_STEPS = 2**14
REACH = 4.0
"""The table holds -REACH to REACH; beyond it the outermost step answers (3e-5 off at most)."""
STEP = 2 * REACH / N_STEPS
MAX_ERROR = 9.8e-5
"""Half a step times the highest density, 9.74e-5, and rounding.

A probability counted from 256 draws has a standard error of up to .03: three hundred times this.
"""

_CENTRE = np.float32(N_STEPS / 2)
_MIDDLES = (np.arange(N_STEPS, dtype=np.float64) + 0.5 - N_STEPS / 2) * STEP
_TABLE = ndtr(_MIDDLES).astype(np.float32)


def chances_at(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the distribution function at x in units of ``STEP``, to ``MAX_ERROR``."""
    # Truncation rounds down: only what is left of the table is negative, and that is clipped.
    places = (steps + _CENTRE).astype(np.intp)
    chances: NDArray[np.float32] = _TABLE.take(places, mode="clip")
    return chances

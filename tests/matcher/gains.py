"""Gains of trials that were each measured by themselves, for tests that know them."""

import numpy as np

from matcher.trials.gain import Gains


def gains_of(gain, variance, drift_sd=0.05):
    """Return the gains of trials with these changes, of which nothing is drift."""
    return Gains(gain, gain, variance, np.arange(len(gain)), 0.6, 0.0, 0, drift_sd)

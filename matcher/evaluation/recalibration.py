"""How much wider or narrower the intervals should have been, on companies the model had not seen.

A measured gain differs from its prediction by what the model does not know of the pair and by
noise. The model says how large each is; the factor scales the first, by the SD at which the
differences seen are most probable. A few dozen measured gains, whose noise is five times what is
to be judged, say little of it: the factor then stays near 1, where its prior is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation.calibration import Gaps, gaps
from matcher.evaluation.cross_fitting import Held
from matcher.training.evidence import Evidence

FACTOR_SD = 0.25
"""Prior SD of the log of the factor: the model is not thought to be off by more than half [J]."""
_LOGS = np.linspace(-0.75, 0.75, 151)


def interval_factor(evidence: Evidence, held: Held) -> float:
    """Return the factor for the posterior SDs, from predictions by models that did not know.

    Parameters
    ----------
    evidence : Evidence
        The trials.
    held : Held
        Predictions of each trial by a model that knows nothing of its company.
    """
    found = gaps(evidence, held, np.arange(len(evidence)))
    return most_probable_factor(found, evidence.company[found.trials])


def most_probable_factor(found: Gaps, company: NDArray[np.int64]) -> float:
    """Return the factor at which the gaps are most probable, its prior counted.

    Trials of one company are not independent: each company counts once, over its trials.
    """
    if not len(found.gap):
        return 1.0
    _, place, counts = np.unique(company, return_inverse=True, return_counts=True)
    variance = np.exp(2 * _LOGS)[:, None] * found.posterior_variance + found.noise_variance
    misfit = (np.log(variance) + found.gap**2 / variance) / counts[place]
    height = -0.5 * misfit.sum(axis=1) - 0.5 * (_LOGS / FACTOR_SD) ** 2
    return float(np.exp(_LOGS[np.argmax(height)]))

"""What a policy would have brought, from trials in which others chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.arrays import Array, Bools
from matcher.evaluation.calibration import of_tried
from matcher.evaluation.cross_fitting import Held
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence

LARGEST_WEIGHT = 20.0
"""Inverse propensities are cut here: a rarely made choice must not decide the whole figure."""


def doubly_robust(
    evidence: Evidence,
    ours: Sequence[Predictions],
    chosen: Array,
    propensities: Array,
    surprises: Sequence[tuple[Array, Array]],
) -> Array:
    """Return each trial's term of a policy's value (n,).

    ``sum_j pi_j m_j + pi_a / e_a (y - m_a)``: the model's value, corrected by what was seen where
    the policy agrees with the choice made (Dudik, Langford and Li 2011). Where companies of a lot
    waited, ``e_a`` is a chance among more companies than the terms are averaged over: the share
    that got a card makes up for it.
    """
    expected = np.array([predicted.expected_gain for predicted in ours])
    matched = chosen[np.arange(len(evidence)), evidence.cards] / propensities
    if evidence.placed is not None:
        matched = matched * evidence.placed
    terms: Array = np.einsum("ij,ij->i", chosen, expected)
    for points, known in surprises:
        terms += np.minimum(matched / known, LARGEST_WEIGHT) * points
    return terms


def surprises(evidence: Evidence, held: Held) -> Sequence[tuple[Array, Array]]:
    """Return by how much each trial's outcome differs from what was expected of it, in two steps.

    The outcome is the gain by intention to treat. A state that is known moves the expectation, and
    a measured gain corrects that in turn. Each step comes as points, 0 where it is missing, and the
    share of the trials where it is known (n,): what is seen stands for what is missing too. Else
    those that never started, known in full to gain 0, would outweigh the others.
    """
    state, gain = evidence.state, evidence.gains.gain
    before, finished, p_completed = (
        of_tried(evidence, held.ours, name) for name in ("expected_gain", "gain", "p_completed")
    )
    after, n = before.copy(), len(evidence)
    expected: Mapping[str, Array] = {
        "not_started": np.zeros(n),
        "started": (held.share + (1 - held.share) * p_completed) * finished,
        "stopped": held.share * finished,
        "finished": finished,
    }
    idle, known = state == "not_started", np.isin(state, list(expected))
    measured = known & ~np.isnan(gain)
    overall = _share(measured & ~idle, known & ~idle)
    p_measured = np.ones(n)  # not started and not measured is a gain of 0: nothing is missing
    for name, points in expected.items():
        here = state == name
        after[here] = points[here]
        if name != "not_started":
            # Drawn towards the share among all that started (two trials' worth).
            p_measured[here] = ((measured & here).sum() + 2 * overall) / (here.sum() + 2)
    p_known = np.full(n, _share(known, np.ones(n, np.bool_)))
    return (
        (after - before, p_known),
        (np.where(measured, gain - after, 0.0), p_known * p_measured),
    )


def _share(some: Bools, of: Bools) -> float:
    """Return a share, 1 where there is none of either."""
    return float(some.sum() / of.sum()) if some.any() else 1.0

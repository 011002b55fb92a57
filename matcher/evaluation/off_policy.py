"""What a policy would have brought, from trials in which others chose.

Five estimators of the same value, as the field reports them side by side. With m what the model
expects of a card, pi the policy, e the chance of the choice a that was made, w = pi_a / e_a and y
its outcome:

- direct method, DM: ``mean(sum_j pi_j m_j)``, the model's own word;
- self-normalised inverse propensity weighting, SNIPW: ``sum(w y) / sum(w)``, the trials' own word
  (Swaminathan and Joachims 2015);
- doubly robust, DR: ``DM + mean(w (y - m_a))``, right where the model or the chances are (Dudik,
  Langford and Li 2011);
- self-normalised DR: ``DM + sum(w (y - m_a)) / sum(w)``;
- switch-DR: DR where w is at most ``SWITCH``, DM where it is more (Wang, Agarwal and Dudik 2017).

An outcome is known in steps, of which some are missing: ``surprises``. In SNIPW what is missing is
as the model expects it of the state, by the same steps.

References
----------
M. Dudik, J. Langford and L. Li, "Doubly robust policy evaluation and learning", ICML 2011.
A. Swaminathan and T. Joachims, "The self-normalized estimator for counterfactual learning",
NeurIPS 2015.
Y.-X. Wang, A. Agarwal and M. Dudik, "Optimal and adaptive off-policy evaluation in contextual
bandits", ICML 2017.
Y. Saito, S. Aihara, M. Matsutani and Y. Narita, "Open Bandit Dataset and Pipeline: towards
realistic and reproducible off-policy evaluation", NeurIPS Datasets and Benchmarks 2021: names,
formulas and the cut of large weights are as there.
N. Sachdeva, Y. Su and T. Joachims, "Off-policy bandits with deficient support", KDD 2020.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Array, Bools
from matcher.evaluation.calibration import of_tried
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Estimate, Estimator, OffPolicy
from matcher.evaluation.intervals import interval
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence

LARGEST_WEIGHT = 20.0
"""Inverse propensities are cut here: a rarely made choice must not decide the whole figure."""
SWITCH = 10.0
"""Weight above which switch-DR takes the model's word: half of where weights are cut [J]."""
LEAST_CHANCE = 0.01
"""A card chosen less often than this at a company like it is outside the support [J].

A hundred companies would have shown it once.
"""


@dataclass(frozen=True)
class Terms:
    """What each trial says of a policy's value, in points (n,) each."""

    expected: Array
    """What the model expects of the policy's choice."""
    tried: Array
    """What it expects of the choice that was made."""
    weight: Array
    """Inverse propensity weight of the policy, not cut; 1 on average where chances are right."""
    found: Array
    """What was seen beyond the model's expectation, weighted and cut."""
    trusted: Array
    """The same, where the weight is at most ``SWITCH``."""

    @property
    def doubly_robust(self) -> Array:
        """Return the terms of which DR is the mean."""
        return self.expected + self.found

    def estimates(self, weights: Array, shift: Array) -> Mapping[Estimator, Estimate]:
        """Return every estimator's figure with its interval.

        Parameters
        ----------
        weights : ndarray of shape (1 + n_draws, n)
            Those of ``company_weights``.
        shift : ndarray of shape (1 + n_draws,)
            What the error that all gains share adds to a value in each draw; 0 first.
        """
        cut = np.minimum(self.weight, LARGEST_WEIGHT)
        dm, found = weights @ self.expected, weights @ self.found
        total = weights @ cut
        some = total > 0  # a draw may hold no trial that speaks of the policy
        over = np.where(some, total, 1.0)
        figures: Mapping[Estimator, Array] = {
            "dm": dm,
            "snipw": np.where(some, weights @ (cut * self.tried + self.found) / over, np.nan),
            "dr": dm + found,
            "sndr": dm + np.where(some, found / over, 0.0),
            "switch_dr": dm + weights @ self.trusted,
        }
        return {name: _estimate(figure + shift) for name, figure in figures.items()}


def _estimate(figures: Array) -> Estimate:
    """Return a figure with its interval over the draws in which it exists."""
    known = figures[~np.isnan(figures)]
    if np.isnan(figures[0]):
        return Estimate(None, None, None)
    return interval(known)


def terms_of(
    evidence: Evidence,
    ours: Sequence[Predictions],
    chosen: Array,
    propensities: Array,
    surprises: Sequence[tuple[Array, Array]],
) -> Terms:
    """Return what each trial says of the value of a policy.

    Where companies of a lot waited, ``propensities`` are chances among more companies than the
    terms are averaged over: the share that got a card makes up for it.

    Parameters
    ----------
    ours : sequence of Predictions
        What a model that does not know the company expects, for each trial.
    chosen : ndarray of shape (n, n_cards)
        Probability with which the policy chooses each card.
    propensities : ndarray of shape (n,)
        Probability with which the choice was made.
    surprises : sequence of (ndarray of shape (n,), ndarray of shape (n,))
        Those of the function of that name.
    """
    m = np.array([predicted.expected_gain for predicted in ours])
    tried = np.arange(len(evidence)), evidence.cards
    weight = chosen[tried] / propensities
    if evidence.placed is not None:
        weight = weight * evidence.placed
    found = np.zeros(len(evidence))
    for points, known in surprises:
        found += np.minimum(weight / known, LARGEST_WEIGHT) * points
    trusted = np.where(weight <= SWITCH, found, 0.0)
    return Terms(np.einsum("ij,ij->i", chosen, m), m[tried], weight, found, trusted)


def doubly_robust(
    evidence: Evidence,
    ours: Sequence[Predictions],
    chosen: Array,
    propensities: Array,
    surprises: Sequence[tuple[Array, Array]],
) -> Array:
    """Return each trial's term of the doubly robust value (n,), as ``terms_of`` has it."""
    return terms_of(evidence, ours, chosen, propensities, surprises).doubly_robust


def reported(terms: Terms, chosen: Array, within: Bools, weights: Array, shift: Array) -> OffPolicy:
    """Return a policy's value by every estimator, and how far the trials speak of it.

    Parameters
    ----------
    terms : Terms
        Those of the policy.
    chosen : ndarray of shape (n, n_cards)
        Probability with which it chooses each card.
    within : ndarray of shape (n, n_cards)
        Which cards are inside the support of each trial's company.
    weights, shift : ndarray
        As ``Terms.estimates`` takes them.
    """
    cut = np.minimum(terms.weight, LARGEST_WEIGHT)
    squared = float(np.sum(cut**2))
    return OffPolicy(
        estimates=terms.estimates(weights, shift),
        largest_weight=float(terms.weight.max(initial=0.0)),
        effective_n=float(cut.sum() ** 2 / squared) if squared else 0.0,  # Kish 1965
        sum_of_weights=float(terms.weight.sum()),
        mean_weight=float(weights[0] @ terms.weight),
        outside=float(weights[0] @ np.einsum("ij,ij->i", chosen, ~within)),
    )


def within_support(evidence: Evidence, chances: Array) -> Bools:
    """Return which cards are inside the support of each trial's company (n, n_cards).

    Those that others than itself chose, and that a company like it has at least ``LEAST_CHANCE`` to
    choose. ``chances`` (n, n_cards) are estimated; of a card that others chose by lot that is fine.
    """
    _, company = np.unique(evidence.company, return_inverse=True)
    own = np.zeros((company.max(initial=-1) + 1, chances.shape[1]))
    np.add.at(own, (company, evidence.cards), 1)
    others = own.sum(axis=0) - own[company]
    within: Bools = (others > 0) & (chances >= LEAST_CHANCE)
    return within


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

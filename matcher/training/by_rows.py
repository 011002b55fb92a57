"""The fit of few trials: three regressions in the kernel form, one row for each trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from matcher.design.cards import Cards, cards_of
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.terms import Layout, layout_of
from matcher.menu.card import Menu
from matcher.model.fitted import N_DRAWS, FittedHead, Model
from matcher.profile.schema import PROFILE_FIELDS
from matcher.regression.averaging import Averaged, average
from matcher.regression.kernel_form import KernelEvidence, Posterior, condition
from matcher.regression.prior import Scales
from matcher.regression.scales import learn_scales, log_posterior
from matcher.training.evidence import Evidence, design_of, question
from matcher.training.facts import model_of, stopped, stopped_share, without_differences


def fit_by_rows(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    *,
    expert_text: str = "",
    simulated: bool = False,
    seed: int = 0,
    start: Mapping[Head, Scales] | None = None,
    averaged: bool = True,
) -> tuple[Model, Mapping[Head, Scales]]:
    """Return the model fitted to few trials, and the scales of each head; as ``fit.fit``."""
    cards = cards_of(menu)
    heads: dict[Head, FittedHead] = {}
    posteriors: dict[Head, Posterior] = {}
    factor = 0.0
    for i, head in enumerate(HEADS):
        observed, prior = question(evidence, head, expert, cards)
        begin = None if start is None else start[head]
        scales = learn_scales(KernelEvidence(observed, prior), begin)
        best = posteriors[head] = condition(observed, prior, scales)
        belief = average(best) if averaged else Averaged((best,), np.ones(1))
        heads[head] = FittedHead.of(
            belief.mean,
            belief.draw(N_DRAWS, np.random.default_rng(3 * seed + i)),
            replace(scales, blocks=belief.block_sd),
            len(observed.y),
            best.log_evidence,
        )
        factor += _differences(best, layout_of(head, expert, cards), expert)
    share = _stopped_share(evidence, posteriors["gain"], expert, cards)
    profiles = Profiles(evidence.frame[list(PROFILE_FIELDS)])
    model = model_of(evidence, profiles, menu, expert, heads, factor, share, expert_text, simulated)
    return model, {head: posteriors[head].scales for head in HEADS}


def _differences(posterior: Posterior, layout: Layout, expert: Expert) -> float:
    """Return the log Bayes factor of the regression against one in which cards do not differ.

    Both at the scales that suit them best, their hyperpriors counted.
    """
    prior, observed = posterior.prior, posterior.rows
    if not len(observed.y):
        return 0.0
    columns, alike = without_differences(prior, layout, expert)
    same = KernelEvidence(replace(observed, X=observed.X[:, columns]), alike)
    full = log_posterior(KernelEvidence(observed, prior), posterior.scales)[0]
    return full - log_posterior(same, learn_scales(same))[0]


def _stopped_share(
    evidence: Evidence, gain: Posterior, expert: Expert, cards: Cards
) -> tuple[float, float]:
    chosen = np.zeros(len(evidence), np.bool_)
    chosen[stopped(evidence)] = True
    some = evidence.of(chosen)
    X = design_of(some, "gain", layout_of("gain", expert, cards), expert, cards)
    expected = X @ gain.mean + (0.0 if some.offsets is None else some.offsets["gain"])
    return stopped_share(evidence, expert, gain.scales, expected, gain.variance(X))

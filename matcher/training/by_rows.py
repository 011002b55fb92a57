"""The fit of few trials: three regressions in the kernel form, one row for each trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from matcher.design.encoding_columns import Profiles
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.model.fitted import N_DRAWS, FittedHead, Model
from matcher.regression.averaging import Averaged, average
from matcher.regression.kernel_form import KernelEvidence, Posterior, condition
from matcher.regression.prior import Scales
from matcher.regression.scales import learn_scales, log_posterior
from matcher.training.evidence import Evidence
from matcher.training.facts import model_of, stopped, stopped_share, without_differences
from matcher.training.questions import drift_of, question


def fit_by_rows(
    evidence: Evidence,
    setup: Setup,
    *,
    seed: int = 0,
    start: Mapping[Head, Scales] | None = None,
    averaged: bool = True,
    differences: bool = True,
) -> tuple[Model, Mapping[Head, Scales]]:
    """Return the model fitted to few trials, and the scales of each head; as ``fit.fit``."""
    heads: dict[Head, FittedHead] = {}
    posteriors: dict[Head, Posterior] = {}
    factor = 0.0
    for i, head in enumerate(HEADS):
        observed, prior = question(evidence, head, setup)
        begin = None if start is None else start[head]
        scales = learn_scales(KernelEvidence(observed, prior), begin)
        best = posteriors[head] = condition(observed, prior, scales)
        belief = average(best) if averaged else Averaged((best,), np.ones(1))
        # The drift stays with the companies that it was seen in.
        width, learned = setup.layouts[head].width, setup.layouts[head].blocks
        heads[head] = FittedHead.of(
            belief.mean[:width],
            belief.draw(N_DRAWS, np.random.default_rng(3 * seed + i))[:width],
            replace(scales, blocks={name: belief.block_sd[name] for name in learned}),
            len(observed.y),
            best.log_evidence,
        )
        factor += _differences(best, setup, head) if differences else 0.0
    share = _stopped_share(evidence, posteriors["gain"], setup)
    model = model_of(evidence, Profiles(evidence.frame), setup, heads, factor, share)
    return model, {head: posteriors[head].scales for head in HEADS}


def _differences(posterior: Posterior, setup: Setup, head: Head) -> float:
    """Return the log Bayes factor of the regression against one in which cards do not differ.

    Both at the scales that suit them best, their hyperpriors counted.
    """
    prior, observed = posterior.prior, posterior.rows
    if not len(observed.y):
        return 0.0
    columns, alike = without_differences(prior, setup, head)
    same = KernelEvidence(replace(observed, X=observed.X[:, columns]), alike)
    full = log_posterior(KernelEvidence(observed, prior), posterior.scales)[0]
    return full - log_posterior(same, learn_scales(same))[0]


def _stopped_share(evidence: Evidence, gain: Posterior, setup: Setup) -> tuple[float, float]:
    chosen = np.zeros(len(evidence), np.bool_)
    chosen[stopped(evidence)] = True
    some = evidence.of(chosen)
    X = some.design("gain", setup)
    drift = drift_of(some.profiles)
    expected = X @ gain.mean[: X.shape[1]]
    expected += 0.0 if some.offsets is None else some.offsets["gain"]
    seen = some.gains.change - drift @ gain.mean[X.shape[1] :]
    unknown = gain.variance(np.hstack((X, np.zeros_like(drift))))
    return stopped_share(evidence, setup, gain.scales, expected, seen, unknown)

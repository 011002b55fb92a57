"""What is told of a fit besides its coefficients: what it rests on, and how cards differ in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array
from matcher.design.encoding_columns import Profiles
from matcher.design.expert import COMPANY_FEATURES, Head
from matcher.design.setup import Setup
from matcher.design.terms import N_SECTORS
from matcher.model.fitted import Facts, FittedHead, Model, empty_support
from matcher.regression.prior import Block, Prior, Scale, Scales
from matcher.training.evidence import Evidence

CLEAR_FACTOR = float(np.log(10.0))
"""Log Bayes factor from which outcomes are said to tell cards apart (Jeffreys: strong).

In 40 simulated worlds without differences 1 passed it; a factor of 3 was passed by 4.
"""


def model_of(
    evidence: Evidence,
    profiles: Profiles,
    setup: Setup,
    heads: Mapping[Head, FittedHead],
    factor: float,
    share: tuple[float, float],
) -> Model:
    """Return the model of fitted heads, with what it was trained on.

    ``factor`` is the log Bayes factor against cards that do not differ, ``share`` the mean and SD
    of the share of the gain that a stopped trial keeps.
    """
    facts = Facts(
        trials=len(evidence),
        companies=int(evidence.company.max(initial=-1)) + 1,
        tables=int(evidence.table.max(initial=-1)) + 1,
        shows_differences=factor > CLEAR_FACTOR,
        log_bayes_factor=factor,
        stopped_share=share[0],
        stopped_share_sd=share[1],
        gain_slope=evidence.gains.slope,
        control_change=evidence.gains.control_change,
        n_controls=evidence.gains.n_controls,
    )
    support, companies = _support(profiles, evidence, len(setup.menu))
    return Model(setup.menu, setup.expert, heads, support, companies, facts)


def _support(
    profiles: Profiles, evidence: Evidence, n_cards: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    support, companies = empty_support(n_cards)
    # Behind the trials' profiles may stand those of controls, which tried nothing.
    cells = tuple(places[: len(evidence)] for places in profiles.cells(N_SECTORS))
    np.add.at(support, (*cells, evidence.cards), 1)
    _, first = np.unique(evidence.company, return_index=True)
    np.add.at(companies, tuple(places[first] for places in cells), 1)
    return support, companies


def without_differences(prior: Prior, setup: Setup, head: Head) -> tuple[list[int], Prior]:
    """Return the columns that stay where cards do not differ, and what is believed of them.

    The level, what experts and data say of companies, the drift and the nuisance effects. ``prior``
    is that of all columns.
    """
    terms, expert = setup.layouts[head].columns, setup.expert
    parts = [
        terms["expert"].start + i
        for i, part in enumerate(expert.head(head).part)
        if part.feature in COMPANY_FEATURES
    ]
    company = range(terms["company"].start, terms["company"].stop)
    columns = [terms["level"].start, *parts, *company]
    first, last = 1 + len(parts), len(columns)
    blocks = {block.name: block for block in prior.blocks}
    width = setup.layouts[head].width
    drift = [
        replace(block, columns=slice(at.start - width + last, at.stop - width + last))
        for block in prior.blocks
        if (at := block.columns).start >= width
    ]
    columns += range(width, len(prior.mean))
    mean = np.zeros(len(columns))
    mean[0] = prior.mean[columns[0]]
    mean[1:first] = expert.trust.mean
    alike = Prior(
        mean,
        (
            replace(blocks["level"], columns=slice(0, 1)),
            Block("expert", slice(1, first), Scale(expert.trust.sd)),
            replace(blocks["company"], columns=slice(first, last)),
            *drift,
        ),
        prior.groups,
        prior.noise,
        prior.family,
    )
    return columns, alike


def stopped(evidence: Evidence) -> NDArray[np.intp]:
    """Return the places of the trials that stopped and were measured all the same."""
    return np.flatnonzero((evidence.state == "stopped") & ~np.isnan(evidence.gains.gain))


def stopped_share(
    evidence: Evidence,
    setup: Setup,
    scales: Scales,
    expected: Array,
    seen: Array,
    unknown: Array | float,
) -> tuple[float, float]:
    """Return the share of the gain that stays when a company stops, mean and SD.

    A normal prior, updated by the gains of companies that stopped as a share of the gain expected
    of them had they finished.

    Parameters
    ----------
    evidence, setup
        All trials, and what has the prior of the share.
    scales : Scales
        Of the gain.
    expected : ndarray of shape (n_stopped,)
        Posterior mean of the gain of the trials of ``stopped``, had they finished.
    seen : ndarray of shape (n_stopped,)
        What they changed, less what they would have changed anyway.
    unknown : ndarray of shape (n_stopped,) or float
        Posterior variance of that gain.
    """
    prior = setup.expert.stopped
    if not len(expected):
        return prior.share, prior.sd
    noise = evidence.gains.variance[stopped(evidence)] + scales.noise**2 + scales.group_variance
    noise = noise + prior.share**2 * unknown
    precision = prior.sd**-2 + np.sum(expected**2 / noise)
    pull = prior.share * prior.sd**-2 + np.sum(expected * seen / noise)
    return float(np.clip(pull / precision, 0.0, 1.0)), float(precision**-0.5)

"""The rows of the regression of gains: one for each company and period that was measured.

What a company changed is the sum of what it tried in the period, each trial counting by how far it
came, and of what it would have changed anyway, the drift. A trial that finished or goes on counts
whole, one that stopped by its share, one that never started not at all; a company that tried
nothing tells about the drift alone. So each measured change enters once, with one error, and
companies without an intervention are rows like the others, each as sure as it was measured.

    y = sum over trials of share x (row of the design) w + (1, company) d + company + table + noise

The drift d is a level, N(0, DRIFT_SD^2), and what numbers of the company add to it, with a scale
that is learned. It stays with the companies that it was seen in: no prediction of a gain has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Array, Ints
from matcher.design.encoding import PROFILE_NAMES
from matcher.design.expert import Expert
from matcher.design.terms import COMPANY_SCALE, N_SECTORS
from matcher.regression.prior import Block, Prior, Scale
from matcher.training.evidence import Evidence
from matcher.trials.gain import DRIFT_SD

DRIFT, DRIFT_BY_COMPANY = "drift", "drift by company"
"""Blocks of the drift: its level, and what numbers of the company add."""
_BY_COMPANY = Scale(0.03, 0.5)
N_DRIFT = 1 + len(PROFILE_NAMES) + N_SECTORS
"""Columns of the drift."""


@dataclass(frozen=True)
class GainRows:
    """What each company changed in each period, and what it tried in it.

    Row i is the sum of ``share`` times the design of ``trial`` over the parts with ``row`` i, and
    the drift of ``of``.
    """

    y: Array
    """(n,) change, adjusted for before; not less the drift."""
    variance: Array
    """(n,) known error variance of y."""
    company: Ints
    table: Ints
    """Labels (n,); -1 is unknown."""
    of: Ints
    """(n,) place of the company's profile: that of a trial, or behind them that of a control."""
    row: Ints
    trial: Ints
    share: Array
    """Of each part (m,): row, place of the trial, and how far it counts."""

    def __len__(self) -> int:
        return len(self.y)

    @property
    def single(self) -> Ints:
        """Trial whose gain, whole, is all that a row tells besides the drift (n,); -1 if none."""
        whole = np.full(len(self), -1, dtype=np.int64)
        parts = np.bincount(self.row, minlength=len(self))
        alone = (parts[self.row] == 1) & (self.share == 1)
        whole[self.row[alone]] = self.trial[alone]
        return whole


def gain_rows(evidence: Evidence, expert: Expert) -> GainRows:
    """Return the rows that trials and controls make.

    A period in which it is not known whether a trial started makes none. The share of the gain that
    stays when a company stops is the expert prior's here; that it may be another adds to the error.
    """
    gains, state, stopped = evidence.gains, evidence.state, expert.stopped
    share = np.select(
        [np.isin(state, ("started", "finished")), state == "stopped", state == "not_started"],
        [1.0, stopped.share, 0.0],
        np.nan,
    )
    # A gain is about base +- base_sd: of one that counts by an uncertain share the SD is known.
    unsure = stopped.sd**2 * (expert.gain.base**2 + expert.gain.base_sd**2) * (state == "stopped")
    # The order of the trials is kept: a row comes where its first trial does.
    _, first, period = np.unique(gains.period, return_index=True, return_inverse=True)
    told = np.bincount(period, np.isnan(share) | np.isnan(gains.change), len(first)) == 0
    order = np.flatnonzero(told)[np.argsort(first[told], kind="stable")]
    place = np.full(len(first), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    first = first[order]
    row = place[period]
    trial = np.flatnonzero((row >= 0) & (share != 0))
    y, variance = gains.change[first], gains.variance[first].copy()
    np.add.at(variance, row[trial], unsure[trial])
    controls = evidence.controls
    known = np.flatnonzero(~np.isnan(controls.change))
    return GainRows(
        y=np.concatenate((y, controls.change[known])),
        variance=np.concatenate((variance, controls.variance[known])),
        company=np.concatenate((evidence.company[first], controls.company[known])),
        table=np.concatenate((evidence.table[first], controls.table[known])),
        of=np.concatenate((first, len(evidence) + known)),
        row=row[trial],
        trial=trial,
        share=share[trial],
    )


def drift_columns(values: Array, sector: Ints) -> Array:
    """Return the columns of the drift (n, N_DRIFT).

    Parameters
    ----------
    values : ndarray of shape (n, n_profile)
        Numbers of the profiles.
    sector : ndarray of shape (n,)
        Place in SECTOR_GROUPS; -1 is unknown.
    """
    of = np.arange(N_SECTORS) == np.reshape(sector, (-1, 1))
    return np.column_stack((np.ones(len(values)), values * COMPANY_SCALE, of))


def with_drift(prior: Prior) -> Prior:
    """Return a prior of gains with the columns of the drift behind its own."""
    first = len(prior.mean)
    level = Block(DRIFT, slice(first, first + 1), Scale(DRIFT_SD))
    by_company = Block(DRIFT_BY_COMPANY, slice(first + 1, first + N_DRIFT), _BY_COMPANY)
    return replace(
        prior,
        mean=np.concatenate((prior.mean, np.zeros(N_DRIFT))),
        blocks=(*prior.blocks, level, by_company),
    )

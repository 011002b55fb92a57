"""What a fit by sums says of a company once the company's own trials are left out of it.

With w and S the posterior mean and covariance, and X, r, V the company's rows, their residuals
and the covariance of these about the mean, the mean without them is ``w - S X' a`` with
``a = (V - X S X')^-1 r`` (Woodbury). For the gain that is exact; for a chance it is one step of
Newton's method from the mode. Scales stay as they were found among all.

References
----------
C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006, section
5.4.2 (leaving out), and A.3 (Woodbury).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matcher.arrays import Array, Ints
from matcher.training.by_sums import (
    HeadFit,
    answers_of,
    offset_of,
    shrink_of,
    spread_of,
    stand_in,
)
from matcher.training.card_sums import CardRows

BLOCK_ROWS = 1_000
"""Rows written out in full at a time: 1 700 columns each."""


@dataclass(frozen=True)
class Residuals:
    """What a fit leaves of the rows that answer a question, sorted by company."""

    rows: Ints
    """Places of the rows among those of the question (n,)."""
    company: Ints
    latent: Array
    """Posterior mean of the latent answer; of a gain with the drift (n,)."""
    gap: Array
    """What was observed, or stands for it, less that mean (n,)."""
    variance: Array
    """Of the gap about 0, apart from the company's own level (n,)."""
    company_sd: float
    """SD of the company's own level, if it is not in the variance."""


def residuals(rows: CardRows, fit: HeadFit) -> Residuals:
    """Return what the fit of a question leaves of the rows that answer it."""
    latent = rows.latent(fit.posterior.mean, rows.parts) + offset_of(rows)
    if rows.gains is not None:
        gap, variance = rows.gains.y - latent, spread_of(rows, fit.scales)
        company_sd = fit.scales.groups["companies"]
    else:
        weight, gap = stand_in(latent, answers_of(rows), shrink_of(rows, fit.scales))
        variance, company_sd = 1 / weight, 0.0
    order = np.argsort(rows.company, kind="stable")
    return Residuals(
        order, rows.company[order], latent[order], gap[order], variance[order], company_sd
    )


def without_own(rows: CardRows, fit: HeadFit, found: Residuals) -> Array:
    """Return the latent answer of each row by a fit without its company (n,), ``found``'s order.

    A row without a company is left out alone.
    """
    latent = found.latent.copy()
    for part, groups in _blocks(found):
        half = fit.halves(rows.long(rows.parts.of(found.rows[part])))
        for group in groups:
            own = half[:, group]
            covariance = own.T @ own
            at = slice(part.start + group.start, part.start + group.stop)
            latent[at] -= covariance @ _pull(found, at, covariance)
    return latent


def shift_without(rows: CardRows, fit: HeadFit, found: Residuals, company: int, at: Array) -> Array:
    """Return by how much latent answers (m,) move when a company is left out.

    ``at`` (p, m) are their halves, as ``HeadFit.halves`` gives them.
    """
    own = np.flatnonzero(found.company == company)
    if not len(own):
        return np.zeros(at.shape[1])
    half = fit.halves(rows.long(rows.parts.of(found.rows[own])))
    part = slice(int(own[0]), int(own[-1]) + 1)
    shift: Array = -(at.T @ half) @ _pull(found, part, half.T @ half)
    return shift


def _pull(found: Residuals, at: slice, covariance: Array) -> Array:
    """Return ``a`` of one company, whose rows have that posterior covariance."""
    noise = np.diag(found.variance[at]) + found.company_sd**2
    return np.linalg.solve(noise - covariance, found.gap[at]).astype(np.float64, copy=False)


def _blocks(found: Residuals) -> Iterator[tuple[slice, list[slice]]]:
    """Yield blocks of rows, and in each the rows of every company, by place within the block."""
    alone = found.company < 0
    new = np.append(True, (np.diff(found.company) != 0) | alone[1:])
    edges = [*np.flatnonzero(new[: len(alone)]).tolist(), len(alone)]
    groups: list[slice] = []
    begin = 0
    for start, stop in pairwise(edges):
        groups.append(slice(start - begin, stop - begin))
        if stop - begin >= BLOCK_ROWS or stop == edges[-1]:
            yield slice(begin, stop), groups
            begin, groups = stop, []

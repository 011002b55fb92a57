"""The three questions of a fit by rows: what answers each, and what is believed of it before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcher.arrays import Array
from matcher.design.encoding import PROFILE_NAMES, Encoded
from matcher.design.expert import Head
from matcher.design.setup import Setup
from matcher.regression.prior import Prior
from matcher.regression.rows import Rows
from matcher.training.evidence import Evidence, answered
from matcher.training.gain_rows import GainRows, drift_columns, gain_rows, with_drift


def question(evidence: Evidence, head: Head, setup: Setup) -> tuple[Rows, Prior]:
    """Return the rows that answer a question, and what is believed of it before them.

    Those of the gain have the columns of the drift behind those of the design.
    """
    if head == "gain":
        return _gains(evidence, setup), with_drift(setup.priors[head])
    known, answer = answered(evidence, head)
    rows = Rows(
        X=evidence.of(known).design(head, setup),
        y=answer[known],
        groups=(evidence.company[known], evidence.table[known]),
        offset=None if evidence.offsets is None else evidence.offsets[head][known],
    )
    return rows, setup.priors[head]


def _gains(evidence: Evidence, setup: Setup) -> Rows:
    rows = gain_rows(evidence, setup.expert)
    design = evidence.design("gain", setup)
    X = np.zeros((len(rows), design.shape[1]))
    np.add.at(X, rows.row, rows.share[:, None] * design[rows.trial])
    everyone = (*evidence.profiles, *evidence.controls.profiles)
    offset = None
    if evidence.offsets is not None:
        offset = summed(rows, evidence.offsets["gain"])
    return Rows(
        X=np.hstack((X, drift_of([everyone[place] for place in rows.of.tolist()]))),
        y=rows.y,
        groups=(rows.company, rows.table),
        variance=rows.variance,
        offset=offset,
    )


def summed(rows: GainRows, each: Array) -> Array:
    """Return what a number of each trial (n_trials,) comes to in each row (n,)."""
    total = np.zeros(len(rows))
    np.add.at(total, rows.row, rows.share * each[rows.trial])
    return total


def drift_of(profiles: Sequence[Encoded]) -> Array:
    """Return the columns of the drift of each profile (n, N_DRIFT)."""
    values = np.array([one.values for one in profiles]).reshape(-1, len(PROFILE_NAMES))
    return drift_columns(values, np.array([one.sector for one in profiles], dtype=np.int64))

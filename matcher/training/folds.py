"""Whole companies held out in turn."""

from __future__ import annotations

import numpy as np

from matcher.arrays import Ints

N_FOLDS = 10


def folds(company: Ints, seed: int, most: int | None = None) -> list[Ints]:
    """Return the trials held out in each fold: whole companies, dealt at random, at most 10 folds.

    Raises
    ------
    ValueError
        If there are fewer than two companies.
    """
    from sklearn.model_selection import GroupKFold  # seconds to import: only when it is needed

    splits = min(most or N_FOLDS, len(np.unique(company)))
    dealt = GroupKFold(splits, shuffle=True, random_state=seed)
    return [held for _, held in dealt.split(company, groups=company)]

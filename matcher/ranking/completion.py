"""How many companies like this one carry a card through, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from matcher.design.encoding import encode
from matcher.model.fitted import LEVEL
from matcher.profile.schema import Profile
from matcher.ranking.engine import Engine


class Finish(NamedTuple):
    """Probability that a company that chooses a card also finishes it, with an interval."""

    mean: float
    low: float
    high: float


def finishes(engine: Engine, profile: Profile) -> Mapping[str, Finish]:
    """Return for every card the share of companies like this that finish it.

    The interval holds the belief about that share, from the model's own draws: what one company
    does is a toss on top of it.
    """
    draws = engine.finish_draws(encode(profile.__dict__))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, (tail, 1 - tail), axis=1)
    rows = zip(draws.mean(axis=1).tolist(), low.tolist(), high.tolist(), strict=True)
    return dict(zip(engine.menu.ids, map(Finish._make, rows), strict=True))

"""How many companies like this one carry a card through, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.model.fitted import LEVEL
from matcher.ranking.draws import Draws
from matcher.ranking.result import Finish
from matcher.regression.probit import chances_at


def finishes(ids: Sequence[str], drawn: Draws) -> Mapping[str, Finish]:
    """Return for every card the share of companies like this that start and finish it.

    The interval holds the belief about that share, from the model's own draws: what one company
    does is a toss on top of it.

    Parameters
    ----------
    ids : sequence of str
        The cards.
    drawn : ndarray of shape (n_heads, n_cards, n_draws)
        The latent answers as ``Compiled.drawn`` returns them.
    """
    draws = chances_at(drawn[0]) * chances_at(drawn[1])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, (tail, 1 - tail), axis=1)
    rows = zip(draws.mean(axis=1).tolist(), low.tolist(), high.tolist(), strict=True)
    return dict(zip(ids, map(Finish._make, rows), strict=True))

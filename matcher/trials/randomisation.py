"""Which trials were drawn by lot, and what share of the companies in a lot got a card.

A company that drew ``geen`` waited: its row is no trial of a card, but it was in the lot.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.arrays import Array, Bools
from matcher.trials.columns import CONTROL


def drawn_by_lot(frame: pd.DataFrame) -> Bools:
    """Return whose intervention was drawn (n,): at random, or in a plan that left it to chance."""
    by = frame["assigned_by"].to_numpy(object)
    planned = (by == "leermatch") & (frame["propensity"].to_numpy(float) < 1)
    drawn: Bools = (by == "random") | planned
    return drawn


def share_placed(frame: pd.DataFrame) -> Array:
    """Return the share of the companies in the same lot that got a card (n,).

    A lot is what one way of drawing gave one learning table, with chances that were logged; 1
    outside one. Where ``lot`` names what was drawn together, that is the lot: several tables, of
    which some waited whole, or one period of a start by turns. Those chances are over all companies
    of the lot, and trials are averaged over the ones that got a card. A trial weighed by this share
    over its chance counts as it would in the mean over all, also where some were likelier to wait
    than others.
    """
    drawn = drawn_by_lot(frame) & frame["propensity"].notna().to_numpy()
    placed = np.ones(len(frame))
    if drawn.any():
        got = (frame.loc[drawn, "intervention"] != CONTROL).astype(float)
        # Codes: an unknown table is a lot of its own, in categories too.
        code = {name: pd.factorize(frame.loc[drawn, name])[0] for name in ("table", "assigned_by")}
        lot = np.full(len(got), -1)
        if "lot" in frame:
            lot = pd.factorize(frame.loc[drawn, "lot"])[0]
        table = np.where(lot >= 0, -1, code["table"])
        placed[drawn] = got.groupby([lot, table, code["assigned_by"]]).transform("mean").to_numpy()
    return placed

"""What boosted trees may ask about, in one order for those that grow and those that are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.design.cards import CARD_NAMES, Cards
from matcher.design.encoding import PROFILE_NAMES
from matcher.design.pairs import N_FIT
from matcher.design.terms import N_SECTORS

if TYPE_CHECKING:
    from matcher.design.encoding_columns import EncodedBlock

N_COMPANY = len(PROFILE_NAMES) + N_SECTORS
N_COMPANY_AND_CARD = N_COMPANY + len(CARD_NAMES)
N_FEATURES = N_COMPANY_AND_CARD + N_FIT
"""Features that trees ask about: the company's, the card's, and how the two meet, in that order.

All as the hierarchy has them, so that an unknown answer is 0 here too and NaN never comes.
"""


def tree_columns(
    block: EncodedBlock, cards: Cards, chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what trees may ask about (n_features, n) of companies and the card each chose."""
    from matcher.design.encoding_columns import pairs_of  # with pandas, which serving does without

    sector = (block.sector == np.arange(N_SECTORS)[:, None]).astype(np.float64)
    pairs = pairs_of(block, cards, chosen)[:N_FIT]
    return np.concatenate((block.values, sector, cards.attributes[chosen].T, pairs))

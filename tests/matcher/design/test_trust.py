"""How far the expert prior is believed, and what vouches for what."""

import numpy as np
import pytest

from matcher.design.cards import cards_of
from matcher.design.encoding import encode
from matcher.design.expert import HEADS, read_expert
from matcher.design.terms import company_rows, layout_of, prior_of
from matcher.menu.card import read_menu
from matcher.paths import EXPERT, MENU

PRIOR, CARDS = read_expert(EXPERT), cards_of(read_menu(MENU))
OF_COMPANIES = ("owner_support", "culture_baseline", "very_tight")
HOME_CARE = {
    "employees": 120,
    "sector": "Q",
    "sbi_version": "2008",
    "needs": ("inwerken", "loopbaan"),
    "staffing_pressure": "zeer_krap",
    "owner_support": 5,
    "shift_work": "ja",
}


def tells_cards_apart(head):
    return np.array([part.feature not in OF_COMPANIES for part in PRIOR.head(head).part])


@pytest.mark.parametrize("head", HEADS)
def test_what_experts_say_of_companies_does_not_vouch_for_what_they_say_of_cards(head):
    profile, layout = encode(HOME_CARE), layout_of(head, PRIOR, CARDS)
    short = company_rows(profile, CARDS)
    said, X = short @ layout.parts, layout.rows(short, np.arange(CARDS.n))
    for card in range(CARDS.n):
        shared = X[card, layout.columns["shared trust"]]
        assert shared == pytest.approx(said[card][tells_cards_apart(head)].sum())


@pytest.mark.parametrize("head", HEADS)
def test_every_part_starts_at_the_same_trust(head):
    """Own and shared together have the mean and SD of the file; what is not shared is left out."""
    layout, trust, apart = layout_of(head, PRIOR, CARDS), PRIOR.trust, tells_cards_apart(head)
    prior = prior_of(layout, PRIOR)
    variance = np.zeros(layout.width)
    for block in prior.blocks:
        variance[block.columns] = block.scale.median**2
    mean, spread = (layout.trust(values[:, None])[:, 0] for values in (prior.mean, variance))
    assert mean == pytest.approx(np.full(len(apart), trust.mean))
    own = trust.sd**2 * (1 - trust.shared)
    assert spread == pytest.approx(np.where(apart, trust.sd**2, own))

"""The table of terms against each term written out by hand, and its faces against one another."""

import numpy as np
import pytest

from matcher.design.cards import cards_of
from matcher.design.encoding import CROSSED, N_CROSSED, PROFILE_NAMES, encode
from matcher.design.expert import HEADS, read_expert
from matcher.design.pairs import N_FIT, PAIR_NAMES, features_of
from matcher.design.terms import company_rows, layout_of, part_effects, prior_of, telling
from matcher.menu.card import read_menu
from matcher.paths import EXPERT, MENU
from matcher.vocabulary import NEEDS, SECTOR_GROUPS

CARDS, PRIOR = cards_of(read_menu(MENU)), read_expert(EXPERT)
HOME_CARE = encode(
    {
        "employees": 120,
        "sector": "Q",
        "sbi_version": "2008",
        "needs": ("inwerken", "loopbaan"),
        "staffing_pressure": "zeer_krap",
        "owner_support": 5,
        "shift_work": "ja",
    }
)
NO_SECTOR = encode({"employees": 9, "needs": ("taal",), "staffing_pressure": "ruim"})


def by_hand(head, profile, card):
    """Return the row of the design, term by term."""
    features = features_of(profile, CARDS)[:, card]
    said = dict(zip(PAIR_NAMES, features, strict=True))
    parts = np.array(
        [
            (said[f"expert {part.feature}"] - part.centre) * effect
            for part, effect in zip(PRIOR.head(head).part, part_effects(head, PRIOR), strict=True)
        ]
    )
    attributes, values = CARDS.attributes[card], profile.values
    sector = np.array([float(profile.sector == at) for at in range(len(SECTOR_GROUPS))])
    own = np.eye(CARDS.n)[card]
    groups = [name == "size" or name.startswith("from_") for name in CROSSED]
    n_size = sum(groups)
    n_pressure = sum(name in ("pressure", "tight", "very_tight") for name in CROSSED)
    sizes = [n_size] * n_size + [n_pressure] * n_pressure
    sizes += [N_CROSSED - len(sizes)] * (N_CROSSED - len(sizes))
    crossed = values[:N_CROSSED] / np.sqrt(np.array(sizes) * len(attributes) / 3)
    deviating = np.concatenate((values[:N_CROSSED], values[-len(NEEDS) :])) / np.sqrt(6)
    shared = parts @ telling(head, PRIOR)
    return np.concatenate(
        (
            [1.0],
            [shared] if len(parts) else [],
            parts,
            features[:N_FIT] / np.sqrt(N_FIT),
            attributes / np.sqrt(len(attributes)),
            own * CARDS.prior_sd[card],
            values / np.sqrt(10),
            sector,
            np.outer(sector, own).ravel(),
            np.outer(crossed, attributes).ravel(),
            np.outer(deviating, own).ravel(),
        )
    )


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("profile", [HOME_CARE, NO_SECTOR], ids=["known", "no sector"])
def test_a_row_holds_every_term_in_its_place(head, profile):
    layout = layout_of(head, PRIOR, CARDS)
    X = layout.rows(company_rows(profile, CARDS), np.arange(CARDS.n))
    assert X.shape == (CARDS.n, layout.width)
    for card in range(CARDS.n):
        assert X[card] == pytest.approx(by_hand(head, profile, card), abs=1e-12)


@pytest.mark.parametrize("head", HEADS)
def test_a_map_makes_the_same_row(head):
    layout, short = layout_of(head, PRIOR, CARDS), company_rows(HOME_CARE, CARDS)
    X = layout.rows(short, np.arange(CARDS.n))
    for card in range(CARDS.n):
        assert short[card] @ layout.map(card) == pytest.approx(X[card], abs=1e-12)


@pytest.mark.parametrize("head", HEADS)
def test_effects_of_all_terms_give_the_same_answer(head):
    layout, short = layout_of(head, PRIOR, CARDS), company_rows(HOME_CARE, CARDS)
    values = np.random.default_rng(2).normal(size=(layout.width, 3))
    effects = np.zeros((short.shape[1], CARDS.n, 3))
    for term in layout.table.values():
        term.add_effects(values, effects)
    answer = np.einsum("ks,skd->kd", short, effects)
    X = layout.rows(short, np.arange(CARDS.n))
    assert answer == pytest.approx(X @ values, abs=1e-10)


@pytest.mark.parametrize("head", HEADS)
def test_blocks_cover_every_column_once_and_in_order(head):
    layout = layout_of(head, PRIOR, CARDS)
    edges = [(at.start, at.stop) for at in layout.blocks.values()]
    assert edges[0][0] == 0
    assert [stop for _, stop in edges[:-1]] == [start for start, _ in edges[1:]]
    assert edges[-1][1] == layout.width == len(prior_of(layout, PRIOR).mean)


@pytest.mark.parametrize("head", HEADS)
def test_every_expert_part_and_fit_feature_is_told_by_itself(head):
    lines = layout_of(head, PRIOR, CARDS).lines
    parts = PRIOR.head(head).part
    assert len(lines) == len(parts) + N_FIT + 4
    assert [code for _, code in lines[-4:]] == ["card", "company", "sector", "profile"]
    assert len(PROFILE_NAMES) == len(HOME_CARE.values)

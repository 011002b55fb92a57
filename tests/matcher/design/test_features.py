"""Numbers for profiles and cards: unknown is nothing, and each rule by a case worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.design.cards import CARD_NAMES, cards_of, middle
from matcher.design.encoding import PROFILE_NAMES, encode
from matcher.design.expert import HEADS, read_expert
from matcher.design.pairs import PAIR_NAMES, features_of, need_match
from matcher.design.terms import company_rows, layout_of, part_effects, prior_of
from matcher.menu.card import Range, read_menu
from matcher.paths import EXPERT, MENU
from matcher.profile.schema import read_profile
from matcher.vocabulary import NEEDS

MENU_CARDS = cards_of(read_menu(MENU))
EXPERT_PRIOR = read_expert(EXPERT)
VALID = {
    "employees": 25,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken"],
    "staffing_pressure": "krap",
}


def encoded(**change):
    return encode(read_profile(VALID | change))


def expert_features(profile):
    """Return what the expert prior speaks of, by name (n_cards,) each."""
    features = dict(zip(PAIR_NAMES, features_of(profile, MENU_CARDS), strict=True))
    return {name.removeprefix("expert "): row for name, row in features.items() if " " in name}


def row(layout, profile, card):
    """Return the row of the design of one profile and one card."""
    short = company_rows(profile, MENU_CARDS)[[card]]
    return layout.rows(short, np.array([card]))[0]


def test_every_column_has_a_name():
    profile = encoded()
    assert profile.values.shape == (len(PROFILE_NAMES),)
    assert MENU_CARDS.attributes.shape == (26, len(CARD_NAMES))
    assert features_of(profile, MENU_CARDS).shape == (len(PAIR_NAMES), 26)


@pytest.mark.parametrize(
    "field",
    [
        "shift_work",
        "hr_function",
        "training_budget",
        "share_practical",
        "works_council",
        "province",
    ],
)
def test_an_unknown_answer_is_zero(field):
    names = [name for name in PROFILE_NAMES if name == field or name.startswith(field)]
    assert names
    assert all(encoded().values[PROFILE_NAMES.index(name)] == 0 for name in names)


def test_no_transition_differs_from_an_unknown_one():
    first = PROFILE_NAMES.index("transition_zorg")
    assert encoded().values[first] == 0
    assert encoded(transitions=[]).values[first] < 0 < encoded(transitions=["zorg"]).values[first]


def test_needs_weigh_by_their_order():
    """First .9, second .4, later .25 each."""
    weights = encoded(needs=["taal", "inwerken", "klant", "digitaal"]).needs
    assert [weights[NEEDS.index(n)] for n in ("taal", "inwerken", "klant", "digitaal")] == [
        0.9,
        0.4,
        0.25,
        0.25,
    ]


def test_need_match_by_hand():
    """mentor-buddy is about inwerken first: 1 - (1 - .9) over 1 - (1 - .9)(1 - .4) = .9 / .94."""
    match = need_match(encoded(needs=["inwerken", "digitaal"]), MENU_CARDS)
    assert match[MENU_CARDS.ids.index("mentor-buddy")] == pytest.approx(0.9 / 0.94)
    assert match[MENU_CARDS.ids.index("evc")] == 0


@given(st.lists(st.sampled_from(NEEDS), min_size=1, max_size=14, unique=True))
def test_need_match_lies_between_none_and_all(needs):
    match = need_match(encoded(needs=needs), MENU_CARDS)
    assert np.all((match >= 0) & (match <= 1 + 1e-12))


def test_the_sector_of_a_trial_may_be_unknown():
    answers = {"employees": 10, "needs": ("taal",), "staffing_pressure": "ruim", "sector": None}
    assert encode(answers).sector == -1


def test_very_tight_counts_only_when_very_tight():
    for pressure, tight in (("zeer_krap", 1.0), ("krap", 0.0), ("ruim", 0.0)):
        features = expert_features(encoded(staffing_pressure=pressure))
        assert set(features["very_tight"]) == {tight}


MIDDLES = {
    "a closed range": (Range(min=4, max=8), 6.0),
    "an open range": (Range(min=200, max=None), 200.0),
    "unknown": (None, 15.0),
}


@pytest.mark.parametrize(("amount", "expected"), MIDDLES.values(), ids=MIDDLES.keys())
def test_the_middle_of_an_amount(amount, expected):
    assert middle(amount, 15.0) == expected


@pytest.mark.parametrize("head", HEADS)
def test_at_the_prior_mean_a_part_moves_an_answer_as_the_experts_say(head):
    """Trust splits in two coefficients that add up to its mean, so a part's column counts once."""
    layout = layout_of(head, EXPERT_PRIOR, MENU_CARDS)
    mean = prior_of(layout, EXPERT_PRIOR).mean
    profile = encoded(staffing_pressure="zeer_krap", owner_support=5, culture_baseline=3)
    parts = EXPERT_PRIOR.head(head).part
    features = expert_features(profile)
    for card in range(MENU_CARDS.n):
        latent = row(layout, profile, card) @ mean
        by_hand = mean[0] + EXPERT_PRIOR.trust.mean * sum(
            effect * (features[part.feature][card] - part.centre)
            for part, effect in zip(parts, part_effects(head, EXPERT_PRIOR), strict=True)
        )
        assert latent == pytest.approx(by_hand)


@pytest.mark.parametrize("head", HEADS)
def test_blocks_contribute_about_their_own_size(head):
    """Over 300 random companies and all cards a block's variance is .4-2.5 times its square."""
    rng = np.random.default_rng(5)
    layout = layout_of(head, EXPERT_PRIOR, MENU_CARDS)
    prior = prior_of(layout, EXPERT_PRIOR)
    X = np.array([row(layout, random_company(rng), int(rng.integers(26))) for _ in range(300)])
    for block in prior.blocks[3:]:
        size = np.mean(np.sum(X[:, block.columns] ** 2, axis=1))
        assert 0.4 < size < 2.5, (block.name, size)


def random_company(rng):
    pick = rng.choice
    return encoded(
        employees=int(np.exp(rng.uniform(np.log(2), np.log(250)))),
        sector=str(pick(list("ABCFGHIJMQ"))),
        needs=[str(n) for n in pick(NEEDS, 3, replace=False)],
        staffing_pressure=str(pick(["ruim", "gemiddeld", "krap", "zeer_krap"])),
        shift_work=str(pick(["nee", "deels", "ja"])),
        hr_function=str(pick(["geen", "erbij", "parttime", "afdeling"])),
        share_practical=str(pick(["laag", "midden", "hoog"])),
        owner_support=float(rng.uniform(1.5, 5)),
        culture_baseline=float(np.clip(rng.normal(3.8, 0.45), 1, 6)),
    )

"""What was never tried, how evenly choices speak, and who chooses what."""

import numpy as np
import pandas as pd
import pytest

from matcher.design.cards import CARD_NAMES, cards_of
from matcher.design.encoding import encode
from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.findings import Overlap
from matcher.evaluation.off_policy import LARGEST_WEIGHT
from matcher.evaluation.overlap import (
    CHOSEN_FOR,
    FEWEST_COMPANIES,
    confounding,
    overlap,
    support_report,
)
from matcher.model.fitted import cell_of, empty_support
from matcher.training.evidence import Evidence
from matcher.training.folds import folds
from tests.matcher.gains import gains_of

ASKED = {
    "employees": 30,
    "needs": ["inwerken"],
    "staffing_pressure": "gemiddeld",
    "sbi_version": "2008",
}


def log_of(sectors, cards, support=None, propensity=None, by=None):
    n = len(cards)
    support = [None] * n if support is None else support
    profiles = tuple(
        encode(ASKED | {"sector": sector, "owner_support": o})
        for sector, o in zip(sectors, support, strict=True)
    )
    frame = pd.DataFrame(
        {
            "state": ["finished"] * n,
            "propensity": [np.nan] * n if propensity is None else propensity,
            "assigned_by": ["table"] * n if by is None else by,
            "owner_support": np.array(support, float),
        }
    )
    gains = gains_of(np.zeros(n), np.zeros(n))
    company = np.arange(n)
    return Evidence(frame, profiles, np.array(cards), company, np.full(n, -1), gains)


def test_the_effective_number_by_hand():
    """Weights 2, 2 and 10: 14^2 / 108; a trial that the policy would not make counts for none."""
    agreement = np.array([1.0, 1.0, 1.0, 0.0])
    found = overlap(agreement, np.array([0.5, 0.5, 0.1, 0.01]))
    assert found == Overlap(pytest.approx(196 / 108), 0.1, 0.5)


def test_trials_that_weigh_alike_count_in_full_and_one_rare_choice_hardly_more_than_one():
    alike = overlap(np.ones(12), np.full(12, 0.3))
    assert alike.effective_n == pytest.approx(12)
    rare = overlap(np.ones(12), np.array([1e-6, *np.full(11, 0.9)]))
    weights = [LARGEST_WEIGHT, *[1 / 0.9] * 11]
    assert rare.effective_n == pytest.approx(sum(weights) ** 2 / sum(w**2 for w in weights))
    assert rare.effective_n < 3
    assert overlap(np.zeros(3), np.full(3, 0.5)) == Overlap(0.0, None, None)


def test_what_was_tried_is_counted_by_sector_and_the_rest_was_never_tried(menu):
    place = {card: i for i, card in enumerate(menu.ids)}
    cards = [place["evc"], place["evc"], place["bbl"], place["collegiale-uitleen"], place["evc"]]
    evidence = log_of(["F", "F", "Q", "Q", ""], cards, propensity=[0.2, *[np.nan] * 4])
    choices = {"leermatch": np.eye(len(menu))[cards]}
    held = Held([], np.zeros(5), np.zeros(5), choices)
    support, _ = empty_support(len(menu))
    for profile, card in zip(evidence.profiles, evidence.cards, strict=True):
        support[(*cell_of(profile), card)] += 1
    found = support_report(evidence, menu, held, np.full(5, 0.2), support)
    assert found.counts == {"bouw": {"evc": 2}, "zorg": {"bbl": 1}}
    never = set(found.never_tried)
    assert len(never) == len(found.never_tried) == 2 * 25 - 2
    assert ("zorg", "evc") in never
    assert ("bouw", "collegiale-uitleen") not in never
    assert found.share_logged == 0.2
    assert found.overlap["leermatch"].effective_n == pytest.approx(5)


def chosen_by(rule, n, menu, seed=0):
    """Return trials of companies that choose a formal card, or not, by a rule of their support."""
    rng = np.random.default_rng(seed)
    support = rng.integers(1, 6, n).astype(float)
    formal = np.flatnonzero(cards_of(menu).attributes[:, CARD_NAMES.index("formality")] > 0)
    other = np.setdiff1d(np.arange(len(menu)), formal)
    cards = [rng.choice(formal if rule(o, rng) else other) for o in support]
    return log_of(["F"] * n, cards, support)


def told(evidence, menu, name="formality"):
    found = confounding(
        evidence, cards_of(menu), folds(evidence.company, 0), np.random.default_rng(0)
    )
    return {one.attribute: one for one in found}[name]


def test_who_chooses_by_the_owners_support_is_found_out(menu):
    found = told(chosen_by(lambda o, _: o >= 3, 120, menu), menu)
    assert found.by_owner_support.low > 0.5
    assert found.by_company.low > 0.2


def test_who_chooses_by_lot_is_not_foretold(menu):
    """Of 20 logs the 80 % interval of the correlation holds 0 in most: 10 is far below chance."""
    found = [
        told(chosen_by(lambda _, rng: rng.random() < 0.5, 80, menu, seed), menu)
        for seed in range(20)
    ]
    assert sum(f.by_owner_support.low <= 0 <= f.by_owner_support.high for f in found) >= 10
    assert sum(f.by_company.low > 0 for f in found) <= 5


def test_what_was_drawn_by_lot_says_nothing_of_how_cards_are_chosen(menu):
    chosen = chosen_by(lambda o, _: o >= 3, 60, menu)
    lots = chosen_by(lambda o, _: o < 3, 300, menu, 1)
    mixed = log_of(
        ["F"] * 360,
        [*chosen.cards, *lots.cards],
        [*chosen.frame["owner_support"], *lots.frame["owner_support"]],
        by=["owner"] * 60 + ["random"] * 300,
    )
    assert told(mixed, menu).by_owner_support.value == pytest.approx(
        told(chosen, menu).by_owner_support.value
    )


def test_few_companies_say_nothing_and_constant_support_is_no_fault(menu):
    few = chosen_by(lambda o, _: o >= 3, FEWEST_COMPANIES - 1, menu)
    assert confounding(few, cards_of(menu), folds(few.company, 0), np.random.default_rng(0)) == ()
    same = log_of(["F"] * 30, [0] * 30, [3.0] * 30)
    found = confounding(same, cards_of(menu), folds(same.company, 0), np.random.default_rng(0))
    assert [one.attribute for one in found] == list(CHOSEN_FOR)
    assert all(one.by_owner_support.value is None for one in found)
    assert all(one.by_company.value is None for one in found)

"""Who was drawn by lot, and what the outcomes of a lot say where some had to wait."""

import numpy as np
import pandas as pd
import pytest

from matcher.evaluation.cross_fitting import Held
from matcher.evaluation.off_policy import doubly_robust, surprises
from matcher.evaluation.propensity import propensities
from matcher.plan.files import Seats
from matcher.plan.lottery import lottery, room_for
from matcher.ranking.engine import Predictions
from matcher.training.evidence import Evidence
from matcher.trials.randomisation import drawn_by_lot, share_placed
from tests.matcher.gains import gains_of

WAYS = {
    "at random": ("random", np.nan, True),
    "by a plan": ("leermatch", 0.3, True),
    "by a plan with one way to fill its seats": ("leermatch", 1.0, False),
    "by advice of which no chance is known": ("leermatch", np.nan, False),
    "by the table": ("table", 0.3, False),
    "nobody wrote how": (None, np.nan, False),
}


def rows(*cells):
    columns = ("table", "assigned_by", "propensity", "intervention")
    return pd.DataFrame(cells, columns=columns)


@pytest.mark.parametrize(("by", "chance", "drawn"), WAYS.values(), ids=WAYS.keys())
def test_a_lot_has_chances_below_one(by, chance, drawn):
    assert drawn_by_lot(rows(("t1", by, chance, "evc"))).tolist() == [drawn]


def test_the_share_that_got_a_card_is_that_of_its_own_lot():
    """At t1 one of three waited, at t2 one of two; the others have no chance over them."""
    plan = [("t1", "leermatch", 0.3, card) for card in ("evc", "bbl", "geen")]
    other = [("t2", "leermatch", 0.5, card) for card in ("geen", "evc")]
    drawn = [(None, "random", np.nan, "evc"), (None, "random", np.nan, "geen")]
    chose = [("t1", "owner", np.nan, "evc"), ("t1", "table", np.nan, "geen")]
    frame = rows(*plan, *other, *drawn, *chose)
    known = [2 / 3] * 3 + [1 / 2] * 2 + [1] * 4
    assert share_placed(frame) == pytest.approx(known)
    assert share_placed(frame.astype({"table": "category"})) == pytest.approx(known)


def test_companies_of_no_table_were_drawn_together():
    none = [(None, "random", 0.25, card) for card in ("evc", "geen", "geen", "geen")]
    assert share_placed(rows(*none)) == pytest.approx([1 / 4] * 4)


def test_a_company_that_nothing_suited_was_in_no_lot():
    found = share_placed(rows(("t1", "leermatch", 0.4, "evc"), ("t1", "leermatch", 1.0, "geen")))
    assert found.tolist() == [1.0, 1.0]


def test_a_value_is_the_truth_where_half_of_the_companies_wait():
    """24 companies, 12 seats of two cards. The mean over all tickets, not a simulation of them.

    By the chance in the whole lot it would be twice the truth.
    """
    n, n_cards = 24, 2
    rng = np.random.default_rng(3)
    truth = rng.normal(0.2, 0.3, (n, n_cards))
    draws = truth + rng.normal(0, 0.3, (64, n, n_cards))
    room = room_for([Seats("a", 6), Seats("b", 6)], n)
    drawn = lottery(draws, np.ones((n, n_cards), bool), room, floor=0.5)  # no weight is cut
    chances = drawn.propensities()
    policy = np.eye(n_cards)[rng.integers(0, n_cards, n)]
    zeros, ones = np.zeros(n_cards), np.ones(n_cards)
    nothing = Predictions(zeros, ones, ones, zeros, zeros)
    value = 0.0
    for ticket, weight in zip(drawn.tickets, drawn.weights, strict=True):
        logged = zip(chances[np.arange(n), ticket], ticket, strict=True)
        cells = [("t", "leermatch", p, ("a", "b", "geen")[card]) for p, card in logged]
        got = ticket < n_cards
        k = int(got.sum())
        frame = rows(*cells)[got].reset_index(drop=True).assign(state="finished")
        gain = truth[got, ticket[got]]
        evidence = Evidence(
            frame,
            (None,) * k,
            ticket[got],
            np.arange(k),
            np.zeros(k, int),
            gains_of(gain, np.zeros(k)),
            placed=share_placed(rows(*cells))[got],
        )
        held = Held([nothing] * k, np.zeros(k), np.zeros(k), {})
        known = propensities(evidence, None, None, ())  # all are logged
        terms = doubly_robust(evidence, held.ours, policy[got], known, surprises(evidence, held))
        value += weight * terms.mean()
    assert value == pytest.approx((policy * truth).sum(axis=1).mean(), abs=1e-9)

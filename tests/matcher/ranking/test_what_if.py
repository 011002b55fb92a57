"""Which other answer lifts a card, and how sure it is that companies finish it."""

import numpy as np
import pytest

from matcher.profile.schema import NO_CONSTRAINTS, Constraints
from matcher.ranking.alternatives import moves_up
from matcher.ranking.draws import finishes
from matcher.ranking.engine import Engine
from matcher.regression.probit import STEP, ndtr


@pytest.fixture(scope="module")
def engine(trained):
    return Engine(trained, "trained")


def place(engine, profile, card):
    ranking = engine.rank(profile)
    return next((r.rank for r in ranking.recommendations if r.intervention == card), None)


def moves(engine, profile, limits, card):
    return moves_up(engine, profile, limits, engine.rank(profile, limits), card)


def test_every_lift_is_the_place_that_the_other_answer_really_gives(engine, profile):
    last = engine.rank(profile).recommendations[-1]
    found = moves(engine, profile, NO_CONSTRAINTS, last.intervention)
    assert found
    for move in found:
        other = profile.model_copy(update={move.field: move.value})
        assert place(engine, other, last.intervention) == move.place < last.rank
        assert move.open == (getattr(profile, move.field) is None)
    assert [m.place for m in found] == sorted(m.place for m in found)
    assert len({m.field for m in found}) == len(found)


def test_the_first_card_cannot_be_lifted(engine, profile):
    first = engine.rank(profile).recommendations[0].intervention
    assert moves(engine, profile, NO_CONSTRAINTS, first) == ()


def test_a_card_that_does_not_suit_enters_by_the_answer_that_its_condition_asks(engine, profile):
    known = profile.model_copy(update={"recognised_training_company": False})
    assert place(engine, known, "bbl") is None
    # The answer was given, so only another place could lift it; what fails is told elsewhere.
    assert moves(engine, known, NO_CONSTRAINTS, "bbl") == ()


def test_a_limit_holds_while_answers_are_tried(engine, profile):
    limits = Constraints(exclude=("leercoach",))
    assert moves(engine, profile, limits, "leercoach") == ()


def test_the_share_that_finishes_lies_within_its_interval(engine, profile):
    ranking = engine.rank(profile, finish=True)
    found = ranking.finish
    assert tuple(found) == engine.menu.ids
    for line in ranking.recommendations:
        share = found[line.intervention]
        assert 0 <= share.low <= share.mean <= share.high <= 1
        # The ranking multiplies two means; the draws know that the two go together a little.
        assert share.mean == pytest.approx(line.p_started * line.p_completed, abs=0.05)


def test_the_share_is_told_only_where_it_was_asked_for(engine, profile):
    assert engine.rank(profile).finish == {}


def test_the_interval_of_the_share_holds_eight_of_ten_draws():
    drawn = np.random.default_rng(1).normal(size=(3, 5, 400)) / STEP
    draws = ndtr(STEP * drawn[0]) * ndtr(STEP * drawn[1])
    for row, share in zip(draws, finishes("abcde", drawn.astype(np.float32)).values(), strict=True):
        assert row.mean() == pytest.approx(share.mean, abs=1e-3)
        assert np.mean((row >= share.low) & (row <= share.high)) == pytest.approx(0.8, abs=0.01)

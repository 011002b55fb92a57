"""What is odd in a wave is told with its figure."""

import numpy as np
import pytest

from matcher.errors import warned_of
from matcher.measure.odd import oddities
from matcher.measure.scale import SIX
from matcher.measure.study import Instrument, Wave, measure_study

ITEMS = tuple("abcdefg")


def odd(change=None, reversed_items=(), **more):
    """Return what is odd in 40 people's answers at one company."""
    rng = np.random.default_rng(0)
    level = rng.normal(3.5, 0.8, 40)[:, None]
    answers = np.clip(np.round(level + rng.normal(0, 0.6, (40, 7))), 1, 6)
    answers[:, 0] = np.where(
        (answers == answers[:, :1]).all(axis=1), 7 - answers[:, 0], answers[:, 0]
    )
    if change:
        change(answers)
    wave = Wave("voor", answers, np.zeros(40, int), **more)
    instrument = Instrument("kort", ITEMS, SIX, 4, frozenset(reversed_items))
    return oddities(measure_study(instrument, ["aa"], [wave], rng, 20))


def turn(answers):
    answers[:, 2] = 7 - answers[:, 2]


def alike(answers):
    answers[:3] = 4


def highest(answers):
    answers[:8] = 6
    answers[:8, 0] = np.nan
    answers[:8, 1] = np.nan


FOUND = {
    "a reversed item that nobody marked": ({"change": turn}, "c", "item_against_rest", "-0."),
    "one turned already": ({"reversed_items": "d"}, "d", "item_turned_too_often", "-0."),
    "one code twice": (
        {"person": np.r_[0, 0, np.arange(1, 39)]}, "voor", "answers_twice", "1 van de 40"
    ),
    "one answer throughout": ({"change": alike}, "voor", "straight_lines", "3 van de 40"),
    "more answers than people": (
        {"headcount": np.array([30.0])}, "voor", "more_than_headcount", "dan er werken: 1"
    ),
    "many at the end": ({"change": highest}, "voor", "scale_too_short", "20 % de hoogste"),
}  # fmt: skip


@pytest.mark.parametrize(("how", "about", "code", "words"), FOUND.values(), ids=FOUND.keys())
def test_what_is_odd_is_told_with_its_figure(how, about, code, words):
    (found,) = odd(**how)
    assert (found.about, found.code) == (about, code)
    assert words in found.text("nl") and found.text("en")
    assert warned_of(code, "nl") != code


def test_in_ordinary_answers_nothing_is_odd():
    assert odd() == ()
    assert odd(turn, "c") == ()

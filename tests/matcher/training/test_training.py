"""Which trial answers which question, and what is learned where the truth is known."""

import numpy as np
import pytest

from matcher.design.cards import cards_of
from matcher.design.expert import HEADS, read_expert
from matcher.design.setup import Setup
from matcher.design.terms import layout_of
from matcher.menu.card import read_menu
from matcher.model.fitted import expert_model
from matcher.paths import EXPERT, MENU, TRIALS
from matcher.training.evidence import answered, gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials

MENU_CARD = read_menu(MENU)
EXPERT_PRIOR = read_expert(EXPERT)
SETUP = Setup(MENU_CARD, EXPERT_PRIOR)


@pytest.fixture(scope="module")
def frame():
    return read_trials(TRIALS, MENU_CARD).frame


@pytest.fixture(scope="module")
def fitted(frame):
    """Return the model of these trials."""
    return fit(gather(frame, MENU_CARD), SETUP)[0]


def with_state(frame, state, gain):
    some = frame[frame["intervention"] != "geen"].head(1).copy()
    some["state"] = state
    some["culture_before"], some["culture_after"] = 3.5, (4.0 if gain else np.nan)
    return gather(some.reset_index(drop=True), MENU_CARD)


ANSWERS = {
    "not started": ("not_started", False, {"started": 0.0}),
    "started, still going": ("started", False, {"started": 1.0}),
    "started and measured": ("started", True, {"started": 1.0, "gain": 0.5}),
    "stopped": ("stopped", False, {"started": 1.0, "completed": 0.0}),
    "stopped but measured": ("stopped", True, {"started": 1.0, "completed": 0.0}),
    "finished, not measured": ("finished", False, {"started": 1.0, "completed": 1.0}),
    "finished": ("finished", True, {"started": 1.0, "completed": 1.0, "gain": 0.5}),
    "unknown": ("unknown", False, {}),
}


@pytest.mark.parametrize(("state", "measured", "expected"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_state_answers_only_what_it_knows(frame, state, measured, expected):
    evidence = with_state(frame, state, measured)
    told = {}
    for head in HEADS:
        known, answer = answered(evidence, head)
        if known[0]:
            told[head] = pytest.approx(answer[0])
    assert told == expected


def test_controls_are_measured_and_not_ranked(frame):
    evidence = gather(frame, MENU_CARD)
    assert evidence.gains.n_controls > 0
    assert len(evidence) == (frame["intervention"] != "geen").sum()


def test_without_usable_trials_the_expert_prior_remains(frame):
    silent = frame.head(3).assign(state="unknown", culture_after=np.nan)
    model, _ = fit(gather(silent, MENU_CARD), SETUP)
    alone = expert_model(MENU_CARD, EXPERT_PRIOR)
    for head in HEADS:
        np.testing.assert_allclose(model.heads[head].mean, alone.heads[head].mean)


def test_the_same_trials_and_seed_give_the_same_model(frame, fitted):
    again, _ = fit(gather(frame, MENU_CARD), SETUP)
    for head in HEADS:
        np.testing.assert_array_equal(fitted.heads[head].draws, again.heads[head].draws)


def test_row_order_does_not_matter(frame, fitted):
    turned = gather(frame.iloc[::-1].reset_index(drop=True), MENU_CARD)
    other, _ = fit(turned, SETUP)
    for head in HEADS:
        np.testing.assert_allclose(fitted.heads[head].mean, other.heads[head].mean, atol=1e-4)


def test_a_card_that_nobody_finishes_is_learned(frame, fitted):
    """All trials of the most popular card stopped: its own part of the chance falls."""
    popular = frame.loc[frame["intervention"] != "geen", "intervention"].mode()[0]
    place = MENU_CARD.ids.index(popular)
    changed = frame.copy()
    mine = changed["intervention"] == popular
    changed.loc[mine & (changed["state"] == "finished"), "state"] = "stopped"
    stopped, _ = fit(gather(changed, MENU_CARD), SETUP)
    before, after = (model.heads["completed"].mean for model in (fitted, stopped))
    own = layout_of("completed", EXPERT_PRIOR, cards_of(MENU_CARD)).columns["cards"].start + place
    assert after[own] < before[own] - 0.05


@pytest.mark.parametrize("value", [4.0, 5.9], ids=["all the same", "an extreme score"])
def test_constant_or_extreme_scores_end_in_a_finite_model(frame, value):
    odd = frame.assign(culture_before=3.0, culture_after=value)
    model, _ = fit(gather(odd, MENU_CARD), SETUP)
    assert all(np.isfinite(model.heads[head].mean).all() for head in HEADS)


def test_one_company_alone_ends_in_a_finite_model(frame):
    model, _ = fit(gather(frame.head(1), MENU_CARD), SETUP)
    assert model.facts.companies == 1
    assert all(np.isfinite(model.heads[head].mean).all() for head in HEADS)

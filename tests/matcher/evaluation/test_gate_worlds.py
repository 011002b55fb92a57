"""The whole way from trials to verdict, in worlds whose truth is known.

Small ones, of three cards drawn by lot: what must never be guessed is the same in all sizes. In 32
worlds ``null`` of the simulator with the whole menu and 90 companies the verdict was never promote
either.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from matcher.design.setup import Setup
from matcher.evaluation.evaluate import evaluate
from matcher.evaluation.judging import judge_candidate
from matcher.training.evidence import gather
from matcher.training.fit import fit
from matcher.trials.reader import read_trials
from tests.matcher.conftest import PLANTED, trial, write_trials
from tests.strength import strength

CHOSEN_WITH = (0.4, 0.25, 0.35)


pytestmark = pytest.mark.usefixtures("few_folds")


def verdict_of(folder, menu, expert, effects, seed, n_companies):
    """Return the verdict on trials by lot: one card at each company, gains with noise of .3."""
    small = replace(menu, interventions=tuple(menu.by_id[card] for card in PLANTED))
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n_companies):
        # What helps is chosen least, so that no simple choice finds it.
        card = rng.choice(3, p=CHOSEN_WITH)
        before, noise = rng.normal(3.5, 0.3), rng.normal(0, 0.3)
        after = np.clip(before + noise + effects[card], 1, 6)
        cells = {"propensity": CHOSEN_WITH[card], "employees": int(rng.integers(40, 200))}
        rows.append(trial(f"c{number}", PLANTED[card], before, after, **cells))
    evidence = gather(read_trials(write_trials(folder / "t.csv", rows), small).frame, small)
    model, scales = fit(evidence, Setup(small, expert), seed=seed, averaged=False)
    found = evaluate(evidence, model, scales, seed=seed)
    return judge_candidate(found)


@pytest.mark.proof
def test_where_cards_do_not_differ_nothing_is_promoted(tmp_path, menu, expert):
    """At most 5 %: of 2 worlds none, of 40 not four."""
    worlds = strength(2, 40)
    verdicts = Counter(
        verdict_of(tmp_path, menu, expert, (0.1, 0.1, 0.1), seed, 30)[0] for seed in range(worlds)
    )
    assert verdicts["promote"] <= 0.08 * worlds
    assert verdicts["cannot tell"] >= worlds / 2


def test_where_one_card_helps_and_many_tried_it_the_model_is_promoted(tmp_path, menu, expert):
    """The card that no simple choice puts first brings .6 point to everybody."""
    found = verdict_of(tmp_path, menu, expert, (0.0, 0.6, 0.0), 0, 60)
    assert found == ("promote", ("better_than_all",))

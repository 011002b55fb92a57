"""What happened before and after: by hand, and what a card's mean is made of."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t

from matcher.evaluation.before_after import card_means, result_of
from matcher.paths import TRIALS
from matcher.training.evidence import gather
from matcher.trials.gain import measure
from matcher.trials.reader import read_trials
from tests.matcher.conftest import trial, write_trials


def frame_of(folder, menu, rows):
    return read_trials(write_trials(folder / "t.csv", rows), menu).frame


def test_what_happened_by_hand(tmp_path, menu):
    """Changes .5, .3 and .1 of who finished: mean .3, SD .2. One tried twice: .0 and .2 are .1."""
    rows = [
        trial("a", "evc", 3.0, 3.5),
        trial("b", "evc", 3.2, 3.5),
        trial("c", "evc", 4.0, 4.0),
        trial("c", "microlearning", 4.0, 4.2),
        trial("idle", "evc", 3.5, 3.6, state="not_started"),
        trial("lost", "evc", 3.5, None),
        trial("still", "geen", 3.5, 3.7, state="unknown"),
    ]
    found = result_of(frame_of(tmp_path, menu, rows))
    done = found.by_state["finished"]
    assert (done.n_companies, done.sd) == (3, pytest.approx(0.2))
    assert (done.before, done.after) == pytest.approx((10.2 / 3, 11.1 / 3))
    low, high = student_t.interval(0.8, 2, 0.3, 0.2 / 3**0.5)
    assert (done.change.value, done.change.low, done.change.high) == pytest.approx((0.3, low, high))
    assert found.by_state["not_started"].n_companies == 1
    assert found.by_state["not_started"].change.value == pytest.approx(0.1)
    assert set(found.by_state) == {"finished", "not_started"}
    assert (found.controls.n_companies, found.controls.change.value) == (1, pytest.approx(0.2))
    # One control says little of what changes anyway: most of its change is left as if it were gain.
    assert 0 < found.controls.gain.value < 0.2


def test_the_error_of_what_was_taken_off_is_in_a_gain_and_not_in_a_change(tmp_path, menu):
    """All rise by .3, controls by .1 or .5: what is left is known as badly as theirs is."""
    rows = [trial(f"c{i}", "evc", 3.5, 3.8) for i in range(9)]
    rows += [trial(f"k{i}", "geen", 3.5, 3.6 + 0.4 * (i % 2), state="unknown") for i in range(4)]
    frame = frame_of(tmp_path, menu, rows)
    done, gains = result_of(frame).by_state["finished"], measure(frame)
    assert done.change.high - done.change.low == pytest.approx(0, abs=1e-9)
    assert done.gain.value == pytest.approx(0.3 - gains.control_change)
    assert 0 < gains.control_change < 0.3
    assert (done.gain.high - done.gain.low) / 2 == pytest.approx(1.2816 * gains.drift_sd, rel=1e-3)


def test_a_score_on_another_scale_is_told_on_one_to_six(tmp_path, menu):
    rows = [trial("a", "evc", 3.0, 3.4, scale="1-5"), trial("b", "evc", 3.5, 4.0)]
    done = result_of(frame_of(tmp_path, menu, rows)).by_state["finished"]
    assert done.before == pytest.approx((1 + 1.25 * 2 + 3.5) / 2)
    assert done.change.value == pytest.approx(0.5)


def test_nothing_measured_is_no_result(tmp_path, menu):
    found = result_of(frame_of(tmp_path, menu, [trial("a", "evc", 3.0, None)]))
    assert (found.by_state, found.controls) == ({}, None)


def test_a_card_has_its_raw_mean_and_an_estimate_nearer_to_the_others(menu, trained):
    """Of every card the mean over companies of what was measured; the model draws them together."""
    evidence = gather(read_trials(TRIALS, menu).frame, menu)
    found = card_means(evidence, trained)
    state, gain = evidence.state, evidence.gains.gain
    known = np.isin(state, ["started", "finished"]) & ~np.isnan(gain)
    table = pd.DataFrame({"card": evidence.cards, "c": evidence.company, "gain": gain})[known]
    ids = trained.menu.ids
    assert [ids.index(mean.card) for mean in found] == sorted(table["card"].unique())
    for mean in found:
        own = table[table["card"] == ids.index(mean.card)]
        each = own.groupby("c")["gain"].mean()
        assert (mean.n_trials, mean.n_companies) == (len(own), len(each))
        assert mean.raw.value == pytest.approx(each.mean())
    raw = np.array([mean.raw.value for mean in found])
    drawn = np.array([mean.estimate for mean in found])
    assert drawn.std() < 0.5 * raw.std()
    assert np.corrcoef(raw, drawn)[0, 1] > 0.3

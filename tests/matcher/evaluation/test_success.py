"""What met its card's measure, and what is not known."""

from dataclasses import replace

import pytest

from matcher.evaluation.findings import SuccessCount
from matcher.evaluation.success import judged, successes
from matcher.menu.card import Success
from matcher.ranking.wording import success_sentence
from matcher.training.evidence import gather
from matcher.trials.reader import read_trials
from tests.matcher.conftest import PLANTED, trial, write_trials

STATES = ("not_started", "started", "stopped", "finished", "unknown")


def read(folder, menu, rows):
    path = write_trials(folder / "t.csv", rows)
    return gather(read_trials(path, menu).frame, menu)


@pytest.mark.parametrize(
    ("measure", "found"), [("started", "nyyy-"), ("finished", "n-ny-")], ids=["started", "finished"]
)
def test_a_state_meets_a_measure_fails_it_or_leaves_it_open(tmp_path, menu, measure, found):
    rows = [trial(f"c{i}", "evc", 3.5, None, state=state) for i, state in enumerate(STATES)]
    known, met = judged(read(tmp_path, menu, rows), measure, None)
    told = "".join("-" if not k else "y" if m else "n" for k, m in zip(known, met, strict=True))
    assert told == found


COLUMNS = {
    "would continue": ("would_continue", None, {"would_continue": ("ja", "nee", "")}, "yn-"),
    "the owner": (
        "satisfaction_owner_at_least", 7, {"satisfaction_owner": (7, 6.9, "")}, "yn-",
    ),
    "the staff": (
        "satisfaction_staff_at_least", 7, {"satisfaction_staff": (10, 0, "")}, "yn-",
    ),
    "hours": ("hours_at_least", 8, {"hours_per_participant": (8, 7, "")}, "yn-"),
}  # fmt: skip


@pytest.mark.parametrize(("measure", "bound", "cells", "found"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_meets_its_threshold_or_is_unknown(tmp_path, menu, measure, bound, cells, found):
    ((name, values),) = cells.items()
    rows = [trial(f"c{i}", "evc", 3.5, 3.5, **{name: v}) for i, v in enumerate(values)]
    known, met = judged(read(tmp_path, menu, rows), measure, bound)
    told = "".join("-" if not k else "y" if m else "n" for k, m in zip(known, met, strict=True))
    assert told == found


def test_a_gain_counts_as_it_is_measured_and_what_never_started_gained_nothing(tmp_path, menu):
    """Four companies at 3.5 of which one rises a point; no one's drift is subtracted."""
    rows = [
        trial("up", "evc", 3.5, 4.5),
        trial("same", "evc", 3.5, 3.5),
        trial("idle", "evc", 3.5, None, state="not_started"),
        trial("lost", "evc", 3.5, None),
    ]
    known, met = judged(read(tmp_path, menu, rows), "gain_at_least", 0.1)
    assert known.tolist() == [True, True, True, False]
    assert (known & met).tolist() == [True, False, False, False]


NEVER_BEGAN = {
    "a gain that was measured": ("gain_at_least", 0.1, {}),
    "an owner who is content": ("satisfaction_owner_at_least", 7, {"satisfaction_owner": 9}),
    "staff who are content": ("satisfaction_staff_at_least", 7, {"satisfaction_staff": 9}),
    "who would go on": ("would_continue", None, {"would_continue": "ja"}),
    "nothing noted": ("would_continue", None, {}),
}


@pytest.mark.parametrize(("measure", "bound", "cells"), NEVER_BEGAN.values(), ids=NEVER_BEGAN)
def test_what_did_not_start_did_not_succeed_whatever_was_noted(
    tmp_path, menu, measure, bound, cells
):
    rows = [trial("idle", "evc", 3.5, 4.5, state="not_started", **cells)]
    known, met = judged(read(tmp_path, menu, rows), measure, bound)
    assert (known.tolist(), met.tolist()) == ([True], [False])


def test_each_card_is_counted_by_its_own_measure(tmp_path, menu):
    measures = (Success(measure="finished"), Success(measure="gain_at_least", at_least=0.5))
    rule = dict(zip(PLANTED, measures, strict=False))
    usual = Success(measure="started")
    cards = tuple(menu.by_id[c].model_copy(update={"success": rule.get(c, usual)}) for c in PLANTED)
    small = replace(menu, interventions=cards)
    rows = [
        trial("a", PLANTED[0], 3.5, 3.5),
        trial("b", PLANTED[0], 3.5, None, state="stopped"),
        trial("c", PLANTED[0], 3.5, None, state="unknown"),
        trial("d", PLANTED[1], 3.5, 4.5),
        trial("e", PLANTED[1], 3.5, None),
    ]
    assert successes(read(tmp_path, small, rows), small) == (
        SuccessCount(PLANTED[0], "finished", None, 2, 1),
        SuccessCount(PLANTED[1], "gain_at_least", 0.5, 1, 1),
    )


def test_what_counts_is_said_in_both_languages():
    assert "minstens 0,1 punt" in success_sentence("gain_at_least", 0.1, "nl")
    assert "0.1 point" in success_sentence("gain_at_least", 0.1, "en")
    assert "afmaakte" in success_sentence("finished", None, "nl")

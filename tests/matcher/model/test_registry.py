"""Which version is live, who decided so, and what happens when that record is damaged."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from matcher.errors import (
    BrokenLedger,
    BrokenVersion,
    InvalidDecision,
    RetrainingRuns,
    UnknownVersion,
)
from matcher.model import registry
from matcher.model.registry import LEDGER, Decision, promote, rollback
from matcher.ranking.loading import load_engine

AN = {"by": "An Bos", "reason": "more companies"}


def lines(models):
    return (models / LEDGER).read_text(encoding="utf-8").splitlines()


def aliases(models):
    return registry.current(models), registry.previous(models)


@pytest.fixture
def three(add_version):
    """Return the names of three versions, oldest first."""
    return [add_version(day) for day in (3, 4, 5)]


# What is there


@pytest.mark.parametrize("seconds", [-86_400, -1, 0, 0.9])
def test_a_version_follows_the_newest_whatever_the_clock_says(models, seconds):
    newest = datetime(2026, 1, 5, 12, tzinfo=UTC)
    for name in ("20260105T120000Z-0123456789ab", "20260103T120000Z-0123456789ab"):
        (models / name).mkdir(parents=True)
    now = newest + timedelta(seconds=seconds)
    assert registry.moment_after(models, now) == newest + timedelta(seconds=1)


def test_a_version_is_of_now_where_none_is_as_late(models):
    now = datetime(2026, 1, 5, 12, 0, 1, 500, tzinfo=UTC)
    assert registry.moment_after(models, now) == now
    (models / "20260105T120000Z-0123456789ab").mkdir(parents=True)
    (models / "99999999T999999Z-0123456789ab").mkdir()
    assert registry.moment_after(models, now) == now


def test_without_a_folder_there_is_nothing_and_nothing_is_made(models):
    assert registry.versions(models) == []
    assert registry.ledger(models) == []
    assert aliases(models) == (None, None)
    assert registry.live(models) is None
    assert registry.load_model(models) is None
    assert not models.exists()


def test_versions_are_listed_oldest_first_and_nothing_else(models, three):
    (models / ".writing-x").mkdir()
    (models / "README.md").touch()
    (models / "20260503T101500Z-0123456789ab").touch()  # a file by the name of a version
    assert registry.versions(models) == three


def test_the_newest_version_is_live_until_one_is_promoted(models, three):
    assert registry.live(models) == three[2]
    assert aliases(models) == (None, None)
    promote(models, three[0], **AN)
    assert registry.live(models) == three[0]


def test_the_expert_prior_answers_when_there_is_no_version(models, menu, expert):
    engine = load_engine(models, menu)
    assert engine.version == f"expert-{expert.version}"
    assert engine.info.expert_only


def test_without_a_version_and_a_menu_nothing_can_answer(models):
    with pytest.raises(UnknownVersion):
        load_engine(models, None)


def test_an_engine_is_that_of_the_version_asked_for(models, three, menu):
    promote(models, three[0], **AN)
    assert load_engine(models, menu).version == three[0]
    assert load_engine(models, None, three[1]).version == three[1]


def test_something_tells_that_another_version_is_live(models, add_version):
    seen = [registry.live_marker(models)]
    for day in (3, 4):
        add_version(day)
        seen.append(registry.live_marker(models))
    promote(models, registry.versions(models)[0], **AN)
    seen.append(registry.live_marker(models))
    add_version(5)
    assert registry.live_marker(models) == seen[-1]
    rollback_to = registry.versions(models)[1]
    promote(models, rollback_to, **AN)
    seen.append(registry.live_marker(models))
    assert all(before != after for before, after in pairwise(seen))


@pytest.mark.parametrize("content", ["", '{"time": "2026-05'], ids=["empty", "one torn line"])
def test_a_ledger_without_a_decision_does_not_hide_a_new_version(models, add_version, content):
    add_version(3)
    (models / LEDGER).write_text(content)
    before = registry.live_marker(models)
    newest = add_version(4)
    assert registry.live(models) == newest
    assert registry.live_marker(models) != before


# Decisions


def test_a_promotion_is_written_with_who_why_and_what_it_replaced(models, three):
    before = datetime.now(UTC).replace(microsecond=0)
    first, second = (promote(models, version, **AN) for version in three[:2])
    assert (first.action, first.version, first.replaced) == ("promote", three[0], three[2])
    assert (second.version, second.replaced) == (three[1], three[0])
    assert (second.by, second.reason) == ("An Bos", "more companies")
    assert before <= datetime.fromisoformat(second.time) <= datetime.now(UTC)
    assert datetime.fromisoformat(second.time).utcoffset().total_seconds() == 0
    assert registry.ledger(models) == [first, second]
    assert [json.loads(line)["version"] for line in lines(models)] == three[:2]


STEPS = {
    "one promoted": ("0", (0, 2)),
    "the newest promoted": ("2", (2, 1)),
    "back to what answered before": ("0<", (2, None)),
    "back from the newest": ("2<", (1, None)),
    "two promoted": ("01", (1, 0)),
    "back": ("01<", (0, 2)),
    "back twice is two steps": ("01<<", (2, None)),
    "back twice of three": ("012<<", (0, 2)),
    "back and forward by name": ("01<1", (1, 0)),
    "back, then another": ("01<2", (2, 0)),
    "back from another": ("01<2<", (0, 2)),
    "the same again": ("011", (1, 0)),
    "back after the same again": ("011<", (0, 2)),
    "the first again": ("00", (0, 2)),
    "round": ("0120", (0, 2)),
    "round and back": ("0120<<<", (0, 2)),
}


@pytest.mark.parametrize(("steps", "expected"), STEPS.values(), ids=STEPS.keys())
def test_current_and_previous_follow_the_decisions(models, three, steps, expected):
    for step in steps:
        rollback(models, **AN) if step == "<" else promote(models, three[int(step)], **AN)
    assert aliases(models) == tuple(None if i is None else three[i] for i in expected)
    assert [d.action for d in registry.ledger(models)] == [
        "rollback" if step == "<" else "promote" for step in steps
    ]


def test_a_ledger_of_before_in_which_going_back_went_forward_is_read(models, three):
    """Two rollbacks came back to where they began; now that is a step on, and back from it."""
    lines = [
        decision("05-01", three[0]),
        decision("05-02", three[1], three[0]),
        decision("05-03", three[0], three[1], "rollback"),
        decision("05-04", three[1], three[0], "rollback"),
    ]
    (models / LEDGER).write_text("".join(lines))
    assert aliases(models) == (three[1], three[0])
    rollback(models, **AN)
    assert aliases(models) == (three[0], None)
    with pytest.raises(UnknownVersion, match="no earlier"):
        rollback(models, **AN)


@pytest.mark.parametrize("times", [0, 1, 2])
def test_there_may_be_nothing_to_roll_back_to(models, add_version, times):
    only = add_version(3)
    for _ in range(times):
        assert promote(models, only, **AN).replaced in (None, only)
    with pytest.raises(UnknownVersion, match="no earlier"):
        rollback(models, **AN)
    assert len(registry.ledger(models)) == times


UNSIGNED = {
    "nobody": {"by": ""},
    "spaces for a name": {"by": " \t\n"},
    "no reason": {"reason": ""},
    "spaces for a reason": {"reason": "  "},
    "a control character": {"reason": "a\x1b[2Jb"},
    "bytes that are no text": {"by": "An\udcff"},
    "nul": {"by": "An\0"},
}


@pytest.mark.parametrize("change", UNSIGNED.values(), ids=UNSIGNED.keys())
def test_a_decision_without_who_and_why_is_refused(models, three, change):
    promote(models, three[0], **AN)
    promote(models, three[1], **AN)
    before = (models / LEDGER).read_bytes()
    [name] = change
    with pytest.raises(InvalidDecision, match=f"--{name}"):
        promote(models, three[2], **AN | change)
    with pytest.raises(InvalidDecision, match=f"--{name}"):
        rollback(models, **AN | change)
    assert (models / LEDGER).read_bytes() == before


WRITTEN = {
    "accents": ("Daniël Ümit 李", "Daniël Ümit 李"),
    "quotes and braces": ('An "x" {y} \\n', 'An "x" {y} \\n'),
    "lines": ("one\ntwo\r\nthree", "one two three"),
    "separators that end a line for some": ("a\u2028b\u2029c\x85d\x0be\x0cf", "a b c d e f"),
    "spaces around": ("  An \t Bos ", "An Bos"),
}


@pytest.mark.parametrize(("text", "kept"), WRITTEN.values(), ids=WRITTEN.keys())
def test_whatever_is_written_is_one_line_that_can_be_read_again(models, three, text, kept):
    decision = promote(models, three[0], by=text, reason=text)
    assert (decision.by, decision.reason) == (kept, kept)
    assert registry.ledger(models) == [decision]
    assert (models / LEDGER).read_bytes().count(b"\n") == 1


NOT_VERSIONS = ["", ".", "..", "current", "../models", "20260503T101500Z-0123456789ab", "a\0b"]


@pytest.mark.parametrize("name", NOT_VERSIONS)
def test_a_version_that_does_not_exist_is_not_promoted(models, three, name):
    with pytest.raises(UnknownVersion, match=three[0]):
        promote(models, name, **AN)
    with pytest.raises(UnknownVersion):
        registry.load_model(models, name)
    assert registry.ledger(models) == []


def test_a_broken_version_is_not_promoted(models, three):
    (models / three[0] / "menu.toml").open("ab").close()
    (models / three[0] / "menu.toml").write_text("version = 2")
    with pytest.raises(BrokenVersion, match=r"menu\.toml"):
        promote(models, three[0], **AN)
    assert registry.ledger(models) == []


def test_there_is_no_going_back_to_a_version_that_broke(models, three):
    for version in three[:2]:
        promote(models, version, **AN)
    (models / three[0] / "gain-mean.npy").unlink()
    with pytest.raises(BrokenVersion):
        rollback(models, **AN)
    assert aliases(models) == (three[1], three[0])


# Two at once


def test_only_one_process_writes_versions_at_a_time(models):
    first, second = registry.writing(models), registry.writing(models)
    with first, pytest.raises(RetrainingRuns, match="wait"), second:
        raise AssertionError("two at once")
    with registry.writing(models):
        pass


def test_a_decision_does_not_wait_for_a_retraining(models, three):
    """Going back must be possible at once, also while a long retraining runs."""
    with registry.writing(models):
        for version in three:
            promote(models, version, **AN)
        assert rollback(models, **AN).version == three[1]


def test_decisions_at_the_same_time_come_one_after_the_other(models, three):
    for version in three * 2:  # so far back nobody goes
        promote(models, version, **AN)

    def decide(place):
        promote(models, three[place % 2], **AN)
        rollback(models, **AN)

    threads = [threading.Thread(target=decide, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decisions = registry.ledger(models)
    assert len(decisions) == 6 + 12
    for before, after in pairwise(decisions):
        assert after.replaced == before.version
        assert after.action == "promote" or after.version != after.replaced


# The ledger itself


def decision(day, version, replaced=None, action="promote"):
    time = f"2026-{day}T12:00:00+00:00"
    fields = {"time": time, "action": action, "version": version, "replaced": replaced}
    return json.dumps(fields | {"by": "An", "reason": "test"}) + "\n"


def live_on(models, moment):
    """Return what the ledger says was live at a moment, or None before the first decision."""
    asked = datetime.fromisoformat(moment)
    past = [d for d in registry.ledger(models) if datetime.fromisoformat(d.time) <= asked]
    return past[-1].version if past else None


DAYS = {
    "before the first": ("2026-04-30T00:00:00+00:00", None),
    "on the day itself": ("2026-05-01T12:00:00+00:00", 0),
    "in another time zone": ("2026-05-03T13:59:59+02:00", 0),
    "a second later": ("2026-05-03T14:00:00+02:00", 1),
    "after the rollback": ("2026-05-09T00:00:00+00:00", 0),
    "long after": ("2030-01-01T00:00:00+00:00", 2),
}


@pytest.mark.parametrize(("moment", "expected"), DAYS.values(), ids=DAYS.keys())
def test_what_was_live_on_a_date_has_an_answer(models, three, moment, expected):
    (models / LEDGER).write_text(
        decision("05-01", three[0])
        + decision("05-03", three[1], three[0])
        + decision("05-08", three[0], three[1], "rollback")
        + decision("05-10", three[2], three[0])
    )
    assert live_on(models, moment) == (None if expected is None else three[expected])


def test_what_was_decided_is_never_rewritten(models, three):
    content = b""
    for version in (*three, three[0]):
        promote(models, version, **AN)
        longer = (models / LEDGER).read_bytes()
        assert longer.startswith(content)
        assert len(longer) > len(content)
        content = longer
    inode = (models / LEDGER).stat().st_ino
    rollback(models, **AN)
    assert (models / LEDGER).stat().st_ino == inode
    assert (models / LEDGER).read_bytes().startswith(content)


def test_a_last_line_cut_short_anywhere_does_not_count_and_is_cut_off(models, three):
    promote(models, three[0], by="Daniël", reason="één")
    whole = (models / LEDGER).read_bytes()
    torn = decision("05-04", three[1], three[0]).replace("An", "Daniël 李").encode()
    for length in range(1, len(torn)):
        (models / LEDGER).write_bytes(whole + torn[:length])
        assert registry.current(models) == three[0]
    for length in (1, len(torn) // 2, torn.index("ë".encode()) + 1, len(torn) - 1):
        (models / LEDGER).write_bytes(whole + torn[:length])
        added = promote(models, three[2], **AN)
        assert added.replaced == three[0]
        assert (models / LEDGER).read_bytes().startswith(whole + b'{"')
        assert registry.ledger(models)[1:] == [added]


DAMAGED = {
    "no JSON": b"what?\n",
    "an empty line": b"\n",
    "a list": b"[]\n",
    "a number": b"5\n",
    "a field missing": b'{"time": "2026-05-03T12:00:00+00:00"}\n',
    "a field too many": decision("05-03", "v").replace("}", ', "x": 1}').encode(),
    "a version that is a number": decision("05-03", 5).encode(),
    "another action": decision("05-03", "v", action="delete").encode(),
    "not UTF-8": decision("05-03", "v").encode().replace(b"An", b"\xff"),
    "nested without end": b"[" * 100_000 + b"\n",
    "nul bytes": b"\0" * 20 + b"\n",
}


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_line_is_refused_with_its_place(models, three, line):
    good = decision("05-02", three[0]).encode()
    content = good + line + good
    (models / LEDGER).write_bytes(content)
    for ask in (registry.ledger, registry.current, registry.previous, registry.live):
        with pytest.raises(BrokenLedger, match=rf"{LEDGER}.*line 2"):
            ask(models)
    for decide in (lambda: promote(models, three[1], **AN), lambda: rollback(models, **AN)):
        with pytest.raises(BrokenLedger, match="line 2"):
            decide()
    assert (models / LEDGER).read_bytes() == content


def test_a_decision_is_a_line_of_plain_values(models, three):
    promote(models, three[0], **AN)
    [line] = lines(models)
    assert set(json.loads(line)) == set(Decision.__slots__)


def test_a_ledger_that_names_a_version_that_is_gone_says_so(models, three):
    (models / LEDGER).write_text(decision("05-03", "20260101T000000Z-0123456789ab"))
    with pytest.raises(UnknownVersion, match="20260101T000000Z"):
        registry.load_model(models)
    (models / LEDGER).write_text(decision("05-03", "../../etc"))
    with pytest.raises(UnknownVersion):
        registry.load_model(models)
    assert os.path.isdir(models / three[0])

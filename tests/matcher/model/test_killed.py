"""The folder of versions after a kill at every step that writes: whole, readable, usable."""

import shutil
from pathlib import Path

import pytest

from matcher.model import registry
from matcher.model.artefact import TEMPORARY, clean_up, load, save
from tests.matcher.killed import every_step, faults_of


def look(models):
    """Return the versions there are, all of them whole."""
    assert faults_of(models) == []
    return registry.versions(models)


def test_a_version_killed_at_any_step_is_there_whole_or_not_at_all(version, tmp_path):
    model, provenance = load(version)
    models = tmp_path / "other"
    models.mkdir()

    def write():
        with registry.writing(models):
            clean_up(models)
            save(model, provenance, models, {"evaluation.json": "{}"})

    torn = 0
    for k in every_step(write):
        left = list(models.glob(f"{TEMPORARY}*"))
        torn += bool(left)
        assert len(look(models)) <= 1
        if k % 4 == 0:  # the next one succeeds and leaves nothing of what was torn
            write()
            assert not list(models.glob(f"{TEMPORARY}*"))
            assert len(look(models)) == 1
            for name in registry.versions(models):
                shutil.rmtree(models / name)
    assert torn > 10  # else no kill came while files were being written
    assert len(look(models)) == 1
    assert not list(models.glob(f"{TEMPORARY}*"))


@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_a_decision_killed_at_any_step_was_taken_or_not(add_version, models, action):
    first, second, third = (add_version(day) for day in (1, 2, 3))
    registry.promote(models, first, "An", "start")
    registry.promote(models, second, "An", "next")
    before = (models / registry.LEDGER).read_bytes()

    def decide():
        if action == "promote":
            registry.promote(models, third, "Bo", "test")
        else:
            registry.rollback(models, "Bo", "test")

    after = {"promote": third, "rollback": first}[action]
    killed, taken = 0, set()
    for _ in every_step(decide):
        killed += 1
        decisions = registry.ledger(models)
        assert [d.version for d in decisions[:2]] == [first, second]
        assert registry.live(models) in (second, after)
        assert registry.versions(models) == [first, second, third]
        taken.add(len(decisions))
        Path(models / registry.LEDGER).write_bytes(before)
    assert look(models) == [first, second, third]
    assert killed >= 4  # the lock and the ledger opened, two flushes
    assert taken == {2, 3}
    assert registry.live(models) == after
    assert len(registry.ledger(models)) == 3


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_a_line_cut_short_is_no_decision_and_the_next_one_takes_its_place(add_version, models, cut):
    first, second = (add_version(day) for day in (1, 2))
    registry.promote(models, first, "An", "start")
    registry.promote(models, second, "An", "next")
    path = models / registry.LEDGER
    path.write_bytes(path.read_bytes()[:-cut])
    assert registry.live(models) == first
    registry.promote(models, second, "Bo", "again")
    assert [d.by for d in registry.ledger(models)] == ["An", "Bo"]

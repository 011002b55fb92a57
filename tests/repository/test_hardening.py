"""``make harden`` kills what it says, and cannot but notice what would be wrong."""

import shutil
import time
from copy import copy
from pathlib import Path

import pytest

from matcher import retraining
from tests.hardening.__main__ import main
from tests.hardening.kills import KINDS, Hardening, Violation, kinds


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    return Hardening(tmp_path_factory.mktemp("hardening"), seed=1)


@pytest.fixture
def hardening(begun, tmp_path):
    """Return one with a copy of the folder, to do with as one likes."""
    other = copy(begun)
    other.models = Path(shutil.copytree(begun.models, tmp_path / "models"))
    other.spans = dict(begun.spans)
    return other


def test_after_kills_of_each_quick_kind_all_is_whole(hardening):
    for kind in ("writing", "promote", "rollback"):
        assert hardening.kill(kind)


def test_of_many_kills_each_kind_has_its_share():
    drawn = kinds(200, seed=1)
    assert [drawn.count(kind) for kind in KINDS] == [60, 80, 20, 20, 20]
    assert drawn != sorted(drawn)


def test_a_version_written_in_place_is_found_half_written(hardening, monkeypatch):
    save = retraining.save

    def sloppy(model, provenance, models, pages):
        name = save(model, provenance, models, pages)
        manifest = models / name / "manifest.json"
        text = manifest.read_bytes()
        manifest.unlink()
        time.sleep(2)  # nearly all of the time in which it is killed
        manifest.write_bytes(text)
        return name

    monkeypatch.setattr(retraining, "save", sloppy)
    with pytest.raises(Violation, match="manifest"):
        for _ in range(5):
            hardening.kill("writing")


def test_what_is_torn_must_be_gone_after_the_next_retraining(hardening, monkeypatch):
    monkeypatch.setattr(retraining, "clean_up", lambda _: None)
    with pytest.raises(Violation, match="left what a kill"):
        for _ in range(20):
            hardening.kill("writing")


def test_a_violation_ends_it_with_code_1_and_says_what_was_found(monkeypatch, capsys):
    class Broken:
        def __init__(self, folder, seed):
            pass

        def kill(self, kind):
            raise Violation("v1 does not load")

    monkeypatch.setattr("tests.hardening.__main__.Hardening", Broken)
    assert main(["--kills", "3"]) == 1
    told = capsys.readouterr().err
    assert "VIOLATION v1 does not load" in told
    left = Path(told.split()[-1])
    assert left.is_dir()
    left.rmdir()


@pytest.mark.parametrize("words", [["--kills", "0"], ["--seed", "-1"], ["--often"]])
def test_a_wrong_option_is_refused(words):
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == 2

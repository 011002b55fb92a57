"""Kills of each kind, and that nothing wrong after one goes unnoticed."""

import shutil
import time
from copy import copy
from pathlib import Path

import pytest

from matcher import retraining
from tests.hardening.kills import Hardening, Violation

pytestmark = pytest.mark.proof


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

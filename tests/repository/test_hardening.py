"""``make harden`` kills what it says, and cannot but notice what would be wrong."""

from pathlib import Path

import pytest

from tests.hardening.__main__ import main
from tests.hardening.kills import KINDS, Hardening, Violation, kinds


def test_after_a_kill_all_is_whole(tmp_path):
    """One; the others, and what must be noticed, are in ``tests/hardening/test_kills.py``."""
    assert Hardening(tmp_path, seed=1).kill("writing")


def test_of_many_kills_each_kind_has_its_share():
    drawn = kinds(200, seed=1)
    assert [drawn.count(kind) for kind in KINDS] == [60, 80, 20, 20, 20]
    assert drawn != sorted(drawn)


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

"""docs/security.md names a test for every requirement, and every such test is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+.*?) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize(("requirement", "how", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_a_requirement_names_a_test_that_exists(requirement, how, test):
    assert how
    names = re.findall(r"`(test_\w+)`", test)
    assert names
    assert set(names) <= TESTS


def test_every_test_that_is_named_exists():
    assert set(re.findall(r"`(test_\w+)`", TEXT)) <= TESTS


def test_the_list_covers_the_chapters_that_apply():
    chapters = {int(row[0].split(".")[0]) for row in ROWS}
    assert {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 16} == chapters

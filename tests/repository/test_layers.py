"""No package knows what stands above it, and the picture of the floors is that of the code."""

import re

import pytest

from tests.layers import (
    DOCUMENT,
    FOR_ALL,
    LAYERS,
    PICTURE,
    ROOT,
    arrows,
    floor,
    floors,
    package_of,
    picture,
    renewed,
    sentence,
)


def test_a_package_imports_only_what_its_row_names():
    wrong = [
        f"{path}: {here} may not import {there}"
        for path, here, there in arrows()
        if there not in LAYERS[here]
    ]
    assert wrong == []


def test_no_row_names_what_its_package_does_not_import():
    used = {(here, there) for _, here, there in arrows()}
    idle = [
        f"{here} does not import {there}"
        for here, row in LAYERS.items()
        for there in sorted(row - FOR_ALL)
        if (here, there) not in used
    ]
    assert idle == []


def test_every_arrow_goes_down():
    for here, row in LAYERS.items():
        assert all(floor(there) < floor(here) for there in row)


def test_the_core_does_not_know_the_web():
    assert not [there for _, here, there in arrows() if here[0] == "m" and there[0] == "s"]
    for path in sorted((ROOT / "matcher").rglob("*.py")):
        assert not re.search(r"^\s*(from|import) flask", path.read_text("utf-8"), re.M), path


def test_every_folder_with_code_has_a_row():
    for side in ("matcher", "service"):
        for init in sorted((ROOT / side).rglob("*.py")):
            parts = init.relative_to(ROOT).with_suffix("").parts
            module = ".".join(part for part in parts if part != "__init__")
            assert module == "matcher" or package_of(module) in LAYERS, init


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_says_in_one_sentence_what_it_is(package):
    said = sentence(package)
    assert said.endswith(".") and len(said) < 120
    assert ". " not in said.rstrip(".")


def test_the_picture_and_the_table_are_those_of_the_code():
    """Renew them with python -m tests.layers."""
    assert PICTURE.read_text("utf-8") == picture()
    document = DOCUMENT.read_text("utf-8")
    assert renewed(document) == document
    assert all(f"`{package}`" in document for package in LAYERS)
    assert len(floors()) == max(map(floor, LAYERS))

"""The ground everything stands on: locks, make, and what the repository says of itself."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("matcher", "service")
LOCKS = ("run", "test", "bench", "audit")
ASKED_FOR = {"dask", "distributed"}
"""Imported only when asked for, and refused with the name of the extra where it is missing."""
TARGETS = (
    *("run", "test", "check", "retrain", "bench", "bench-serving", "harden"),
    *("audit", "sbom", "lock", "clean"),
)
# Names that only exist while types are checked.
TYPING_ONLY = {"_typeshed"}


def lock_text(name):
    return (ROOT / "requirements" / f"{name}.lock").read_text()


def requirements(name):
    """Return each requirement of a lock, a list of words: the pin, its marker, its hashes."""
    lines = re.sub(r"^\s*#.*\n", "", lock_text(name), flags=re.MULTILINE).replace("\\\n", " ")
    return [line.split() for line in lines.splitlines() if line.strip()]


def distribution(requirement):
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


# Locks


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_of_a_lock_is_exact_and_hashed(name):
    for first, *rest in requirements(name):
        assert re.fullmatch(r"[a-z0-9.-]+==[^=*]+", first), first
        hashes = [word for word in rest if word.startswith("--")]
        assert hashes, f"{first} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word) for word in hashes), first


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_folder_of_a_machine(name):
    text = re.sub(r"requirements/(run|test)\.lock", "", lock_text(name))
    assert "://" not in text
    assert "/" not in text
    assert not re.search(r"^(-|.*\.whl)", text, flags=re.MULTILINE)


def test_the_run_lock_holds_every_runtime_dependency():
    locked = {distribution(first) for first, *_ in requirements("run")}
    assert {distribution(line) for line in PROJECT["dependencies"]} <= locked


def test_the_test_lock_holds_the_test_extra_and_the_whole_run_lock():
    tested = [sorted(words) for words in requirements("test")]
    assert all(sorted(words) in tested for words in requirements("run"))
    locked = {distribution(first) for first, *_ in requirements("test")}
    assert {distribution(line) for line in PROJECT["optional-dependencies"]["test"]} <= locked


def test_the_bench_lock_holds_the_bench_extra_and_the_whole_test_lock():
    benched = [sorted(words) for words in requirements("bench")]
    assert all(sorted(words) in benched for words in requirements("test"))
    locked = {distribution(first) for first, *_ in requirements("bench")}
    assert {distribution(line) for line in PROJECT["optional-dependencies"]["bench"]} <= locked


def test_the_audit_lock_holds_the_audit_extra():
    locked = {distribution(first) for first, *_ in requirements("audit")}
    assert {distribution(line) for line in PROJECT["optional-dependencies"]["audit"]} <= locked


def imported(path):
    """Return the top-level names that a module imports, other than its own package's."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_nothing_that_the_run_lock_lacks(package):
    """The tests run with more installed than the service has, and would not notice."""
    locked = {distribution(first) for first, *_ in requirements("run")}
    locked |= {distribution(name) for name in ASKED_FOR}
    owners = packages_distributions()
    known = sys.stdlib_module_names | set(PACKAGES) | TYPING_ONLY
    for path in (ROOT / package).rglob("*.py"):
        for name in set(imported(path)) - known:
            candidates = {distribution(owner) for owner in owners.get(name, [name])}
            assert candidates & locked, f"{path.relative_to(ROOT)} imports {name}"


# What the repository says of itself


@pytest.mark.parametrize("target", [*TARGETS, "help"])
def test_make_knows_the_promised_targets(target):
    dry = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert dry.returncode == 0, dry.stderr
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    assert f"make {target} " in listed.stdout


def test_the_catalogue_entry_agrees_with_the_package():
    entry = (ROOT / "publiccode.yml").read_text("utf-8")
    assert f'softwareVersion: "{PROJECT["version"]}"' in entry
    assert f"license: {PROJECT['license']}" in entry
    for line in re.findall(r"shortDescription: (.*)", entry):
        assert len(line) <= 150, line  # a rule of the standard


def test_the_licence_is_the_one_that_is_named():
    head = (ROOT / "LICENSE").read_text("utf-8")[:200]
    assert PROJECT["license"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in head

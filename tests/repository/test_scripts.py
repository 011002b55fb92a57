"""The scripts behind make, on machines that lack something or were interrupted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = (
    *("cat", "chmod", "cksum", "cp", "cut", "dirname", "grep", "id", "mkdir", "mktemp", "mv", "rm"),
    *("sh", "sleep", "tail", "uname"),
)

FAKE_PYTHON = """#!/bin/sh
# Stands in for Python: answers the probe, makes .venv, and notes what else it is asked.
case "$*" in
    -c*import\\ pip*) exit 0 ;;
    -c*) echo "$0"; exit "${PROBE_STATUS:-0}" ;;
    *venv*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo venv >>calls ;;
    *pip*) echo "pip ${*##* }" >>calls; exit "${PIP_STATUS:-0}" ;;
    *promote*) echo "promote $4" >>calls ;;
    *retrain*) echo retrain >>calls; echo a page; echo v1; exit "${RETRAIN_STATUS:-0}" ;;
    *service*) echo "service on $LEERMATCH_PORT" >>calls; echo "http://127.0.0.1:$LEERMATCH_PORT" ;;
    *pytest*) echo "pytest with <$CHROMIUM> $*" >>calls ;;
esac
"""


class Machine:
    """A folder with the scripts and the locks, and a PATH of a few system tools."""

    def __init__(self, folder):
        self.folder = folder / "with a space"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.folder.mkdir()
        shutil.copytree(ROOT / "scripts", self.folder / "scripts")
        shutil.copytree(ROOT / "requirements", self.folder / "requirements")
        (self.folder / "models").mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.program("uname", "echo Linux")
        self.program("id", "echo 1000")

    def program(self, name, script):
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, script, *arguments, **environment):
        return subprocess.run(
            [self.bin / "sh", f"scripts/{script}.sh", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.bin)} | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def calls(self):
        """Return what the stand-in was asked since the last look."""
        notes = self.folder / "calls"
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def equipped(machine):
    """A machine with a (stand-in) Python and with the run lock installed."""
    machine.program("python3", FAKE_PYTHON)
    assert machine.run("install", "run").returncode == 0
    machine.calls()
    return machine


def refusal(answer, status=1):
    """Return the one line of a refusal."""
    assert answer.returncode == status
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    return line


def test_the_probe_finds_this_python(machine):
    answer = machine.run("find-python", PYTHON=sys.executable)
    assert Path(answer.stdout.strip()).samefile(sys.executable)


def test_a_usable_python_is_found_behind_an_old_one(machine):
    machine.program("python3", "exit 3")
    machine.program("python3.12", FAKE_PYTHON)
    assert machine.run("find-python").stdout.strip() == str(machine.bin / "python3.12")


MISSING_PYTHON = {
    "none, Debian": ({"apt-get": ""}, "sudo apt-get install python3-venv"),
    "none, as root": ({"apt-get": "", "id": "echo 0"}, ": apt-get install python3-venv"),
    "none, Fedora": ({"dnf": ""}, "sudo dnf install python3.12"),
    "none, macOS": ({"uname": "echo Darwin"}, "brew install python@3.12"),
    "none, elsewhere": ({}, "package manager"),
    "too old": ({"apt-get": "", "python3": "exit 3"}, "sudo apt-get install python3.11-venv"),
    "without venv": ({"apt-get": "", "python3": "exit 4"}, "sudo apt-get install python3-venv"),
    "3.12 without venv": (
        {"apt-get": "", "python3": "exit 3", "python3.12": "exit 4"},
        "sudo apt-get install python3.12-venv",
    ),
    "a stand-in that fails": ({"uname": "echo Darwin", "python3": "echo x >&2; exit 1"}, "brew"),
}


@pytest.mark.parametrize(("programs", "hint"), MISSING_PYTHON.values(), ids=MISSING_PYTHON.keys())
@pytest.mark.parametrize(("script", "argument"), [("find-python", ""), ("run", "8000")])
def test_a_missing_python_gets_one_line_that_installs_it(machine, script, argument, programs, hint):
    for name, body in programs.items():
        machine.program(name, body)
    assert hint in refusal(machine.run(script, argument))


def test_a_chosen_python_that_does_not_fit_is_named(machine):
    machine.program("python3", FAKE_PYTHON)
    assert "PYTHON=python9 " in refusal(machine.run("find-python", PYTHON="python9"))


def test_an_install_is_skipped_until_the_lock_changes(machine):
    machine.program("python3", FAKE_PYTHON)
    installs = ["venv", "pip requirements/run.lock"]
    for expected in (installs, []):
        assert machine.run("install", "run").returncode == 0
        assert machine.calls() == expected
    with (machine.folder / "requirements/run.lock").open("a") as lock:
        lock.write("# changed\n")
    assert machine.run("install", "run").returncode == 0
    assert machine.calls() == ["pip requirements/run.lock"]


def test_the_test_lock_counts_as_the_run_lock_too(equipped):
    assert equipped.run("install", "test").returncode == 0
    assert equipped.calls() == ["pip requirements/test.lock"]
    assert equipped.run("install", "run").returncode == 0
    assert equipped.calls() == []


def test_the_bench_lock_counts_as_the_other_two(equipped):
    assert equipped.run("install", "bench").returncode == 0
    assert equipped.calls() == ["pip requirements/bench.lock"]
    for held in ("test", "run"):
        assert equipped.run("install", held).returncode == 0
        assert equipped.calls() == []


@pytest.mark.parametrize("status", ["1", "130"])
def test_an_interrupted_install_is_not_taken_as_done(machine, status):
    machine.program("python3", FAKE_PYTHON)
    assert machine.run("install", "run", PIP_STATUS=status).returncode != 0
    assert not (machine.folder / ".venv/installed").exists()
    machine.calls()
    assert machine.run("install", "run").returncode == 0
    assert machine.calls() == ["venv", "pip requirements/run.lock"]


def test_an_environment_whose_python_is_gone_is_made_again(equipped):
    (equipped.folder / ".venv/bin/python").unlink()
    assert equipped.run("install", "run").returncode == 0
    assert equipped.calls() == ["venv", "pip requirements/run.lock"]


def test_the_claim_of_a_killed_install_does_not_block_the_next(machine):
    machine.program("python3", FAKE_PYTHON)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (machine.folder / ".venv.claim").write_text(f"{ended.pid}\n")
    assert machine.run("install", "run").returncode == 0
    assert not (machine.folder / ".venv.claim").exists()


def test_a_second_install_waits_for_the_first(machine):
    machine.program("python3", FAKE_PYTHON)
    first = subprocess.Popen(["sleep", "600"])
    (machine.folder / ".venv.claim").write_text(f"{first.pid}\n")
    os.waitpid(first.pid, os.WNOHANG)
    waiting = subprocess.Popen(
        [machine.bin / "sh", "scripts/install.sh", "run"],
        cwd=machine.folder,
        env={"PATH": str(machine.bin)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert "Waiting" in waiting.stdout.readline()
    assert machine.calls() == []
    first.kill()
    first.wait()
    waiting.communicate(timeout=120)
    assert waiting.returncode == 0
    assert machine.calls() == ["venv", "pip requirements/run.lock"]


@pytest.mark.parametrize(
    "port", ["", "http", "80a", "-1", "0", "65536", "99999999999999999999", "8 0"]
)
def test_a_port_that_is_none_is_refused_before_anything_is_installed(machine, port):
    machine.program("python3", FAKE_PYTHON)
    assert f"PORT={port} " in refusal(machine.run("run", port), status=2)
    assert machine.calls() == []


@pytest.mark.parametrize("verdict", ["0", "3", "4"])
def test_run_trains_a_first_model_whatever_the_verdict_and_serves(equipped, verdict):
    answer = equipped.run("run", "8123", RETRAIN_STATUS=verdict)
    assert answer.returncode == 0
    assert "http://127.0.0.1:8123" in answer.stdout
    assert equipped.calls() == ["retrain", "promote v1", "service on 8123"]


def test_run_does_not_serve_when_training_failed(equipped):
    assert equipped.run("run", "8000", RETRAIN_STATUS="2").returncode == 2
    assert equipped.calls() == ["retrain"]


def test_run_keeps_the_models_that_are_there(equipped):
    (equipped.folder / "models/20260503T100000Z-abc").mkdir()
    assert equipped.run("run", "8000").returncode == 0
    assert equipped.calls() == ["service on 8000"]


VERDICTS = {
    "0": (0, "promote"),
    "3": (0, "keep"),
    "4": (0, "cannot tell"),
    "2": (2, ""),
    "5": (5, ""),
}


@pytest.mark.parametrize(("code", "meaning"), VERDICTS.items())
def test_retrain_says_its_verdict_and_fails_only_on_faults(equipped, code, meaning):
    status, verdict = meaning
    answer = equipped.run("retrain", RETRAIN_STATUS=code)
    assert answer.returncode == status
    assert bool(answer.stderr) == bool(verdict)
    assert verdict in answer.stderr


# Chromium


no_apps = pytest.mark.skipif(
    any(Path("/Applications").glob("*Chrom*.app")), reason="this Mac's own browser would be found"
)

MISSING_CHROMIUM = {
    "Debian": ({"apt-get": "touch apt"}, "sudo apt-get install chromium"),
    "Ubuntu": ({"apt-get": "", "snap": ""}, "sudo snap install chromium"),
    "Fedora": ({"dnf": ""}, "sudo dnf install chromium"),
    "macOS": ({"uname": "echo Darwin"}, "brew install --cask google-chrome"),
    "one that only tells to install it": ({"dnf": "", "chromium-browser": "exit 1"}, "dnf"),
}


@no_apps
@pytest.mark.parametrize(
    ("programs", "hint"), MISSING_CHROMIUM.values(), ids=MISSING_CHROMIUM.keys()
)
def test_a_missing_chromium_gets_one_line_that_installs_it(machine, programs, hint):
    for name, body in programs.items():
        machine.program(name, body)
    assert hint in refusal(machine.run("find-program", "chromium"))


@no_apps
def test_root_installs_chromium_from_the_system_s_packages(machine):
    machine.program("id", "echo 0")
    browser = machine.bin / "chromium"
    machine.program(
        "apt-get",
        f'echo "$1" >>calls; [ "$1" = update ] || {{ echo "#!/bin/sh"; }} >"{browser}"\n'
        f'chmod -f +x "{browser}"; exit 0',
    )
    answer = machine.run("find-program", "chromium")
    assert (answer.returncode, answer.stdout) == (0, f"{browser}\n")
    assert machine.calls() == ["update", "install"]


@no_apps
def test_root_hears_why_the_system_s_packages_failed(machine):
    machine.program("id", "echo 0")
    machine.program("apt-get", 'echo "E: Unable to locate package" >&2; exit 100')
    answer = machine.run("find-program", "chromium")
    assert answer.returncode == 1
    assert "E: Unable to locate package" in answer.stderr
    assert answer.stderr.splitlines()[-1].endswith("sudo apt-get install chromium")


def test_the_tests_are_told_which_chromium(equipped):
    equipped.program("chromium", "exit 0")
    assert equipped.run("test", "tests/x").returncode == 0
    installed, tested = equipped.calls()
    assert installed == "pip requirements/test.lock"
    assert tested.startswith(f"pytest with <{equipped.bin / 'chromium'}> -m pytest -n logical ")
    assert tested.endswith(" tests/x")  # the last word is of who tests: -n 0 wins


@no_apps
def test_without_a_browser_the_rest_is_tested_except_in_ci(equipped):
    answer = equipped.run("test")
    assert answer.returncode == 0
    assert "No Chromium" in answer.stderr
    assert equipped.calls()[-1].startswith("pytest with <> ")
    refused = equipped.run("test", CI="true")
    assert "No Chromium" in refusal(refused)
    assert equipped.calls() == []


# What the others are made of, and whether they have holes


@pytest.fixture
def audited(machine):
    """A machine whose stand-in says of a library what it is told to."""
    machine.program(
        "python3",
        FAKE_PYTHON.replace(
            "*venv*) mkdir -p .venv/bin; cp",
            "*-m\\ venv*) mkdir -p build/audit-venv/bin; cp",
        )
        .replace(".venv/bin/python;", "build/audit-venv/bin/python;")
        .replace(
            "*pip*)",
            '*pip_audit*) echo "${SAID:-}" >&2; [ -z "${FOUND:-}" ] || echo "$FOUND" '
            '>build/audit.json; exit "${AUDIT_STATUS:-0}" ;;\n'
            "    *cyclonedx*) echo sbom >>calls ;;\n    *pip*)",
        ),
    )
    return machine


AUDITS = {
    "no holes": ({"FOUND": "{}"}, 0, "No known holes"),
    "some": ({"FOUND": "{}", "AUDIT_STATUS": "1"}, 1, "build/audit.json says which"),
    "no network": ({"SAID": "no route to host", "AUDIT_STATUS": "1"}, 2, "Check the network"),
    "no network, and no code": ({"SAID": "no route to host"}, 2, "no route to host"),
}


@pytest.mark.parametrize(("said", "status", "words"), AUDITS.values(), ids=AUDITS.keys())
def test_an_audit_tells_holes_from_a_source_that_does_not_answer(audited, said, status, words):
    answer = audited.run("audit", **said)
    assert answer.returncode == status, answer.stderr
    assert words in answer.stdout + answer.stderr


def test_the_sbom_is_written_with_tools_that_are_installed_once(audited):
    for expected in (["venv", "pip requirements/audit.lock", "sbom"], ["sbom"]):
        answer = audited.run("sbom")
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.splitlines()[-1] == "build/sbom.cdx.json"
        assert audited.calls() == expected

"""What the documents tell people to type is typed here, and what they list is complete.

The commands run in a copy of the repository with an environment of its own, so that nothing of the
one who tests is touched: not their models, not their .venv, not a service on port 8000.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import get_args
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from matcher.cli import main
from matcher.design.expert import Feature, read_expert
from matcher.evaluation.verdict import EXIT_CODES
from matcher.paths import EXPERT
from matcher.profile.schema import Constraints, Profile, Question
from matcher.simulation.simulate import WORLDS
from matcher.vocabulary import NEEDS
from service.cli.commands import COMMANDS
from service.settings import PREFIX, Settings, variable_of
from tests.warm import warm

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "docs/api.md", "docs/onderzoek.md", "docs/operate.md")
"""Those with commands, in the order in which they are tried."""
TEXTS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        *DOCUMENTS,
        "CHANGELOG.md",
        "docs/adviseur.md",
        "docs/benchmark.md",
        "docs/security.md",
        "docs/verhalen.md",
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PLAIN = {"make run", "make test"}
"""Blocks that are not run as they stand: the first serves until it is stopped and is running all
the while; the second would run this test again, and so is only rehearsed with ``make -n``."""
BLOCKS = [
    (name, block)
    for name in DOCUMENTS
    for block in re.findall(r"^```sh\n(.*?)^```$", TEXTS[name], re.DOTALL | re.MULTILINE)
]
FEW = 6
"""Lines of each file of outcomes here: a fold for each company of a whole file takes longer."""
VERDICTS = "0|" + "|".join(str(code) for code in EXIT_CODES.values() if code)


class Copy:
    """The repository as somebody just got it, with the service running in it."""

    def __init__(self, folder):
        self.folder = folder / "leermatch"
        self.port = free_port()
        left_behind = shutil.ignore_patterns(
            *(".git", ".venv*", "build", "dist", "instance", ".*_cache"),
            *(
                ".hypothesis",
                "[0-9]*T[0-9]*Z-*",
                ".writing-*",
                "ledger.jsonl",
                ".lock",
                ".deciding",
            ),
        )
        shutil.copytree(ROOT, self.folder, ignore=left_behind)
        for name in ("training_data/outcomes.csv", "tests/matcher/files/experiment-excel.csv"):
            outcomes = self.folder / name
            outcomes.write_bytes(b"".join(outcomes.read_bytes().splitlines(keepends=True)[:FEW]))
        self._install()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            # What a make above this test, or the one who tests, has set for themselves.
            if not name.startswith((PREFIX, "MAKE")) and name not in ("MFLAGS", "ARGS", "PORT")
        } | {"PORT": str(self.port)}
        self.log = (folder / "service.log").open("w+", encoding="utf-8")
        self.service = subprocess.Popen(
            ["make", "run"],
            cwd=self.folder,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _install(self):
        """Make a .venv that is this Python, and say that all of the locks is in."""
        python = self.folder / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        stamp = [
            f"{name} {checksum(self.folder / f'requirements/{name}.lock')}\n"
            for name in ("run", "test")
        ]
        (self.folder / ".venv/installed").write_text("".join(stamp), encoding="utf-8")

    @contextmanager
    def warm(self):
        """Fork further commands from a process of the copy that has imported all of it.

        The service and what it took to start had a Python of their own, as ``make run`` gives them.
        """
        with warm(self.folder) as process:
            process.write_python(self.folder / ".venv/bin/python")
            yield

    def sh(self, script):
        return subprocess.run(
            ["sh", "-u", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def get(self, path, body=None):
        request = Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def wait_for(self, holds, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.service.poll() is None:
            try:
                if holds():
                    return True
            except (URLError, OSError):
                pass
            time.sleep(0.1)
        return False

    def stop(self):
        os.killpg(self.service.pid, signal.SIGTERM)
        self.service.wait(timeout=60)
        self.log.close()

    def said(self):
        return Path(self.log.name).read_text(encoding="utf-8")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def checksum(path):
    with path.open("rb") as file:
        return subprocess.run(["cksum"], stdin=file, capture_output=True, text=True).stdout.strip()


def script_of(block, port):
    """Return a block as it runs here: the port we serve on, and a stop at the first failure.

    The three verdicts of a retraining are answers, not failures.
    """
    lines = []
    for line in block.replace("\\\n", " ").replace(":8000", f":{port}").splitlines():
        # A quoted body may go on for lines: the command ends where its quotes are closed.
        if lines and lines[-1].count("'") % 2:
            lines[-1] += "\n" + line
        elif line.strip():
            lines.append(line)
    checked = []
    for line in lines:
        fine = VERDICTS if "matcher retrain" in line else "0"
        checked.append(f"{line}\ncode=$?; case $code in {fine}) ;; *) exit $code ;; esac")
    return "\n".join(checked)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    copy = Copy(tmp_path_factory.mktemp("documentation"))
    try:
        ready = copy.wait_for(lambda: copy.get("/health/ready")["status"] == "ready", 300)
        assert ready, copy.said()
        with copy.warm():
            yield copy
    finally:
        copy.stop()


@pytest.fixture(scope="module")
def performed(copy):
    """Run every block in order, once; and after a decision wait until the service follows it."""
    done, tried = {}, {}
    # From the first key on every call needs one: the blocks that make keys come last.
    for number, (_, block) in sorted(
        enumerate(BLOCKS), key=lambda each: "keys create" in each[1][1]
    ):
        command = block.strip()
        if command in PLAIN:
            rehearsal = "true" if command == "make run" else command.replace("make", "make -n")
            done[number] = copy.sh(rehearsal), None
            continue
        if "curl" in block and shutil.which("curl") is None:
            continue
        decides = re.search(r"matcher (promote|rollback)", block)
        if not decides and block in tried:  # two documents may show the same
            done[number] = done[tried[block]]
            continue
        tried[block] = number
        ran = copy.sh(script_of(block, copy.port))
        followed = None
        if ran.returncode == 0 and decides:
            live = copy.sh(".venv/bin/python -m matcher ledger | tail -n 1 | cut -f 3").stdout
            version = live.strip()
            followed = copy.wait_for(
                lambda version=version: copy.get("/api/v1/model")["version"] == version, 60
            )
        done[number] = ran, followed
    return done


@pytest.mark.parametrize(
    "number", range(len(BLOCKS)), ids=[f"{name}: {b.split()[0]}" for name, b in BLOCKS]
)
def test_what_a_document_says_to_type_works(performed, number):
    if number not in performed:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no curl here")
    ran, followed = performed[number]
    assert ran.returncode == 0, f"{BLOCKS[number][1]}\n{ran.stdout}\n{ran.stderr}"
    assert "Traceback" not in ran.stderr
    assert followed is not False, "the running service did not follow the decision"
    if "curl" in BLOCKS[number][1]:
        assert ran.stdout.count("{") > 0


def test_the_readme_names_the_two_commands_and_serving_says_where(copy):
    assert [block.strip() for name, block in BLOCKS if name == "README.md"][:2] == [
        "make run",
        "make test",
    ]
    assert f"http://127.0.0.1:{copy.port}" in copy.said()


def test_the_decisions_of_the_readme_are_in_the_ledger(copy, performed):
    actions = copy.sh(".venv/bin/python -m matcher ledger | cut -f 2").stdout.split()
    assert actions[:3] == ["promote", "promote", "rollback"]


def test_a_refusal_in_the_api_document_tells_every_fault(performed):
    bodies = [
        performed[number][0].stdout
        for number, (name, block) in enumerate(BLOCKS)
        if name == "docs/api.md" and '{"profile": {"employees": 0' in block and number in performed
    ]
    for body in bodies:
        faults = {fault["pointer"] for fault in json.loads(body)["errors"]}
        assert {
            "/profile/employees",
            "/profile/sbi_version",
            "/profile/staffing_pressure",
        } == faults


@pytest.mark.parametrize(
    "program", re.findall(r"^```python\n(.*?)^```$", TEXTS["README.md"], re.DOTALL | re.MULTILINE)
)
def test_a_program_of_the_readme_runs_and_is_short(program):
    assert len(program.splitlines()) <= 11  # ten and the line between imports and the rest
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "blood" in ran.stdout


@pytest.mark.parametrize(
    "program", re.findall(r"^```python\n(.*?)^```$", TEXTS["docs/api.md"], re.DOTALL | re.MULTILINE)
)
def test_a_program_of_the_api_document_runs_and_is_short(copy, program):
    assert len([line for line in program.splitlines() if line]) <= 30
    here = program.replace(":8000", f":{copy.port}")
    link = copy.sh(".venv/bin/python -m flask --app service link").stdout
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", here], input=link, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(" just as good") == 3
    assert ran.stdout.endswith("started\n")


# What the documents list is all there is


def named(text):
    """Return the words that a text sets as code, and their last part after a dot."""
    words = {
        word for code in re.findall(r"`([^`\n]+)`", text) for word in re.split(r"[\s:]+", code)
    }
    return words | {word.split(".")[-1] for word in words}


def keys_of(value):
    if isinstance(value, dict):
        yield from value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from keys_of(item)


def test_the_api_document_tells_every_field_of_a_question():
    fields = {*Profile.model_fields, *Constraints.model_fields, *Question.model_fields}
    assert fields - named(TEXTS["docs/api.md"]) <= {"constraints"}
    assert set(NEEDS) <= named(TEXTS["docs/api.md"])


def test_the_api_document_tells_every_field_of_an_answer(copy):
    profile = {
        "employees": 6,
        "sector": "K",
        "sbi_version": "2025",
        "needs": ["verplicht"],
        "staffing_pressure": "krap",
    }
    asked = {"profile": profile, "limit": 100, "reasons": "all", "ask_next": True}
    answer = copy.get("/api/v1/recommendations", json.dumps(asked).encode())
    for refused in answer["not_suitable"]:
        refused["nearest_change"] = {}
    assert set(keys_of(answer)) - named(TEXTS["docs/api.md"]) == set()


def test_the_api_document_tells_every_address(copy):
    for path, methods in copy.get("/api/v1/openapi.json")["paths"].items():
        for method in methods:
            assert f"`{method.upper()} /api/v1{path}`" in TEXTS["docs/api.md"]


def test_the_readme_lists_every_command_target_and_setting():
    words = named(TEXTS["README.md"])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(main.commands) <= words
    assert set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) <= words
    assert {variable_of(name) for name in Settings.model_fields} <= words


def test_the_document_for_operators_lists_every_setting_and_command():
    text = TEXTS["docs/operate.md"]
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert rows == {variable_of(name) for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if name.startswith("keep_"):
            assert f"| `{variable_of(name)}` | `{field.default}` |" in text
    for command in COMMANDS.values():
        assert re.search(rf"^\S.*flask --app service {command.name}\b", text, re.MULTILINE)


def test_the_readme_gives_every_dependency_its_reason():
    section = TEXTS["README.md"].split("## Dependencies")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \| (\S.*) \|$", section, re.MULTILINE)
    given = {name for cell, _ in rows for name in re.findall(r"`([^`]+)`", cell)}
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    assert given == {re.match(r"[\w-]+", line).group() for line in wanted}


def test_the_research_document_lists_every_feature_world_and_exit_code():
    text = TEXTS["docs/onderzoek.md"]
    rows = set(re.findall(r"^\| `?([\w-]+)`? \|", text, re.MULTILINE))
    assert set(get_args(Feature)) <= rows
    assert set(WORLDS) <= rows
    assert {str(code) for code in EXIT_CODES.values()} <= rows
    assert {"2", "5"} <= rows
    for verdict in EXIT_CODES:
        assert f"`{verdict}`" in text


def test_the_shipped_expert_prior_uses_only_what_the_document_explains():
    expert = read_expert(EXPERT)
    used = {
        part.feature
        for head in (expert.gain, expert.started, expert.completed)
        for part in head.part
    }
    assert used <= named(TEXTS["docs/onderzoek.md"])


def test_words_of_the_page_that_the_advisor_s_document_explains_are_on_the_page():
    pages = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("service/templates", "service/pages")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".html", ".py")
    ).lower()
    section = TEXTS["docs/adviseur.md"].split("## Het antwoord lezen")[1].split("\n## ")[0]
    terms = re.findall(r"^\| ([A-Z][^|]*?) \|", section, re.MULTILINE)
    assert len(terms) > 8
    spoken = {"U ziet", "Voor en tegen"}
    for term in {*terms, "Toon meer", "Alles wissen"} - spoken:
        assert term.lower() in pages, term


# Every document


@pytest.mark.parametrize("name", TEXTS)
def test_a_link_leads_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXTS[name]):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


@pytest.mark.parametrize("name", TEXTS)
def test_a_document_names_no_folder_of_a_machine_and_no_registry(name):
    assert not re.search(r"(?<![\w.~])/(work|root|home|tmp|Users|opt|var)/", TEXTS[name])
    assert not re.search(r"pypi|npmjs|artifactory|devpi|nexus", TEXTS[name], re.IGNORECASE)


def test_the_changelog_tells_of_this_version():
    entry = (ROOT / "publiccode.yml").read_text(encoding="utf-8")
    date = re.search(r'releaseDate: "(.*)"', entry).group(1)
    assert f"## [{PROJECT['version']}] - {date}" in TEXTS["CHANGELOG.md"]


AVOIDED = (
    "scholing|leven lang|leercultuur|interventie|duurzame inzetbaarheid|competentie|faciliteren|"
    "nulmeting|implementeren|evidence|medewerkers met"
)


def sentences_of(text):
    """Return the running sentences: no headings, tables, comments or code."""
    text = re.sub(r"<!--.*?-->|^[#|!].*$|`[^`]*`|\]\([^)]*\)", "", text, flags=re.MULTILINE)
    paragraphs = re.split(r"\n\s*\n|\n\s*(?=[-\d>])", text)
    for paragraph in paragraphs:
        for sentence in re.split(r"(?<=[.?!:;])[\s*\"]+", " ".join(paragraph.split())):
            words = re.findall(r"\w[\w'-]*", sentence)
            if words:
                yield words


@pytest.mark.parametrize("name", ["docs/adviseur.md", "docs/verhalen.md"])
def test_what_advisors_read_is_short_and_free_of_words_that_put_off(name):
    lengths = [len(words) for words in sentences_of(TEXTS[name])]
    assert sum(lengths) / len(lengths) <= 12
    assert max(lengths) <= 25
    prose = re.sub(r"^\|.*$", "", TEXTS[name], flags=re.MULTILINE)
    assert not re.findall(AVOIDED, prose, re.IGNORECASE)

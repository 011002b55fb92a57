"""The examples in ``deploy/``: what can be held of them without building or installing anything."""

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from click.testing import CliRunner
from flask.cli import FlaskGroup

from service.settings import PREFIX, Settings, variable_of
from tests.service.conftest import start_server  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text())
UNITS = sorted(DEPLOY.glob("*.service"))
KNOWN = {variable_of(name) for name in Settings.model_fields}
FOR_THE_PROXY = {"LEERMATCH_NAME"}


def steps():
    """Return the instructions of the Containerfile, each with its arguments on one line."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def last(name):
    return [arguments for step, arguments in steps() if step == name][-1]


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_an_example_names_only_settings_that_there_are(path):
    if path.is_file():
        named = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", path.read_text()))
        assert named - FOR_THE_PROXY <= KNOWN


def test_the_image_copies_what_there_is_and_all_that_serving_needs():
    copied = [arguments.split() for step, arguments in steps() if step == "COPY"]
    sources = {words[0] for words in copied if not words[0].startswith("--")}
    assert all((ROOT / source).exists() for source in sources)
    assert {"requirements/run.lock", "matcher", "service", "training_data"} <= sources


def test_the_image_takes_libraries_by_hash_and_its_base_by_major_version():
    [install] = [arguments for step, arguments in steps() if "pip install" in arguments]
    assert "--require-hashes" in install and "--only-binary :all:" in install
    bases = [arguments.split()[0] for step, arguments in steps() if step == "FROM"]
    images = [
        service["image"] for name, service in COMPOSE["services"].items() if name != "service"
    ]
    for image in (*bases, *images):
        assert re.search(r":\d+(\.\d+)?(-slim)?$", image), image


def test_the_image_runs_as_a_user_without_rights():
    assert int(last("USER")) >= 1000
    names = [step for step, _ in steps()]
    assert names.index("USER") < names.index("CMD")


def test_what_the_container_runs_serves_and_its_health_check_passes(start_server, tmp_path):  # noqa: F811
    """The command of the image, outside of one, with the port in the check as it is here."""
    assert yaml.safe_load(last("CMD")) == ["python", "-m", "service"]
    server = start_server(tmp_path)
    with urlopen(f"{server.url}/health/live", timeout=60) as answer:
        assert answer.status == 200
    command = yaml.safe_load(last("HEALTHCHECK").partition(" CMD ")[2])
    assert command[0] == "python"
    check = [
        sys.executable,
        *(word.replace(":8000", f":{server.address[1]}") for word in command[1:]),
    ]
    assert check[1:] != command[1:]
    assert subprocess.run(check, capture_output=True).returncode == 0
    assert server.stop(signal.SIGTERM) == 0
    assert subprocess.run(check, capture_output=True).returncode != 0


def test_the_containers_write_in_volumes_only_and_have_no_rights_to_spare():
    for name in ("service", "proxy"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
    mounted = {v.partition(":")[2] for v in COMPOSE["services"]["service"]["volumes"]}
    assert mounted == set(yaml.safe_load(last("VOLUME")))


def test_only_the_proxy_is_reached_from_outside_and_the_database_by_the_service_alone():
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["database"]["networks"] == ["back"]
    assert "back" not in services["proxy"]["networks"]
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_no_secret_stands_in_an_example():
    database = COMPOSE["services"]["database"]["environment"]
    assert "POSTGRES_PASSWORD" not in database
    assert "@" in COMPOSE["services"]["service"]["environment"]["DATABASE_URL"]
    for path in DEPLOY.iterdir():
        if path.is_file():
            assert not re.search(r"://\w+:[^@/\s]+@", path.read_text()), path
    for secret in COMPOSE["secrets"].values():
        assert not (DEPLOY / secret["file"]).exists()


def test_compose_names_only_volumes_networks_secrets_and_files_that_there_are():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file()
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", [])) <= set(COMPOSE["services"])
    build = COMPOSE["services"]["service"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Containerfile")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_commands_that_there_are(path):
    """Each command of Leermatch in it answers to --help."""
    commands = re.findall(r"-m ((?:service|flask) ?[^'\n]*)", path.read_text())
    assert commands
    for command in commands:
        words = [
            word for word in shlex.split(command) if not word.startswith(("backups/", "--force"))
        ]
        if words[0] == "flask":
            asked = CliRunner().invoke(FlaskGroup(), [*words[1:], "--help"])
            assert asked.exit_code == 0, asked.output
            assert words[-1] in asked.stdout

"""No name that somebody sends becomes a path, and no method opens what another does not."""

import io
from itertools import product

import pytest

from matcher.cli import main
from service.research.workspace import current_workspace
from tests.service.conftest import PROFILE, RECOMMENDATIONS

SECRET = "not for you"
NAMES = (
    "",
    "../outside",
    "..%2foutside",
    "%2e%2e%2foutside",
    "..%252foutside",
    "..%5coutside",
    "....//outside",
    "%2fetc%2fpasswd",
    "outside%00",
    "\u2025/outside",
    "20260503T101500Z-0123456789ab%2f..%2f..%2foutside",
)
PLACES = (
    "/static/{}",
    "/api/v1/interventions/{}",
    "/api/v1/conversations/{}",
    "/menukaart/{}",
    "/gesprek/{}",
    "/onderzoek/versies/{}",
    "/onderzoek/versies/{}/report.nl.html",
    "/onderzoek/versies/{}/live",
    "/onderzoek/bestanden/{}/intrekken",
    "/onderzoek/trainen/{}",
)


@pytest.fixture
def desk(app):
    with app.app_context():
        return current_workspace()


@pytest.fixture
def outside(desk):
    """Put a file and a folder beside each folder that names are looked up in."""
    kept = []
    for folder in (desk.models.parent, desk.uploads.parent):
        (folder / "outside").mkdir(exist_ok=True)
        for name in ("report.nl.html", "upload.json", "manifest.json", "model.json"):
            (folder / "outside" / name).write_text(SECRET)
        kept.append(folder / "outside")
    return kept


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("place", PLACES)
def test_no_part_of_an_address_is_a_path(client, place):
    for name, method in product(NAMES, ("GET", "POST", "DELETE")):
        with client.open(place.format(name), method=method) as answer:
            # What is no file of the researcher leads back to the list of those there are.
            listed = answer.headers.get("Location") == "/onderzoek/bestanden"
            assert listed or answer.status_code in (400, 404, 405), name
            assert SECRET not in answer.text


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("address", [RECOMMENDATIONS, "/api/v1/conversations"])
def test_no_version_that_is_asked_for_is_a_path(client, address):
    for name in ("../outside", "/etc", "..", ".", "a\\b", "a\0b", "x" * 5000):
        answer = client.post(address, json={"profile": PROFILE, "model": name})
        assert answer.status_code == 400
        assert [fault["pointer"] for fault in answer.json["errors"]] == ["/model"]


@pytest.mark.parametrize("name", ["../outside", "..", "/etc", "current"])
def test_no_version_on_the_command_line_is_a_path(desk, outside, name, capsys):
    words = ["promote", name, "--by", "An", "--reason", "x", "--models", str(desk.models)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code in (1, 2)
    assert SECRET not in capsys.readouterr().err


SENT_AS = ("../../up.csv", "..\\..\\up.csv", "/tmp/up.csv", "up.csv\0.png", "a/../../up.csv")


@pytest.mark.usefixtures("looked_into_here")
@pytest.mark.parametrize("name", SENT_AS)
def test_the_name_of_a_file_that_is_sent_becomes_no_path(client, desk, name):
    before = {path for path in desk.uploads.parent.rglob("*") if path.is_file()}
    client.post("/onderzoek/bestanden", data={"file": (io.BytesIO(b"x;y\n1;2\n"), name)})
    after = {path for path in desk.uploads.parent.rglob("*") if path.is_file()}
    assert not [path for path in after - before if path.name.startswith("up")]
    assert not (desk.uploads.parent.parent / "up.csv").exists()


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PROPFIND", "BREW"])
def test_a_method_that_no_view_has_is_refused_everywhere(app, client, method):
    for rule in app.url_map.iter_rules():
        address = rule.build(dict.fromkeys(rule.arguments, "x"))[1]
        assert client.open(address, method=method).status_code == 405, address

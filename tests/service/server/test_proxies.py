"""The service behind real proxies: the shipped examples, and the plainest there is."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.service.conftest import PROFILE, RECOMMENDATIONS, ROOT

CONVERSATIONS = "/api/v1/conversations"
CHOICE = {"kind": "chosen", "intervention": "leermeester"}
PLAIN = "server { listen 443 ssl; location / { proxy_pass http://127.0.0.1:8000; } }"
NGINX = "daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ {temp} {server} }}"
MISSING = "no nginx for the tests of proxies; on Debian or Ubuntu: sudo apt-get install nginx"


@pytest.fixture
def through(tmp_path):
    """Return a function that starts a proxy before an address; they end with the test."""
    started = []

    def start(proxy, target):
        folder = tmp_path / f"proxy-{len(started)}"
        folder.mkdir()
        folder.chmod(0o777)  # nginx's own user writes there
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words, environ, address = proxy(folder, target, port)
        with (folder / "log").open("w") as log:
            started.append(subprocess.Popen(words, env=environ, stdout=log, stderr=log))
        return _ready(address, started[-1], folder / "log")

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


def _ready(address, process, log):
    session = requests.Session()
    session.trust_env = session.verify = False  # what is set on this machine would win over it
    session.headers["Accept-Encoding"] = "gzip"
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            session.get(f"{address}/menukaart", timeout=60)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return session, address
    raise AssertionError(log.read_text())


def caddy(folder, target, port):
    """Run the shipped example, with a certificate of its own making and no other port."""
    shipped = (ROOT / "deploy/Caddyfile").read_text().replace("service:8000", target)
    options = ("skip_install_trust", "admin off", "auto_https disable_redirects")
    own = "\n".join(("{", *options, "default_bind 127.0.0.1", "}\n"))
    (folder / "Caddyfile").write_text(own + shipped)
    address = f"https://localhost:{port}"
    environ = os.environ | {
        "LEERMATCH_NAME": address,
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    program = Path(sys.executable).parent / "caddy"
    words = [program, "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
    return words, environ, address


def _nginx(server):
    def run(folder, target, port):
        program = os.environ.get("NGINX") or shutil.which("nginx", path=f"{os.defpath}:/usr/sbin")
        if not program:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
        here = server.replace("127.0.0.1:8000", target)
        here = here.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
        here = re.sub(r"ssl_certificate\w* .*;", "", here)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temp = "access_log off;" + "".join(f"{each}_temp_path {folder}/{each};" for each in kinds)
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, temp=temp, server=here))
        words = [program, "-p", folder, "-c", configuration, "-e", "stderr"]
        return words, dict(os.environ), f"http://127.0.0.1:{port}"

    return run


SHIPPED = {
    "Caddy": (caddy, re.compile(r'"r\d+-gzip"')),
    "nginx": (_nginx((ROOT / "deploy/nginx.conf").read_text()), re.compile(r'W/"r\d+"')),
}


@pytest.fixture
def behind(start_server, tmp_path, through):
    """Return a function that starts the service behind a proxy, with settings."""

    def start(proxy, **settings):
        server = start_server(tmp_path, **settings)
        host, port = server.address
        session, address = through(proxy, f"{host}:{port}")
        return server, session, address

    return start


@contextmanager
def a_key(folder, monkeypatch, flask):
    monkeypatch.setenv("LEERMATCH_INSTANCE", str(folder / "instance"))
    monkeypatch.setenv("LEERMATCH_MODELS", str(folder / "models"))
    words = ("--organisation", "Ynbusiness", "--scopes", "recommend,record,export")
    made = flask("keys", "create", *words)
    assert made.exit_code == 0, made.output
    yield made.stdout.strip().splitlines()[-1]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize(("proxy", "changed"), SHIPPED.values(), ids=SHIPPED)
def test_a_choice_an_outcome_and_an_erasure_go_through_the_shipped_proxy(
    behind, tmp_path, monkeypatch, flask, proxy, changed
):
    """With a client that takes gzip, so that the proxy compresses and changes every tag."""
    server, session, address = behind(proxy, LEERMATCH_AUTH="local", LEERMATCH_PROXY="1")
    with a_key(tmp_path, monkeypatch, flask) as key:
        session.headers["X-API-Key"] = key

    def call(method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return session.request(method, address + path, json=body, headers=headers, timeout=60)

    made = call("POST", CONVERSATIONS, {"profile": PROFILE})
    assert made.status_code == 201
    place = made.headers["Location"]
    first = call("GET", place).headers["ETag"]  # of nginx a 201 is not compressed
    assert changed.fullmatch(first), "or this proves nothing of this proxy"
    assert call("GET", place, If_None_Match=first).status_code == 304
    chosen = call("PUT", f"{place}/choice", CHOICE, If_Match=first)
    assert chosen.status_code == 200
    stale = call("PUT", f"{place}/choice", {"kind": "referred"}, If_Match=first)
    assert stale.status_code == 412
    assert '"r2"' in stale.json()["errors"][0]["detail"]
    told = call(
        *("PUT", f"{place}/outcomes/leermeester", {"state": "started"}),
        If_Match=call("GET", place).headers["ETag"],
    )
    assert told.status_code == 200
    trials = call("GET", "/api/v1/trials")
    assert len(trials.text.splitlines()) == 2
    assert call("GET", "/api/v1/trials", If_None_Match=trials.headers["ETag"]).status_code == 304
    assert call("DELETE", place, If_Match=first).status_code == 412
    assert call("DELETE", place, If_Match=told.headers["ETag"]).status_code == 204
    page = session.get(f"{address}/aanmelden", timeout=60)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert ("Strict-Transport-Security" in page.headers) == address.startswith("https")
    for inside in ("/metrics", "/health/ready"):
        assert session.get(address + inside, timeout=60).status_code == 404
    assert not any("proxy_not_set" in line for line in server.log)


def test_the_plainest_proxy_opens_nothing_to_the_world(behind):
    """It adds no header and asks for this machine by its own name, as a browser here does."""
    server, session, address = behind(_nginx(PLAIN))
    asked = session.post(address + RECOMMENDATIONS, json={"profile": PROFILE}, timeout=60)
    assert asked.status_code == 200
    assert session.post(address + CONVERSATIONS, json={"profile": PROFILE}).status_code == 401
    for path in ("/metrics", "/api/v1/trials", CONVERSATIONS):
        assert session.get(address + path, timeout=60).status_code == 401
    for path in ("/onderzoek", "/op-te-volgen"):
        assert "flask --app service link" in session.get(address + path, timeout=60).text
    assert session.get(server.url + CONVERSATIONS, headers=server.opened).status_code == 200


def test_a_proxy_that_nobody_named_is_told_of_and_opens_nothing_not_even_with_the_link(behind):
    usual = PLAIN.replace(
        "proxy_pass", "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass"
    )
    server, session, address = behind(_nginx(usual))
    for _ in range(2):
        refused = session.get(address + CONVERSATIONS, headers=server.opened, timeout=60)
        assert refused.status_code == 401
    told = [json.loads(line) for line in server.log if "proxy_not_set" in line]
    assert [(line["header"], line["setting"]) for line in told] == [
        ("X-Forwarded-For", "LEERMATCH_PROXY")
    ]


def test_signing_in_without_naming_the_proxy_warns_at_the_start(start_server, tmp_path):
    server = start_server(tmp_path, LEERMATCH_AUTH="local")
    server.wait_for_log(2)
    assert any("proxy_not_set" in line and "LEERMATCH_PROXY" in line for line in server.log)

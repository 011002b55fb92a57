"""Users beside 200 half-open sockets, and the memory after bodies that are none.

A busy machine slows both alike: read the second figure beside the first.
"""

import socket
import statistics
import tempfile
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from tests.benchmarks.recommend import PATH, questions
from tests.benchmarks.serving import prepare, started

HALF_OPEN = 200
ASKED = 400
ROUNDS = 50
BAD = {
    "60 kB of [": (b"[" * 60_000, "application/json"),
    "NaN": (b'{"profile": {"employees": NaN}}', "application/json"),
    "5 000 digits": (b'{"profile": {"employees": ' + b"1" * 5_000 + b"}}", "application/json"),
    "a wrong charset": ('{"profile": "é"}'.encode("utf-16"), "application/json; charset=utf-16"),
    "no UTF-8": (b'{"profile": "\xff\xfe"}', "application/json"),
}
UNSENT = (
    f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: 100000000\r\n\r\n"
).encode()


def ask(address, body, kind="application/json"):
    """Return the status of an answer on a connection of its own, and the seconds it took."""
    since = perf_counter()
    with closing(HTTPConnection(*address, timeout=60)) as connection:
        connection.request("POST", PATH, body, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        return answer.status, perf_counter() - since


def unsent(address):
    """Return the status of the answer to 100 MB that are announced and not sent."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(UNSENT)
        return int(connection.recv(4096).split()[1])


def half_open(address):
    """Return sockets that have begun to ask."""
    opened = [socket.create_connection(address, timeout=60) for _ in range(HALF_OPEN)]
    for each in opened:
        each.sendall(b"POST /api/v1/rec")
    return opened


def users(address, hostile):
    """Ask as users do, and return the seconds of each; half-open sockets are renewed meanwhile."""
    bodies, seconds, opened = list(questions()), [], []
    for number in range(ASKED):
        if hostile and number % 50 == 0:  # the service closes them after ten seconds
            for each in opened:
                each.close()
            opened = half_open(address)
        status, took = ask(address, bodies[number % len(bodies)])
        if status != 200:
            raise SystemExit(f"a user was answered with {status}")
        seconds.append(took)
    for each in opened:
        each.close()
    return seconds


def show(name, seconds):
    p95 = sorted(seconds)[int(0.95 * len(seconds))]
    print(f"  {name:<44} p50 {statistics.median(seconds) * 1e3:6.2f}   p95 {p95 * 1e3:6.2f} ms")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        prepare(folder)
        service = started(folder)
        try:
            measure(service)
        finally:
            service.stop()


def measure(service):
    parts = urlsplit(service.url)
    address = (parts.hostname, parts.port)
    users(address, hostile=False)  # what is made at the first questions is made then
    show("users alone", users(address, hostile=False))
    show(f"users beside {HALF_OPEN} half-open sockets", users(address, hostile=True))
    before, _ = service.memory()
    statuses = {}
    for _ in range(ROUNDS):
        for name, (body, kind) in BAD.items():
            statuses.setdefault(name, set()).add(ask(address, body, kind)[0])
        statuses.setdefault("100 MB not sent", set()).add(unsent(address))
    after, _ = service.memory()
    told = ", ".join(f"{name} {sorted(found)}" for name, found in statuses.items())
    print(f"  {ROUNDS} times each: {told}")
    print(f"  memory before {before:.0f} MB, after {after:.0f} MB")


if __name__ == "__main__":
    main()

"""A service that is killed while others write to it, and what it must still know afterwards."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from service.store import audit
from service.store.database import Database, sqlite_url
from tests.hardening.kills import Violation

ROOT = Path(__file__).parents[2]
WRITERS = 3
WITHIN = 0.3
"""Seconds in which a kill may come, counted from the first writes or from their first answer."""
STATES = ("not_started", "started", "finished")
PATIENCE = 60
PROFILE = {
    "employees": 38,
    "sector": "F",
    "sbi_version": "2008",
    "needs": ["inwerken"],
    "staffing_pressure": "krap",
}
PLACE = "/api/v1/conversations"
CHOICE = {"kind": "chosen", "intervention": "leermeester"}


def typed(*module, folder, environ):
    """Start a module in a Python of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


class Service:
    """A process that serves on this machine only, with its database in a folder."""

    def __init__(self, folder, start=None):
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LEERMATCH_")}
        environ.pop("DATABASE_URL", None)
        environ |= {"LEERMATCH_PORT": "0", "PYTHONPATH": str(ROOT)}
        environ |= {
            f"LEERMATCH_{name.upper()}": str(folder / name) for name in ("models", "instance")
        }
        self.process = (start or typed)("service", folder=folder, environ=environ)
        greeting = self.process.stdout.readline()
        if not greeting:
            raise Violation("the service does not start")
        host, _, port = greeting.strip().rpartition("http://")[2].rpartition(":")
        self.address, self.opened = (host, int(port)), {}
        link = urlsplit(self.process.stdout.readline().strip().rpartition(" ")[2]).path
        _, told, _ = self.call("GET", link)
        self.opened = {"Cookie": told["Set-Cookie"].partition(";")[0]}

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def call(self, method, place, body=None, **headers):
        """Return status, headers and body of one answer."""
        with closing(HTTPConnection(*self.address, timeout=PATIENCE)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            named["Content-Type"] = "application/json"
            text = None if body is None else json.dumps(body)
            connection.request(method, place, text, self.opened | named)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()


class Writer:
    """Writes one conversation after another, and remembers what was acknowledged."""

    def __init__(self, name):
        self.name = name
        self.acknowledged = {}
        """Address -> what the last acknowledged answer said, and what was under way since."""
        self.keys = {}
        """Idempotency-Key -> the body sent, and what was answered, None where nothing was."""
        self.fault = None

    def write(self, service):
        """Write until the service is gone."""
        try:
            while True:
                self._converse(service)
        except (OSError, HTTPException):
            return
        except Violation as fault:
            self.fault = fault

    def _converse(self, service):
        key = f"{self.name}-{len(self.keys)}"
        body = {"profile": PROFILE, "company": key}
        self.keys[key] = (body, None)
        status, headers, told = service.call("POST", PLACE, body, Idempotency_Key=key)
        place = headers["Location"]
        self._acknowledge(place, status, 201, told)
        self.keys[key] = (body, told)
        tag = self._put(service, f"{place}/choice", place, headers["ETag"], CHOICE)
        for state in STATES:
            tag = self._put(service, f"{place}/outcomes/leermeester", place, tag, {"state": state})

    def _put(self, service, address, place, tag, body):
        status, headers, told = service.call("PUT", address, body, If_Match=tag)
        self._acknowledge(place, status, 200, told)
        return headers["ETag"]

    def _acknowledge(self, place, status, expected, told):
        if status != expected:
            raise Violation(f"a write was answered with {status}: {told[:200]!r}")
        self.acknowledged[place] = json.loads(told)


def _wait_for(reached):
    until = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > until:
            raise Violation(f"no write was answered in {PATIENCE} s")
        time.sleep(0.001)


def steps_of(conversation):
    """Return how many writes a conversation tells of, all whole; a torn one is a violation."""
    choice, outcomes = conversation["choice"], conversation["outcomes"]
    if choice is None:
        steps = 1
    elif not outcomes:
        steps = 2
    else:
        (outcome,) = outcomes
        steps = 3 + STATES.index(outcome["state"])
        before = [each["state"] for each in outcome["history"]]
        if before != list(STATES[: steps - 3]):
            raise Violation(f"{outcome['state']} has {before} before it")
    return steps


class Writes:
    """One database, and services that are killed one after another while they write in it."""

    def __init__(self, folder, seed, start=None):
        self.folder, self.random, self.start = folder, random.Random(seed), start
        self.kills = 0
        self.acknowledged = 0
        self.unanswered = 0
        """Writes that nobody was told of, and that were there all the same."""
        self.service = Service(folder, start)

    def kill(self):
        """Let some write, kill the service at a drawn moment, start it again and look."""
        self.kills += 1
        writers = [Writer(f"k{self.kills}-{n}") for n in range(WRITERS)]
        threads = [threading.Thread(target=each.write, args=(self.service,)) for each in writers]
        for thread in threads:
            thread.start()
        if self.random.random() < 0.8:  # the others meet the start, with its migrations
            _wait_for(lambda: any(each.acknowledged or each.fault for each in writers))
        time.sleep(self.random.uniform(0, WITHIN))
        self.service.kill()
        for thread in threads:
            thread.join(PATIENCE)
        for fault in (each.fault for each in writers if each.fault):
            raise fault
        self.service = Service(self.folder, self.start)
        for writer in writers:
            self.check(writer)
        self.check_file()

    def check(self, writer):
        """Raise Violation when something acknowledged is gone, or anything is torn or twice."""
        for place, told in writer.acknowledged.items():
            status, _, body = self.service.call("GET", place)
            if status != 200:
                raise Violation(f"an acknowledged conversation is answered with {status}")
            steps, known = steps_of(json.loads(body)), steps_of(told)
            if steps not in (known, known + 1):
                raise Violation(f"{known} writes were acknowledged and {steps} are there")
            self.acknowledged += known
            self.unanswered += steps - known
        for key, (sent, told) in writer.keys.items():
            self._check_again(key, sent, told)

    def _check_again(self, key, sent, told):
        """Send once more what was sent: the same answer, and one row."""
        answers = [
            self.service.call("POST", PLACE, sent, Idempotency_Key=key)[::2] for _ in range(2)
        ]
        known = answers[0] if told is None else (201, told)
        if answers != [known, known] or known[0] != 201:
            raise Violation(f"{key} was sent again and got another answer")

    def check_file(self):
        """Raise Violation when the file, a row in it or the chain of the audit trail is torn."""
        file = self.folder / "instance" / "leermatch.sqlite"
        with closing(sqlite3.connect(file)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check").fetchone()
            loose = connection.execute("PRAGMA foreign_key_check").fetchall()
            twice = connection.execute(
                "SELECT company FROM conversations GROUP BY company HAVING count(*) > 1"
            ).fetchall()
        with closing(Database(sqlite_url(file.parent))) as database, database.reading() as reading:
            broken = audit.first_broken(reading)
        if (found, loose, twice, broken) != ("ok", [], [], None):
            raise Violation(f"file {found}, loose {loose}, twice {twice}, audit row {broken}")

    def close(self):
        """End the service that is left."""
        self.service.kill()

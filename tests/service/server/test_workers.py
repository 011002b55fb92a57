"""Several processes on one socket: replaced when they die, promoted together, stopped together."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from matcher.model.registry import promote, rollback
from service.__main__ import main
from tests.service.conftest import PROFILE, RECOMMENDATIONS, ROOT

QUESTION = json.dumps({"profile": PROFILE}).encode()
HEADERS = {"Content-Type": "application/json"}
PERSON = {"by": "An", "reason": "test"}


def ask(connection):
    connection.request("POST", RECOMMENDATIONS, QUESTION, HEADERS)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body)["model"]["version"], body


def ask_once(server):
    with closing(http.client.HTTPConnection(*server.address, timeout=60)) as connection:
        return ask(connection)


def workers_of(server):
    """Return the process ids of the workers."""
    pid = server.process.pid
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(child) for child in text.split()}


def wait_until(holds):
    deadline = time.monotonic() + 120
    # Asked once more, another worker might answer.
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


class Hammer:
    """Clients that ask without a pause on connections that they keep."""

    def __init__(self, server, clients=3):
        self.server, self.done = server, threading.Event()
        self.answers, self.lost = [], []
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self):
        while not self.done.is_set():
            with closing(http.client.HTTPConnection(*self.server.address, timeout=60)) as each:
                try:
                    while not self.done.is_set():
                        self.answers.append(ask(each))
                except (OSError, http.client.HTTPException) as error:
                    self.lost.append(error)

    def versions(self):
        return {version for _, version, _ in self.answers}

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="module")
def several(start_server, tmp_path_factory, write_version):
    """Return a service of two workers with an old and a new version."""
    folder = tmp_path_factory.mktemp("several")
    old, new = (write_version(folder / "models", day) for day in (3, 4))
    promote(folder / "models", old, **PERSON)
    server = start_server(folder, "--workers", "2")
    server.old, server.new = old, new
    assert wait_until(lambda: len(workers_of(server)) == 2)
    return server


def test_no_request_fails_while_a_version_is_promoted_and_rolled_back(several):
    models = several.folder / "models"
    with Hammer(several) as hammer:
        assert wait_until(lambda: several.old in hammer.versions())
        promote(models, several.new, **PERSON)
        assert wait_until(lambda: several.new in hammer.versions())
        rollback(models, **PERSON)
        assert wait_until(lambda: hammer.answers[-1][1] == several.old)
    assert hammer.lost == []
    assert {status for status, _, _ in hammer.answers} == {200}
    # Whichever process answers, a version answers the same.
    assert len({body for _, _, body in hammer.answers}) == 2


def test_a_worker_that_is_killed_is_replaced_and_only_its_requests_are_lost(several):
    [first, second] = workers_of(several)
    with Hammer(several, clients=4) as hammer:
        assert wait_until(lambda: len(hammer.answers) > 40)
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: len(workers_of(several) - {first}) == 2)
        asked = len(hammer.answers)
        assert wait_until(lambda: len(hammer.answers) > asked + 40)
    # A client has one request on its way: the other worker and the replacement lost none.
    assert len(hammer.lost) <= 4
    assert {status for status, _, _ in hammer.answers} == {200}
    assert second in workers_of(several)
    assert any("worker_ended" in line for line in several.log)


def test_a_worker_that_replaces_another_answers_from_what_is_live_now(
    start_server, tmp_path, write_version
):
    models = tmp_path / "models"
    old, new = (write_version(models, day) for day in (3, 4))
    promote(models, old, **PERSON)
    server = start_server(tmp_path, "--workers", "2")
    before = workers_of(server)
    promote(models, new, **PERSON)
    assert wait_until(lambda: ask_once(server)[1] == new)
    for worker in workers_of(server):
        os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: len(workers_of(server) - before) == 2)
    with suppress(OSError, http.client.HTTPException):
        assert ask_once(server)[1] == new
    assert server.stop(signal.SIGTERM) == 0


def test_a_stop_ends_all_workers_and_finishes_what_was_begun(start_server, tmp_path, write_version):
    write_version(tmp_path / "models", 3)
    server = start_server(tmp_path, "--workers", "3")
    assert wait_until(lambda: len(workers_of(server)) == 3)
    assert ask_once(server)[0] == 200
    workers = workers_of(server)
    assert server.stop(signal.SIGTERM) == 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert not any("Traceback" in line for line in server.log)


def test_workers_end_when_who_watches_them_is_killed(start_server, tmp_path):
    server = start_server(tmp_path, "--workers", "2")
    assert wait_until(lambda: len(workers_of(server)) == 2)
    workers = workers_of(server)
    server.kill()
    assert wait_until(lambda: not any(is_running(worker) for worker in workers))


def is_running(process):
    """Return whether a process is there and not waiting for somebody to bury it."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def test_the_model_is_in_memory_once(start_server, tmp_path, write_version):
    """Of what a worker takes it shares most, until a promotion gives it a model of its own."""
    write_version(tmp_path / "models", 3)
    server = start_server(tmp_path, "--workers", "2", typed=True)
    assert wait_until(lambda: len(workers_of(server)) == 2)
    assert ask_once(server)[0] == 200

    def kilobytes(process, name):
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))

    for worker in workers_of(server):
        assert kilobytes(worker, "Pss:") < 0.6 * kilobytes(worker, "Rss:")


NEVER_STARTS = """
import signal, sys
from types import SimpleNamespace
from service.server import workers

now, starts = [0.0], sys.argv[1]
workers.time = SimpleNamespace(monotonic=lambda: now[0])

class Workers(workers.Workers):
    def _heard(self, seconds):
        if self._started:
            return super()._heard(60)  # until it ended
        if len(open(starts).readlines()) == 4:
            return {signal.SIGTERM}
        now[0] += 0.25
        return set()

def work():
    with open(starts, "a") as file:
        file.write(f"{now[0]}\\n")
    raise RuntimeError("no model")

Workers(1, work).run()
"""


def test_a_worker_that_cannot_start_is_tried_again_after_growing_pauses(tmp_path):
    """By a clock that goes on only while nobody is at work: a busy machine has no part in it."""
    told = tmp_path / "starts"
    command = [sys.executable, "-W", "ignore", "-c", NEVER_STARTS, str(told)]
    subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, check=True)
    starts = list(map(float, told.read_text().splitlines()))
    assert [after - before for before, after in pairwise(starts)] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("count", ["0", "65", "two", "-1"])
def test_a_number_of_workers_that_cannot_be_is_refused(count, capsys):
    with pytest.raises(SystemExit) as refusal:
        main(["--workers", count])
    assert refusal.value.code == 2
    assert "--workers" in capsys.readouterr().err

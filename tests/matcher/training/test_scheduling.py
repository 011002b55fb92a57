"""Work on a Dask cluster: a real scheduler and real workers, each a process of its own."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from matcher.cli import main
from matcher.design.expert import read_expert
from matcher.design.setup import Setup
from matcher.errors import SchedulerUnavailable
from matcher.evaluation.cross_fitting import cross_fit, sample_to_judge
from matcher.paths import EXPERT, ROOT, TRIALS
from matcher.training import parallel
from matcher.training.evidence import gather
from matcher.training.parallel import spread, workers
from matcher.trials.reader import read_trials


class Cluster:
    """A scheduler on a free port of the loopback, and the workers it is given."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")

    def start(self, role, *arguments, code=ROOT):
        command = [sys.executable, "-m", "dask", role, *arguments]
        environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
        with (self.folder / f"{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def worker(self, code=ROOT):
        # No nanny: it would start a worker that was killed again.
        return self.start("worker", self.address, "--nthreads", "1", "--no-nanny", code=code)

    def n_workers(self):
        from distributed import Client

        with Client(self.address, timeout=180, set_as_default=False) as client:
            return len(client.nthreads())

    def workers(self, n):
        """Wait until so many workers are there."""
        while self.n_workers() != n:
            time.sleep(0.05)

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.workers(0)
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(parallel, "PATIENCE", 1.0)


def refusal_of(scheduler):
    with pytest.raises(SchedulerUnavailable) as refusal, workers(scheduler):
        pass
    (fault,) = refusal.value.faults
    assert fault.where == "--scheduler"
    return fault


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://", "nowhere", "ftp://x:1"])
def test_an_address_without_a_scheduler_is_refused(impatient, address):
    assert refusal_of(address).code == "scheduler_silent"


def test_a_caller_with_an_event_loop_of_its_own_is_answered_too(impatient):
    """A browser test or a notebook keeps one running in this thread."""

    async def asked():
        return refusal_of("tcp://127.0.0.1:1").code

    with ThreadPoolExecutor(1) as apart:  # this thread may have a loop of the browser's
        assert apart.submit(lambda: asyncio.run(asked())).result() == "scheduler_silent"


def test_what_answers_but_is_no_scheduler_is_refused(impatient):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert refusal_of(f"tcp://127.0.0.1:{deaf.getsockname()[1]}").code == "scheduler_silent"


def test_without_the_library_the_refusal_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    fault = refusal_of("tcp://127.0.0.1:1")
    assert "leermatch[cluster]" in fault.text("nl")
    assert "leermatch[cluster]" in fault.text("en")


def test_a_silent_scheduler_ends_a_retraining_before_anything_is_written(impatient, tmp_path):
    command = ["--lang", "en", "retrain", str(TRIALS), "--scheduler", "tcp://127.0.0.1:1"]
    models = tmp_path / "models"
    told = CliRunner().invoke(main, [*command, "--models", str(models)])
    assert told.exit_code == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in told.stderr
    assert not models.exists()


def test_a_scheduler_without_workers_is_refused(cluster, impatient):
    assert refusal_of(cluster.address).code == "scheduler_idle"


def test_a_worker_with_other_code_is_refused(cluster, tmp_path):
    shutil.copytree(ROOT / "matcher", tmp_path / "matcher")
    with (tmp_path / "matcher" / "gains.py").open("a") as module:
        module.write("# another version\n")
    other = cluster.worker(code=tmp_path)
    cluster.workers(1)
    assert refusal_of(cluster.address).code == "scheduler_code"
    other.kill()
    cluster.workers(0)


def test_a_cluster_that_loses_a_worker_half_way_finds_the_same(cluster, menu, monkeypatch):
    monkeypatch.setattr("matcher.training.folds.N_FOLDS", 3)
    evidence = gather(read_trials(TRIALS, menu).frame.iloc[:14], menu)
    sample, setup = sample_to_judge(evidence, menu, 0), Setup(menu, read_expert(EXPERT))
    here = cross_fit(sample, setup, 0, None, lambda _: None)
    doomed, _ = cluster.worker(), cluster.worker()
    cluster.workers(2)

    def lose_one(_):
        if doomed.poll() is None:
            doomed.send_signal(signal.SIGKILL)
            doomed.wait()

    with workers(cluster.address):
        there = cross_fit(sample, setup, 0, None, lose_one)
    assert doomed.poll() == -signal.SIGKILL
    assert len(sample.dealt) > 2
    for ours, theirs in zip(here.ours, there.ours, strict=True):
        assert ours.expected_gain == pytest.approx(theirs.expected_gain, rel=0, abs=1e-8)
        assert ours.p_started == pytest.approx(theirs.p_started, rel=0, abs=1e-8)
    assert here.noise == pytest.approx(there.noise, rel=0, abs=1e-8)
    assert here.share == pytest.approx(there.share, rel=0, abs=1e-8)
    for policy, chosen in here.choices.items():
        assert (chosen == there.choices[policy]).all(), policy


def test_a_scheduler_that_dies_half_way_ends_a_retraining_and_nothing_is_written(
    cluster, tmp_path, monkeypatch
):
    for _ in range(2 - cluster.n_workers()):
        cluster.worker()
    cluster.workers(2)
    few = tmp_path / "few.csv"
    lines = TRIALS.read_text(encoding="utf-8").splitlines(keepends=True)
    few.write_text("".join(lines[:15]), encoding="utf-8")
    steps = []

    @contextmanager
    def watched(*_):
        def step(name):
            steps.append(name)
            if name == "fit":  # what is handed to this worker never comes, so that some is missing
                cluster.processes[-1].send_signal(signal.SIGSTOP)
            if name == "fold":
                cluster.processes[0].kill()
                cluster.processes[0].wait()
                # Too late to hand anything in; stopped it would be waited for for half a minute.
                cluster.processes[-1].send_signal(signal.SIGCONT)

        yield step

    monkeypatch.setattr("matcher.cli.versions._bar", watched)
    models = tmp_path / "models"
    command = ["--lang", "en", "retrain", str(few), "--scheduler", cluster.address]
    told = CliRunner().invoke(main, [*command, "--models", str(models)])
    assert told.exit_code == 2, told.output
    assert f"The Dask scheduler at {cluster.address} went away" in told.stderr
    assert "Traceback" not in told.stderr
    # The other worker may have done every fold before: what comes after them asks the cluster too.
    assert steps[0] == "fit" and "fold" in steps
    assert os.listdir(models) == [".lock"]


def test_work_is_done_side_by_side_on_the_cores_there_are(monkeypatch):
    """Who came first waits for the other: one after the other they would never meet."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    meeting = threading.Barrier(2, timeout=60)
    assert sorted(spread(met, [0, 1], meeting)) == [0, 1]


def met(item, meeting):
    meeting.wait()
    return item


def test_results_come_in_the_order_of_the_items():
    assert list(spread(pow, [3, 1, 2], 2)) == [9, 1, 4]

"""The complete service on a socket, beside a bare Flask view and beside the usual app.

Each in a process of its own, on the same server with the same settings, driven in turn by a closed
loop of connections over 256 different profiles. A busy machine slows all of them, so read ratios;
processor time is steadier than throughput.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from urllib.request import Request, urlopen

from tests.benchmarks.recommend import PATH, questions, trained_models

ROOT = Path(__file__).parents[2]
ROUNDS = 4
TIMES = {"service": 2, "bare view": 4, "usual, ridge": 0.125, "usual, forest": 0.0625}
"""How often each process is asked all profiles in a round."""
CONNECTIONS = 4
STARTS = 3
TICK = os.sysconf("SC_CLK_TCK")


class Served:
    """A process that serves, and what it was measured at."""

    def __init__(self, *command, folder, **environ):
        start = perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environ},
            stdout=subprocess.PIPE,
            # Log lines are written, as in service, but to nowhere.
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.process.stdout.readline().split()[-1]
        if command == ("service",):
            urlopen(f"{self.url}/health/ready").close()
        self.ready = perf_counter() - start
        self._bodies = folder / "bodies.jsonl"
        self.rates, self.costs, self.seconds = [], [], []

    def drive(self, times):
        """Drive it for a round."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        bodies = self._bodies
        if times < 1:
            bodies, lines = bodies.with_name("few.jsonl"), bodies.read_bytes().splitlines()
            bodies.write_bytes(b"\n".join(lines[: int(times * len(lines))]))
        before = self.processor()
        command = [sys.executable, "-m", "tests.benchmarks.sockets.client", host, port, PATH]
        told = subprocess.run(
            [*command, str(bodies), str(CONNECTIONS), str(max(1, int(times)))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        took, seconds = json.loads(told.stdout)
        self.costs.append((self.processor() - before) / len(seconds))
        self.rates.append(len(seconds) / took)
        self.seconds += seconds

    def processor(self):
        """Return the processor seconds of the process until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """Return its memory in MB: resident, and with shared pages counted by share."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        kilobytes = {line.split()[0]: int(line.split()[1]) for line in lines[1:]}
        return kilobytes["Rss:"] / 1024, kilobytes["Pss:"] / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()


def started(folder):
    """Return the service, on the trained version in a folder."""
    environ = {"LEERMATCH_PORT": "0", "LEERMATCH_MODELS": str(folder / "m")}
    return Served("service", folder=folder, LEERMATCH_INSTANCE=str(folder / "i"), **environ)


def prepare(folder):
    """Train, write the questions, and keep an answer for the bare view."""
    trained_models(folder / "m")
    bodies = list(questions())
    (folder / "bodies.jsonl").write_bytes(b"\n".join(bodies))
    service = started(folder)
    headers = {"Content-Type": "application/json"}
    answers = []
    for body in bodies:
        with urlopen(Request(service.url + PATH, body, headers)) as answer:
            answers.append(answer.read())
    # The bytes of the answer of middle length.
    (folder / "answer.json").write_bytes(sorted(answers, key=len)[len(answers) // 2])
    service.stop()


def late(seconds):
    return sorted(seconds)[int(0.99 * len(seconds))]


def show(name, served):
    resident, shared = served.memory()
    p50 = statistics.median(served.seconds)
    print(
        f"  {name:<14} {statistics.median(served.rates):7.0f} a second   "
        f"{statistics.median(served.costs) * 1e6:6.0f} us processor   p50 {p50 * 1e3:6.2f}   "
        f"p99 {late(served.seconds) * 1e3:6.2f} ms   {resident:4.0f} MB, {shared:4.0f} by share"
    )


def ratio(name, asked, values):
    print(f"  {name:<44} {statistics.median(values):6.2f}   asked {asked}")


def compare(all_of):
    """Print the ratios, round by round, and their medians."""
    service, bare = all_of["service"], all_of["bare view"]

    def each(one, other, name):
        pairs = zip(getattr(one, name), getattr(other, name), strict=True)
        return [a / b for a, b in pairs]

    ratio("throughput / bare view", ">= 0.70", each(service, bare, "rates"))
    ratio("processor time / bare view", "<= 1.5", each(service, bare, "costs"))
    ratio("p99 / bare view", "<= 2", [late(service.seconds) / late(bare.seconds)])
    for name in ("usual, forest", "usual, ridge"):
        ratio(f"throughput / {name}", ">= 15", each(service, all_of[name], "rates"))


def main():
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        prepare(folder)
        all_of = {"service": started(folder)}
        for kind in ("bare view", "usual, ridge", "usual, forest"):
            command = ("tests.benchmarks.sockets.apps", kind.split()[-1 if "," in kind else 0])
            all_of[kind] = Served(*command, str(folder), folder=folder)
        for served in all_of.values():
            stack.callback(served.stop)
        for _ in range(ROUNDS):
            for kind, served in all_of.items():
                served.drive(TIMES[kind])
        for kind, served in all_of.items():
            show(kind, served)
        compare(all_of)
        starts = []
        for _ in range(STARTS):
            again = started(folder)
            starts.append(again.ready)
            again.stop()
        print(f"  start to ready {statistics.median(starts):.2f} s, best {min(starts):.2f} s")
        print(f"  load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()

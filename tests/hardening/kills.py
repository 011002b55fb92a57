"""One folder of versions, and processes that are killed while they work in it."""

import os
import shutil
import signal
import time
from importlib import import_module
from itertools import count

import numpy as np

from matcher.model import registry
from matcher.model.artefact import TEMPORARY
from matcher.paths import TRIALS
from tests.matcher.killed import exit_code, faults_of, forked

KINDS = {
    "quick": "while reading, fitting or writing",
    "writing": "while writing a version",
    "whole": "while retraining with evaluation and report",
    "promote": "while promoting",
    "rollback": "while going back",
}
SHARES = {"quick": 0.3, "writing": 0.4, "whole": 0.1, "promote": 0.1, "rollback": 0.1}
"""A retraining spends most moments on fitting; the few in which it writes matter more."""
DECISIONS = ("promote", "rollback")
N_ROWS = 17
"""Of the outcomes of the repository: a dozen companies, fitted within a second or two."""
PATIENCE = 600
"""Seconds after which a process that should end counts as hanging."""
CANNOT_TELL = 4
SIGNED = ("--by", "hardening", "--reason", "kill")


def kinds(n, seed):
    """Return what is to be killed, in a drawn order with fixed shares."""
    ends = np.round(np.cumsum(list(SHARES.values())) * n).astype(int)
    drawn = np.repeat(list(SHARES), np.diff(ends, prepend=0))
    return np.random.default_rng(seed).permutation(drawn).tolist()


class Violation(Exception):
    """A kill after which the folder is not what it should be."""


class Hardening:
    """A folder with a live version and one before it, on which processes are let loose."""

    def __init__(self, folder, seed):
        self.rng = np.random.default_rng(seed)
        self.seeds = count()
        self.models, self.trials = folder / "models", folder / "trials.csv"
        lines = TRIALS.read_text(encoding="utf-8").splitlines(keepends=True)
        self.trials.write_text("".join(lines[: 1 + N_ROWS]), encoding="utf-8")
        for module in ("matcher.retraining", "matcher.report.pages", "sklearn.model_selection"):
            import_module(module)  # once: no child spends its time, or meets its end, in importing
        self.pace = self._span("quick")
        self.spans = {"quick": 1.0}
        """How long each kind takes, in quick retrainings: a busy machine slows all alike."""
        for _ in range(2):
            self._span("promote")
            self.pace = self._span("quick")

    def kill(self, kind):
        """Kill one process of a kind; return what it left, in words.

        Raises
        ------
        Violation
            If the folder is not whole then, or the next retraining does not put all right.
        """
        if kind not in self.spans:
            self.spans[kind] = self._span(kind) / self.pace
        before = self._state()
        while not self._killed(kind):  # it was done before its moment came
            before = self._state()
        left = self._check(kind, before)
        self._check_next(kind)
        self._tidy()
        return left

    # Processes

    def _action(self, kind):
        """Return the words of a command of that kind."""
        if kind == "promote":
            return ("promote", registry.versions(self.models)[-1], *SIGNED)
        if kind == "rollback":
            return ("rollback", *SIGNED)
        quick = () if kind == "whole" else ("--quick",)
        return ("retrain", str(self.trials), "--seed", str(next(self.seeds)), *quick)

    def _start(self, kind):
        words = (*self._action(kind), "--models", str(self.models))
        return forked(lambda: exit_code(words))

    def _killed(self, kind):
        """Start a process and kill it at a drawn moment; return whether it was still there."""
        child = self._start(kind)
        if kind == "writing":
            self._wait_for(child, self._writes)
        time.sleep(self.rng.uniform(0, self.spans[kind] * self.pace))
        os.kill(child, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    def _span(self, kind):
        """Run a process of a kind to its end; return in how many seconds it can be killed."""
        child, since = self._start(kind), time.monotonic()
        if kind == "writing":
            self._wait_for(child, self._writes)
            since = time.monotonic()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != (0 if kind in DECISIONS else CANNOT_TELL):
            raise Violation(f"a process that was not killed ({kind}) ended with {code}")
        return time.monotonic() - since

    def _writes(self):
        return next(self.models.glob(f"{TEMPORARY}*"), None) is not None

    def _wait_for(self, child, reached):
        until = time.monotonic() + PATIENCE
        while (
            not reached()
            and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        ):
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
                raise Violation(f"a process hangs for {PATIENCE} s")
            time.sleep(0.0002)

    # What is found

    def _state(self):
        return registry.versions(self.models), registry.ledger(self.models)

    def _check(self, kind, before):
        """Return what a kill left, in words, when it is as it should be."""
        if faults := faults_of(self.models):
            raise Violation(f"after a kill {KINDS[kind]}: " + "; ".join(faults))
        (versions, decisions), (versions_now, decisions_now) = before, self._state()
        new, decided = len(versions_now) - len(versions), len(decisions_now) - len(decisions)
        deciding = kind in DECISIONS
        if versions_now[: len(versions)] != versions or not 0 <= new <= (0 if deciding else 1):
            raise Violation(f"a kill {KINDS[kind]} made {versions} into {versions_now}")
        if decisions_now[: len(decisions)] != decisions or not 0 <= decided <= deciding:
            raise Violation(f"a kill {KINDS[kind]} made {decisions} into {decisions_now}")
        if deciding:
            return ["with the decision taken" if decided else "with nothing decided"]
        torn = ["with a half-written folder"] if self._writes() else []
        return [*torn, *(["with the version there"] if new else [])] or [
            "before anything was written"
        ]

    def _check_next(self, kind):
        """Retrain; a version must come, and what was torn must go."""
        versions, decisions = self._state()
        self.pace = self._span("quick")
        if faults := faults_of(self.models):
            raise Violation("after the next retraining: " + "; ".join(faults))
        if self._writes():
            raise Violation(f"the next retraining left what a kill {KINDS[kind]} had torn")
        versions_now, decisions_now = self._state()
        if len(versions_now) != len(versions) + 1 or decisions_now != decisions:
            raise Violation(f"the next retraining made {versions} into {versions_now}")

    def _tidy(self):
        """Remove versions but the newest and those that a decision may go back to."""
        kept = {registry.current(self.models), registry.previous(self.models)}
        for name in registry.versions(self.models)[:-1]:
            if name not in kept:
                shutil.rmtree(self.models / name)

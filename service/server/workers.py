"""Several processes that answer on one socket, and the one that watches over them.

The model is loaded before the first fork, so that its pages are shared, and a worker that ends is
replaced. All wait at the same socket: when one is killed, no connection waits at a door that nobody
opens, as it would where each has a socket of its own on the same port.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from service.web.logs import frames_of, log

WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
MOST = 64
"""Workers that one service may have."""
SHORT = 5.0
"""A worker that lived for fewer seconds than this is replaced after a pause."""
PAUSES = (0.5, 30.0)
"""Seconds of the first pause and of the longest; each is twice the one before."""
SECONDS_TO_FINISH = 10.0
"""What a worker gets to finish what it began, before it is ended."""


@dataclass
class Workers:
    """``count`` processes that each do ``work``, until asked to stop.

    ``ended`` is told the process id of each that ended.
    """

    count: int
    work: Callable[[], None]
    ended: Callable[[int], None] = lambda _: None
    _started: dict[int, float] = field(default_factory=dict)
    """Process id -> when it started."""
    _pause: float = PAUSES[0]
    _not_before: float = 0.0

    def run(self) -> None:
        """Keep them running until SIGTERM or SIGINT, then let them finish."""
        self._listen()
        # What was made until now is never garbage; looking at it would copy the shared pages.
        gc.collect()
        gc.freeze()
        self._held, self._here = os.pipe()
        while True:
            self._fill()
            if self._heard(1.0) - {signal.SIGCHLD}:
                break
            self._bury()
        self._stop()

    def _listen(self) -> None:
        # Signals come as bytes on a pipe, so that none is missed between two looks.
        self._told, told = os.pipe()
        os.set_blocking(self._told, False)
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told)
        for each in WATCHED:
            signal.signal(each, lambda _signal, _frame: None)

    def _heard(self, seconds: float) -> set[int]:
        """Return the signals that came, or none after so many seconds."""
        select.select([self._told], [], [], seconds)
        try:
            return set(os.read(self._told, 1024))
        except BlockingIOError:
            return set()

    def _fill(self) -> None:
        while len(self._started) < self.count and time.monotonic() >= self._not_before:
            # A signal to a worker that is not ready for it waits.
            signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
            process = os.fork()
            if process == 0:
                self._become_worker()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            self._started[process] = time.monotonic()

    def _bury(self) -> None:
        while self._started:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            lived = time.monotonic() - self._started.pop(process)
            log.warning("worker_ended", code=os.waitstatus_to_exitcode(status), lived=round(lived))
            self.ended(process)
            self._pause = min(2 * self._pause, PAUSES[1]) if lived < SHORT else PAUSES[0]
            self._not_before = time.monotonic() + (self._pause if lived < SHORT else 0.0)

    def _stop(self) -> None:
        for process in self._started:
            os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS_TO_FINISH
        while self._started and time.monotonic() < deadline:
            self._heard(0.1)
            self._bury_quietly()
        for process in self._started:
            os.kill(process, signal.SIGKILL)

    def _bury_quietly(self) -> None:
        for process in list(self._started):
            if os.waitpid(process, os.WNOHANG)[0]:
                del self._started[process]

    def _become_worker(self) -> NoReturn:
        code = 1
        try:
            os.close(self._here)
            signal.set_wakeup_fd(-1)
            threading.Thread(target=_end_with, args=(self._held,), daemon=True).start()
            signal.signal(signal.SIGTERM, _stop)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            self.work()
            code = 0
        except (SystemExit, KeyboardInterrupt):
            code = 0
        except BaseException as error:
            log.error("worker_failed", **frames_of(error))
        finally:
            # Not by way of the interpreter's end, which belongs to the process that forked.
            os._exit(code)


def _end_with(pipe: int) -> None:
    """End when the other end of a pipe is gone: so ends a worker whose watcher was killed."""
    with suppress(OSError):
        os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)

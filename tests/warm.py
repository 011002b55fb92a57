"""Commands of Python without the two seconds of imports: forked from a process that has them.

``python warm.py serve PLACE`` imports all of the two packages in the folder where it stands, and
then forks for each command that it is handed; it ends when its standard input does.
``python -S warm.py ask PLACE -m MODULE WORDS`` hands it one, and ends as that ends. So a command
has a process, a folder, an environment and streams of its own, as when it is typed. That it can
also be imported from nothing is for the few tests that start a Python of their own.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path

MOST = 100_000
"""Bytes that a command with its environment may take: one packet."""


def serve(place):
    """Import, wait for commands, and fork; in the child this returns as a module that was run."""
    sys.path[0] = str(Path.cwd())
    _import_all()
    gc.collect()
    gc.freeze()  # or each command would look through all of it, and so copy its memory
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as listener:
        listener.bind(place)
        listener.listen()
        print("ready", flush=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # who waits for it reads until the end
        while listener in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _watch(connection)
            connection.close()
            _bury()


def _import_all():
    from importlib import import_module
    from pkgutil import walk_packages

    for package in ("matcher", "service"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            # Not what is run by being imported.
            if not module.name.endswith("__main__") and ".migrations." not in module.name:
                import_module(module.name)
    for lazily in ("flask.cli", "sklearn.ensemble", "uuid"):
        import_module(lazily)


def _bury():
    """Let those go that have ended: their time then counts for who started this process."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(connection):
    """Fork once more for the command itself; tell its id and how it ended, and end it unheard."""
    told, streams, _, _ = socket.recv_fds(connection, MOST, 3)
    command = os.fork()
    if command == 0:
        connection.close()
        return _run(json.loads(told), streams)
    for stream in streams:
        os.close(stream)
    connection.send(str(command).encode())
    ended = os.pidfd_open(command)
    if ended not in select.select([ended, connection], [], [])[0]:
        os.kill(command, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    connection.send(str(code).encode())
    os._exit(0)


def _run(told, streams):
    import runpy

    # Where the suite runs in the background an interruption is ignored, and this is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environ"])
    sys.path[0] = told["folder"]
    module, *words = told["words"]
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class Command:
    """A command that was forked, with as much of ``subprocess.Popen`` as tests ask of it."""

    def __init__(self, place, words, folder, environ, streams):
        told = {"words": [*map(str, words)], "folder": str(folder), "environ": environ}
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.connect(place)
        socket.send_fds(self._connection, [json.dumps(told).encode()], streams)
        self.pid = int(self._connection.recv(MOST))
        self.returncode = None

    def wait(self, timeout=None):
        """Return the exit code, or minus the signal that ended it."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            self.returncode = int(self._connection.recv(MOST))
            self._connection.close()
        return self.returncode

    def poll(self):
        """Return the exit code of a command that has ended, else None."""
        if self.returncode is None and not select.select([self._connection], [], [], 0)[0]:
            return None
        return self.wait()

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Piped(Command):
    """A command of which the test reads what it says."""

    def __init__(self, place, words, folder, environ, log):
        nothing = os.open(os.devnull, os.O_RDWR)
        streams = [nothing, *self._pipe("stdout"), *(self._pipe("stderr") if log else [nothing])]
        super().__init__(place, words, folder, environ, streams)
        for stream in set(streams):
            os.close(stream)

    def _pipe(self, name):
        out, into = os.pipe()
        setattr(self, name, os.fdopen(out))
        return [into]


class Warm:
    """A process that has imported all of a folder and listens at a place."""

    def __init__(self, place):
        self.place = str(place)

    def start(self, *words, folder, environ, log=True):
        """Start ``python -m WORDS`` in a folder; return it, without a log if nobody reads it."""
        return Piped(self.place, words, folder, environ, log)

    def write_python(self, path):
        """Write a program that does what Python does, and forks for ``-m``."""
        python, ask = f'exec "{sys.executable}"', f'-S "{Path(__file__)}" ask {self.place} "$@"'
        path.write_text(
            f'#!/bin/sh\ncase $1 in -m) {python} {ask} ;; *) {python} "$@" ;; esac\n',
            encoding="utf-8",
        )
        path.chmod(0o755)


@contextmanager
def warm(folder):
    """Give the process that has imported all of a folder, as long as the caller needs it."""
    # Not in a test's folder: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="warm-") as own:
        process = subprocess.Popen(
            [sys.executable, Path(folder) / "tests/warm.py", "serve", f"{own}/commands"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with process:  # leaving closes its standard input, which ends it
            assert process.stdout.read() == b"ready\n"
            yield Warm(f"{own}/commands")


def warm_until_closed(folder, place, alive):
    """Start such a process that lives as long as somebody has a pipe open for writing.

    It is nobody's child, so that whoever happened to start it may end before the others do.
    """
    script = 'cd "$1" && exec "$2" tests/warm.py serve "$3" < "$4" &'
    words = ["sh", "-c", script, "sh", folder, sys.executable, place, alive]
    started = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, check=True)
    assert started.stdout == b"ready\n"


def ask(place, words):
    """Hand over a command with the streams of this process, and return its exit code."""
    assert words[0] == "-m"
    return Command(place, words[1:], os.getcwd(), dict(os.environ), [0, 1, 2]).wait()


if __name__ == "__main__":
    what, place, *words = sys.argv[1:]
    if what == "serve":
        serve(place)
    else:
        sys.exit(ask(place, words))

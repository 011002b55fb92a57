"""Kill a process: at the k-th step by which it changes the disk, or at any moment.

The child is forked with all it needs already there, so that a step costs milliseconds. It ends as a
power cut would end it for other processes: SIGKILL, without a handler, an ``except`` or a
``finally``.
"""

import builtins
import io
import os
import shutil
import signal
import tempfile
import warnings

from matcher.cli import main
from matcher.errors import MatcherError
from matcher.model import registry
from matcher.model.artefact import TEMPORARY, is_version, load

STEPS = {
    os: ("fsync", "mkdir", "rename", "replace", "ftruncate", "rmdir", "unlink", "chmod"),
    tempfile: ("mkdtemp",),
    shutil: ("rmtree",),
    io: ("open",),
    builtins: ("open",),
}
"""What changes files; an ``open`` counts when it may write."""


def _counting(k):
    """Make every step count in this process, and the k-th one the last thing that happens."""
    seen = 0

    def counted(function):
        def step(*args, **kwargs):
            nonlocal seen
            mode = str(kwargs.get("mode", args[1] if len(args) > 1 else "r"))
            if function.__name__ != "open" or set(mode) & set("wax+"):
                seen += 1
            if seen == k:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return step

    for owner, names in STEPS.items():
        for name in names:
            setattr(owner, name, counted(getattr(owner, name)))


def forked(action, before=lambda: None):
    """Run an action in a child process and return its id; it exits with what the action returns."""
    with warnings.catch_warnings():
        # Python from 3.12 warns of any thread; those of BLAS and of the test runner are at rest.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            before()
            code = action() or 0
        finally:
            os._exit(code)
    return child


def exit_code(words):
    """Run a command with nothing to read from it; return its exit code."""
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silent, stream)
    try:
        main(list(words), standalone_mode=True)
    except SystemExit as end:
        return end.code
    return 0


def survives(action, k):
    """Run an action in a child that is killed at its k-th step; return whether it had fewer."""
    child = forked(action, lambda: _counting(k))
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def every_step(action, most=1_000):
    """Yield k = 1, 2, ... after the action was killed at step k; end when it was not killed."""
    for k in range(1, most):
        if survives(action, k):
            return
        yield k
    raise AssertionError(f"more than {most} steps")


def faults_of(models):
    """Return what is wrong with a folder of versions: each must load, and nothing pose as one."""
    names = registry.versions(models)
    faults = [fault for name in names if (fault := _fault_of(load, models / name))]
    others = set(os.listdir(models)) - set(names) - {".lock", ".deciding", registry.LEDGER}
    posing = sorted(name for name in others if is_version(name) or not name.startswith(TEMPORARY))
    faults += [f"{name} is no version and nothing temporary" for name in posing]
    live = _fault_of(registry.load_model, models)
    return [*faults, f"what is live does not load: {live}"] if live else faults


def _fault_of(read, folder):
    try:
        read(folder)
    except MatcherError as fault:
        return str(fault)
    return None

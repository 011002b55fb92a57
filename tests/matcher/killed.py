"""Kill a process at the k-th step by which it changes the disk, for every k there is.

The child is forked with the model already fitted, so that a step costs milliseconds. It ends as a
power cut would end it for other processes: SIGKILL, without a handler, an ``except`` or a
``finally``.
"""

import builtins
import io
import os
import shutil
import signal
import tempfile

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


def survives(action, k):
    """Run an action in a child that is killed at its k-th step; return whether it had fewer."""
    child = os.fork()
    if child == 0:
        _counting(k)
        try:
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
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

"""Where work that can be split is done: on the cores of this machine, or on a Dask cluster.

Everything parallel goes through joblib, by ``spread``. A piece of work knows nothing of where it
runs, so that a cluster gives the same numbers; a piece whose worker dies is done again elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from matcher.errors import Fault, MatcherError, SchedulerUnavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 5.0
"""Seconds that a scheduler gets to answer, and then again to have a worker."""

BATCHES = 4
"""Batches of work per core of a cluster: few, for each holds the data; several, for one may die."""
LARGE = "1 GiB"
"""Size from which Dask warns of what is sent; by default it does from 10 MB."""

_CLIENT: ContextVar[Any] = ContextVar("_CLIENT", default=None)
"""The client of the cluster in use, if any."""


def spread(
    function: Callable[..., Result], items: Iterable[Item], *common: object
) -> Iterator[Result]:
    """Yield ``function(item, *common)`` of each item in order, worked out side by side.

    The function must be one of a module, and must not change what it is given.
    """
    waiting = list(items)
    client = _CLIENT.get()
    cores = 1 if client is None else max(sum(client.ncores().values()), 1)
    # On a cluster what all pieces need travels with them, once per batch. Dask could place it on
    # the workers beforehand, but what was placed on a worker is lost with that worker.
    batch = "auto" if client is None else max(len(waiting) // (BATCHES * cores), 1)
    # Threads: the work is linear algebra, which lets go of the interpreter, and starting processes
    # would cost more than the folds of a hundred companies take.
    parallel = Parallel(n_jobs=-1, prefer="threads", return_as="generator", batch_size=batch)
    # Tuples: of other large arguments joblib itself would place each on one worker.
    yield from parallel(delayed(_work_out)((function, item), common) for item in waiting)


def _work_out(piece: tuple[Callable[..., Any], Any], common: tuple[object, ...]) -> Any:
    function, item = piece
    return function(item, *common)


@contextmanager
def workers(scheduler: str | None) -> Iterator[None]:
    """Let ``spread`` work on the cluster of a Dask scheduler, ``tcp://host:port``; None is here.

    Raises
    ------
    SchedulerUnavailable
        If the library is not installed, the scheduler does not answer, it has no workers, a
        worker has other code than this machine, or the scheduler goes away while there is work.
    """
    if scheduler is None:
        yield
        return
    client = _connected(scheduler)
    with _closed_after(client, scheduler):
        _check_code(client, scheduler)
        with _in_use(client):
            yield


@contextmanager
def _in_use(client: Any) -> Iterator[None]:
    from dask import config

    token = _CLIENT.set(client)
    try:
        with (
            config.set({"distributed.admin.large-graph-warning-threshold": LARGE}),
            parallel_config(backend="dask", client=client, n_jobs=-1),
        ):
            yield
    finally:
        _CLIENT.reset(token)


@contextmanager
def _closed_after(client: Any, scheduler: str) -> Iterator[None]:
    """Close a client in the end, and refuse in one sentence when its scheduler went away."""
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)  # below that it logs the traceback of a lost scheduler
    try:
        yield
    except MatcherError:
        raise
    except Exception as error:
        # The work is cancelled at once; what is asked after that fails in other ways.
        if isinstance(error, CancelledError) or client.status != "running":
            raise _refused("scheduler_lost", scheduler) from error
        raise
    finally:
        client.close()
        log.setLevel(level)


def _connected(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise _refused("scheduler_library", scheduler) from None
    try:
        # In a thread of its own: whoever calls may have an event loop running in this one.
        with ThreadPoolExecutor(1) as apart:
            answer = apart.submit(lambda: asyncio.run(_asked(scheduler))).result()
    except Exception:  # what is no scheduler may say anything, and the library fails in any way
        answer = {}
    if answer.get("type") != "Scheduler":
        raise _refused("scheduler_silent", scheduler)
    client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        client.close()
        raise _refused("scheduler_idle", scheduler) from None
    return client


async def _asked(scheduler: str) -> Mapping[str, Any]:
    """Return what a scheduler says of itself. A client that fails to connect is slow to close."""
    from distributed import rpc

    async with rpc(scheduler, timeout=PATIENCE) as there:
        answer: Mapping[str, Any] = await asyncio.wait_for(there.identity(), PATIENCE)
    return answer


def _check_code(client: Any, scheduler: str) -> None:
    """Refuse machines on which the same work would be done by other code.

    The scheduler must have it too: it unpacks what it hands out, and what it cannot unpack it drops
    without a word to whoever waits.
    """
    here = code_digest()
    there = client.run(code_digest, on_error="return")
    others = sorted(worker for worker, digest in there.items() if digest != here)
    try:
        central = client.run_on_scheduler(code_digest)
    except Exception:  # whatever stands in the way of running it
        central = None
    if central != here:
        others.insert(0, scheduler)
    if others:
        raise _refused("scheduler_code", scheduler, machines=", ".join(others))


def code_digest() -> str:
    """Return the SHA-256 of the package's modules."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(module.name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()


def _refused(code: str, scheduler: str, **params: object) -> SchedulerUnavailable:
    told = {"scheduler": scheduler, **params}
    return SchedulerUnavailable([Fault("--scheduler", code, told)])

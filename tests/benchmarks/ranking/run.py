"""Every method on every task that is not yet done, a few tasks side by side."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from tests.benchmarks.ranking import public, store
from tests.benchmarks.ranking.methods import OURS, method
from tests.benchmarks.ranking.metrics import measure
from tests.benchmarks.ranking.rows import menu, task_of
from tests.benchmarks.ranking.store import Result
from tests.benchmarks.ranking.task import Task
from tests.benchmarks.ranking.worlds import experiment


@dataclass(frozen=True)
class Cell:
    """One task, and the methods that are still to do it."""

    world: str
    n: int
    seed: int
    methods: tuple[str, ...]


def make_task(world: str, n: int, seed: int, warfarin: Path | None = None) -> Task:
    """Return the task of a world or public data set."""
    if public.is_public(world):
        return public.task_of(world, n, seed, warfarin)
    return task_of(experiment(world, n, seed, menu()))


def stamps(worlds: Sequence[str], warfarin: Path | None = None) -> dict[str, tuple[str, str]]:
    """Return for each world what results of our own methods and of peers depend on.

    Peers depend on their own code and on the rows: those of one small task stand for all. Ours
    depend on all of ``matcher`` besides.
    """
    ours, peers = store.digest_of_model(), store.digest_of_peers()
    found = {}
    for world in worlds:
        task = make_task(world, 25, 0, warfarin)
        arrays = (task.rows.X, task.rows.y, task.held.X, task.held.truth, task.held.allowed)
        rows = store.digest(array.tobytes() for array in arrays)
        found[world] = (f"{ours}-{rows}", f"{peers}-{rows}")
    return found


def stamp_of(name: str, pair: tuple[str, str]) -> str:
    """Return the stamp of a method in a world."""
    return pair[0] if name in OURS else pair[1]


def solve(cell: Cell, pair: tuple[str, str], path: Path, warfarin: Path | None) -> list[Result]:
    """Run the methods of a cell; each result is on disk before the next method starts."""
    task = make_task(cell.world, cell.n, cell.seed, warfarin)
    results = []
    for name in cell.methods:
        result = solve_one(cell, name, stamp_of(name, pair), task)
        store.append(path, result)
        results.append(result)
    return results


def solve_one(cell: Cell, name: str, stamp: str, task: Task) -> Result:
    """Run and measure one method."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # libraries warn of what they cannot do with 25 companies
        begin = perf_counter()
        ask = method(name)(task, cell.seed)
        fitted = perf_counter()
        answer = ask()
        end = perf_counter()
    return Result(
        cell.world,
        cell.n,
        cell.seed,
        name,
        stamp,
        fitted - begin,
        (end - fitted) / len(task.held.X),
        measure(answer, task.held.truth, task.held.allowed),
    )


def cells(
    worlds: Sequence[str],
    sizes: Sequence[int],
    seeds: dict[int, int],
    methods: Sequence[str],
    done: set[tuple[str, int, int, str, str]],
    pairs: dict[str, tuple[str, str]],
) -> list[Cell]:
    """Return what is still to do, small tasks first."""
    todo = []
    for n in sorted(sizes):
        for seed in range(seeds[n]):
            for world in worlds:
                if not public.offers(world, n):
                    continue
                left = tuple(
                    name
                    for name in methods
                    if public.takes(world, name)
                    and (world, n, seed, name, stamp_of(name, pairs[world])) not in done
                )
                if left:
                    todo.append(Cell(world, n, seed, left))
    return todo


def run(
    todo: Sequence[Cell],
    pairs: dict[str, tuple[str, str]],
    path: Path,
    jobs: int,
    warfarin: Path | None,
) -> None:
    """Do the cells side by side, one thread of linear algebra each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store.mend(path)
    finished = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(solve)(cell, pairs[cell.world], path, warfarin) for cell in todo
    )
    for _ in tqdm(finished, total=len(todo), unit="task", disable=None):
        pass

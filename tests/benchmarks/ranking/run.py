"""Every method on every task that is not yet done, a few tasks side by side."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from tests.benchmarks.ranking import public, store
from tests.benchmarks.ranking.limit import FEWEST_EFFECTIVE, LIMITS, Sampled
from tests.benchmarks.ranking.methods import (
    ANYWHERE,
    AT_MOST,
    METHODS,
    ON_REQUEST,
    OURS,
    method,
)
from tests.benchmarks.ranking.metrics import measure
from tests.benchmarks.ranking.rows import menu, task_of
from tests.benchmarks.ranking.store import Result
from tests.benchmarks.ranking.summary import LIMIT
from tests.benchmarks.ranking.task import Task
from tests.benchmarks.ranking.worlds import ASIDE, GRID, GRID_UP_TO, experiment


@dataclass(frozen=True)
class Cell:
    """One task, and the methods that are still to do it."""

    world: str
    n: int
    seed: int
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Stamps:
    """What results in one world depend on: our own methods, peers, and the limit."""

    ours: str
    peers: str
    limit: str = ""

    def of(self, name: str) -> str:
        """Return the stamp of a method; the limit with a part of ours in it depends on both."""
        if name in LIMITS:
            return self.limit if name == LIMIT else f"{self.limit}-{self.ours}"
        return self.ours if name in OURS else self.peers


@dataclass(frozen=True)
class Plan:
    """What is asked of a run."""

    worlds: tuple[str, ...]
    seeds: Mapping[int, int]
    """Companies -> how many seeds."""
    methods: tuple[str, ...]
    stamps: Mapping[str, Stamps]
    warfarin: Path | None = None

    def cells(self, found: Sequence[Result]) -> list[Cell]:
        """Return what is still to do, small tasks first."""
        done = {result.key for result in found}
        todo = []
        for n in sorted(self.seeds):
            worlds = [w for w in self.worlds if self._offers(w, n)]
            for seed in range(self.seeds[n]):
                for world in worlds:
                    stamp = self.stamps[world].of
                    left = tuple(
                        name
                        for name in self._methods_in(world, n)
                        if (world, n, seed, name, stamp(name)) not in done
                    )
                    if left:
                        todo.append(Cell(world, n, seed, left))
        return todo

    def current(self, found: Sequence[Result]) -> list[Result]:
        """Return the results that were asked for and are of today's code, in order of reading."""
        order = {name: i for i, name in enumerate((*METHODS, *self.worlds))}
        kept = [r for r in found if self._asks(r) and r.stamp == self.stamps[r.world].of(r.method)]
        return sorted(kept, key=lambda r: (r.n, order[r.world], order[r.method], r.seed))

    def n_stale(self, found: Sequence[Result]) -> int:
        """Return how many results were asked for and are of other code or rows."""
        return sum(self._asks(r) for r in found) - len(self.current(found))

    def _offers(self, world: str, n: int) -> bool:
        if world in GRID:
            return n <= GRID_UP_TO
        return world not in public.DATA or public.offers(world, n, self.warfarin)

    def n_missing(self, found: Sequence[Result]) -> int:
        """Return how many results are still to do, those of methods on request left out."""
        missing = [name for cell in self.cells(found) for name in cell.methods]
        return sum(name not in ON_REQUEST for name in missing)

    def _methods_in(self, world: str, n: int) -> tuple[str, ...]:
        offered = [m for m in self.methods if n <= AT_MOST.get(m, n)]
        lawless = world in public.DATA or world in ASIDE
        offered = [m for m in offered if not (lawless and m in LIMITS)]
        return tuple(m for m in offered if world not in public.DATA or m in ANYWHERE)

    def _asks(self, result: Result) -> bool:
        many = self.seeds.get(result.n, 0)
        wanted = result.world in self.worlds and result.method in self.methods
        return wanted and result.seed < many


def make_task(world: str, n: int, seed: int, warfarin: Path | None = None) -> Task:
    """Return the task of a world or public data set."""
    if world in public.DATA:
        return public.task_of(world, n, seed, warfarin)
    return task_of(experiment(world, n, seed, menu()), world)


def stamps(worlds: Sequence[str], warfarin: Path | None = None) -> dict[str, Stamps]:
    """Return for each world what results depend on.

    Peers depend on their own code and on the rows: those of one small task stand for all. Ours
    depend on the modules of ``matcher`` that they import besides; on public data, on others. The
    limit depends on what states the laws.
    """
    model, alone = (store.digest_of_model(name) for name in ("ours.py", "standalone.py"))
    peers, limit = store.digest_of_peers(), store.digest_of_limit()
    found = {}
    for world in worlds:
        task = make_task(world, 25, 0, warfarin)
        arrays = (task.rows.X, task.rows.y, task.held.X, task.held.truth, task.held.allowed)
        # Rounded: the last digits depend on how many threads the linear algebra has.
        rows = store.digest(np.round(array.astype(float), 9).tobytes() for array in arrays)
        ours = alone if world in public.DATA else model
        found[world] = Stamps(f"{ours}-{rows}", f"{peers}-{rows}", f"{limit}-{rows}")
    return found


def solve(cell: Cell, stamp: Stamps, path: Path, warfarin: Path | None) -> None:
    """Run the methods of a cell; each result is on disk before the next method starts."""
    task = make_task(cell.world, cell.n, cell.seed, warfarin)
    for name in cell.methods:
        store.append(path, solve_one(cell, name, stamp.of(name), task))


def solve_one(cell: Cell, name: str, stamp: str, task: Task) -> Result:
    """Run and measure one method; what it fails at is a result too."""
    begin = fitted = end = perf_counter()
    fault, measures = None, {}
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # libraries warn of what they cannot do with 25 companies
        try:
            ask = method(name)(task, cell.seed)
            fitted = perf_counter()
            answer = ask()
            end = perf_counter()
            measures = measure(answer, task.held.truth, task.held.allowed)
            if isinstance(answer, Sampled):
                measures |= answer.exactness(task.held.truth, task.held.allowed)
                fault, measures = checked(measures)
        except Exception as error:  # one method that breaks down must not stop the others
            fault = f"{type(error).__name__}: {error}"[:200]
            fitted = end = perf_counter()
    return Result(
        world=cell.world,
        n=cell.n,
        seed=cell.seed,
        method=name,
        stamp=stamp,
        fit_seconds=fitted - begin,
        score_seconds=(end - fitted) / len(task.held.X),
        measures=measures,
        fault=fault,
    )


def checked(
    measures: dict[str, float | None],
) -> tuple[str | None, dict[str, float | None]]:
    """Return what was measured of the limit; where its draws are worth too few, only why not."""
    worth = measures["effective_draws"]
    if worth is not None and worth < FEWEST_EFFECTIVE:
        return f"no limit known: its draws are worth {worth:.0f} independent ones", {}
    return None, measures


def run(todo: Sequence[Cell], plan: Plan, path: Path, jobs: int) -> None:
    """Do the cells side by side, one thread of linear algebra each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store.mend(path)
    finished = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(solve)(cell, plan.stamps[cell.world], path, plan.warfarin) for cell in todo
    )
    for _ in tqdm(finished, total=len(todo), unit="task", disable=None):
        pass

"""Results as lines of JSON: each is complete or not there, and a second start goes on."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Result:
    """One method on one task."""

    world: str
    n: int
    seed: int
    method: str
    stamp: str
    """What the result depends on; a result of other code or rows is not taken for this one."""
    fit_seconds: float
    score_seconds: float
    """Per profile, every card."""
    measures: dict[str, float | None]
    fault: str | None = None
    """How the method failed, if it did."""

    @property
    def key(self) -> tuple[str, int, int, str, str]:
        """What makes a result this one."""
        return self.world, self.n, self.seed, self.method, self.stamp


def append(path: Path, result: Result) -> None:
    """Add a result in one write, so that lines of several processes do not mix."""
    line = (json.dumps(asdict(result)) + "\n").encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def mend(path: Path) -> None:
    """Cut off a last line that was torn when a run was killed."""
    if path.exists():
        whole = path.read_bytes()
        end = whole.rfind(b"\n") + 1
        if end < len(whole):
            os.truncate(path, end)


def read(path: Path) -> list[Result]:
    """Return the results in a file, the last of each; a torn line is left out."""
    if not path.exists():
        return []
    found = {result.key: result for result in _lines(path)}
    return list(found.values())


def keep(path: Path, results: Iterable[Result]) -> None:
    """Write results to a compressed file, numbers to six digits; equal results, equal bytes."""
    lines = [json.dumps(_rounded(asdict(result))) + "\n" for result in results]
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def start_from(kept: Path, path: Path) -> None:
    """Begin a file of results with those that are kept, unless it was begun already."""
    if kept.exists() and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.decompress(kept.read_bytes()))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _lines(path: Path) -> Iterator[Result]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield Result(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue


def digest(parts: Iterable[bytes]) -> str:
    """Return a short name of some bytes."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:12]


def imported(paths: Iterable[Path]) -> list[Path]:
    """Return the modules of ``matcher`` that some modules import, straight or by way of others."""
    found: set[Path] = set()
    waiting = list(paths)
    while waiting:
        new = set(_imports(waiting.pop())) - found
        found |= new
        waiting += new
    return sorted(found)


def _imports(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            # What is taken from a package may itself be a module.
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            place = ROOT.joinpath(*name.split("."))
            for module in (place.with_suffix(".py"), place / "__init__.py"):
                if name.split(".")[0] == "matcher" and module.exists():
                    yield module


def digest_of_model(module: str) -> str:
    """Return a name of all that a module here depends on: code, menu and expert prior."""
    own = [FOLDER / module]
    data = [ROOT / "training_data" / name for name in ("menu.toml", "expert.toml")]
    return digest(path.read_bytes() for path in (*own, *imported(own), *data))


def digest_of_limit() -> str:
    """Return a name of the code of the limit and of the laws that it knows."""
    own = [FOLDER / f"limit{part}.py" for part in ("", "_simulated", "_levels", "_waves")]
    laws = [FOLDER / "second_hand.py", FOLDER / "worlds.py", FOLDER / "metrics.py"]
    parameters = ROOT / "matcher" / "simulation" / "worlds.toml"
    known = [path for path in imported(own[1:]) if path.parent.name == "simulation"]
    return digest(path.read_bytes() for path in (*own, *laws, *known, parameters))


def digest_of_peers() -> str:
    """Return a name of the code of the peers and the measures."""
    names = ("peers.py", "libraries.py", "metrics.py")
    return digest((FOLDER / name).read_bytes() for name in names if (FOLDER / name).exists())

"""The floors of the house: which package may import which, and the picture of it.

A row names everything that a package may import, also lazily and for types only; ``arrays``,
``errors`` and ``vocabulary`` may be imported by all that do not say ``ALONE``. A package stands one
floor above the highest that its row names, so an arrow can only go down. ``python -m tests.layers``
renews the picture in docs/images/floors.svg and the table in docs/architecture.md.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE, DOCUMENT = ROOT / "docs/images/floors.svg", ROOT / "docs/architecture.md"
ALONE = "-"
OURS = ("matcher", "service")
FOR_ALL = frozenset({"matcher.arrays", "matcher.errors", "matcher.vocabulary"})

MATCHER = {
    "vocabulary": ALONE,
    "messages": f"{ALONE} vocabulary",
    "paths": ALONE,
    "disclosure": ALONE,
    "arrays": ALONE,
    "regression": f"{ALONE} arrays",
    "errors": "messages vocabulary",
    "files": "",
    "validation": "",
    "estimator": f"{ALONE} arrays regression",
    "measure": "disclosure",
    "tables": "",
    "survey": "tables messages",
    "profile": "tables validation",
    "places": "validation",
    "menu": "profile validation messages",
    "region": "menu places paths validation",
    "trials": "measure menu profile tables validation files disclosure",
    "design": "menu profile regression validation",
    "study": "measure survey trials menu profile tables places validation files messages paths",
    "model": "design menu disclosure regression tables files validation",
    "simulation": "measure menu profile trials files",
    "ranking": "model design menu profile regression messages tables files paths disclosure",
    "training": "trials design model menu profile regression",
    "evaluation": "training ranking model design menu profile trials disclosure regression"
    " messages",
    "plan": "ranking design menu profile tables trials files messages validation",
    "report": "evaluation training ranking model design menu profile trials disclosure messages",
    "retraining": "report evaluation training ranking model design menu trials",
    "study_report": "report study measure evaluation trials messages tables disclosure",
    "cli": "study_report retraining evaluation training ranking model design menu trials plan"
    " simulation study survey places region profile messages paths validation",
    "__main__": "cli",
}
"""Package of matcher -> the others it may import."""

SERVICE = {
    "errors": "",
    "running": "",
    "settings": "matcher.validation matcher.tables",
    "caller": "",
    "web": "settings errors running matcher.messages matcher.files",
    "live": "web running matcher.ranking matcher.model matcher.menu",
    "metrics": "live running settings web",
    "store": "caller errors metrics running settings web matcher.files matcher.messages"
    " matcher.trials matcher.tables matcher.profile",
    "access": "caller errors running settings store web matcher.files",
    "answering": "live store matcher.ranking matcher.menu matcher.profile matcher.messages"
    " matcher.disclosure",
    "research": "errors running settings store web matcher.files matcher.model matcher.menu"
    " matcher.evaluation matcher.disclosure matcher.study",
    "api": "access answering caller live metrics running store web matcher.profile"
    " matcher.ranking matcher.menu matcher.validation matcher.trials matcher.tables",
    "server": "access live metrics settings web matcher.messages",
    "pages.shared": "access live running matcher.menu matcher.disclosure matcher.region",
    "pages.intake": "pages.shared errors web matcher.places matcher.profile matcher.region"
    " matcher.tables matcher.validation",
    "pages.advice": "pages.intake pages.shared caller metrics store matcher.design matcher.menu"
    " matcher.profile matcher.ranking matcher.region matcher.messages matcher.tables",
    "pages.follow_up": "pages.advice pages.intake pages.shared access answering caller errors live"
    " store web matcher.trials matcher.menu matcher.profile matcher.ranking matcher.tables"
    " matcher.disclosure",
    "pages.signing": "pages.shared access caller store web",
    "pages.research": "pages.shared caller live research store matcher.model matcher.menu"
    " matcher.profile matcher.ranking matcher.messages matcher.disclosure matcher.measure"
    " matcher.study matcher.tables matcher.trials matcher.validation",
    "pages": "pages.shared pages.intake pages.advice pages.follow_up pages.signing pages.research"
    " access caller live running store web matcher.region",
    "health": "live store",
    "cli": "access caller research server settings store web matcher.messages matcher.files",
    "": "access api cli health live metrics pages research settings store web matcher.menu"
    " matcher.region",
    "__main__": "service server",
}
"""Package of service -> the others it may import; the empty name is ``service`` itself."""


def named(side: str, name: str) -> str:
    """Return the whole name of a package."""
    return f"{side}.{name}" if name else side


LAYERS: dict[str, frozenset[str]] = {
    named(side, name): frozenset(
        each if each.startswith(OURS) else named(side, each)
        for each in row.split()
        if each != ALONE
    )
    | (frozenset() if ALONE in row.split() or named(side, name) in FOR_ALL else FOR_ALL)
    for side, table in (("matcher", MATCHER), ("service", SERVICE))
    for name, row in table.items()
}
"""Package -> what it may import, by whole names."""


def package_of(module: str) -> str:
    """Return the package of the table that a module belongs to: the longest that fits."""
    parts = module.split(".")
    fitting = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next(name for name in fitting if name in LAYERS or name == "matcher")


def arrows() -> Iterator[tuple[str, str, str]]:
    """Yield file, importing package and imported package of every import between packages."""
    for side in OURS:
        for path in sorted((ROOT / side).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            for imported in _imports(path):
                there = package_of(imported)
                if there not in (package_of(module), "matcher"):
                    yield path.relative_to(ROOT).as_posix(), package_of(module), there


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(OURS))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                place = ROOT / whole.replace(".", "/")
                is_module = place.is_dir() or place.with_suffix(".py").is_file()
                yield whole if is_module else str(node.module)


@cache
def floor(package: str) -> int:
    """Return the floor of a package: 1 is the ground. RecursionError in a circle."""
    return 1 + max((floor(below) for below in LAYERS[package]), default=0)


def sentence(package: str) -> str:
    """Return the sentence by which a package introduces itself."""
    place = ROOT / package.replace(".", "/")
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.split("\n\n")[0].replace("\n", " ")


def floors() -> list[list[str]]:
    """Return the packages of each floor, the highest first."""
    highest = max(map(floor, LAYERS))
    return [[p for p in LAYERS if floor(p) == n] for n in range(highest, 0, -1)]


ROW, GAP, LEFT, LETTER = 30, 8, 44, 7.2


def picture() -> str:
    """Return the floors as SVG: the service in one tint, the core in another."""
    shown = floors()
    boxes, width = [], 0.0
    for y, row in enumerate(shown):
        x, top = float(LEFT), GAP + y * (ROW + GAP)
        boxes.append(f'<text class="floor" x="14" y="{top + 20}">{len(shown) - y}</text>')
        for package in row:
            side = package.partition(".")[0]
            wide = 20 + LETTER * len(package)
            boxes.append(
                f'<rect class="{side}" x="{x:.0f}" y="{top}" width="{wide:.0f}" height="{ROW}"'
                f' rx="4"/><text x="{x + wide / 2:.0f}" y="{top + 20}" text-anchor="middle">'
                f"{escape(package)}</text>"
            )
            x += wide + GAP
        width = max(width, x)
    height = GAP + len(shown) * (ROW + GAP)
    style = (
        "text{font:12px ui-monospace,monospace;fill:#1b1b1b}.floor{fill:#666}"
        "rect{stroke:#0003}.matcher{fill:#cfe3d6}.service{fill:#f3dfc1}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">'
        "<title>The floors: a package imports only from floors below its own</title>"
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(boxes)
        + "</svg>\n"
    )


def table() -> str:
    """Return the packages with their sentence, from the top down, as Markdown."""
    lines = ["| floor | package | purpose |", "|---|---|---|"]
    highest = len(floors())
    for n, row in enumerate(floors()):
        lines += [f"| {highest - n} | `{package}` | {sentence(package)} |" for package in row]
    return "\n".join(lines)


MARKS = re.compile(r"(<!-- packages -->\n).*?(<!-- end of packages -->)", re.S)


def renewed(document: str) -> str:
    """Return the document with the table as it is now."""
    return MARKS.sub(lambda m: f"{m[1]}{table()}\n{m[2]}", document)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")

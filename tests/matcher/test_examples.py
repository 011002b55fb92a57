"""The examples in the docstrings of the core give what they say, and the doors of it have one."""

from doctest import DocTestFinder, DocTestRunner
from importlib import import_module

import pytest

from matcher.paths import ROOT

FINDER = DocTestFinder(exclude_empty=True)
EXAMPLES = {
    example.name: example
    for path in sorted((ROOT / "matcher").rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
    for module in [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")]
    for example in FINDER.find(import_module(module), module)
    if example.examples
}
"""Whole name of a function or class -> its example; no module is named here."""

DOORS = {
    "design.encoding.encode",
    "estimator.regressor.HierarchicalRegressor",
    "files.whole_file",
    "menu.card.read_menu",
    "plan.lottery.assign",
    "profile.form.read_cells",
    "profile.schema.read_profile",
    "ranking.engine.Engine.rank",
    "ranking.loading.load_engine",
    "simulation.simulate.simulate",
    "tables.cells.read_number",
    "training.evidence.gather",
    "trials.reader.read_trials",
}
"""What somebody who writes a program on the core calls first."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_says(name):
    told = []
    DocTestRunner(verbose=False).run(EXAMPLES[name], out=told.append)
    assert not told, "".join(told)


def test_what_is_used_most_has_an_example():
    assert {f"matcher.{door}" for door in DOORS} <= EXAMPLES.keys()

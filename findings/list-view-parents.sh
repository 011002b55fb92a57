#!/bin/sh
# pyarrow: list_parent_indices of a sorted list_view does not go with list_flatten of it.
#
# Guess, written before the run: as for a list, list_flatten gives the items and list_parent_indices
# the row of each, in the same order: that is how a column of lists becomes one row per item.
# What happens: list_flatten follows the rows, list_parent_indices the values as they lie in memory,
# so after a sort each item is given to another row, without an error; after a filter rows are null.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import pyarrow as pa
import pyarrow.compute as pc

print("pyarrow", pa.__version__)


def exploded(lists):
    """Return row and item of each item of a column of lists."""
    rows, items = pc.list_parent_indices(lists).to_pylist(), pc.list_flatten(lists).to_pylist()
    return list(zip(rows, items, strict=True)) if len(rows) == len(items) else (rows, items)


values = [["a"], ["b", "c"], ["d"]]
changed = []
for name, change, seen in (
    ("sorted", lambda a: a.take(pa.array([2, 0, 1])), [(1, "d"), (2, "a"), (2, "b"), (0, "c")]),
    (
        "filtered",
        lambda a: a.filter(pa.array([True, False, True])),
        ([0, None, None, 1], ["a", "d"]),
    ),
):
    of_list = exploded(change(pa.array(values, pa.list_(pa.string()))))
    of_view = exploded(change(pa.array(values, pa.list_view(pa.string()))))
    print(f"{name}: guess {of_list}, found {of_view}")
    changed += [name] if of_view != seen else []
sys.exit(f"changed: {changed}" if changed else 0)
PYTHON
# Output seen:
#   pyarrow 26.0.1
#   sorted: guess [(0, 'd'), (1, 'a'), (2, 'b'), (2, 'c')], found [(1, 'd'), (2, 'a'), (2, 'b'), (0, 'c')]
#   filtered: guess [(0, 'a'), (1, 'd')], found ([0, None, None, 1], ['a', 'd'])

#!/bin/sh
# pyarrow: a list_view loses or changes its lists when it is cast to a list.
#
# Guess, written before the run: list_view and list hold the same values, so a cast from the one to
# the other keeps them, also after filter(), a slice or take(): [['a'], ['d']] stays [['a'], ['d']].
# What happens: no error, and other lists. The offsets of the view are taken as those of a list,
# which has one more at its end, without gaps and in order. to_pylist() of the view is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import pyarrow as pa

print("pyarrow", pa.__version__)
view = pa.array([["a"], ["b", "c"], ["d"]], pa.list_view(pa.string()))
view.validate(full=True)
as_list = pa.list_(pa.string())
changed = []
for name, part in (
    ("all of it", view),
    ("filter", view.filter(pa.array([True, False, True]))),
    ("take", view.take(pa.array([2, 0, 1]))),
    ("slice", view[1:]),
):
    part.validate(full=True)
    found = part.cast(as_list).to_pylist()
    print(f"{name}: guess {part.to_pylist()}, found {found}")
    changed += [name] if found == part.to_pylist() else []
sys.exit(f"changed: {changed}" if changed else 0)
PYTHON
# Output seen:
#   pyarrow 26.0.1
#   all of it: guess [['a'], ['b', 'c'], ['d']], found [['a'], ['b', 'c'], []]
#   filter: guess [['a'], ['d']], found [['a', 'b', 'c'], []]
#   take: guess [['d'], ['a'], ['b', 'c']], found [[], ['a'], []]
#   slice: guess [['b', 'c'], ['d']], found [[None, None], []]

#!/bin/sh
# semopy: a fit says that it succeeded, and its loadings hang on the unit of the answers.
#
# Guess, written before the run: maximum likelihood does not know units, so the same answers on 0-1,
# 0-10 and 0-100 give the same loadings (the first is fixed at 1), those of any other program, up to
# rounding; where a fit does not get there it says so.
# What happens: Model.fit tells "Optimization terminated successfully" for all three. On 0-1 and on
# 0-10 the loadings are those of scikit-learn; on 0-100 they are off by up to 20 %.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    semopy==2.3.11 scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from sklearn.decomposition import FactorAnalysis

warnings.simplefilter("ignore")
import semopy

print(*(f"{name} {version(name)}" for name in ("semopy", "scikit-learn", "scipy")))
rng = np.random.default_rng(1)
loadings = np.array([0.9, 0.8, 0.7, 0.6, 0.8, 0.7])
answers = rng.normal(size=(200, 1)) * loadings + rng.normal(size=(200, 6)) * 0.7
answers = pd.DataFrame(5 + 1.5 * answers, columns=list("abcdef"))
other = FactorAnalysis(1, tol=1e-12, max_iter=100_000).fit(answers).components_[0]
print("guess, at any scale", (other / other[0]).round(3).tolist())
off = {}
for scale, factor in (("0-1", 0.1), ("0-10", 1), ("0-100", 10)):
    model = semopy.Model("F =~ a + b + c + d + e + f")
    result = model.fit(answers * factor)
    found = model.inspect().query("op == '~'").Estimate.astype(float).to_numpy()
    off[scale] = np.abs(found / (other / other[0]) - 1).max()
    print(f"{scale}: {found.round(3).tolist()}, success {result.success}, off {off[scale]:.1%}")
sys.exit(0 if off["0-1"] < 0.005 and off["0-100"] > 0.02 and result.success else "changed")
PYTHON

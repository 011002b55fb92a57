#!/bin/sh
# semopy: obj="FIML" takes every mean to be zero, unless the class is another one.
#
# Guess, written before the run: full information maximum likelihood is what is chosen for missing
# answers; where none is missing it is maximum likelihood, so FIML and the default (MLW) agree.
# What happens: with semopy.Model they do not. Of the same complete answers, about 4 on average, the
# first says that all items measure the factor equally and it has a variance of about the mean
# squared; with the answers about their means, or with ModelMeans, both agree. Each fit succeeds.
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

warnings.simplefilter("ignore")
import semopy

print("semopy", version("semopy"))
rng = np.random.default_rng(1)
answers = rng.normal(size=(300, 1)) * [0.9, 0.7, 0.5, 0.6] + rng.normal(size=(300, 4)) * 0.7
answers = pd.DataFrame(4 + answers, columns=list("abcd"))


def fitted(model, answers, **how):
    """Return the loadings and the variance of the factor."""
    result = model("F =~ a + b + c + d")
    success = result.fit(answers, **how).success
    told = result.inspect()
    loadings = told.query("op == '~' and rval == 'F'").Estimate.astype(float).round(2).tolist()
    variance = float(told.query("op == '~~' and lval == 'F'").Estimate.iloc[0])
    print(f"  {loadings}, variance of the factor {variance:.2f}, success {success}")
    return variance


print("guess: all four are the same")
print("default:")
default = fitted(semopy.Model, answers)
print("FIML:")
fiml = fitted(semopy.Model, answers, obj="FIML")
print("FIML, answers about their means:")
centred = fitted(semopy.Model, answers - answers.mean(), obj="FIML")
print("ModelMeans:")
means = fitted(semopy.ModelMeans, answers)
close = np.allclose([centred, means], default, atol=0.03)
sys.exit(0 if close and fiml > 5 * default else "changed")
PYTHON

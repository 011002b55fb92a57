#!/bin/sh
# pingouin: the interval of cronbach_alpha counts people who answered nothing, or were left out.
#
# Guess, written before the run: with nan_policy="listwise" alpha and its interval are those of the
# people who are left, so dropping the others beforehand changes nothing; nor does adding rows of
# people who answered no item, as survey tools export who only opened the questionnaire.
# What happens: alpha is the same, the interval is not: it is that of all rows there were. R's psych
# has the same interval (Feldt) with the people who answered.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pingouin==0.7.0 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
import pingouin

print("pingouin", version("pingouin"))
rng = np.random.default_rng(1)
answers = pd.DataFrame(rng.normal(size=(20, 1)) + rng.normal(size=(20, 4)), columns=list("abcd"))
opened_only = pd.DataFrame(np.nan, index=range(180), columns=answers.columns)
everybody = pd.concat([answers, opened_only], ignore_index=True)


def alpha(answers, **how):
    value, interval = pingouin.cronbach_alpha(answers, **how)
    return round(float(value), 6), tuple(map(float, interval))


guess = alpha(answers)
listwise, pairwise = alpha(everybody, nan_policy="listwise"), alpha(everybody)
print("guess, of the 20 who answered", guess)
print("listwise, 180 empty rows more ", listwise)
print("pairwise, 180 empty rows more ", pairwise)
same = guess[0] == listwise[0] == pairwise[0] and listwise[1] == pairwise[1]
narrower = np.diff(listwise[1]) < 0.5 * np.diff(guess[1])
sys.exit(0 if same and narrower else "changed")
PYTHON

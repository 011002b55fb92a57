#!/bin/sh
# test.sh [pytest arguments]: install what the tests need, look for a browser and a proxy, run the tests.
# A package stands for its tests: matcher/ranking is tests/matcher/ranking.
set -eu
cd "$(dirname "$0")/.."

sh scripts/install.sh test

# A suite without its browser and its proxy proves too little where everything is to be proved.
chromium=$(sh scripts/find-program.sh chromium) || [ "${CI:-}" != true ]
nginx=$(sh scripts/find-program.sh nginx) || [ "${CI:-}" != true ]

# As many processes as tests/conftest.py says, and linear algebra of one thread in each. A file stays whole, so that
# what its tests share is made once; files go in their own order, for the slowest is not the one with the most tests.
for word; do
    shift
    case $word in
        matcher/* | service/*) [ ! -e "tests/$word" ] || word=tests/$word ;;
    esac
    set -- "$@" "$word"
done
set -- -n logical --dist loadfile --no-loadscope-reorder "$@"

# Who tells Python to write no bytecode would compile every module of ours, and rewrite every assert, in each of the
# hundred processes of a run.
unset PYTHONDONTWRITEBYTECODE

# Empty means absent: their tests then skip.
# SCREENSHOTS=yes keeps pictures of the pages in build/screenshots; that takes an eighth more time.
OMP_NUM_THREADS=1 CHROMIUM=$chromium NGINX=$nginx exec .venv/bin/python -m pytest "$@"

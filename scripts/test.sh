#!/bin/sh
# test.sh [pytest arguments]: install what the tests need, look for a browser, run the tests.
set -eu
cd "$(dirname "$0")/.."

sh scripts/install.sh test

if chromium=$(sh scripts/find-chromium.sh); then
    :
elif [ "${CI:-}" = true ]; then
    exit 1 # a suite without its browser tests proves too little there
fi

# Empty means absent: the browser tests then skip.
CHROMIUM=$chromium exec .venv/bin/python -m pytest "$@"

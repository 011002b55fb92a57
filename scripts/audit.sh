#!/bin/sh
# audit.sh: ask which versions in requirements/run.lock have known holes. 0: none. 1: some, listed. 2: could not ask.
set -eu
cd "$(dirname "$0")/.."

sh scripts/audit-tools.sh
report=build/audit.json
rm -f "$report"

status=0
# --disable-pip: the lock names every version already. It writes the report only when every question was answered.
build/audit-venv/bin/python -m pip_audit --requirement requirements/run.lock --disable-pip --require-hashes \
    --progress-spinner off --timeout 20 --desc on --format json --output "$report" 2>build/audit.log || status=$?

if [ ! -s "$report" ]; then
    tail -n 1 build/audit.log >&2
    echo "The database of known holes could not be asked, so nothing is known of these versions. Check the network," \
        "or HTTPS_PROXY, and try again; all that was said is in build/audit.log" >&2
    exit 2
fi
if [ "$status" != 0 ]; then
    cat build/audit.log >&2
    echo "There are known holes: $report says which, and which versions mend them. Then: make lock ARGS=--upgrade" >&2
    exit 1
fi
echo "No known holes in requirements/run.lock"

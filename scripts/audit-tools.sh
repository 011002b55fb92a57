#!/bin/sh
# audit-tools.sh: make build/audit-venv hold what requirements/audit.lock names, apart from what it looks at.
set -eu
cd "$(dirname "$0")/.."

venv=build/audit-venv
stamp=$venv/installed
entry=$(cksum <requirements/audit.lock)

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$entry" ]; then
    exit 0
fi
python=$(sh scripts/find-python.sh)
echo "Installing the libraries of requirements/audit.lock (once, and again when it changes)"
"$python" -m venv --clear "$venv"
PIP_USER=0 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: --requirement requirements/audit.lock
printf '%s\n' "$entry" >"$stamp"

#!/bin/sh
# lock.sh [uv arguments]: write requirements/*.lock from pyproject.toml, for all systems and Python versions at once.
#
# Versions already in a lock stay as long as they fit; --upgrade takes the newest. --only-binary: nobody who installs
# needs a compiler. No address of an index ends up in a lock, so that each machine uses its own.
set -eu
cd "$(dirname "$0")/.."

uv_version=0.13.9
venv=build/lock-venv

if [ "$("$venv/bin/uv" --version 2>/dev/null | cut -d ' ' -f 2)" != "$uv_version" ]; then
    python=$(sh scripts/find-python.sh)
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "uv==$uv_version"
fi

# Wheels that only this machine has may not choose a version for everyone.
unset UV_FIND_LINKS UV_INDEX UV_EXTRA_INDEX_URL UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE_NEWER UV_PRERELEASE UV_RESOLUTION

compile_from() {
    from=$1
    shift
    "$venv/bin/uv" pip compile "$from" --quiet --no-config --system-certs --universal --python-version 3.11 \
        --generate-hashes --only-binary :all: --no-emit-index-url --no-emit-find-links \
        --custom-compile-command 'make lock' "$@"
}

compile() {
    compile_from pyproject.toml "$@"
}

compile --output-file requirements/run.lock "$@"
# The run lock binds the test lock, so that tests run with the versions that are served.
compile --extra test --constraint requirements/run.lock --output-file requirements/test.lock "$@"
# The bench lock holds the test lock in the same way: one environment for all three.
compile --extra test --extra bench --constraint requirements/test.lock --output-file requirements/bench.lock "$@"

# What looks at the others has an environment of its own, without them.
"$venv/bin/python" -c 'import tomllib
with open("pyproject.toml", "rb") as file:
    print("\n".join(tomllib.load(file)["project"]["optional-dependencies"]["audit"]))' >build/audit.in
compile_from build/audit.in --no-annotate --output-file requirements/audit.lock "$@"

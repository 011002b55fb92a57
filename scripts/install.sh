#!/bin/sh
# install.sh run|test|bench: make .venv hold what requirements/<name>.lock names.
#
# .venv/installed names the locks that are completely in, by checksum. It is taken away before pip starts and written
# after pip ends. So a .venv without it is the ruin of an interrupted install, in which pip would take a half-written
# library for a whole one: it is made again from nothing, out of pip's cache.
set -eu
cd "$(dirname "$0")/.."

lock=$1
venv=.venv
stamp=$venv/installed

entry() {
    printf '%s %s\n' "$1" "$(cksum <"requirements/$1.lock")"
}

works() {
    # pip: after an upgrade of the system's Python the folder is still there, but its libraries are another version's.
    [ -f "$stamp" ] && "$venv/bin/python" -c 'import pip' >/dev/null 2>&1
}

complete() {
    works && grep -qxF "$(entry "$lock")" "$stamp"
}

if complete; then
    exit 0
fi

# One at a time: make test in a second terminal waits for the install of make run in the first.
[ -w . ] || { echo "No permission to write in $PWD" >&2; exit 1; }
claim=.venv.claim
said=
until (set -C && echo $$ >"$claim") 2>/dev/null; do
    if kill -0 "$(cat "$claim")" 2>/dev/null; then
        [ -n "$said" ] || echo "Waiting for another make that installs"
        said=yes
        sleep 1
    else
        rm -f "$claim" # left by one that was killed
    fi
done
trap 'rm -f "$claim"' EXIT
trap 'exit 130' HUP INT TERM
if complete; then
    exit 0
fi

if ! works; then
    python=$(sh scripts/find-python.sh)
    echo "Making $venv with $python"
    "$python" -m venv --clear "$venv"
fi

echo "Installing the libraries of requirements/$lock.lock (once, and again when it changes)"
rm -f "$stamp"
quiet=
[ -t 1 ] || quiet=--quiet
# PIP_USER: a habit of some machines that pip refuses inside a virtual environment.
PIP_USER=0 "$venv/bin/python" -m pip install $quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: --requirement "requirements/$lock.lock"

# The test lock holds the run lock, version for version, and the bench lock holds the test lock.
for held in run test bench; do
    entry "$held"
    [ "$held" = "$lock" ] && break
done >"$stamp.new"
mv "$stamp.new" "$stamp"

#!/bin/sh
# serve.sh WORKERS HOST PORT: what is installed and trained already, from several processes on one socket.
set -eu
cd "$(dirname "$0")/.."

case $1 in
    [1-9] | [1-5][0-9] | 6[0-4]) ;;
    *)
        echo "WORKERS=$1 is not a number of processes; give 1 to 64, as in: make serve WORKERS=2" >&2
        exit 2
        ;;
esac

sh scripts/install.sh run

# It prints the address once it answers, and refuses a host or port that cannot be. exec, so that signals reach it.
LEERMATCH_HOST=$2 LEERMATCH_PORT=$3 exec .venv/bin/python -m service --workers "$1"

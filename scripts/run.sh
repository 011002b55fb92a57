#!/bin/sh
# run.sh PORT: from nothing to a service on this machine. Called again it starts at once.
set -eu
cd "$(dirname "$0")/.."

port=$1
case $port in
    *[!0-9]* | '' | 0* | ??????*) valid=no ;;
    *) if [ "$port" -le 65535 ]; then valid=yes; else valid=no; fi ;;
esac
if [ $valid = no ]; then
    echo "PORT=$port is not a port; give a number from 1 to 65535, as in: make run PORT=8080" >&2
    exit 2
fi

sh scripts/install.sh run

# A version's folder starts with the year it was made in; anything else in there is no model.
set -- "${LEERMATCH_MODELS:-models}"/[0-9]*/
if [ ! -d "$1" ]; then
    echo "No model yet: training the first one on training_data/outcomes.csv"
    page=$(sh scripts/retrain.sh)
    # It goes live by a decision in the ledger, so that a later candidate waits for one and there is a way back.
    .venv/bin/python -m matcher promote "$(printf '%s\n' "$page" | tail -n 1)" --models "${LEERMATCH_MODELS:-models}" \
        --by "make run" --reason "eerste model, op nagebootste gegevens"
fi

# It prints the address once it answers. exec, so that Ctrl-C and signals reach the server itself.
LEERMATCH_PORT=$port exec .venv/bin/python -m service

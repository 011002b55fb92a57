#!/bin/sh
# Train a candidate on training_data/ and say the verdict in one line. The three verdicts are answers, not errors.
set -eu
cd "$(dirname "$0")/.."

status=0
.venv/bin/python -m matcher retrain training_data/outcomes.csv --models "${LEERMATCH_MODELS:-models}" || status=$?

# On stderr: the last line on stdout is the new version's name, for whoever reads it from a pipe.
case $status in
    0) echo "Verdict: promote. The candidate is better; it goes live with python -m matcher promote." >&2 ;;
    3) echo "Verdict: keep. The candidate is no better than what is live." >&2 ;;
    4) echo "Verdict: cannot tell. These data are too few to say whether the candidate is better." >&2 ;;
    *) exit "$status" ;;
esac

"""``python -m tests.hardening``: kill retrainings, decisions and the service at random moments.

The suite kills at every step that writes, once (``tests/matcher/model/test_killed.py``); here the
moments are drawn, so that what lies between the steps is met too. Then as many services are killed
while conversations, choices and outcomes are written. It ends with 1 at the first violation, and
leaves the folder to be looked at.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from tests.hardening.kills import KINDS, Hardening, Violation, kinds
from tests.hardening.writes import Writes


def main(words):
    options = _options(words)
    folder = Path(tempfile.mkdtemp(prefix="hardening-"))
    since = time.monotonic()
    try:
        found = _run(Hardening(folder, options.seed), kinds(options.kills, options.seed))
        print(_summary(found, time.monotonic() - since), flush=True)
        since = time.monotonic()
        writes = _run_writes(folder, options)
    except Violation as violation:
        print(f"VIOLATION {violation}\nThe folder is left in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    print(_summary_of_writes(writes, time.monotonic() - since))
    return 0


def _options(words):
    parser = argparse.ArgumentParser(prog="python -m tests.hardening", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many processes; 200")
    parser.add_argument("--seed", type=int, default=0, help="of what is killed, and when; 0")
    options = parser.parse_args(words)
    if options.kills < 1 or options.seed < 0:
        parser.error("--kills must be 1 or more and --seed 0 or more")
    return options


def _run(hardening, drawn):
    """Return how often each kind was killed, under an empty word, and what that left."""
    found = Counter()
    for kind in tqdm(drawn, desc="kills", disable=None):
        for left in ("", *hardening.kill(kind)):
            found[kind, left] += 1
    return found


def _run_writes(folder, options):
    """Return the writes of as many services, all of which were killed."""
    (folder / "service").mkdir()
    writes = Writes(folder / "service", options.seed)
    try:
        for _ in tqdm(range(options.kills), desc="services", disable=None):
            writes.kill()
    finally:
        writes.close()
    return writes


def _summary_of_writes(writes, seconds):
    return (
        f"{writes.kills} kills of a service in {seconds:.0f} s: all {writes.acknowledged} "
        f"acknowledged writes were there, {writes.unanswered} more that nobody was told of, each "
        "whole, the audit trail held, and what was sent again was there once"
    )


def _summary(found, seconds):
    lines = []
    for kind, told in KINDS.items():
        left = [f"{n} {what}" for (one, what), n in found.items() if one == kind and what]
        lines.append(f"{found[kind, '']:4d} {told}: {', '.join(sorted(left))}")
    total = sum(n for (_, what), n in found.items() if not what)
    return "\n".join(lines) + (
        f"\n{total} kills in {seconds:.0f} s: every version was whole, what is live loaded, no "
        "decision was lost, and each time the next retraining succeeded and cleaned up"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

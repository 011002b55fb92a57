"""How much a proof asks: enough to catch what breaks in ``make test``, more in ``make harden``.

A test that asks more there has the marker ``proof``: ``HARDEN=yes pytest -m proof`` is all of them.
"""

import os

HARDENING = os.environ.get("HARDEN") == "yes"


def strength(usual, hardening):
    """Return the size for this run."""
    return hardening if HARDENING else usual

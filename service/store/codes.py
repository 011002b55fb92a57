"""Short codes that bring somebody with a sheet of paper back to what was said."""

from __future__ import annotations

from secrets import choice

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it is taken for something else."""
LENGTH = 8
"""Forty bits: among a million codes, a guess is right once in a million."""
_TAKEN_FOR = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def draw() -> str:
    """Return a code nobody can predict."""
    return "".join(choice(ALPHABET) for _ in range(LENGTH))


def spelt(code: str) -> str:
    """Return a code as it stands on paper, in two halves."""
    return f"{code[:4]}-{code[4:]}"


def read(typed: str) -> str | None:
    """Return the code somebody typed, whatever they took a zero for; None if it cannot be one."""
    code = typed.upper().translate(_TAKEN_FOR)
    return code if len(code) == LENGTH and not set(code) - set(ALPHABET) else None

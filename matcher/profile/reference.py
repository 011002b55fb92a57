"""Companies that stand still: the same 25 profiles for every version, to see what changes.

They are made up, and chosen to span sectors, sizes, provinces, staffing pressure and needs. They
are a measuring stick and no sample: shares over them say how a model moves, not how many companies
there are.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matcher.profile.schema import Profile, read_profile


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference company."""

    id: str
    profile: Profile


@cache
def reference_companies() -> tuple[Reference, ...]:
    """Return the reference companies, in the order of ``reference.toml``."""
    text = resources.files(__package__).joinpath("reference.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)["company"]
    return tuple(Reference(name, read_profile(answers)) for name, answers in raw.items())

"""The pages for the researcher and the board, below ``/onderzoek``."""

from __future__ import annotations

from service.pages.research import (
    decisions,
    facts,
    files,
    overview,
    studies,
    study_outcome,
    study_reading,
    study_who,
    training,
    versions,
)
from service.pages.research.blueprint import bp

__all__ = [
    "bp",
    "decisions",
    "facts",
    "files",
    "overview",
    "studies",
    "study_outcome",
    "study_reading",
    "study_who",
    "training",
    "versions",
]

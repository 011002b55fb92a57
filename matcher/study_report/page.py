"""The data report of a study: one page that stands alone, and the codebook beside it."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.report.parts import Wording
from matcher.report.template import render
from matcher.study.build import Built
from matcher.study_report.codebook import CODEBOOK, codebook_section, write_codebook
from matcher.study_report.measure_sections import (
    agreement_section,
    instrument_section,
    odd_section,
    reliability_section,
)
from matcher.study_report.obstacles import obstacles, shape
from matcher.study_report.read_sections import files_section, who_section
from matcher.study_report.score_sections import change_section, scores_section
from matcher.study_report.seen import Seen
from matcher.study_report.tried_sections import limits_section, tried_section
from matcher.vocabulary import LANGUAGES, Language

_SECTIONS = (
    files_section,
    who_section,
    instrument_section,
    reliability_section,
    agreement_section,
    odd_section,
    scores_section,
    change_section,
    tried_section,
    limits_section,
    codebook_section,
)


def write_study_report(built: Built, language: Language) -> str:
    """Return the data report of a study as HTML: no script, no other file, no other host.

    It has pseudonyms and no names, and nothing of fewer than five people.
    """
    seen, say = Seen.of(built), Wording(language, built.menu)
    return render(
        "study-report.html",
        say=say,
        simulated=built.known.settings.source == "simulated",
        shape=shape(seen, say),
        obstacles=obstacles(seen, say),
        sections=[section(seen, say) for section in _SECTIONS],
    )


def study_pages(built: Built, language: Language) -> Mapping[str, str]:
    """Return the report in every language and the codebook in one, by name of file."""
    pages = {f"report.{each}.html": write_study_report(built, each) for each in LANGUAGES}
    return pages | {CODEBOOK: write_codebook(built, language)}

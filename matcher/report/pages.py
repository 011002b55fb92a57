"""The report of a version: one page that stands alone, in every language, and its model card.

Only training imports this module: it draws, and drawing is slow to import.
"""

from __future__ import annotations

from datetime import datetime

from matcher.disclosure import alone
from matcher.errors import warned_of
from matcher.model.artefact import Provenance
from matcher.report.calibration_section import calibration_section, controls, covered
from matcher.report.card_sections import effects_section, pairs_section
from matcher.report.closing_sections import changes_section, next_section, why_section
from matcher.report.comparison_sections import groups_section, ranking_section, stability_section
from matcher.report.contents import Findings
from matcher.report.data_sections import (
    baseline_section,
    coverage_section,
    data_section,
)
from matcher.report.learned_section import learned_section
from matcher.report.parts import Part, Section, Table, Wording
from matcher.report.result_section import result_lead, result_section
from matcher.report.sensitivity_section import sensitivity_section
from matcher.report.telling import association
from matcher.report.template import render
from matcher.vocabulary import LANGUAGES, Language

MODEL_CARD = "model-card.md"
_SECTIONS = (
    result_section,
    data_section,
    baseline_section,
    effects_section,
    learned_section,
    coverage_section,
    calibration_section,
    ranking_section,
    stability_section,
    sensitivity_section,
    groups_section,
    pairs_section,
    why_section,
    changes_section,
    next_section,
)


def write_pages(found: Findings) -> dict[str, str]:
    """Return the report in every language and the model card, by file name."""
    pages = {f"report.{language}.html": write_report(found, language) for language in LANGUAGES}
    return pages | {MODEL_CARD: write_model_card(found)}


def write_report(found: Findings, language: Language) -> str:
    """Return the report in one language: no script, no other file, no other host."""
    say = Wording(language, found.menu)
    sections = [section(found, say) for section in _SECTIONS]
    return render(
        "report.html",
        say=say,
        found=found,
        verdict=found.verdict.replace(" ", "_"),
        day=_day(found.provenance.created, language),
        lead=result_lead(found, say),
        sections=sections,
        about=_about(found, say),
    )


def write_model_card(found: Findings) -> str:
    """Return the model card as Markdown: Dutch first, English below it."""
    languages = [Wording(language, found.menu) for language in LANGUAGES]
    return render(
        MODEL_CARD,
        languages=languages,
        found=found,
        verdict=found.verdict.replace(" ", "_"),
        association=association,
        covered=covered,
        coverage=found.outlook.coverage,
        alone=alone,
    )


def _about(found: Findings, say: Wording) -> Section:
    facts, provenance = found.facts, found.provenance
    version = say(
        "about.version",
        created=_day(provenance.created, say.language),
        trials=say.count(alone(facts.trials)),
        companies=say.count(alone(facts.companies)),
        seed=provenance.seed,
    )
    rows = (
        (say("about.data"), provenance.data_sha256),
        (say("about.menu", version=found.menu.version), provenance.menu_sha256),
        (say("about.expert"), provenance.expert_sha256),
        (say("about.code"), provenance.code_sha256),
    )
    head = (say("about.what"), "SHA-256")
    hashes = Table(say("about.hashes"), head, rows, frozenset({0, 1}))
    parts: tuple[Part, ...] = (
        version,
        *controls(found, say),
        *_accepted(provenance, say),
        hashes,
        say("about.more"),
    )
    return Section("about", say("about.title"), parts)


def _accepted(provenance: Provenance, say: Wording) -> tuple[Part, ...]:
    """Return what was odd in the trials and taken for right."""
    lines = [
        f"{warned_of(code, say.language)}: {say.count(alone(n))}"
        for code, n in provenance.accepted_warnings.items()
    ]
    return (say("about.accepted"), lines) if lines else ()


def _day(created: str, language: Language) -> str:
    day = datetime.fromisoformat(created)
    return f"{day:%d-%m-%Y}" if language == "nl" else f"{day:%Y-%m-%d}"

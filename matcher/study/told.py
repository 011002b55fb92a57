"""What each step of a study brought, as plain values for a page: a process of its own tells them.

Every sentence is there in all languages. No row of a respondent is in it, and nobody's answers:
names of files and columns, counts, and the spellings of companies that somebody has to decide on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matcher.errors import Fault, Refused, Unconfirmed, Warned
from matcher.menu.card import Menu
from matcher.messages import catalogue, say
from matcher.study.build import Built
from matcher.study.companies import Company
from matcher.study.look import Looked
from matcher.study.who import Doubt, Known, Matched
from matcher.trials.columns import STATES
from matcher.vocabulary import LANGUAGES, Language

Told = dict[str, Any]
MOST_WARNINGS = 100
"""Warnings that are told; of the rest only how many."""
MOST_FAULTS = 300
"""Faults that are told; of the rest only how many."""


def refused_told(refused: Refused) -> Told:
    """Return the faults of a step that made nothing, each with place and way out."""
    return {
        "state": "refused",
        "faults": [fault_told(fault) for fault in refused.faults[:MOST_FAULTS]],
        "total": refused.total,
        **_odd(refused.warnings),
    }


def doubted_told(doubted: Unconfirmed) -> Told:
    """Return what is odd in a study that was not built for it."""
    return {"state": "unconfirmed", "faults": [], "total": 0, **_odd(doubted.warnings)}


def looked_told(looked: Looked) -> Told:
    """Return what each file is with why, its columns, and what was left out of it."""
    by_name = {file.name: file for file in looked.settings.file}
    files = []
    for each in looked.files:
        survey = each.survey
        name = f"{survey.file} ({survey.sheet})" if survey.sheet else survey.file
        files.append(
            {
                "sha256": by_name[name].sha256,
                "name": name,
                "rows": len(survey.rows),
                "because": [_said(reason.text) for reason in each.because],
                "doubt": [_said(reason.text) for reason in each.doubt],
                "dropped": dict(survey.dropped),
                "personal": list(survey.personal),
                "technical": list(survey.technical),
                "columns": [
                    {"name": column.name, "question": column.question, "kind": column.kind}
                    for column in survey.columns
                ],
            }
        )
    return {
        "state": "done",
        "files": files,
        "known": looked.n_known,
        "notes": [fault_told(note) for note in looked.notes],
    }


def matched_told(matched: Matched, menu: Menu) -> Told:
    """Return what a person has to decide, with what it may be, and all that is odd."""
    known = matched.known
    labels = {company.listed.key: _label(company) for company in known.companies.companies}
    return {
        "state": "done",
        "rows": dict(matched.n_rows),
        "doubts": [_doubt_told(doubt, known) for doubt in matched.doubts],
        "faults": [fault_told(fault) for fault in matched.others[:MOST_FAULTS]],
        "total": len(matched.others),
        "companies": [{"id": key, "label": label} for key, label in labels.items()],
        "cards": [
            {"id": card.id, **{each: card.name.of(each) for each in LANGUAGES}} for card in menu
        ],
        **_odd(known.warnings),
    }


def built_told(built: Built) -> Told:
    """Return how much came out of a study, and what became of the rows of each file."""
    return {
        "state": "done",
        "rows": {file: dict(counts) for file, counts in built.gathered.counts.items()},
        "left_out": {each.file: list(each.personal) for each in built.known.respondents},
        "trials": len(built.trials),
        "companies": len({row["company"] for row in built.trials}),
        "measurements": len(built.measurements),
        "off_menu": len(built.off_menu),
        "without_company": built.left_out["no_company"],
        "new_names": built.keys.n_made,
        **_odd(built.warnings),
    }


def fault_told(fault: Fault) -> Told:
    """Return a fault with its code, and the line in all languages: as a page says it."""
    return {"code": fault.code, **{each: _line(fault, each) for each in LANGUAGES}}


def _line(fault: Fault, language: Language) -> str:
    """Return place and sentence; one that tells of ``study.toml`` has a twin for a page."""
    key = f"study.page.{fault.code}"
    if key not in catalogue(language):
        return fault.line(language)
    place = fault.place(language).removeprefix("study.toml").strip(", ")
    return ": ".join(filter(None, (place, say(language, key, **fault.params))))


def _warned_line(warned: Warned, language: Language) -> str:
    key = f"study.page.{warned.code}"
    if key not in catalogue(language):
        return warned.line(language)
    return f"{warned.place(language)}: {say(language, key, **warned.params)}"


def _odd(warnings: Sequence[Warned]) -> Told:
    told = [
        {"code": each.code, **{lang: _warned_line(each, lang) for lang in LANGUAGES}}
        for each in warnings[:MOST_WARNINGS]
    ]
    return {"warnings": told, "n_warnings": len(warnings)}


def _said(text: Any) -> Told:
    return {language: text(language) for language in LANGUAGES}


def _label(company: Company) -> str:
    listed = company.listed
    names = [name for name in listed.names if name != listed.key]
    return f"{listed.key} ({names[0]})" if names else listed.key


def _doubt_told(doubt: Doubt, known: Known) -> Told:
    likely = {"companies": _companies, "cards": _cards, "cells": _cells}[doubt.table]
    return {
        "table": doubt.table,
        "words": doubt.words,
        "rows": int(str(doubt.fault.params.get("n", 1))),
        "candidates": likely(doubt, known),
        **fault_told(doubt.fault),
    }


def _companies(doubt: Doubt, known: Known) -> list[str]:
    for matching in (*known.matchings, *([known.log.matching] if known.log else [])):
        for match in matching.matches:
            if match.spelling == doubt.words and match.doubt:
                return [candidate.id for candidate in match.candidates]
    return []


def _cards(doubt: Doubt, known: Known) -> list[str]:
    for match in known.log.words if known.log else ():
        if match.words == doubt.words:
            return [candidate.id for candidate in match.candidates]
    return []


def _cells(doubt: Doubt, known: Known) -> list[str]:
    if doubt.fault.code == "log_state":
        return list(STATES)
    choices = doubt.fault.params.get("choices", ())
    return list(choices) if isinstance(choices, tuple) else []

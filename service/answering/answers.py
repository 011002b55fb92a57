"""A ranking as the API tells it: the same numbers, facts of the card and reasons in words."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Literal

import orjson

from matcher.disclosure import alone
from matcher.menu.card import Intervention
from matcher.messages import say
from matcher.profile.schema import Question
from matcher.ranking.alternatives import next_questions
from matcher.ranking.engine import Engine
from matcher.ranking.reasons import top_reasons
from matcher.ranking.result import (
    Caution,
    ExpectedGain,
    ModelInfo,
    NotSuitable,
    Ranking,
    Reason,
    Recommendation,
)
from matcher.ranking.wording import reason_text
from matcher.vocabulary import Language
from service.answering.cards import amount
from service.live.watch import Served

FEW = 3
"""Fewer approaches than this leave nothing to choose from."""


def answer(question: Question, served: Served, language: Language) -> dict[str, object]:
    """Return the answer to a question; the order of its members is fixed."""
    engine = served.engine
    ranking = engine.rank(question.profile, question.constraints, explain=question.limit)
    cards = engine.menu.by_id
    told: dict[str, object] = {
        "id": question_id(question, served),
        "model": model_of(engine.info),
        "menu": {"version": engine.menu.version},
        "known_case": ranking.known_case,
        "ranking": [
            _line(line, cards[line.intervention], question.reasons, language)
            for line in ranking.recommendations[: question.limit]
        ],
        "not_suitable": [
            _refusal(each, cards[each.intervention], language) for each in ranking.not_suitable
        ],
        "baseline_order": ranking.baseline_order,
        "notices": [
            *(say(language, f"notice.{key}") for key in ranking.notices),
            *_few_left(question, ranking, language),
        ],
    }
    if question.ask_next:
        told["ask_next"] = _asked_next(engine, question, ranking)
    return told


def question_id(question: Question, served: Served) -> str:
    """Return what is the same for the same question to the same model and menu, whoever asks."""
    profile = question.profile.model_dump(exclude_none=True)
    constraints = question.constraints.model_dump(exclude_none=True)
    # Sets, though written as lists: their order says nothing.
    for values, name in ((profile, "transitions"), (constraints, "exclude")):
        if name in values:
            values[name] = sorted(values[name])
    asked = {
        "profile": profile,
        "constraints": constraints,
        "model": served.engine.info.version,
        "menu": served.menu_digest,
    }
    return sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _few_left(question: Question, ranking: Ranking, language: Language) -> Iterator[str]:
    """Say that less is left than was asked for, and where it says why."""
    left = len(ranking.recommendations)
    if left < min(question.limit, FEW):
        yield say(language, "api_notice.few_left", left=left, away=len(ranking.not_suitable))


def _asked_next(engine: Engine, question: Question, ranking: Ranking) -> list[object]:
    return [
        {"field": name, "answers": [{"value": value, "top3": top3} for value, top3 in answers]}
        for name, answers in next_questions(engine, question, ranking)
    ]


def model_of(info: ModelInfo) -> dict[str, object]:
    """Return what an answer says of the model behind it."""
    return {
        "version": info.version,
        # 0 where they are so few that how many is not told.
        "trials": alone(info.trials).exact or 0,
        "companies": alone(info.companies).exact or 0,
        "simulated": info.simulated,
        "expert_only": info.expert_only,
    }


def _line(
    line: Recommendation, card: Intervention, wanted: Literal["top", "all"], language: Language
) -> dict[str, object]:
    reasons = line.reasons if wanted == "all" else top_reasons(line.reasons)
    return {
        "rank": line.rank,
        "intervention": line.intervention,
        "name": card.name.of(language),
        "expected_gain": _gain(line.expected_gain),
        "p_started": shown(line.p_started),
        "p_completed": shown(line.p_completed),
        "p_top3": shown(line.p_top3),
        "tied_with": line.tied_with,
        "evidence": card.evidence,
        "comparable_trials": line.comparable_trials,
        "hours_off_job": amount(card.hours_off_job),
        "hours_key_person": amount(card.hours_key_person),
        "cost_band": card.cost_band.min,
        "cost_band_max": card.cost_band.max,
        "lead_weeks": amount(card.lead_weeks),
        "capacity": card.capacity,
        "goes_with": line.goes_with,
        "reasons": [_reason(reason, card, language) for reason in reasons],
        "warnings": [_warning(warning, language) for warning in line.warnings],
    }


def shown(number: float) -> float:
    """Return a number as every answer shows it: six decimals, and no minus zero."""
    return round(number, 6) + 0.0


def _gain(gain: ExpectedGain) -> dict[str, float]:
    return {
        "mean": shown(gain.mean),
        "low": shown(gain.low),
        "high": shown(gain.high),
        "level": gain.level,
    }


def _reason(reason: Reason, card: Intervention, language: Language) -> dict[str, object]:
    return {
        "code": reason.code,
        "text": reason_text(reason, card, language),
        "effect": shown(reason.effect),
        "source": reason.source,
    }


def _warning(warning: Caution, language: Language) -> dict[str, object]:
    return {"code": warning.code, "field": warning.field, "text": warning.text.of(language)}


def _refusal(refused: NotSuitable, card: Intervention, language: Language) -> dict[str, object]:
    return {
        "intervention": refused.intervention,
        "name": card.name.of(language),
        "condition": refused.condition,
        "text": refused.text.of(language),
        "nearest_change": refused.nearest_change,
    }

"""A conversation is recorded as it was shown: computed again, in the words it was read in."""

from __future__ import annotations

import orjson
from pydantic import BaseModel

from matcher.profile.schema import Question
from matcher.vocabulary import Language
from service.answering.answers import answer
from service.live.watch import Served
from service.store.conversation import New


def conversation_of(
    question: Question,
    served: Served,
    language: Language,
    *,
    own_pick: str | None = None,
    company: str | None = None,
    table: str | None = None,
) -> New:
    """Return what is kept of a question that was answered at the table."""
    return New(
        profile=_text(question.profile),
        constraints=_text(question.constraints),
        recommendation=orjson.dumps(answer(question, served, language)).decode(),
        language=language,
        own_pick=own_pick,
        company=company,
        learning_table=table,
    )


def _text(value: BaseModel) -> str:
    return orjson.dumps(value.model_dump(mode="json", exclude_none=True)).decode()

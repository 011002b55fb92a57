"""The form of the answer about many companies."""

from __future__ import annotations

from pydantic import Field

from service.api.batch_requests import ProfileId
from service.api.schemas import Answer, Problem, RecommendationAnswer


class ProfileAnswer(RecommendationAnswer):
    """Het advies voor één profiel van een groep, gelijk aan dat van recommendations."""

    id: ProfileId
    question_id: str = Field(
        pattern=r"^[0-9a-f]{32}$", description="het id dat recommendations aan deze vraag geeft"
    )


class ProfileRefusal(Answer):
    """Waarom er voor dit profiel geen advies is; de andere krijgen het wel."""

    id: ProfileId
    problem: Problem


class BatchAnswer(Answer):
    """De antwoorden, in de volgorde van de profielen."""

    answers: list[ProfileAnswer | ProfileRefusal]

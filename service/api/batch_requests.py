"""The profiles of many companies in one call, as they are sent and as they are answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WrapValidator

from matcher.errors import Fault, InvalidProfile
from matcher.profile.schema import NO_CONSTRAINTS, Constraints, Profile
from matcher.validation import Array, Count, SentObject, Value, read
from service.api.schemas import Answer, Problem, RecommendationAnswer

MOST, LONGEST_ID = 1000, 100
MAX_BATCH = 2 * 1024 * 1024
"""Bytes in the body of one call; a profile with every field answered takes some 600."""

ProfileId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_ID,
        description="eigen kenmerk van het profiel in deze vraag; geen twee keer hetzelfde",
    ),
]


class BatchProfile(Value):
    """One profile of many, not read yet: a faulty one does not stop the others."""

    id: ProfileId
    profile: Annotated[Profile, WrapValidator(lambda raw, _: raw)]


class Batch(SentObject):
    """Profiles, and what holds for all of them."""

    profiles: Array[BatchProfile] = Field(min_length=1, max_length=MOST)
    constraints: Constraints = Field(default=NO_CONSTRAINTS)
    limit: Count = Field(5, ge=1, le=100, description="aantal aanpakken per bedrijf")
    reasons: Literal["top", "all"] = Field("top", description="de belangrijkste redenen, of alle")
    model: str | None = Field(None, description="versie die moet antwoorden; null is de huidige")


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


def read_batch(raw: object) -> Batch:
    """Return the batch in a JSON object, or raise InvalidProfile with what is wrong with it all."""
    batch = read(Batch, raw, InvalidProfile)
    seen: set[str] = set()
    faults = []
    for place, each in enumerate(batch.profiles):
        if each.id in seen:
            faults.append(Fault(f"/profiles/{place}/id", "duplicate", {"item": each.id}))
        seen.add(each.id)
    if faults:
        raise InvalidProfile(faults)
    return batch


def read_member(batch: Batch, place: int) -> Profile:
    """Return one profile of a batch, or raise InvalidProfile with its faults."""
    raw = batch.profiles[place].profile
    return read(Profile, raw, InvalidProfile, f"/profiles/{place}/profile")

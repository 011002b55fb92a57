"""A world with something changed: how large effects are, whether experts are right, who answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from matcher.simulation.worlds import GainHead, Term, World, read_worlds

Experts = Literal["right", "useless", "wrong"]
EXPERTS: tuple[Experts, ...] = get_args(Experts)
EXPECTED = "interactions"
"""The world in which what the experts expect of the gain of card and company is so."""
LARGEST_EFFECTS, LARGEST_DRIFT = 10.0, 2.0


@dataclass(frozen=True)
class Variation:
    """What of a world is to be another; None is as the world has it."""

    effects: float = 1.0
    """Times the world's own differences in gain, of cards and companies; 0 is no differences."""
    experts: Experts | None = None
    """``right``: what they expect of how card and company go together is so. ``wrong``: it is the
    other way round. ``useless``: each card has the gain of another, drawn by lot."""
    drift: float | None = None
    """What companies change on average anyway, in points on 1-6."""
    controls: int | None = None
    """Companies that wait."""
    respondents: int | None = None
    """People who answer for a company, where it has as many."""


AS_IT_IS = Variation()


def vary(world: World, variation: Variation) -> World:
    """Return a world with the variation laid over it.

    Raises
    ------
    ValueError
        If a number is out of its range, or the experts are of no known kind.
    """
    _refuse(variation)
    gain = world.gain
    if variation.experts is not None:
        gain = _with_experts(gain, variation.experts)
    survey: dict[str, object] = {}
    if variation.drift is not None:
        survey["drift"] = variation.drift
    if variation.respondents is not None:
        survey["respondents"] = (variation.respondents, variation.respondents)
    choice = {} if variation.controls is None else {"n_controls": variation.controls}
    return world.model_copy(
        update={
            "gain": gain.model_copy(update={"scale": gain.scale * variation.effects}),
            "survey": world.survey.model_copy(update=survey),
            "choice": world.choice.model_copy(update=choice),
        }
    )


def _refuse(variation: Variation) -> None:
    ranges = {
        "effects": (0.0, LARGEST_EFFECTS),
        "drift": (-LARGEST_DRIFT, LARGEST_DRIFT),
        "controls": (0, math.inf),
        "respondents": (1, math.inf),
    }
    for name, (least, most) in ranges.items():
        value = getattr(variation, name)
        if value is not None and not least <= value <= most:
            raise ValueError(f"{name} must be from {least:g} to {most:g}, got {value}")
    if variation.experts not in (None, *EXPERTS):
        raise ValueError(f"experts must be one of {', '.join(EXPERTS)}, got {variation.experts!r}")


def _with_experts(gain: GainHead, experts: Experts) -> GainHead:
    """Return a gain in which card and company go together as it is for experts of this kind.

    What the world has of companies alone, and of thresholds, stays.
    """
    expected = read_worlds()[EXPECTED].gain
    sign = -1.0 if experts == "wrong" else 1.0
    own = [term for term in gain.terms if not _crosses(term)]
    said = [term for term in expected.terms if _crosses(term)]
    turned = [term.model_copy(update={"effect": sign * term.effect}) for term in said]
    return gain.model_copy(
        update={
            "need_match": sign * expected.need_match,
            "need_match_centre": expected.need_match_centre,
            "terms": (*own, *turned),
            "by_lot": experts == "useless",
        }
    )


def _crosses(term: Term) -> bool:
    return term.card != "one" and term.at is None

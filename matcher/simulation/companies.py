"""Simulated companies: what is true of them, and what they tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Bools, Ints
from matcher.simulation.survey import error_of_mean
from matcher.simulation.worlds import Answers, Survey, World
from matcher.vocabulary import (
    NEEDS,
    SECTOR_GROUPS,
    SECTORS,
    SIZE_BOUNDS,
    SIZE_CLASSES,
    TERMS,
    SbiVersion,
    sector_group,
    size_class,
)

Texts = NDArray[np.object_]

TRANSITIONS = tuple(TERMS["transitions"])


@dataclass(frozen=True)
class Companies:
    """What is true of each company, one row per company, and which of it is told."""

    employees: Ints
    sector: Texts
    sbi_version: Texts
    group: Ints
    """Place in SECTOR_GROUPS."""
    size: Ints
    """Place in SIZE_CLASSES."""
    need_rank: Ints
    """(n, 14): 1 for the most important need, 2 for the next, 0 for one not named."""
    transitions: Bools
    """(n, 4)."""
    owner_support: Ints
    answers: Mapping[str, Ints]
    """Closed question -> place of the true answer among its values."""
    culture: Array
    """True company mean at the start, in points on 1-6."""
    told: Mapping[str, Bools]
    """Field -> whether the company told it; fields not named here are always told."""

    def __len__(self) -> int:
        return len(self.employees)

    def is_told(self, field: str) -> Bools:
        """Return which companies told a field."""
        return self.told.get(field, np.ones(len(self), dtype=bool))


def pick(weights: Array, rng: np.random.Generator) -> Ints:
    """Return for each row of weights one column, drawn in proportion to them."""
    cumulative = np.cumsum(weights, axis=1)
    draws = rng.random((len(weights), 1)) * cumulative[:, -1:]
    return np.asarray(np.sum(draws >= cumulative, axis=1), dtype=np.int64)


def pick_one(weights: Sequence[float], n: int, rng: np.random.Generator) -> Ints:
    """Return n draws from one list of weights."""
    return pick(np.tile(np.asarray(weights, dtype=float), (n, 1)), rng)


def draw_companies(world: World, n: int, rng: np.random.Generator) -> Companies:
    """Draw n companies of a world."""
    employees = _headcounts(world, n, rng)
    sector, scheme = _sections(world, n, rng)
    size = _places([size_class(int(count)) for count in employees], SIZE_CLASSES)
    groups = [sector_group(*pair) for pair in zip(sector, scheme, strict=True)]
    group = _places(groups, SECTOR_GROUPS)
    rows = {"all": np.zeros(n, dtype=int), "sector_group": group, "size_class": size}
    answers = {
        name: pick(np.asarray(question.rows)[rows[question.by]], rng)
        for name, question in world.answers.items()
    }
    survey = world.survey
    return Companies(
        employees=employees,
        sector=sector,
        sbi_version=scheme,
        group=group,
        size=size,
        need_rank=_needs(world, group, rng),
        transitions=_transitions(world, group, rng),
        owner_support=pick_one(world.owner_support.weights, n, rng) + 1,
        answers=answers,
        culture=rng.normal(survey.mean, survey.between_sd, n),
        told=_told(world, answers, n, rng),
    )


def _places(values: Sequence[str], order: Sequence[str]) -> Ints:
    place = {value: index for index, value in enumerate(order)}
    return np.array([place[value] for value in values], dtype=np.int64)


def _headcounts(world: World, n: int, rng: np.random.Generator) -> Ints:
    """Draw headcounts: a size class, then log-uniform within it."""
    edges = np.log([2, *SIZE_BOUNDS, world.size.largest + 1])
    chosen = pick_one([world.size.weights[name] for name in SIZE_CLASSES], n, rng)
    exponent = rng.uniform(edges[chosen], edges[chosen + 1])
    return np.minimum(np.exp(exponent).astype(np.int64), world.size.largest)


def _sections(world: World, n: int, rng: np.random.Generator) -> tuple[Texts, NDArray[np.object_]]:
    """Draw section letters of SBI 2008 and carry part of them over to SBI 2025."""
    letters = list(world.sector.weights)
    chosen = pick_one(list(world.sector.weights.values()), n, rng)
    moved, second = rng.random(n) < world.sector.sbi_2025, rng.random(n)
    sector = np.array([letters[index] for index in chosen], dtype=object)
    version: list[SbiVersion] = ["2025" if flag else "2008" for flag in moved]
    for row in np.flatnonzero(moved):
        first, *others = SECTORS["2008"][sector[row]].elsewhere
        further = second[row] < world.sector.second_letter.get(sector[row], 0.0)
        sector[row] = others[0] if others and further else first
    return sector, np.array(version, dtype=object)


def _needs(world: World, group: Ints, rng: np.random.Generator) -> Ints:
    """Rank the needs of each company: weighted draws without replacement, first is first."""
    weights = np.array(
        [
            [world.needs.weights[n] * world.needs.tilt[g].get(n, 1.0) for n in NEEDS]
            for g in SECTOR_GROUPS
        ]
    )
    keys = np.log(weights)[group] + rng.gumbel(size=(len(group), len(NEEDS)))
    rank = np.argsort(np.argsort(-keys, axis=1), axis=1) + 1
    count = pick_one(world.needs.count_weights, len(group), rng) + 1
    return np.where(rank <= count[:, None], rank, 0).astype(np.int64)


def _transitions(world: World, group: Ints, rng: np.random.Generator) -> Bools:
    chance = np.full((len(SECTOR_GROUPS), len(TRANSITIONS)), world.transitions.other)
    for row, name in enumerate(SECTOR_GROUPS):
        for transition, value in world.transitions.chance[name].items():
            chance[row, TRANSITIONS.index(transition)] = value
    return np.asarray(rng.random((len(group), len(TRANSITIONS))) < chance[group])


def without_hr(answers: Mapping[str, Ints], world: World) -> Bools:
    """Return the companies where nobody does personnel work."""
    none = world.answers["hr_function"].values.index("geen")
    return np.asarray(answers["hr_function"] == none)


def _told(
    world: World, answers: Mapping[str, Ints], n: int, rng: np.random.Generator
) -> dict[str, Bools]:
    """Draw what companies leave open: at random, and more often without personnel work."""
    no_hr = without_hr(answers, world)
    chances: dict[str, float | Array] = {
        name: np.asarray(question.missing + question.missing_without_hr * no_hr)
        for name, question in world.answers.items()
    }
    chances |= {
        "sector": world.sector.missing,
        "transitions": world.transitions.missing,
        "owner_support": world.owner_support.missing,
        "culture_baseline": world.survey.baseline_missing,
    }
    return {name: rng.random(n) >= chance for name, chance in chances.items()}


def company_numbers(companies: Companies, culture: Array, world: World) -> dict[str, Array]:
    """Return the numbers of each company that a term may speak of, as they truly are."""
    mean, sd = _owner_moments(world)
    numbers = {
        "one": np.ones(len(companies)),
        "employees": companies.employees.astype(float),
        "owner_support": (companies.owner_support - mean) / sd,
        "culture": (culture - world.survey.mean) / world.survey.between_sd,
    }
    for name, question in world.answers.items():
        codes = companies.answers[name]
        scores = question.score or tuple(range(len(question.values)))
        numbers[name] = np.asarray(scores, dtype=float)[codes]
    return numbers


def _owner_moments(world: World) -> tuple[float, float]:
    weights = np.asarray(world.owner_support.weights)
    chance, values = weights / weights.sum(), np.arange(1, 6)
    mean = float(chance @ values)
    return mean, float(np.sqrt(chance @ (values - mean) ** 2))


def respondents_before(companies: Companies, survey: Survey) -> Ints:
    """Return how many people answer before: a share of the headcount, within bounds."""
    least, most = survey.respondents
    count = np.rint(survey.response * companies.employees).astype(np.int64)
    return np.asarray(np.minimum(np.clip(count, least, most), companies.employees))


def told_numbers(companies: Companies, baseline: Array, world: World) -> dict[str, Array]:
    """Return the mean of each number of a company, given what its profile tells.

    ``baseline`` is the measured culture of the profile, NaN where it is not told. The true culture
    given a measured mean of k people is shrunk by k's reliability (ICC2).
    """
    survey = world.survey
    people = respondents_before(companies, survey)
    noise = error_of_mean(people, companies.employees, survey) ** 2
    reliability = survey.between_sd**2 / (survey.between_sd**2 + noise)
    shrunk = survey.mean + reliability * (baseline - survey.mean)
    numbers = company_numbers(companies, np.nan_to_num(shrunk, nan=survey.mean), world)
    owner = companies.is_told("owner_support")
    numbers["owner_support"] = np.where(owner, numbers["owner_support"], 0.0)
    for name, question in world.answers.items():
        if question.score is not None:
            mean = _answer_given_silence(companies, name, question, world)
            numbers[name] = np.where(companies.is_told(name), numbers[name], mean)
    return numbers


def _answer_given_silence(
    companies: Companies, name: str, question: Answers, world: World
) -> Array:
    """Return the mean score of a closed question for a company that did not answer it.

    Bayes' rule over the answers. Only for the personnel function does the silence itself, here and
    on the questions that firms without it skip, say something about the answer.
    """
    rows = {"all": np.zeros(len(companies), dtype=int), "size_class": companies.size}
    prior = np.asarray(question.rows)[rows.get(question.by, companies.group)]
    chance = prior / prior.sum(axis=1, keepdims=True)
    if name == "hr_function":
        chance = chance * _silence_given_hr(companies, world)
        chance = chance / chance.sum(axis=1, keepdims=True)
    return np.asarray(chance @ np.asarray(question.score))


def _silence_given_hr(companies: Companies, world: World) -> Array:
    """Return the likelihood of what was told and not, per answer on the personnel function."""
    none = np.array([v == "geen" for v in world.answers["hr_function"].values])
    likelihood = np.ones((len(companies), len(none)))
    for name, question in world.answers.items():
        missing = question.missing + question.missing_without_hr * none
        told = companies.is_told(name)[:, None]
        likelihood *= np.where(told, 1 - missing, missing)
    return likelihood

"""The limit in the simulator's worlds: Bayes' rule with the world's own law.

Given how each trial went, scores before and after are linear in normal numbers: the culture at the
start, what company, table, advisor and trial change of themselves, and the errors of both surveys,
which partly ask the same people. All of them are integrated out exactly; what is left is the
likelihood of the cards' levels. That of the chances is a product over trials. A trial that still
runs says that it started, and how likely it is to run on if it is to be finished or not.

Not used: marks, hours and whether a company goes on, and what a choice tells of answers left open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import binom

from matcher.arrays import Ints
from matcher.menu.card import Menu
from matcher.simulation.companies import (
    TRANSITIONS,
    Companies,
    respondents_before,
    told_numbers,
)
from matcher.simulation.course import DAYS_PER_MONTH, DAYS_PER_WEEK, LATEST_START
from matcher.simulation.truth import Cards, draw_cards, drift, need_match, terms
from matcher.simulation.worlds import Head, Survey, World
from matcher.trials.columns import CONTROL
from matcher.vocabulary import NEEDS, SECTOR_GROUPS, SIZE_CLASSES, sector_group, size_class
from tests.benchmarks.ranking.limit_levels import Likelihood, drawn_levels
from tests.benchmarks.ranking.task import Array

HEADS = ("start", "completion", "gain")
N_RUNS = 20_000
"""Runs of a card from which the chance is counted that it outlasts the last follow-up."""


@dataclass(frozen=True)
class Heads:
    """Draws of the three heads for held-out profiles x cards, each (chains, kept, m, n_cards)."""

    start: Array
    completion: Array
    gain: Array
    stopped_share: float


@dataclass(frozen=True)
class Scores:
    """Scores as a normal density: mean + levels @ slope.T, with a covariance."""

    y: Array
    """(n,) points on 1-6."""
    mean: Array
    slope: Array
    """(n, n_cards)."""
    covariance: Array


def companies_of(cells: pd.DataFrame, world: World) -> Companies:
    """Return what profiles tell; what is not told has the first answer and is marked untold."""
    n = len(cells)
    employees = np.array(cells["employees"], dtype=np.int64)
    needs = np.zeros((n, len(NEEDS)), dtype=np.int64)
    for row, named in enumerate(cells["needs"]):
        for place, need in enumerate(named.split("|")):
            needs[row, NEEDS.index(need)] = place + 1
    groups = [
        SECTOR_GROUPS.index(sector_group(sector, version)) if sector else len(SECTOR_GROUPS) - 1
        for sector, version in zip(cells["sector"], cells["sbi_version"], strict=True)
    ]
    answers, told = {}, {}
    for name, question in world.answers.items():
        known = (cells[name] != "").to_numpy()
        codes = [question.values.index(v) if v else 0 for v in cells[name]]
        answers[name], told[name] = np.array(codes, dtype=np.int64), known
    owner = pd.to_numeric(cells["owner_support"]).to_numpy(float)
    told["owner_support"] = ~np.isnan(owner)
    return Companies(
        employees=employees,
        sector=cells["sector"].to_numpy(object),
        sbi_version=cells["sbi_version"].to_numpy(object),
        group=np.array(groups, dtype=np.int64),
        size=np.array([SIZE_CLASSES.index(size_class(int(e))) for e in employees]),
        need_rank=needs,
        transitions=np.zeros((n, len(TRANSITIONS)), dtype=bool),
        owner_support=np.nan_to_num(owner, nan=3.0).astype(np.int64),
        answers=answers,
        culture=np.full(n, world.survey.mean),
        told=told,
    )


def spread_of_untold(companies: Companies, world: World) -> dict[str, Array]:
    """Return the SD of each number that a company left open; 0 where it was told."""
    nothing = np.full(len(companies), np.nan)
    mean = told_numbers(companies, nothing, world)
    squared = {
        name: q.model_copy(update={"score": None if q.score is None else [s * s for s in q.score]})
        for name, q in world.answers.items()
    }
    square = told_numbers(companies, nothing, world.model_copy(update={"answers": squared}))
    found = {
        name: np.sqrt(np.maximum(square[name] - mean[name] ** 2, 0.0)) * ~companies.is_told(name)
        for name, question in world.answers.items()
        if question.score is not None
    }
    found["owner_support"] = np.where(companies.is_told("owner_support"), 0.0, 1.0)
    return found


def limit_heads(
    world: World, menu: Menu, trials: pd.DataFrame, profiles: pd.DataFrame, seed: int
) -> Heads:
    """Return draws of the three heads at held-out profiles, given a file of trials."""
    if world.gain.by_lot:
        raise ValueError("the limit does not know a world in which gains are dealt out by lot")
    rng = np.random.default_rng([seed, 17])
    cards = draw_cards(world, menu, rng)
    cards = replace(cards, levels={name: np.zeros(len(cards)) for name in HEADS})
    share = world.cards.attribute_share
    ours = _likelihoods(world, cards, menu, trials, rng)
    held = companies_of(profiles, world)
    baseline = pd.to_numeric(profiles["culture_baseline"]).to_numpy(float)
    numbers, match = told_numbers(held, baseline, world), need_match(held, cards, world)
    found = {}
    for name in HEADS:
        head = getattr(world, name)
        level = drawn_levels(ours[name], head, cards.numbers, share, rng)
        found[name] = _value(head, level[:, :, None, :], numbers, match, cards)
    return Heads(found["start"], found["completion"], found["gain"], world.gain.stopped_share)


def _value(
    head: Head, level: Array, numbers: Mapping[str, Array], match: Array, cards: Cards
) -> Array:
    """Return a head for companies x cards at some levels (..., 1, n_cards)."""
    fixed = terms(head.terms, numbers, cards)
    fixed = fixed + head.need_match * (match - head.need_match_centre)
    total: Array = head.base + head.scale * (level + fixed)
    return total if head.range is None else np.clip(total, *head.range)


def _likelihoods(
    world: World, cards: Cards, menu: Menu, trials: pd.DataFrame, rng: np.random.Generator
) -> dict[str, Likelihood]:
    names = pd.factorize(trials["company"])[0]
    first = trials.groupby(names).head(1)
    companies = companies_of(first.reset_index(drop=True), world)
    tried = (trials["intervention"] != CONTROL).to_numpy()
    card = pd.Index(menu.ids).get_indexer(pd.Index(trials["intervention"]))
    state = trials["state"].to_numpy(object)
    numbers = told_numbers(companies, np.full(len(companies), np.nan), world)
    match = need_match(companies, cards, world)
    runs_on = _runs_on(world, cards, rng)

    def fixed(head: Head, rows: Ints) -> Array:
        total: Array = terms(head.terms, numbers, cards)[names[rows], card[rows]]
        return total

    begun = np.flatnonzero(tried & (state != "unknown"))
    yes = state[begun] != "not_started"
    at_start = fixed(world.start, begun)

    def start(level: Array) -> Array:
        head = world.start
        p = np.clip(
            head.base + head.scale * (level[:, card[begun]] + at_start), *(head.range or (0, 1))
        )
        return np.asarray(np.log(np.where(yes, p, 1 - p)).sum(axis=1))

    went = np.flatnonzero(tried & np.isin(state, ("started", "stopped", "finished")))
    at_end = fixed(world.completion, went)
    if_finished, if_stopped = runs_on[:, card[went]]
    seen = [state[went] == "finished", state[went] == "stopped"]

    def completion(level: Array) -> Array:
        head = world.completion
        p = np.clip(
            head.base + head.scale * (level[:, card[went]] + at_end), *(head.range or (0, 1))
        )
        running = p * if_finished + (1 - p) * if_stopped
        likely = np.select(seen, [p, 1 - p], running)
        return np.asarray(np.log(np.maximum(likely, 1e-12)).sum(axis=1))

    scores = scores_of(world, cards, companies, trials, names, card, match, numbers)
    factor = cho_factor(scores.covariance) if len(scores.y) else None
    weighted = cho_solve(factor, scores.slope) if factor is not None else scores.slope
    precision = scores.slope.T @ weighted
    pull = weighted.T @ (scores.y - scores.mean)

    def gain(level: Array) -> Array:
        return np.asarray(level @ pull - 0.5 * np.sum((level @ precision) * level, axis=1))

    return {"start": start, "completion": completion, "gain": gain}


def _runs_on(world: World, cards: Cards, rng: np.random.Generator) -> Array:
    """Return the chance (2, n_cards) to run on at the last follow-up, if finished and if not."""
    course = world.course
    found = np.zeros((2, len(cards)))
    for column, card in enumerate(cards.interventions):
        if not cards.numbers["long_run"][column]:
            continue
        weeks, months = card.lead_weeks, card.duration_months
        lead = DAYS_PER_WEEK * rng.uniform(weeks.min, weeks.max or weeks.min, N_RUNS)
        least, most = (months.min, months.max or months.min) if months else course.open_run_months
        run = DAYS_PER_MONTH * rng.uniform(least, most, N_RUNS)
        start = np.minimum(np.rint(lead), course.follow_up_days - LATEST_START)
        part = rng.uniform(*course.stopped_part, N_RUNS)
        for row, done in enumerate((np.ones(N_RUNS), part)):
            end = start + np.maximum(np.floor(done * run), 1)
            found[row, column] = np.mean(end > course.follow_up_days)
    return found


def scores_of(
    world: World,
    cards: Cards,
    companies: Companies,
    trials: pd.DataFrame,
    names: Ints,
    card: Ints,
    match: Array,
    numbers: Mapping[str, Array],
) -> Scores:
    """Return the scores as a normal density in the levels of the gain (see the module)."""
    survey, head = world.survey, world.gain
    untold = spread_of_untold(companies, world)
    n, m = len(companies), len(trials)
    # Culture enters with what it is when the trial starts; the rest of a gain is fixed.
    others = tuple(term for term in head.terms if term.company != "culture")
    by_culture = np.zeros(len(cards))
    for term in head.terms:
        if term.company == "culture":
            by_culture += term.effect * cards.numbers[term.card]
    fixed = terms(others, numbers, cards) + head.need_match * (match - head.need_match_centre)
    table = _labels(trials["table"])
    advisor = _labels(trials["advisor_organisation"])
    people = respondents_before(companies, survey)
    later = pd.to_numeric(trials["respondents_after"]).to_numpy(float)
    factor = np.where(trials["scale"] == "1-5", 1.25, 1.0)
    told = {
        when: 1 + factor * (pd.to_numeric(trials[f"culture_{when}"]).to_numpy(float) - 1)
        for when in ("before", "after")
    }
    blocks = {"culture": n, "own": n, **{f"untold {name}": n for name in untold}}
    blocks |= {"table": table.max() + 1, "advisor": advisor.max() + 1}
    blocks |= dict.fromkeys(("rest", "share", "before", "after"), m)
    ends = np.cumsum(list(blocks.values()))
    at = dict(zip(blocks, ends - list(blocks.values()), strict=True))
    common = survey.company_icc + survey.table_icc + survey.advisor_icc
    own_sd = survey.own_change_sd * np.sqrt(
        [survey.company_icc, survey.table_icc, survey.advisor_icc, 1 - common]
    )
    mean = np.full(n, survey.mean)
    slope, load = np.zeros((n, len(cards))), np.zeros((n, int(ends[-1])))
    load[np.arange(n), at["culture"] + np.arange(n)] = survey.between_sd
    y, means, slopes, loads = [], [], [], []

    def see(score: float, i: int, errors: dict[int, float]) -> None:
        row = load[i].copy()
        for column, size in errors.items():
            row[column] += size
        y.append(score)
        means.append(mean[i])
        slopes.append(slope[i].copy())
        loads.append(row)

    anyway = drift(survey, numbers)
    for period in _periods(world, names):
        first = period[0]
        i = int(names[first])
        before, after = at["before"] + first, at["after"] + first
        size, carried, rest = _survey_errors(
            survey, int(people[i]), later[first], int(companies.employees[i])
        )
        if not np.isnan(told["before"][first]):
            see(told["before"][first], i, {before: size})
        change, steep = load[i] * 0.0, slope[i] * 0.0
        for column, sd in zip(
            (
                at["own"] + i,
                at["table"] + table[first],
                at["advisor"] + advisor[first],
                at["rest"] + first,
            ),
            own_sd,
            strict=True,
        ):
            change[column] = sd
        change[at["untold owner_support"] + i] += survey.owner_anyway * untold["owner_support"][i]
        step = anyway[i]
        for t in period:
            k = int(card[t])
            share, doubt = (0.0, 0.0) if k < 0 else _share(world, str(trials["state"].iloc[t]))
            if not share:
                continue
            culture = share * head.scale * by_culture[k] / survey.between_sd
            step += share * (head.base + head.scale * fixed[i, k])
            step += culture * (mean[i] - survey.mean)
            change += culture * load[i]
            change[at["share"] + t] += doubt * (head.base + head.scale * fixed[i, k])
            for term in others:
                if term.at is None and term.company in untold:
                    column = at[f"untold {term.company}"] + i
                    effect = term.effect * cards.numbers[term.card][k] * untold[term.company][i]
                    change[column] += share * head.scale * effect
            steep += culture * slope[i]
            steep[k] += share * head.scale
        mean[i] += step
        load[i] += change
        slope[i] += steep
        if not np.isnan(told["after"][first]):
            see(told["after"][first], i, {before: carried, after: rest})
    loads_ = np.array(loads).reshape(len(y), -1)
    return Scores(
        np.array(y), np.array(means), np.array(slopes).reshape(-1, len(cards)), loads_ @ loads_.T
    )


def _periods(world: World, names: Ints) -> list[list[int]]:
    """Return the trials that share two scores: all of a company, where there is one period."""
    trials = range(len(names))
    if not world.course.one_period:
        return [[t] for t in trials]
    return [[t for t in trials if names[t] == i] for i in range(int(names.max(initial=-1)) + 1)]


def _survey_errors(
    survey: Survey, people: int, later: float, employees: int
) -> tuple[float, float, float]:
    """Return the error before (SD), how much of it (SD) an error after has, and the rest of that.

    ``later`` people answer again, NaN if nobody does. How many of them answered before is not
    told: its mean is taken. Of a finite population the mean of all has no error.
    """
    whole = 1 / employees if survey.finite_population else 0.0
    size = survey.within_sd * np.sqrt(max(1 / people - whole, 0.0))
    if np.isnan(later):
        return float(size), 0.0, 0.0
    many = np.arange(int(later) + 1)
    least = people + int(later) - employees if survey.finite_population else 0
    same = binom.pmf(many, int(later), survey.same_people) @ np.maximum(many, least)
    covariance = survey.person_retest * survey.within_sd**2 * (same / (people * later) - whole)
    carried = covariance / size if size else 0.0
    variance = survey.within_sd**2 * max(1 / later - whole, 0.0)
    return float(size), float(carried), float(np.sqrt(max(variance - carried**2, 1e-6)))


def _labels(column: pd.Series[str]) -> Array:
    """Return a label for each row; an empty cell is a group of its own."""
    unique = np.where(column == "", [f"?{i}" for i in range(len(column))], column)
    return np.asarray(pd.factorize(unique)[0])


def _share(world: World, state: str) -> tuple[float, float]:
    """Return the share of the gain that a trial brought, and its SD where the state leaves it."""
    stopped = world.gain.stopped_share
    known = {"finished": 1.0, "stopped": stopped, "not_started": 0.0}
    if world.course.one_period:  # what still runs works in full
        known["started"] = 1.0
    if state in known:
        return known[state], 0.0
    start = world.start.base if state == "unknown" else 1.0
    chance = np.array(
        [1 - start, start * (1 - world.completion.base), start * world.completion.base]
    )
    values = np.array([0.0, stopped, 1.0])
    mean = float(chance @ values)
    return mean, float(np.sqrt(chance @ (values - mean) ** 2))

"""Worlds of another form than the simulator's, so that no method is judged only where it grew up.

What works is a smooth wave over several answers at once, the same for the cards of a hidden
cluster; a card's own level is Laplace, many near zero and some far out; a need counts or does not;
chances are logistic; and a company's own change has heavy tails. An unanswered question counts as
its middle, in what is true as well, so that the truth of a profile is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from matcher.menu.card import Menu
from matcher.profile.schema import PROFILE_FIELDS
from matcher.simulation.rows import CHANGE_COLUMNS
from matcher.simulation.simulate import Simulation
from matcher.trials.columns import CONTROL, TRIAL_COLUMNS
from matcher.vocabulary import NEEDS, PRESSURES, SECTORS
from tests.benchmarks.ranking.task import Array

N_CLUSTERS = 5
N_WAVES = 8
STOPPED_SHARE = 0.2
"""Part of the gain that a company keeps when it stops half-way."""
UNANSWERED = 0.12
CONTROLS = 0.08


@dataclass(frozen=True)
class Shape:
    """How large the differences are, in points on 1-6 and on the logistic scale."""

    base: float
    card: float
    wave: float
    need: float
    chance: float
    pocket: float = 0.0
    """Of what a cluster of cards brings only where some answers come together."""


SHAPES: Mapping[str, Shape] = {
    "waves": Shape(base=0.12, card=0.08, wave=0.15, need=0.08, chance=0.6),
    "ripples": Shape(base=0.08, card=0.03, wave=0.05, need=0.03, chance=0.3),
}
"""A world with large differences, and one with small ones."""
POCKETS: Mapping[str, Shape] = {
    "pockets": Shape(base=0.05, card=0.04, wave=0.0, need=0.05, chance=0.3, pocket=0.5),
}
"""A world made for trees: what works turns on two answers together. Shown when asked for."""
N_TOGETHER = 2

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "staffing_pressure": PRESSURES,
    "shift_work": ("nee", "deels", "ja"),
    "location_work": ("nee", "deels", "ja"),
    "hr_function": ("geen", "erbij", "parttime", "afdeling"),
    "training_budget": ("geen", "tot_500", "tot_1500", "meer"),
    "share_practical": ("laag", "midden", "hoog"),
    "flex_share": ("laag", "midden", "hoog"),
    "age55_share": ("laag", "midden", "hoog"),
}
"""Questions whose answer matters for what works, lowest answer first."""
OTHERS: Mapping[str, tuple[str, ...]] = {
    "province": ("groningen", "friesland", "drenthe"),
    "works_council": ("geen", "pvt", "or"),
    "oo_fund": ("ja", "nee"),
    "recognised_training_company": ("ja", "ja", "nee"),
    "running_slim": ("ja", "nee", "nee", "nee"),
    "transitions": ("geen", "zorg", "energie", "digitalisering", "circulair", "energie|circulair"),
}
"""Questions whose answer matters for nothing."""


@dataclass(frozen=True)
class Population:
    """Companies: what they tell, and the numbers that what is true depends on."""

    cells: pd.DataFrame
    """Profile columns, every cell a text, the culture score left out."""
    numbers: Array
    """(n, n_numbers), about one SD each; 0 where a question is not answered."""
    needs: tuple[tuple[str, ...], ...]
    culture: Array
    employees: Array


@dataclass(frozen=True)
class Cards:
    """What is true of the cards."""

    ids: tuple[str, ...]
    level: Array
    start: Array
    finish: Array
    serves: tuple[frozenset[str], ...]
    frequency: Array
    """(n_waves, n_numbers)."""
    phase: Array
    height: Array
    """(n_waves, n_cards): equal for the cards of a cluster."""
    burden: Array
    """(n_cards,) how much a shortage of staff keeps the card from starting."""
    cluster: np.ndarray[Any, Any]
    """(n_cards,)."""
    answers: np.ndarray[Any, Any]
    """(N_CLUSTERS, N_TOGETHER) the numbers that must come together."""
    above: np.ndarray[Any, Any]
    """(N_CLUSTERS, N_TOGETHER) whether above or below the middle."""


@dataclass(frozen=True)
class Truth:
    """Chances and gain for companies x cards."""

    start: Array
    finish: Array
    gain: Array

    @property
    def expected(self) -> Array:
        """Return the expected gain, intention to treat."""
        return self.start * (self.finish + (1 - self.finish) * STOPPED_SHARE) * self.gain


def simulate(
    shape: Shape, n_companies: int, menu: Menu, n_profiles: int, rng: np.random.Generator
) -> Simulation:
    """Return an experiment with n_companies, and other companies with their truth."""
    cards = draw_cards(shape, menu, rng)
    companies = draw_population(n_companies, rng)
    trials = _trials(companies, truth_of(shape, companies, cards), cards, rng)
    others = draw_population(n_profiles, rng)
    truth = truth_of(shape, others, cards)
    ids = np.array([f"p{i + 1:04d}" for i in range(n_profiles)], dtype=object)
    ranked = np.array([not card.enabler for card in menu])
    told = others.cells.assign(culture_baseline="")
    return Simulation(
        trials=trials,
        profiles=pd.concat((pd.DataFrame({"id": ids}), told[list(PROFILE_FIELDS)]), axis=1),
        truth=pd.DataFrame(
            {
                "profile": np.repeat(ids, ranked.sum()),
                "intervention": np.tile(np.array(cards.ids, dtype=object)[ranked], n_profiles),
                "expected_gain": truth.expected[:, ranked].ravel(),
                "p_started": truth.start[:, ranked].ravel(),
                "p_completed": truth.finish[:, ranked].ravel(),
            }
        ),
        changes=pd.DataFrame(columns=list(CHANGE_COLUMNS)),
        measurements=None,
    )


def draw_cards(shape: Shape, menu: Menu, rng: np.random.Generator) -> Cards:
    """Draw what is true of each card; cards alike in their needs tend to share a cluster."""
    n = len(menu)
    serves = tuple(frozenset(card.needs) for card in menu)
    centres = rng.choice(n, N_CLUSTERS, replace=False)
    likeness = np.array([[len(own & serves[c]) for c in centres] for own in serves])
    cluster = np.argmax(likeness + rng.uniform(0, 1.5, likeness.shape), axis=1)
    # Each wave runs over two or three answers at once.
    frequency = rng.normal(0, 1.0, (N_WAVES, len(ANSWERS) + 2))
    frequency *= rng.random(frequency.shape) < 2.5 / frequency.shape[1]
    height = rng.normal(0, np.sqrt(2 / N_WAVES), (N_WAVES, N_CLUSTERS))
    # Random numbers of its own: the other worlds stay as they were.
    apart = np.random.default_rng(int(1e6 * abs(float(height[0, 0]))))
    n_numbers = frequency.shape[1]
    together = [apart.choice(n_numbers, N_TOGETHER, replace=False) for _ in range(N_CLUSTERS)]
    return Cards(
        ids=tuple(menu.ids),
        level=rng.laplace(0, shape.card / np.sqrt(2), n),
        start=rng.normal(1.2, shape.chance, n),
        finish=rng.normal(1.0, shape.chance, n),
        serves=serves,
        frequency=frequency,
        phase=rng.uniform(0, 2 * np.pi, N_WAVES),
        height=height[:, cluster],
        burden=rng.uniform(0, 1, n),
        cluster=cluster,
        answers=np.array(together),
        above=apart.random((N_CLUSTERS, N_TOGETHER)) < 0.5,
    )


def draw_population(n: int, rng: np.random.Generator) -> Population:
    """Draw companies of all sizes and sectors, each answer independent of the others."""
    employees = np.clip(np.exp(rng.normal(np.log(22), 1.1, n)).astype(int), 2, 249)
    support = rng.integers(1, 6, n)
    letters = list(SECTORS["2008"])
    needs = tuple(
        tuple(str(need) for need in rng.choice(NEEDS, rng.integers(1, 5), replace=False))
        for _ in range(n)
    )
    cells: dict[str, Any] = {
        "employees": employees.astype(str),
        "sector": rng.choice(letters, n),
        "sbi_version": np.full(n, "2008"),
        "needs": ["|".join(named) for named in needs],
    }
    numbers = [np.log(employees / 22) / 1.1]
    for name, values in ANSWERS.items():
        code, told = rng.integers(len(values), size=n), rng.random(n) >= UNANSWERED
        told |= name == "staffing_pressure"
        cells[name] = np.where(told, np.array(values)[code], "")
        middle = (len(values) - 1) / 2
        numbers.append(np.where(told, (code - middle) / max(middle, 1) * 1.3, 0.0))
    for name, values in OTHERS.items():
        told = rng.random(n) >= UNANSWERED
        cells[name] = np.where(told, rng.choice(np.array(values), n), "")
    told = rng.random(n) >= UNANSWERED
    cells["owner_support"] = np.where(told, support.astype(str), "")
    numbers.append(np.where(told, (support - 3) / np.sqrt(2), 0.0))
    return Population(
        cells=pd.DataFrame(cells).astype(object),
        numbers=np.column_stack(numbers),
        needs=needs,
        culture=rng.normal(3.7, 0.4, n),
        employees=employees.astype(float),
    )


def truth_of(shape: Shape, companies: Population, cards: Cards) -> Truth:
    """Return chances and gain for companies x cards."""
    waves = np.cos(companies.numbers @ cards.frequency.T + cards.phase)
    # A card serves a company or it does not: one of its first two needs.
    served = np.array([[bool(own & set(n[:2])) for own in cards.serves] for n in companies.needs])
    served = served.reshape(len(companies.needs), len(cards.ids))
    pressure = companies.numbers[:, 1 + list(ANSWERS).index("staffing_pressure")]
    gain = shape.base + cards.level + shape.wave * (waves @ cards.height) + shape.need * served
    gain += shape.pocket * _met(companies, cards)
    start = cards.start - shape.chance * np.outer(pressure, cards.burden)
    finish = np.tile(cards.finish, (len(gain), 1)) + shape.chance * served
    return Truth(expit(start), expit(finish), gain)


def _met(companies: Population, cards: Cards) -> Array:
    """Return whether the answers of each card's cluster come together (n, n_cards)."""
    sign = np.where(cards.above, 1, -1)
    signed: Array = companies.numbers[:, cards.answers] * sign
    met = np.all(signed > 0, axis=2).astype(float)
    found: Array = met[:, cards.cluster]
    return found


def draw_state(
    start: Array, finish: Array, rng: np.random.Generator
) -> tuple[np.ndarray[Any, Any], Array]:
    """Draw how trials went (n,), and the share of the gain that each brings (n,)."""
    started = rng.random(len(start)) < start
    finished = started & (rng.random(len(start)) < finish)
    state = np.where(finished, "finished", np.where(started, "stopped", "not_started"))
    share = np.where(finished, 1.0, np.where(started, STOPPED_SHARE, 0.0))
    return state.astype(object), share


def _trials(
    companies: Population, truth: Truth, cards: Cards, rng: np.random.Generator
) -> pd.DataFrame:
    """Return a file of trials: one to three a company, chosen at tables by need and by custom."""
    n = len(companies.needs)
    table = rng.permutation(n) // 10
    company = np.repeat(np.arange(n), rng.choice([1, 2, 3], n, p=[0.7, 0.2, 0.1]))
    card, chance, by_lot = _choices(companies, cards, company, table, rng)
    waits = (rng.random(n) < CONTROLS)[company]
    kept = ~pd.DataFrame({"c": company, "k": np.where(waits, -1, card)}).duplicated().to_numpy()
    company, card, chance, by_lot, waits = (
        column[kept] for column in (company, card, chance, by_lot, waits)
    )
    pairs = (company, card)
    state, share = draw_state(truth.start[pairs], truth.finish[pairs], rng)
    state, share = np.where(waits, "not_started", state), np.where(waits, 0.0, share)
    own = rng.normal(0, 0.08, n)[company] + rng.normal(0, 0.05, n // 10 + 1)[table[company]]
    change = share * truth.gain[pairs] + own + 0.12 * rng.standard_t(3, len(company)) + 0.02
    cells = companies.cells.iloc[company].reset_index(drop=True)
    cells = cells.assign(
        source="simulated",
        company=[f"c{i + 1:05d}" for i in company],
        table=[f"t{i + 1}" for i in table[company]],
        advisor_organisation="",
        intervention=np.where(waits, CONTROL, np.array(cards.ids, dtype=object)[card]),
        assigned_by=np.where(by_lot, "random", "table"),
        propensity=np.where(by_lot, [f"{c:.4f}" for c in chance], ""),
        state=state,
        **_scores(companies, company, change, state, waits, rng),
    )
    return pd.DataFrame(cells.reindex(columns=list(TRIAL_COLUMNS), fill_value=""))


def _choices(
    companies: Population,
    cards: Cards,
    company: np.ndarray[Any, Any],
    table: np.ndarray[Any, Any],
    rng: np.random.Generator,
) -> tuple[np.ndarray[Any, Any], Array, np.ndarray[Any, Any]]:
    """Draw a card for each trial, with its chance and whether it was by lot."""
    custom = rng.normal(0, 0.8, (table.max() + 1, len(cards.ids)))
    served = np.array(
        [[len(own & set(companies.needs[c])) for own in cards.serves] for c in company]
    )
    by_lot = rng.random(len(company)) < 0.15
    weight = np.exp(np.where(by_lot[:, None], 0.0, custom[table[company]] + 0.8 * served))
    weight /= weight.sum(axis=1, keepdims=True)
    draw = rng.random((len(company), 1))
    card = np.minimum((draw > np.cumsum(weight, axis=1)).sum(axis=1), len(cards.ids) - 1)
    return card, weight[np.arange(len(card)), card], by_lot


def _scores(
    companies: Population,
    company: np.ndarray[Any, Any],
    change: Array,
    state: np.ndarray[Any, Any],
    waits: np.ndarray[Any, Any],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return the measured scores of each trial: few people answer, and some not again."""
    n = len(company)
    people = np.clip(0.5 * companies.employees, 2, 25).astype(int)
    error = 0.9 / np.sqrt(people)
    measured = companies.culture + error * rng.normal(size=len(people))
    after = companies.culture[company] + change + error[company] * rng.normal(size=n)
    lost = np.select(
        [waits, state == "not_started", state == "stopped"], [0.2, 0.8, 0.4], default=0.2
    )
    told = rng.random(n) >= lost
    before = np.clip(measured[company], 1, 6)
    return {
        "scale": "1-6",
        "culture_before": [f"{v:.2f}" for v in before],
        "respondents_before": people[company].astype(str),
        "culture_after": np.where(told, [f"{v:.2f}" for v in np.clip(after, 1, 6)], ""),
        "respondents_after": np.where(told, people[company].astype(str), ""),
    }

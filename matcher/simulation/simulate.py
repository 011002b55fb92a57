"""Simulated worlds: trials in the form of the data contract, and the truth behind them.

Everything made here is invented. It tests methods and shows the product at work; no number of it
is a finding about a company, a card or a region.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import Array
from matcher.files import whole_file
from matcher.menu.card import Menu
from matcher.profile.schema import PROFILE_FIELDS
from matcher.simulation.cells import decimals, profile_cells
from matcher.simulation.companies import Companies, draw_companies, respondents_before, told_numbers
from matcher.simulation.rows import CHANGE_COLUMNS, company_names, run_experiment
from matcher.simulation.survey import error_of_mean, measure_once
from matcher.simulation.truth import Cards, chances, draw_cards, need_match
from matcher.simulation.variation import AS_IT_IS, Variation, vary
from matcher.simulation.worlds import World, read_worlds
from matcher.trials.measurements import measurements_text

WORLDS: tuple[str, ...] = tuple(read_worlds())
"""The worlds, those of the data contract first."""
MEASURED_WORLDS: tuple[str, ...] = tuple(
    n for n, w in read_worlds().items() if w.survey.measurements
)
"""Those in which it matters how is measured, and not what works."""


@dataclass(frozen=True)
class Simulation:
    """The files of one simulated experiment."""

    trials: pd.DataFrame
    """The trial columns of the data contract, every cell a text as a file holds it."""
    profiles: pd.DataFrame
    """``id`` and the profile columns of other companies, likewise."""
    truth: pd.DataFrame
    """``profile``, ``intervention``, ``expected_gain`` (points on 1-6, intention to treat),
    ``p_started``, ``p_completed`` for each of those profiles and every intervention with a place
    of its own, also where a condition of the menu forbids it."""
    changes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*CHANGE_COLUMNS]))
    """Columns ``CHANGE_COLUMNS`` for each company of the trials and each period: what its trials
    truly changed together, what it changed anyway, and the standard error of the measured change,
    all in points on 1-6."""
    measurements: pd.DataFrame | None = None
    """Columns ``MEASUREMENT_COLUMNS``: what the trials name; None in a world without that file."""


def simulate(
    world: str,
    n_companies: int,
    seed: int,
    menu: Menu,
    n_profiles: int = 200,
    variation: Variation = AS_IT_IS,
) -> Simulation:
    """Return an experiment with n_companies in a world, and other companies with their truth.

    The same arguments give the same simulation; n_profiles does not change the trials. Two
    variations of a world have the same companies and draw from the same random numbers.

    Raises
    ------
    ValueError
        If the world does not exist, or a number is out of its range.

    Examples
    --------
    >>> from matcher.menu.card import read_menu
    >>> from matcher.paths import MENU
    >>> simulated = simulate("main", n_companies=30, seed=0, menu=read_menu(MENU), n_profiles=5)
    >>> simulated.trials["company"].nunique(), len(simulated.profiles)
    (30, 5)
    """
    if world not in WORLDS:
        raise ValueError(f"world must be one of {', '.join(WORLDS)}, got {world!r}")
    for name, number, least in (
        ("n_companies", n_companies, 1),
        ("seed", seed, 0),
        ("n_profiles", n_profiles, 0),
    ):
        if number < least:
            raise ValueError(f"{name} must be >= {least}, got {number}")
    rng = np.random.default_rng([zlib.crc32(world.encode()), seed])
    varied = vary(read_worlds()[world], variation)
    return simulate_world(varied, n_companies, menu, n_profiles, rng)


def simulate_world(
    world: World, n_companies: int, menu: Menu, n_profiles: int, rng: np.random.Generator
) -> Simulation:
    """Return an experiment in a world of one's own parameters."""
    cards = draw_cards(world, menu, rng)
    happened = run_experiment(world, draw_companies(world, n_companies, rng), cards, rng)
    others = draw_companies(world, n_profiles, rng)
    baseline = _told_baseline(world, others, rng)
    return Simulation(
        trials=happened.trials,
        profiles=_profiles(world, others, baseline),
        truth=_truth(world, others, baseline, cards),
        changes=happened.changes,
        measurements=happened.measurements if world.survey.measurements else None,
    )


def _told_baseline(world: World, companies: Companies, rng: np.random.Generator) -> Array:
    """Return the culture score each profile tells, on 1-6 as it is written; NaN for none."""
    people = respondents_before(companies, world.survey)
    error = error_of_mean(people, companies.employees, world.survey)
    score = np.round(measure_once(companies.culture, error, rng), 2)
    return np.where(companies.is_told("culture_baseline"), score, np.nan)


def _profiles(world: World, companies: Companies, baseline: Array) -> pd.DataFrame:
    cells = profile_cells(companies, world)
    # A question always names its sector; only a file of trials may lack it.
    cells["sector"] = companies.sector
    cells["culture_baseline"] = decimals(baseline, ".2f")
    columns = {"id": company_names(len(companies), "p")}
    return pd.DataFrame(columns | {name: cells[name] for name in PROFILE_FIELDS})


def _truth(world: World, companies: Companies, baseline: Array, cards: Cards) -> pd.DataFrame:
    """Return what companies with these profiles gain on average, without noise.

    An answer that a profile does not tell counts with its mean, and a company's, table's and
    advisor's own change with zero.
    """
    match = need_match(companies, cards, world)
    heads = chances(told_numbers(companies, baseline, world), cards, match, world)
    ranked = np.array([not card.enabler for card in cards.interventions])
    ids = np.array([card.id for card in cards.interventions], dtype=object)[ranked]
    expected = heads.expected(world.gain.stopped_share)
    return pd.DataFrame(
        {
            "profile": np.repeat(company_names(len(companies), "p"), len(ids)),
            "intervention": np.tile(ids, len(companies)),
            "expected_gain": expected[:, ranked].ravel(),
            "p_started": heads.start[:, ranked].ravel(),
            "p_completed": heads.completion[:, ranked].ravel(),
        }
    )


FILES = ("trials", "profiles", "truth", "changes")
"""The files of every simulation; some have ``MEASUREMENTS_FILE`` as well."""
MEASUREMENTS_FILE = "measurements.csv"


def write_simulation(simulation: Simulation, folder: Path) -> tuple[str, ...]:
    """Write the files of a simulation, each whole or not at all, and return their names.

    Measurements of an earlier simulation do not stay beside trials that are not about them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        f"{name}.csv": getattr(simulation, name).to_csv(
            index=False, float_format="%.6f", lineterminator="\n"
        )
        for name in FILES
    }
    if simulation.measurements is None:
        (folder / MEASUREMENTS_FILE).unlink(missing_ok=True)
    else:
        texts[MEASUREMENTS_FILE] = measurements_text(simulation.measurements)
    for name, text in texts.items():
        with whole_file(folder / name, 0o644, "utf-8") as file:
            file.write(text)
    return tuple(texts)

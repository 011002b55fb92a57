"""What becomes of the first three and of their worth when the analysis is done otherwise.

Each analysis changes one thing, learns anew at its best scales, and is held against the analysis of
all trials learned in the same way. Companies are the same in all of them.

References
----------
A. Gelman and others, "Bayesian Workflow", arXiv:2011.01808, 2020, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.design.expert import HEADS, Expert, Head
from matcher.design.setup import Setup
from matcher.evaluation.companies import Companies, companies_of, expected_at
from matcher.evaluation.findings import Estimate
from matcher.model.fitted import Model, expert_model
from matcher.ranking.engine import Engine
from matcher.regression.prior import Scales
from matcher.training.evidence import Evidence, answered, gather
from matcher.training.fit import fit
from matcher.trials.columns import CONTROL

Analysis = Literal[
    "all", "halved", "doubled", "no_experts", "no_controls", "one", "three", "five", "one_card"
]
"""The analysis of all trials, and those that change one thing."""
ANALYSES: tuple[Analysis, ...] = get_args(Analysis)
OTHER_PRIORS: tuple[Analysis, ...] = ("halved", "doubled", "no_experts")
RESPONDENTS: Mapping[Analysis, int] = {"one": 1, "three": 3, "five": 5}
"""Analysis -> the fewest people who must have answered, before as well as after."""
WhyNot = Literal["no_controls", "not_known", "nothing_less", "nothing_left", "many"]
"""No controls; nobody knows how many answered; it leaves nothing out; nothing is left; too many
trials."""
MOST_TRIALS = 300
"""Trials up to which all is learned anew: eight of 118 take 2 s of one core."""
N_FIRST = 3


@dataclass(frozen=True, slots=True)
class Refit:
    """One analysis: the first three of the menu, and what following the model is worth by it."""

    analysis: Analysis
    first: tuple[str, ...]
    """Cards with the highest mean expected gain over the companies that each suits."""
    n_same: int
    """How many of them are among the first three of all trials."""
    value: Estimate
    """Mean expected gain of the first choices of this analysis, in points per company."""
    beyond_experts: Estimate
    """The same less that of the experts' first choices."""
    n_companies: int
    """Companies whose gains it learned from."""
    apart: Mapping[Analysis, int]
    """Analysis before it -> companies, controls among them, whose outcomes only one of both has."""


@dataclass(frozen=True)
class Sensitivity:
    """All analyses, those that could not be done with why."""

    n_companies: int
    """Companies over which was averaged."""
    refits: tuple[Refit, ...]
    left: Mapping[Analysis, WhyNot]


@dataclass(frozen=True)
class _Plan:
    """What an analysis learns from."""

    analysis: Analysis
    setup: Setup
    evidence: Evidence
    lost: Bools
    """Rows of the frame whose outcome it leaves out (N,)."""


def sensitivity(
    frame: pd.DataFrame,
    evidence: Evidence,
    model: Model,
    scales: Mapping[Head, Scales],
    *,
    seed: int = 0,
) -> Sensitivity:
    """Return what the analyses find; of more than ``MOST_TRIALS`` trials no analysis is done.

    Parameters
    ----------
    frame : DataFrame
        The trials, controls among them.
    evidence : Evidence
        The same as the regressions see them.
    model, scales : Model, mapping
        What ``fit`` found for them.
    seed : int
        Seed of the draws.
    """
    companies = companies_of(evidence, model.menu)
    if len(evidence) > MOST_TRIALS:
        return Sensitivity(len(companies), (), dict.fromkeys(ANALYSES[1:], "many"))
    plans, left = _plans(frame, evidence, model.setup)
    experts = Engine(expert_model(model.menu, model.expert), "expert")
    theirs = expected_at(companies, experts).first_choices
    factor = model.facts.interval_factor
    refits: list[Refit] = []
    for at, plan in enumerate(plans):
        refit = _refit(plan, companies, theirs, scales, factor, seed)
        main = refits[0] if refits else refit
        same = len({*refit.first} & {*main.first})
        apart = {one.analysis: _companies(frame, one.lost ^ plan.lost) for one in plans[: at + 1]}
        refits.append(replace(refit, n_same=same, apart=apart))
    return Sensitivity(len(companies), tuple(refits), left)


def _refit(
    plan: _Plan,
    companies: Companies,
    theirs: Ints,
    scales: Mapping[Head, Scales],
    factor: float,
    seed: int,
) -> Refit:
    evidence, menu = plan.evidence, plan.setup.menu
    model, _ = fit(evidence, plan.setup, seed=seed, start=scales, averaged=False, differences=False)
    model = replace(model, facts=replace(model.facts, interval_factor=factor))
    expected = expected_at(companies, Engine(model, plan.analysis))
    cards = companies.compared
    order = cards[np.argsort(-expected.by_card[cards], kind="stable")]
    ours = expected.first_choices
    return Refit(
        analysis=plan.analysis,
        first=tuple(menu.ids[card] for card in order[:N_FIRST].tolist()),
        n_same=0,
        value=expected.of_choices(ours),
        beyond_experts=expected.of_choices(ours, theirs),
        n_companies=_n_measured(evidence),
        apart={},
    )


def _plans(
    frame: pd.DataFrame, evidence: Evidence, setup: Setup
) -> tuple[list[_Plan], Mapping[Analysis, WhyNot]]:
    menu, expert = setup.menu, setup.expert
    setups = {
        "halved": Setup(menu, expert, 0.5),
        "doubled": Setup(menu, expert, 2.0),
        "no_experts": Setup(menu, without_parts(expert)),
    }
    nothing = np.zeros(len(frame), np.bool_)
    plans = [_Plan("all", setup, evidence, nothing)]
    plans += [_Plan(name, setups[name], evidence, nothing) for name in OTHER_PRIORS]
    left: dict[Analysis, WhyNot] = {}
    for name in ANALYSES[len(plans) :]:
        found = _fewer(name, frame, evidence, setup)
        if isinstance(found, _Plan):
            plans.append(found)
        else:
            left[name] = found
    return plans, left


def without_parts(expert: Expert) -> Expert:
    """Return an expert prior that expects the same of every company and every card."""
    heads = {str(head): expert.head(head).model_copy(update={"part": ()}) for head in HEADS}
    return expert.model_copy(update=heads)


def _fewer(name: Analysis, frame: pd.DataFrame, evidence: Evidence, setup: Setup) -> _Plan | WhyNot:
    """Return an analysis that leaves trials or measurements out, or why it cannot be done."""
    if name == "no_controls":
        gone = (frame["intervention"] == CONTROL).to_numpy()
        less = frame[~gone]
        lost = gone & _measured(frame)
        if not lost.any():
            return "no_controls"
    elif name == "one_card":
        lost = _tried_several(frame)
        less = frame[~lost]
    else:
        answered_by = frame[["respondents_before", "respondents_after"]]
        if answered_by.isna().all(axis=None):
            return "not_known"
        lost = _measured(frame) & ~(answered_by >= RESPONDENTS[name]).all(axis=1).to_numpy()
        less = frame.assign(culture_after=frame["culture_after"].mask(lost))
    if not lost.any():
        return "nothing_less"
    fewer = gather(less.reset_index(drop=True), setup.menu)
    if not _n_measured(fewer):
        return "nothing_left"
    return _Plan(name, setup, fewer, lost)


def _companies(frame: pd.DataFrame, chosen: Bools) -> int:
    return int(frame.loc[chosen, "company"].nunique())


def _measured(frame: pd.DataFrame) -> Bools:
    known: Bools = (frame["culture_before"].notna() & frame["culture_after"].notna()).to_numpy()
    return known


def _tried_several(frame: pd.DataFrame) -> Bools:
    """Return which trials are of companies that tried several cards (n,)."""
    tried = frame["intervention"].where(frame["intervention"] != CONTROL)
    several: Bools = (tried.groupby(frame["company"]).transform("nunique") > 1).to_numpy()
    return several


def _n_measured(evidence: Evidence) -> int:
    return len(np.unique(evidence.company[answered(evidence, "gain")[0]]))

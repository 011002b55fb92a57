"""From trials to a model: which rows answer which question, and the three regressions on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.design.cards import Cards, cards_of
from matcher.design.encoding import Encoded, encode
from matcher.design.expert import COMPANY_FEATURES, HEADS, Expert, Head
from matcher.design.terms import Layout, layout_of, prior_of, rows
from matcher.menu.card import Menu
from matcher.model.fitted import N_DRAWS, Facts, FittedHead, Model, cell_of, empty_support
from matcher.profile.schema import PROFILE_FIELDS
from matcher.regression.averaging import Averaged, average
from matcher.regression.kernel_form import Posterior, condition, learn_scales
from matcher.regression.kernel_form import log_posterior_of_scales as log_posterior
from matcher.regression.prior import Block, Prior, Scale
from matcher.regression.rows import Rows
from matcher.trials.gain import Gains, measure
from matcher.trials.randomisation import share_placed
from matcher.trials.reader import Trials

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

CONTROL = "geen"
"""The intervention of a company that was only measured."""
MOST_BY_ROWS = 1_500
"""Trials from which on sums take the place of a kernel, whose cost grows with their cube."""
"""Expert features that are the same for every card: they remain where cards do not differ."""
CLEAR_FACTOR = float(np.log(10.0))
"""Log Bayes factor from which outcomes are said to tell cards apart (Jeffreys: strong).

In 40 simulated worlds without differences 1 passed it; a factor of 3 was passed by 4.
"""


@dataclass(frozen=True)
class Evidence:
    """Trials as the regressions see them, controls left out."""

    frame: pd.DataFrame
    profiles: tuple[Encoded, ...]
    """One for each trial, or none at all: of many trials they take most of the memory."""
    cards: NDArray[np.int64]
    """Place of each trial's intervention in the menu (n,)."""
    company: NDArray[np.int64]
    table: NDArray[np.int64]
    """Labels of company and learning table (n,); -1 is unknown."""
    gains: Gains
    designs: Mapping[Head, Array] | None = None
    """Rows of each regression's design for all trials (n, width), where they are kept at hand."""
    offsets: Mapping[Head, Array] | None = None
    """What boosted trees that do not know the company add to each latent answer (n,)."""
    placed: Array | None = None
    """Share of the companies in the same lot that got a card (n,); None is all of them."""

    def __len__(self) -> int:
        return len(self.cards)

    @property
    def state(self) -> NDArray[np.object_]:
        """State of each trial (n,)."""
        return self.frame["state"].to_numpy(object)

    def of(self, chosen: Bools) -> Evidence:
        """Return some of the trials, their gains as they were measured among all."""
        gains = replace(
            self.gains, gain=self.gains.gain[chosen], variance=self.gains.variance[chosen]
        )
        return Evidence(
            self.frame[chosen].reset_index(drop=True),
            tuple(p for p, keep in zip(self.profiles, chosen, strict=bool(self.profiles)) if keep),
            self.cards[chosen],
            self.company[chosen],
            self.table[chosen],
            gains,
            None if self.designs is None else {h: X[chosen] for h, X in self.designs.items()},
            None if self.offsets is None else {h: o[chosen] for h, o in self.offsets.items()},
            None if self.placed is None else self.placed[chosen],
        )

    def with_profiles(self) -> Evidence:
        """Return the same trials with their profiles, read from the frame."""
        answers = self.frame[list(PROFILE_FIELDS)].to_dict("records")
        return replace(self, profiles=tuple(encoded(one) for one in answers))

    def with_designs(self, expert: Expert, cards: Cards) -> Evidence:
        """Return the same trials with their designs at hand, for fitting many parts of them."""
        designs: dict[Head, Array] = {
            head: rows(layout_of(head, expert, cards), expert, self.profiles, cards, self.cards)
            for head in HEADS
        }
        return replace(self, designs=designs)


def gather(
    frame: pd.DataFrame, menu: Menu, *, with_profiles: bool = True, for_fit: bool = False
) -> Evidence:
    """Return the trials of a canonical frame as evidence, with their gains.

    A fit by sums needs no profiles; with ``for_fit`` no column is kept but those that it reads, and
    a million trials fit in memory.
    """
    gains = measure(frame)
    tried = (frame["intervention"] != CONTROL).to_numpy()
    # A copy of no more columns than are asked for: of a million trials it is 0.3 GB otherwise.
    columns = [*PROFILE_FIELDS, "company", "state"] if for_fit else list(frame)
    kept = frame.loc[tried, columns].reset_index(drop=True)
    card = frame.loc[tried, "intervention"]
    evidence = Evidence(
        frame=kept,
        profiles=(),
        cards=pd.Index(menu.ids).get_indexer(pd.Index(card, dtype=object)).astype(np.int64),
        company=_labels(kept["company"]),
        table=_labels(frame.loc[tried, "table"]),
        gains=replace(gains, gain=gains.gain[tried], variance=gains.variance[tried]),
        placed=None if for_fit else share_placed(frame)[tried],
    )
    return evidence.with_profiles() if with_profiles else evidence


def encoded(answers: Mapping[Any, Any]) -> Encoded:
    """Return the numbers of a trial's profile; NaN, as tables have it, is unknown."""
    known = {name: None if value != value else value for name, value in answers.items()}
    return encode(known)


def _labels(names: pd.Series[str]) -> NDArray[np.int64]:
    codes, _ = pd.factorize(names)
    return codes.astype(np.int64)


def answered(evidence: Evidence, head: Head) -> tuple[Bools, Array]:
    """Return which trials answer a question, and the answer of each trial (n,).

    A trial that goes on says that it started and leaves open whether it finishes; its scores count
    as measured. One that stopped says nothing of the gain if finished.
    """
    state, gain = evidence.state, evidence.gains.gain
    if head == "started":
        known = np.isin(state, ("not_started", "started", "stopped", "finished"))
        return known, (state != "not_started").astype(np.float64)
    if head == "completed":
        return np.isin(state, ("stopped", "finished")), (state == "finished").astype(np.float64)
    return np.isin(state, ("started", "finished")) & ~np.isnan(gain), gain


def rows_of(evidence: Evidence, head: Head, layout: Layout, expert: Expert, cards: Cards) -> Rows:
    """Return the rows of one regression."""
    known, answer = answered(evidence, head)
    groups = (evidence.company[known], evidence.table[known])
    return Rows(
        X=_design(evidence.of(known), head, layout, expert, cards),
        y=answer[known],
        # The drift that is subtracted is itself measured with error, the same for all gains.
        groups=(*groups, np.zeros_like(groups[0])) if head == "gain" else groups,
        variance=evidence.gains.variance[known] if head == "gain" else None,
        offset=None if evidence.offsets is None else evidence.offsets[head][known],
    )


def _design(evidence: Evidence, head: Head, layout: Layout, expert: Expert, cards: Cards) -> Array:
    if evidence.designs is not None:
        return evidence.designs[head]
    return rows(layout, expert, evidence.profiles, cards, evidence.cards)


def question(evidence: Evidence, head: Head, expert: Expert, cards: Cards) -> tuple[Rows, Prior]:
    """Return the rows that answer a question, and what is believed of it before them."""
    layout = layout_of(head, expert, cards)
    prior = prior_of(layout, expert)
    if head == "gain":
        prior = replace(prior, groups=(*prior.groups, Scale(evidence.gains.drift_sd)))
    return rows_of(evidence, head, layout, expert, cards), prior


def fit(
    evidence: Evidence,
    menu: Menu,
    expert: Expert,
    *,
    expert_text: str = "",
    simulated: bool = False,
    seed: int = 0,
    start: Mapping[Head, Array] | None = None,
    averaged: bool = True,
) -> tuple[Model, Mapping[Head, Array]]:
    """Return the model fitted to the trials, and the scales of each head it was fitted at.

    ``start`` gives scales from which the search for new ones begins; ``averaged`` says whether the
    belief is averaged over the scales or taken at their best. Pure, and the same for the same
    trials and seed.
    """
    if len(evidence) > MOST_BY_ROWS or len(evidence.profiles) < len(evidence):
        from matcher.training.by_sums import fit_many  # it builds on what is here

        return fit_many(
            evidence,
            menu,
            expert,
            expert_text=expert_text,
            simulated=simulated,
            seed=seed,
            start=start,
        )
    cards = cards_of(menu)
    posteriors: dict[Head, Posterior] = {}
    for head in HEADS:
        observed, prior = question(evidence, head, expert, cards)
        begin = None if start is None else start[head]
        posteriors[head] = condition(observed, prior, learn_scales(observed, prior, begin))
    heads: dict[Head, FittedHead] = {}
    for i, head in enumerate(HEADS):
        best = posteriors[head]
        belief = average(best) if averaged else None
        heads[head] = _fitted(best, 3 * seed + i, belief)
    factor = sum(
        _differences(posterior, layout_of(head, expert, cards), expert)
        for head, posterior in posteriors.items()
    )
    share = _stopped_share(evidence, posteriors["gain"], expert, cards)
    support, companies = _support(evidence, cards.n)
    facts = facts_of(evidence, factor, share, simulated=simulated)
    model = Model(menu, expert, expert_text, heads, support, companies, facts)
    return model, {head: posteriors[head].sd for head in HEADS}


def facts_of(
    evidence: Evidence, factor: float, share: tuple[float, float], *, simulated: bool
) -> Facts:
    """Return what a model was trained on.

    ``factor`` is the log Bayes factor against cards that do not differ, ``share`` the mean and SD
    of the share of the gain that a stopped trial keeps.
    """
    return Facts(
        trials=len(evidence),
        companies=int(evidence.company.max(initial=-1)) + 1,
        tables=int(evidence.table.max(initial=-1)) + 1,
        simulated=simulated,
        shows_differences=factor > CLEAR_FACTOR,
        log_bayes_factor=factor,
        stopped_share=share[0],
        stopped_share_sd=share[1],
        gain_slope=evidence.gains.slope,
        control_change=evidence.gains.control_change,
        n_controls=evidence.gains.n_controls,
    )


def _fitted(posterior: Posterior, seed: int, averaged: Averaged | None = None) -> FittedHead:
    """Return a posterior as plain values, with its fixed draws.

    ``averaged`` is the same belief averaged over the scales, when that was worked out.
    """
    prior = posterior.prior
    belief = posterior if averaged is None else averaged
    draws = belief.draw(N_DRAWS, np.random.default_rng(seed))
    return FittedHead(
        mean=belief.mean,
        draws=draws.astype(np.float32),
        block_sd={
            block.name: float(sd) for block, sd in zip(prior.blocks, belief.sd, strict=False)
        },
        group_sd=tuple(float(sd) for sd in posterior.group_sd),
        noise_sd=float(posterior.sd[-1]) if prior.family == "gaussian" else 0.0,
        n_rows=len(posterior.rows.y),
        log_evidence=posterior.log_evidence,
    )


def _differences(posterior: Posterior, layout: Layout, expert: Expert) -> float:
    """Return the log Bayes factor of the regression against one in which cards do not differ.

    There the level, what experts and data say of companies, and the nuisance effects remain. Both
    at the scales that suit them best, their hyperpriors counted.
    """
    prior, observed = posterior.prior, posterior.rows
    if not len(observed.y):
        return 0.0
    columns, alike = without_differences(prior, layout, expert)
    rows_alike = replace(observed, X=observed.X[:, columns])
    full = log_posterior(observed, prior, posterior.sd)[0]
    return full - log_posterior(rows_alike, alike, learn_scales(rows_alike, alike))[0]


def without_differences(prior: Prior, layout: Layout, expert: Expert) -> tuple[list[int], Prior]:
    """Return the columns that stay where cards do not differ, and what is believed of them."""
    terms = layout.terms
    parts = [
        terms["expert"].start + i
        for i, part in enumerate(expert.head(layout.head).part)
        if part.feature in COMPANY_FEATURES
    ]
    company = range(terms["company"].start, terms["company"].stop)
    columns = [terms["level"].start, *parts, *company]
    mean = np.zeros(len(columns))
    mean[0] = prior.mean[columns[0]]
    mean[1 : 1 + len(parts)] = expert.trust.mean
    blocks = {block.name: block for block in prior.blocks}
    first = 1 + len(parts)
    alike = Prior(
        mean,
        (
            replace(blocks["level"], columns=slice(0, 1)),
            Block("expert", slice(1, first), Scale(expert.trust.sd)),
            replace(blocks["company"], columns=slice(first, len(columns))),
        ),
        prior.groups,
        prior.noise,
        prior.family,
    )
    return columns, alike


def _stopped_share(
    evidence: Evidence, gain: Posterior, expert: Expert, cards: Cards
) -> tuple[float, float]:
    """Return the share of the gain that stays when a company stops, mean and SD.

    A normal prior, updated by the gains of companies that stopped as a share of the gain expected
    of them had they finished.
    """
    prior = expert.stopped
    stopped = (evidence.state == "stopped") & ~np.isnan(evidence.gains.gain)
    if not stopped.any():
        return prior.share, prior.sd
    layout = layout_of("gain", expert, cards)
    some = evidence.of(stopped)
    X = _design(some, "gain", layout, expert, cards)
    expected = X @ gain.mean
    if some.offsets is not None:
        expected = expected + some.offsets["gain"]
    noise = some.gains.variance + gain.sd[-1] ** 2 + float(np.sum(gain.group_sd**2))
    noise = noise + prior.share**2 * gain.variance(X)
    precision = prior.sd**-2 + np.sum(expected**2 / noise)
    mean = (prior.share * prior.sd**-2 + np.sum(expected * some.gains.gain / noise)) / precision
    return float(np.clip(mean, 0.0, 1.0)), float(precision**-0.5)


def _support(evidence: Evidence, n_cards: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    support, companies = empty_support(n_cards)
    seen: set[int] = set()
    for profile, card, company in zip(
        evidence.profiles, evidence.cards, evidence.company, strict=True
    ):
        cell = cell_of(profile)
        support[(*cell, int(card))] += 1
        if int(company) not in seen:
            companies[cell] += 1
            seen.add(int(company))
    return support, companies


def fit_trials(
    trials: Trials, menu: Menu, expert: Expert, *, expert_text: str = "", seed: int = 0
) -> Model:
    """Return the model fitted to a file of trials."""
    evidence = gather(trials.frame, menu)
    model, _ = fit(
        evidence, menu, expert, expert_text=expert_text, simulated=trials.simulated, seed=seed
    )
    return model

"""One profile against the whole menu: the fitted model, compiled to a few small matrix products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from matcher.conditions import Refusal, judge, lending_hint
from matcher.design import (
    ATTRIBUTE_SCALE,
    COMPANY_SCALE,
    CROSS_SCALE,
    DEVIATION_SCALE,
    FIT_SCALE,
    expert_columns,
    layout_of,
    sector_indicator,
)
from matcher.errors import Fault, InvalidProfile
from matcher.expert import HEADS, Head
from matcher.features import (
    N_CROSSED,
    Cards,
    Encoded,
    cards_of,
    encode,
    fit_features,
    need_match,
)
from matcher.menu import Menu
from matcher.messages import say
from matcher.model import LEVEL, Model, cell_of
from matcher.profile import NO_CONSTRAINTS, Constraints, Profile
from matcher.ranking import (
    ExpectedGain,
    KnownCase,
    ModelInfo,
    NotSuitable,
    Ranking,
    Recommendation,
)
from matcher.reasons import Explainer, HeadParts

Array = NDArray[np.float64]

_Z = float(ndtri(0.5 + LEVEL / 2))
CHANCES: tuple[Head, ...] = ("started", "completed")
FEW = 5
"""Fewer comparable companies or trials than this, and the search widens (design section 4)."""


@dataclass(frozen=True)
class _Weights:
    """Coefficients of one head by term; the last axis, if any, is the draw."""

    common: Array
    """Level, shared trust, expert parts: (1 + 1 + n_parts, ...)."""
    fit: Array
    cards: Array
    """(n_cards, ...): own effect of each card and its attributes, the same for all companies."""
    company: Array
    by_sector: Array
    """(n_sectors, n_cards, ...)."""
    by_profile: Array
    """(n_deviating, n_cards * ...): what a profile feature changes in each card."""


@dataclass(frozen=True)
class Predictions:
    """What is expected of every card at one company (n_cards,) each."""

    expected_gain: Array
    p_started: Array
    p_completed: Array
    gain: Array
    """If finished, in points."""
    gain_variance: Array


@dataclass(frozen=True)
class _Asked:
    """One profile as the heads need it."""

    profile: Encoded
    fit: Array
    company: Array
    sector: int
    features: Array
    """The deviating features that are known, and which they are: unknown ones are 0."""
    known: NDArray[np.intp]
    experts: Mapping[Head, Array]


class Engine:
    """A model compiled for a menu. Immutable, safe to share between threads.

    Parameters
    ----------
    model : Model
        What was fitted, already carried to the menu that is served.
    version : str
        Name of the version, as answers show it.
    """

    def __init__(self, model: Model, version: str) -> None:
        self.model = model
        self.menu: Menu = model.menu
        self.version = version
        facts = model.facts
        self.info = ModelInfo(
            version=version,
            trials=facts.trials,
            companies=facts.companies,
            simulated=facts.simulated,
            expert_only=facts.trials == 0,
            shows_differences=facts.shows_differences,
        )
        self._explainer = Explainer(model.expert)
        self._cards: Cards = cards_of(model.menu)
        self._rankable = np.array([not card.enabler for card in model.menu])
        self._terms = {h: layout_of(h, model.expert, self._cards).terms for h in HEADS}
        self._means = {h: self._weights(h, model.heads[h].mean) for h in HEADS}
        self._draws = {h: self._weights(h, model.heads[h].draws) for h in HEADS}
        rng = np.random.default_rng(20_260_101)
        half = rng.standard_normal(next(iter(model.heads.values())).draws.shape[1] // 2)
        share = facts.stopped_share + facts.stopped_share_sd * np.concatenate((half, -half))
        self._share_draws = np.clip(share, 0.0, 1.0)
        self._enabler_text = (say("nl", "refusal.enabler"), say("en", "refusal.enabler"))
        self._cell_totals = model.support.sum(axis=(0, 1, 2))

    def rank(
        self, profile: Profile, constraints: Constraints = NO_CONSTRAINTS, explain: int = 5
    ) -> Ranking:
        """Return the whole menu in order for one profile.

        Parameters
        ----------
        profile : Profile
            The company.
        constraints : Constraints
            What the asker rules out.
        explain : int
            How many of the first recommendations carry their reasons.

        Raises
        ------
        InvalidProfile
            If ``constraints.exclude`` names a card that is not on the menu.
        """
        self._check(constraints)
        encoded = encode(profile.__dict__)
        asked = self._ask(encoded)
        verdict = judge(self.menu, profile, constraints)
        latent = {h: self._latent(h, self._means[h], asked) for h in HEADS}
        drawn = {h: self._latent(h, self._draws[h], asked) for h in HEADS}
        numbers = self._numbers(latent, drawn)
        suitable = np.flatnonzero(self._rankable & verdict.suitable)
        order = suitable[np.argsort(-numbers.mean[suitable], kind="stable")]
        p_top3, tied = self._compare(numbers.draws[order])
        names = [self.menu.ids[card] for card in order]
        counts = self._comparable(encoded)
        chosen = order[:explain]
        reasons = self._explainer.explain(
            {h: self._parts(h, asked, chosen) for h in HEADS},
            {h: numbers.spread[h][chosen] for h in CHANCES},
            self.model.facts.stopped_share,
            [self.menu.interventions[card] for card in chosen],
            profile,
        )
        recommendations = tuple(
            Recommendation(
                rank=place + 1,
                intervention=self.menu.ids[card],
                expected_gain=numbers.gain(card),
                p_started=float(numbers.p_started[card]),
                p_completed=float(numbers.p_completed[card]),
                p_top3=float(p_top3[place]),
                tied_with=tuple(compress(names, tied[place])),
                comparable_trials=int(counts[card]),
                goes_with=tuple(lending_hint(self.menu, int(card), profile, constraints)),
                reasons=reasons[place] if place < len(chosen) else (),
                warnings=verdict.warnings[card],
            )
            for place, card in enumerate(order)
        )
        return Ranking(
            recommendations=recommendations,
            not_suitable=tuple(
                self._aside(card, refusal, numbers) for card, refusal in verdict.refusals
            ),
            known_case=self._known_case(encoded),
            baseline_order=self._baseline(encoded, suitable),
            no_clear_winner=len(order) > 1 and 2 * sum(tied[0]) >= len(order) - 1,
            notices=self._notices(profile),
            enablers=tuple(
                self._aside(int(card), Refusal("enabler", *self._enabler_text), numbers)
                for card in np.flatnonzero(~self._rankable)
            ),
        )

    def predictions(self, profile: Encoded) -> Predictions:
        """Return what is expected of every card, whether it suits or not: for evaluation."""
        asked = self._ask(profile)
        latent = {h: self._latent(h, self._means[h], asked) for h in HEADS}
        drawn = {h: self._latent(h, self._draws[h], asked) for h in HEADS}
        numbers = self._numbers(latent, drawn)
        variance = drawn["gain"].var(axis=1, dtype=np.float64)
        return Predictions(
            numbers.mean, numbers.p_started, numbers.p_completed, latent["gain"], variance
        )

    def _check(self, constraints: Constraints) -> None:
        faults = [
            Fault(
                f"/constraints/exclude/{i}",
                "unknown_intervention",
                {"value": card[:60], "choices": ", ".join(self.menu.ids)},
            )
            for i, card in enumerate(constraints.exclude)
            if card not in self.menu.by_id
        ]
        if faults:
            raise InvalidProfile(faults)

    def _weights(self, head: Head, values: NDArray[Any]) -> _Weights:
        """Split long coefficients into the matrices of the terms."""
        terms, n = self._terms[head], self._cards.n
        attributes = self._cards.attributes * ATTRIBUTE_SCALE
        own = (values[terms["cards"]].T * self._cards.prior_sd).T
        # A crossed feature changes a card through its attributes and by itself: one matrix.
        by_attribute = values[terms["profile x attribute"]].reshape(
            N_CROSSED, self._cards.attributes.shape[1], -1
        )
        by_profile = values[terms["profile x card"]].reshape(-1, n, by_attribute.shape[2])
        by_profile = by_profile * DEVIATION_SCALE
        by_profile[:N_CROSSED] += (self._cards.attributes * CROSS_SCALE) @ by_attribute
        kind = values.dtype
        return _Weights(
            common=values[: terms["expert"].stop],
            fit=values[terms["fit"]] * FIT_SCALE,
            cards=(attributes @ values[terms["attributes"]] + own).astype(kind),
            company=values[terms["company"]],
            by_sector=values[terms["sector x card"]].reshape(-1, n, *values.shape[1:]),
            by_profile=by_profile.reshape(len(by_profile), -1).astype(kind),
        )

    def _ask(self, profile: Encoded) -> _Asked:
        sector = sector_indicator(profile)
        expert = self.model.expert
        features = np.concatenate((profile.values[:N_CROSSED], profile.needs))
        known = np.flatnonzero(features)
        return _Asked(
            profile=profile,
            fit=fit_features(profile, self._cards),
            company=np.concatenate((profile.values * COMPANY_SCALE, sector)),
            sector=profile.sector,
            features=features[known],
            known=known,
            experts={h: expert_columns(h, expert, profile, self._cards) for h in HEADS},
        )

    def _common(self, head: Head, asked: _Asked) -> Array:
        """Return the columns of level, shared trust and expert parts (n_cards, ...)."""
        parts = asked.experts[head]
        ones = np.ones((len(parts), 1))
        shared = parts.sum(axis=1, keepdims=True) if parts.shape[1] else parts
        common: Array = np.concatenate((ones, shared, parts), axis=1)
        return common

    def _latent(self, head: Head, weights: _Weights, asked: _Asked) -> Array:
        """Return the latent answer of a head for each card (n_cards,), or each draw of it."""
        kind = weights.fit.dtype
        total = self._common(head, asked).astype(kind) @ weights.common
        total += asked.fit.astype(kind) @ weights.fit
        total += weights.cards
        total += asked.company.astype(kind) @ weights.company
        if asked.sector >= 0:
            total += weights.by_sector[asked.sector]
        changed = asked.features.astype(kind) @ weights.by_profile[asked.known]
        total += changed.reshape(total.shape)
        latent: Array = total
        return latent

    def _numbers(self, latent: Mapping[Head, Array], drawn: Mapping[Head, Array]) -> _Numbers:
        heads, share = self.model.heads, self.model.facts.stopped_share
        spread: dict[Head, Array] = {
            h: drawn[h].var(axis=1, dtype=np.float64) + heads[h].nuisance_variance for h in CHANCES
        }
        p_started = ndtr(latent["started"] / np.sqrt(1 + spread["started"]))
        p_completed = ndtr(latent["completed"] / np.sqrt(1 + spread["completed"]))
        mean = p_started * (share + (1 - share) * p_completed) * latent["gain"]
        # A draw of the expected gain: a new company's own level is averaged out of each chance.
        start, finish = (ndtr(drawn[h] / np.sqrt(1 + heads[h].nuisance_variance)) for h in CHANCES)
        draws = start * (self._share_draws + (1 - self._share_draws) * finish) * drawn["gain"]
        sd = draws.std(axis=1, dtype=np.float64) * self.model.facts.interval_factor
        return _Numbers(mean, sd, draws, p_started, p_completed, spread)

    def _compare(self, draws: Array) -> tuple[Array, list[list[bool]]]:
        """Return P(among the best three), and which places are tied with which, in rank order."""
        n = len(draws)
        if n == 0:
            return np.zeros(0), []
        k = min(3, n)
        threshold = np.partition(draws, n - k, axis=0)[n - k]
        p_top3 = (draws >= threshold).mean(axis=1)
        better = np.count_nonzero(draws[:, None, :] > draws[None, :, :], axis=2)
        apart = np.triu(better >= self.model.facts.tie_level * draws.shape[1], 1)
        together = ~(apart | apart.T)
        np.fill_diagonal(together, False)
        return p_top3, together.tolist()

    def _parts(self, head: Head, asked: _Asked, chosen: NDArray[np.intp]) -> HeadParts:
        """Take the latent answer of a head apart for some cards."""
        weights, n = self._means[head], len(chosen)
        columns = asked.experts[head][chosen]
        # Trust in a part is its own coefficient and the shared one together.
        trust = weights.common[2:] + weights.common[1] if columns.shape[1] else weights.common[2:]
        sector = np.zeros(n)
        if asked.sector >= 0:
            sector = weights.by_sector[asked.sector][chosen]
        own = (
            weights.cards[chosen],
            np.full(n, float(asked.company @ weights.company)),
            sector,
            (asked.features @ weights.by_profile[asked.known])[chosen],
        )
        now = np.concatenate(
            ((columns * trust).T, (asked.fit[chosen] * weights.fit).T, np.stack(own))
        )
        given = np.zeros_like(now)
        given[: columns.shape[1]] = columns.T * self.model.expert.trust.mean
        return HeadParts(float(weights.common[0]), now, given)

    def _aside(self, card: int, refusal: Refusal, numbers: _Numbers) -> NotSuitable:
        """Return a card that gets no place, with its numbers all the same."""
        return NotSuitable(
            intervention=self.menu.ids[card],
            condition=refusal.condition,
            nl=refusal.nl,
            en=refusal.en,
            nearest_change=refusal.nearest_change,
            expected_gain=numbers.gain(card),
            p_started=float(numbers.p_started[card]),
            p_completed=float(numbers.p_completed[card]),
        )

    def _comparable(self, profile: Encoded) -> Array:
        """Return per card the trials in the narrowest group that holds at least 5 of them."""
        sector, size, pressure = cell_of(profile)
        support = self.model.support
        counts: Array = support[sector, size, pressure].astype(np.int64)
        for wider in (
            support[sector, size].sum(axis=0),
            support[sector].sum(axis=(0, 1)),
            support[:, size].sum(axis=(0, 1)),
            self._cell_totals,
        ):
            counts = np.where(counts < FEW, wider, counts)
        return counts

    def _known_case(self, profile: Encoded) -> KnownCase:
        """Return whether companies like this one were seen: alike in sector and about as large."""
        sector, size, _ = cell_of(profile)
        companies = self.model.companies.sum(axis=2)
        about = slice(max(size - 1, 0), size + 2)
        if companies[sector, about].sum() >= FEW:
            return "seen"
        if companies[sector].sum() >= FEW and companies[:, about].sum() >= FEW:
            return "near"
        return "outside"

    def _baseline(self, profile: Encoded, suitable: NDArray[np.intp]) -> tuple[str, ...]:
        """Return the order an advisor could make by hand: the cards that meet most needs first."""
        match = need_match(profile, self._cards)[suitable]
        return tuple(self.menu.ids[i] for i in suitable[np.argsort(-match, kind="stable")])

    def _notices(self, profile: Profile) -> tuple[str, ...]:
        notices: list[str] = []
        if self.info.expert_only:
            notices.append("expert_only")
        if self.info.simulated:
            notices.append("simulated")
        if not self.info.expert_only and not self.info.shows_differences:
            notices.append("no_differences")
        if profile.beyond_sme:
            notices.append("beyond_sme")
        return tuple(notices)


@dataclass(frozen=True)
class _Numbers:
    """The answers for every card."""

    mean: Array
    sd: Array
    draws: Array
    p_started: Array
    p_completed: Array
    spread: Mapping[Head, Array]

    def gain(self, card: int) -> ExpectedGain:
        mean, half = float(self.mean[card]), _Z * float(self.sd[card])
        return ExpectedGain(mean, mean - half, mean + half, LEVEL)

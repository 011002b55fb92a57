"""One profile against the whole menu: order, intervals, ties, reasons, and what does not suit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from matcher.compiled import Compiled
from matcher.conditions import Companions, Refusal, judge
from matcher.encoding import Encoded, encode
from matcher.errors import Fault, InvalidProfile
from matcher.expert import Head
from matcher.features import need_match
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
from matcher.reasons import Explainer

Array = NDArray[np.float64]

_Z = float(ndtri(0.5 + LEVEL / 2))
CHANCES: tuple[Head, ...] = ("started", "completed")
FEW = 5
"""Fewer comparable companies or trials than this, and the search widens (design section 4)."""


@dataclass(frozen=True)
class Predictions:
    """What is expected of every card at one company (n_cards,) each."""

    expected_gain: Array
    p_started: Array
    p_completed: Array
    gain: Array
    """If finished, in points."""
    gain_variance: Array


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
        self._companions = Companions(model.menu)
        self._compiled = Compiled(model)
        self._cards = self._compiled.cards
        self._rankable = np.array([not card.enabler for card in model.menu])
        rng = np.random.default_rng(20_260_101)
        half = rng.standard_normal(next(iter(model.heads.values())).draws.shape[1] // 2)
        share = facts.stopped_share + facts.stopped_share_sd * np.concatenate((half, -half))
        self._share_draws = np.clip(share, 0.0, 1.0).astype(np.float32)
        self._widths: dict[Head, np.float32] = {
            h: np.float32(np.sqrt(1 + model.heads[h].nuisance_variance)) for h in CHANCES
        }
        self._enabler_text = (say("nl", "refusal.enabler"), say("en", "refusal.enabler"))
        support = model.support.astype(np.int64)
        self._by_sector_size = support.sum(axis=2)
        self._by_sector = support.sum(axis=(1, 2))
        self._by_size = support.sum(axis=(0, 2))
        self._in_all = support.sum(axis=(0, 1, 2))

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
        asked = self._compiled.ask(encoded)
        verdict = judge(self.menu, profile, constraints)
        numbers = self._numbers(self._compiled.latent(asked), self._compiled.drawn(asked))
        suitable = np.flatnonzero(self._rankable & verdict.suitable)
        order = suitable[np.argsort(-numbers.mean[suitable], kind="stable")]
        p_top3, tied = self._compare(numbers.draws[order])
        names = [self.menu.ids[card] for card in order]
        counts = self._comparable(encoded)
        companions = self._companions.of(profile, constraints)
        chosen = order[:explain]
        reasons = self._explainer.explain(
            self._compiled.parts(asked, chosen),
            {h: numbers.spread[h][chosen] for h in CHANCES},
            self.model.facts.stopped_share,
            [self.menu.interventions[card] for card in chosen],
            self._in_all[chosen].tolist(),
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
                goes_with=companions[card],
                reasons=reasons[place] if place < len(chosen) else (),
                warnings=verdict.warnings[card],
            )
            for place, card in enumerate(order.tolist())
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
        asked = self._compiled.ask(profile)
        latent, drawn = self._compiled.latent(asked), self._compiled.drawn(asked)
        numbers = self._numbers(latent, drawn)
        variance = drawn["gain"].var(axis=1, dtype=np.float64)
        return Predictions(
            numbers.mean, numbers.p_started, numbers.p_completed, latent["gain"], variance
        )

    def gain_draws(self, profile: Encoded) -> Array:
        """Return the fixed draws of every card's expected gain (n_cards, n_draws), in points."""
        asked = self._compiled.ask(profile)
        numbers = self._numbers(self._compiled.latent(asked), self._compiled.drawn(asked))
        return numbers.draws

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

    def _numbers(self, latent: Mapping[Head, Array], drawn: Mapping[Head, Array]) -> _Numbers:
        heads, share = self.model.heads, self.model.facts.stopped_share
        spread: dict[Head, Array] = {
            h: _variance(drawn[h], latent[h]) + heads[h].nuisance_variance for h in CHANCES
        }
        p_started = ndtr(latent["started"] / np.sqrt(1 + spread["started"]))
        p_completed = ndtr(latent["completed"] / np.sqrt(1 + spread["completed"]))
        mean = p_started * (share + (1 - share) * p_completed) * latent["gain"]
        # A draw of the expected gain: a new company's own level is averaged out of each chance.
        start, finish = (ndtr(drawn[h] / self._widths[h]) for h in CHANCES)
        draws = start * (self._share_draws + (1 - self._share_draws) * finish) * drawn["gain"]
        sd = np.sqrt(_variance(draws, draws.mean(axis=1))) * self.model.facts.interval_factor
        return _Numbers(mean, sd, draws, p_started, p_completed, spread)

    def _compare(self, draws: Array) -> tuple[Array, list[list[bool]]]:
        """Return P(among the best three), and which places are tied with which, in rank order."""
        n = len(draws)
        if n == 0:
            return np.zeros(0), []
        k = min(3, n)
        threshold = np.partition(draws, n - k, axis=0)[n - k]
        p_top3 = (draws >= threshold).mean(axis=1)
        # Draws are compared as bits, 64 in one count: half the time of counting truths.
        bits = (draws[:, None, :] > draws[None, :, :]).view(np.uint64)
        better = np.bitwise_count(bits).sum(axis=2, dtype=np.int64)
        apart = np.triu(better >= self.model.facts.tie_level * draws.shape[1], 1)
        together = ~(apart | apart.T)
        np.fill_diagonal(together, False)
        return p_top3, together.tolist()

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
        counts: Array = self.model.support[sector, size, pressure].astype(np.int64)
        for wider in (
            self._by_sector_size[sector, size],
            self._by_sector[sector],
            self._by_size[size],
            self._in_all,
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


def _variance(draws: Array, mean: Array) -> Array:
    """Return the variance of draws about a mean (n_cards,)."""
    gap = draws - mean.astype(draws.dtype)[:, None]
    variance: Array = np.einsum("ij,ij->i", gap, gap).astype(np.float64) / draws.shape[1]
    return variance


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

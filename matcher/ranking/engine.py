"""One profile against the whole menu: order, intervals, ties, reasons, and what does not suit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Array, Ints
from matcher.design.encoding import Encoded, encode
from matcher.design.expert import HEADS
from matcher.disclosure import FEWEST, Told
from matcher.errors import Fault, InvalidProfile
from matcher.menu.card import Menu
from matcher.model.fitted import LEVEL, Model, cell_of
from matcher.profile.schema import NO_CONSTRAINTS, Constraints, Profile
from matcher.ranking.compiled import CHANCES, Asked, Compiled
from matcher.ranking.conditions import Refusal, Rules, refusal_text
from matcher.ranking.draws import Draws, finishes
from matcher.ranking.reasons import Answers, Explainer
from matcher.ranking.result import (
    ExpectedGain,
    KnownCase,
    ModelInfo,
    NotSuitable,
    Ranking,
    Reason,
    Recommendation,
)
from matcher.ranking.ties import compared, tied_names
from matcher.regression.probit import STEP, chances_at, ndtr, ndtri

_Z = ndtri(0.5 + LEVEL / 2)
GAIN = HEADS.index("gain")
ENOUGH = 5
"""Companies that make a kind of company one that was seen: support, not secrecy."""


@dataclass(frozen=True)
class Predictions:
    """What is expected of every card at one company (n_cards,) each."""

    expected_gain: Array
    p_started: Array
    p_completed: Array
    gain: Array
    """If finished, in points."""
    gain_variance: Array
    spread: Array | None = None
    """(2, n_cards) variance of each chance's latent answer, besides the probit's own."""


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
        self._rules = Rules(model.menu)
        self._compiled = Compiled(model)
        self._explainer = Explainer(
            self._compiled.layouts, model.expert, self._compiled.level, facts.stopped_share
        )
        self._rankable = model.menu.is_rankable
        rng = np.random.default_rng(20_260_101)
        half = rng.standard_normal(next(iter(model.heads.values())).draws.shape[1] // 2)
        share = facts.stopped_share + facts.stopped_share_sd * np.concatenate((half, -half))
        self._share_draws = np.clip(share, 0.0, 1.0).astype(np.float32)
        self._nuisance = np.array([[model.heads[head].nuisance_variance] for head in CHANCES])
        self._kept_draws = 1 - self._share_draws
        self._enablers = np.flatnonzero(~self._rankable).tolist()
        self._enabler = Refusal("enabler", refusal_text("enabler"))
        self.told_trials, by_sector = model.told_trials(0)
        """What may be told of how many trials of each card the model learned from (n_cards)."""
        self._comparable = _comparable(self.told_trials, by_sector, model.told_trials(1)[1])
        self._known_cases = _known_cases(model.companies.sum(axis=2))
        self._notices = tuple(
            name
            for name, holds in (
                ("expert_only", self.info.expert_only),
                ("simulated", self.info.simulated),
                ("no_differences", not self.info.expert_only and not self.info.shows_differences),
            )
            if holds
        )

    def rank(
        self,
        profile: Profile,
        constraints: Constraints = NO_CONSTRAINTS,
        explain: int = 5,
        *,
        finish: bool = False,
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
        finish : bool
            Whether to tell what share finishes each card, from the same draws.

        Raises
        ------
        InvalidProfile
            If ``constraints.exclude`` names a card that is not on the menu.

        Examples
        --------
        >>> from pathlib import Path
        >>> from matcher.menu.card import read_menu
        >>> from matcher.paths import MENU
        >>> from matcher.profile.reference import reference_companies
        >>> from matcher.ranking.loading import load_engine
        >>> engine = load_engine(Path("no-versions-yet"), read_menu(MENU))
        >>> ranking = engine.rank(reference_companies()[0].profile, Constraints(exclude=("bbl",)))
        >>> "bbl" in [line.intervention for line in ranking.recommendations]
        False
        """
        self._check(constraints)
        encoded = encode(profile)
        verdict, companions = self._rules.of(profile, constraints)
        asked = self._compiled.ask(encoded)
        terms = self._compiled.terms(asked)
        drawn = self._compiled.drawn(asked)
        numbers = self._numbers(self._compiled.latent(terms), drawn, asked)
        suitable = (self._rankable & verdict.suitable).nonzero()[0]
        order = suitable[(-numbers.mean[suitable]).argsort(kind="stable")]
        sector, size, _ = cell_of(encoded)
        lines = _Lines(self.menu.ids, numbers)
        chosen = order[:explain]
        cards = order.tolist()
        p_top3, ties = compared(numbers.draws[order], self.model.facts.tie_level)
        names = [self.menu.ids[card] for card in cards]
        counts = self._comparable[sector, size].tolist()
        reasons = self._reasons(asked, terms, numbers, chosen, profile)
        recommendations = map(
            Recommendation._make,
            zip(
                range(1, len(cards) + 1),
                names,
                [lines.gain[card] for card in cards],
                [lines.p_started[card] for card in cards],
                [lines.p_completed[card] for card in cards],
                p_top3.tolist(),
                tied_names(ties, names),
                [counts[card] for card in cards],
                [companions[card] for card in cards],
                [*reasons, *repeat((), len(cards) - len(reasons))],
                [verdict.warnings[card] for card in cards],
                strict=True,
            ),
        )
        return Ranking(
            recommendations=tuple(recommendations),
            not_suitable=tuple([lines.aside(card, why) for card, why in verdict.refusals]),
            known_case=self._known_cases[sector][size],
            baseline_order=self._baseline(asked.need_match[suitable], suitable),
            no_clear_winner=len(cards) > 1 and 2 * int(ties[0].sum()) >= len(cards) - 1,
            notices=(*self._notices, "beyond_sme") if profile.beyond_sme else self._notices,
            enablers=tuple([lines.aside(card, self._enabler) for card in self._enablers]),
            finish=finishes(self.menu.ids, drawn) if finish else {},
        )

    def predictions(self, profile: Encoded) -> Predictions:
        """Return what is expected of every card, whether it suits or not: for evaluation."""
        asked = self._compiled.ask(profile)
        latent, drawn = (
            self._compiled.latent(self._compiled.terms(asked)),
            self._compiled.drawn(asked),
        )
        numbers = self._numbers(latent, drawn, asked)
        variance = drawn[GAIN].var(axis=1, dtype=np.float64)
        started, completed = numbers.chances
        return Predictions(numbers.mean, started, completed, latent[GAIN], variance, numbers.spread)

    def trials_of(self, card: str) -> Told:
        """Return what may be told of how many trials of a card the model learned from."""
        return self.told_trials[self.menu.ids.index(card)]

    def gain_draws(self, profile: Encoded) -> Draws:
        """Return the fixed draws of every card's expected gain (n_cards, n_draws), in points."""
        return self.expected(profile)[1]

    def expected(self, profile: Encoded) -> tuple[Array, Draws]:
        """Return every card's expected gain (n_cards,) and its fixed draws, in points."""
        asked = self._compiled.ask(profile)
        latent = self._compiled.latent(self._compiled.terms(asked))
        numbers = self._numbers(latent, self._compiled.drawn(asked), asked)
        return numbers.mean, numbers.draws

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

    def _numbers(self, latent: Array, drawn: Draws, asked: Asked) -> _Numbers:
        """Return the answers for every card; ``drawn`` as the compiled model draws it."""
        facts, n_chances = self.model.facts, len(CHANCES)
        steps = self._compiled.steps
        in_steps = _variance(drawn[:n_chances], latent[:n_chances] / steps)
        spread = in_steps * steps**2 + self._nuisance
        chances = ndtr(latent[:n_chances] / np.sqrt(1 + spread))
        share = facts.stopped_share
        mean = chances[0] * (share + (1 - share) * chances[1]) * latent[GAIN]
        shifts = self._compiled.shifts(asked)
        if shifts is not None:
            mean += self._together(latent, in_steps, shifts)
        # A draw of the expected gain: a new company's own level is averaged out of each chance.
        start, finish = chances_at(drawn[0]), chances_at(drawn[1])
        finish *= self._kept_draws
        finish += self._share_draws
        draws = start
        draws *= finish
        draws *= drawn[GAIN]
        centres = np.add.reduce(draws, axis=1) / draws.shape[1]
        sd = np.sqrt(_variance(draws, centres))
        if facts.interval_factor != 1:  # one belief: intervals, ties and lots are as wide
            sd *= facts.interval_factor
            middle = centres.astype(draws.dtype)[:, None]
            draws -= middle
            draws *= draws.dtype.type(facts.interval_factor)
            draws += middle
        return _Numbers(mean, sd, draws, chances, spread)

    def _together(self, latent: Array, in_steps: Array, shifts: Draws) -> Array:
        """Return what unknown answers add to the mean by moving all three questions at once.

        The mean of the product over the answers less the product of the means, in points
        (n_cards,): with the posterior's own variance in every chance, that is the law of total
        expectation.

        Parameters
        ----------
        latent : ndarray of shape (n_heads, n_cards)
            Posterior means, at the mean of the answers.
        in_steps : ndarray of shape (2, n_cards)
            Variance of each chance's latent answer, the answers' own in it, in steps.
        shifts : ndarray of shape (n_heads, n_cards, n)
            What the answers do to ``latent``, in the units of ``Compiled.drawn``.
        """
        steps, share = self._compiled.steps, np.float32(self.model.facts.stopped_share)
        n, moved = shifts.shape[-1], shifts[: len(CHANCES)]
        own = np.maximum(in_steps - np.vecdot(moved, moved) / n, 0.0) * STEP**2
        narrow = 1 / np.sqrt(1 + own)
        at = moved * narrow.astype(np.float32)[..., None]
        at += (latent[: len(CHANCES)] / steps * narrow).astype(np.float32)[..., None]
        start, kept = chances_at(at)
        kept *= 1 - share
        kept += share
        gain = shifts[GAIN] + latent[GAIN].astype(np.float32)[:, None]
        apart = np.prod([np.add.reduce(one, axis=1) / n for one in (start, kept, gain)], axis=0)
        start *= kept
        added: Array = np.vecdot(start, gain) / np.float64(n) - apart
        return added

    def _reasons(
        self,
        asked: Asked,
        terms: Array,
        numbers: _Numbers,
        chosen: NDArray[np.intp],
        profile: Profile,
    ) -> list[tuple[Reason, ...]]:
        if not len(chosen):
            return []
        told = [bool(self.told_trials[card].exact) for card in chosen.tolist()]
        answers = Answers(numbers.spread[:, chosen], numbers.mean[chosen], told)
        cards = [self.menu.interventions[card] for card in chosen.tolist()]
        return self._explainer.explain(
            self._compiled.apart(asked, terms, chosen), answers, cards, profile
        )

    def _baseline(self, match: Array, suitable: NDArray[np.intp]) -> tuple[str, ...]:
        """Return the order an advisor could make by hand: the cards that meet most needs first."""
        ids = self.menu.ids
        return tuple([ids[i] for i in suitable[(-match).argsort(kind="stable")].tolist()])


def _variance(draws: NDArray[Any], mean: Array) -> Array:
    """Return the variance of draws about a mean, which has all axes but the last."""
    gap = draws - mean.astype(draws.dtype)[..., None]
    variance: Array = np.vecdot(gap, gap) / np.float64(draws.shape[-1])
    return variance


def _comparable(
    totals: Sequence[Told], by_sector: Sequence[Sequence[Told]], by_size: Sequence[Sequence[Told]]
) -> Ints:
    """Return per sector, size and card the trials in the narrowest group whose count may be told.

    Its sector, else its size, else all; 0 where even that is hidden. Narrower groups would give
    away others by subtraction.
    """
    whole, sector, size = (
        np.array([[told.exact or 0 for told in row] for row in rows], np.int64).T
        for rows in ([[told] for told in totals], by_sector, by_size)
    )
    rest = np.where(size >= FEWEST, size, whole)
    return np.where(sector[:, None] >= FEWEST, sector[:, None], rest[None])


def _known_cases(companies: Ints) -> list[list[KnownCase]]:
    """Return by sector and size whether companies alike and about as large were seen."""
    n_sectors, n_sizes = companies.shape
    by_sector = companies.sum(axis=1)
    about = np.stack(
        [companies[:, max(size - 1, 0) : size + 2].sum(axis=1) for size in range(n_sizes)], axis=1
    )
    by_size = about.sum(axis=0)

    def case(sector: int, size: int) -> KnownCase:
        if about[sector, size] >= ENOUGH:
            return "seen"
        return "near" if by_sector[sector] >= ENOUGH and by_size[size] >= ENOUGH else "outside"

    return [[case(sector, size) for size in range(n_sizes)] for sector in range(n_sectors)]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The answers for every card (n_cards,)."""

    mean: Array
    sd: Array
    draws: Draws
    """(n_cards, n_draws) of the expected gain."""
    chances: Array
    """(2, n_cards)."""
    spread: Array
    """(2, n_cards) variance of each chance's latent answer, besides the probit's own."""


class _Lines:
    """The numbers of every card as plain values."""

    def __init__(self, ids: Sequence[str], numbers: _Numbers) -> None:
        half = _Z * numbers.sd
        low, high = (numbers.mean - half).tolist(), (numbers.mean + half).tolist()
        self._ids = ids
        self.gain = [*map(ExpectedGain._make, zip(numbers.mean.tolist(), low, high, repeat(LEVEL)))]
        self.p_started, self.p_completed = numbers.chances.tolist()

    def aside(self, card: int, refusal: Refusal) -> NotSuitable:
        """Return a card that gets no place, with its numbers all the same."""
        return NotSuitable(
            self._ids[card],
            refusal.condition,
            refusal.text,
            refusal.nearest_change,
            self.gain[card],
            self.p_started[card],
            self.p_completed[card],
        )

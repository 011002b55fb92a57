"""Trials as the regressions see them: which answer which question, and as which rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Array, Bools, Ints
from matcher.design.encoding import Encoded, encode
from matcher.design.expert import HEADS, Head
from matcher.design.setup import Setup
from matcher.menu.card import Menu
from matcher.profile.schema import PROFILE_FIELDS, REQUIRED_FIELDS, Profile
from matcher.regression.prior import Prior, Scale
from matcher.regression.rows import Rows
from matcher.trials.gain import Gains, measure
from matcher.trials.randomisation import share_placed

CONTROL = "geen"
"""The intervention of a company that was only measured."""
DRIFT = "drift"
"""The grouping of all gains: the drift taken off them is itself measured with error."""


@dataclass(frozen=True)
class Evidence:
    """Trials as the regressions see them, controls left out."""

    frame: pd.DataFrame
    profiles: tuple[Encoded, ...]
    """One for each trial, or none at all: of many trials they take most of the memory."""
    cards: Ints
    """Place of each trial's intervention in the menu (n,)."""
    company: Ints
    table: Ints
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

    def companies(self) -> list[Profile]:
        """Return the profile of the company of each trial.

        Where its sector is not known, other services stand in. What else is not known stays None,
        also where a question has to tell it: no condition of the menu holds or fails then.
        """
        return [_profile(one) for one in self.profiles]

    def design(self, head: Head, setup: Setup) -> Array:
        """Return the rows of one regression's design for all trials (n, width)."""
        if self.designs is not None:
            return self.designs[head]
        return setup.rows(head, self.profiles, self.cards)

    def with_designs(self, setup: Setup) -> Evidence:
        """Return the same trials with their designs at hand, for fitting many parts of them."""
        return replace(self, designs={head: self.design(head, setup) for head in HEADS})


def _profile(one: Encoded) -> Profile:
    answers: dict[str, Any] = {n: value for n, value in one.answers.items() if value is not None}
    if not answers.get("sector"):
        answers |= {"sector": "S", "sbi_version": "2008"}
    if not np.isnan(one.employees):
        answers["employees"] = round(one.employees)
    left = [name for name in REQUIRED_FIELDS if name not in answers]
    if not left:
        return Profile.model_validate(answers)
    answers |= dict.fromkeys(left)
    return Profile.model_construct(None, **answers)


def gather(
    frame: pd.DataFrame, menu: Menu, *, with_profiles: bool = True, for_fit: bool = False
) -> Evidence:
    """Return the trials of a canonical frame as evidence, with their gains.

    A fit by sums needs no profiles; with ``for_fit`` no column is kept but those that it reads, and
    a million trials fit in memory.

    >>> from matcher.menu.card import read_menu
    >>> from matcher.paths import MENU, TRIALS
    >>> from matcher.trials.reader import read_trials
    >>> menu = read_menu(MENU)
    >>> evidence = gather(read_trials(TRIALS, menu).frame, menu)
    >>> len(evidence), evidence.gains.n_controls
    (118, 6)
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


def _labels(names: pd.Series[str]) -> Ints:
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


def question(evidence: Evidence, head: Head, setup: Setup) -> tuple[Rows, Prior]:
    """Return the rows that answer a question, and what is believed of it before them."""
    known, answer = answered(evidence, head)
    groups: tuple[Ints, ...] = (evidence.company[known], evidence.table[known])
    prior, variance = setup.priors[head], None
    if head == "gain":
        groups, variance = (*groups, np.zeros_like(groups[0])), evidence.gains.variance[known]
        prior = replace(prior, groups={**prior.groups, DRIFT: Scale(evidence.gains.drift_sd)})
    rows = Rows(
        X=evidence.of(known).design(head, setup),
        y=answer[known],
        groups=groups,
        variance=variance,
        offset=None if evidence.offsets is None else evidence.offsets[head][known],
    )
    return rows, prior

"""Trials as the regressions see them: which answer which question, and as which rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from matcher.trials.columns import CONTROL
from matcher.trials.gain import Gains, controls_of, first_of, measure, of_some
from matcher.trials.randomisation import share_placed


@dataclass(frozen=True)
class Controls:
    """Companies measured without an intervention, once for each period."""

    frame: pd.DataFrame
    """Their profiles (n,)."""
    profiles: tuple[Encoded, ...]
    """One each, or none at all, as those of the trials."""
    change: Array
    """(n,) from before to after, adjusted for before; NaN if unknown."""
    variance: Array
    """(n,) its error variance."""
    company: Ints
    table: Ints
    """Labels (n,), in one list with those of the trials."""

    @staticmethod
    def none() -> Controls:
        """Return no companies."""
        nobody, nothing = np.zeros(0, np.int64), np.zeros(0)
        frame = pd.DataFrame(columns=list(PROFILE_FIELDS))
        return Controls(frame, (), nothing, nothing, nobody, nobody)

    def __len__(self) -> int:
        return len(self.change)

    def of(self, chosen: Bools) -> Controls:
        """Return some of them."""
        return Controls(
            self.frame[chosen].reset_index(drop=True),
            tuple(p for p, keep in zip(self.profiles, chosen, strict=bool(self.profiles)) if keep),
            self.change[chosen],
            self.variance[chosen],
            self.company[chosen],
            self.table[chosen],
        )


@dataclass(frozen=True)
class Evidence:
    """Trials as the regressions see them; controls beside them, which tell about gains only."""

    frame: pd.DataFrame
    profiles: tuple[Encoded, ...]
    """One for each trial, or none at all: of many trials they take most of the memory."""
    cards: Ints
    """Place of each trial's intervention in the menu (n,)."""
    company: Ints
    table: Ints
    """Labels of company and learning table (n,); -1 is unknown."""
    gains: Gains
    controls: Controls = field(default_factory=lambda: Controls.none())
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
        """Return some of the trials and all controls, gains as they were measured among all."""
        return Evidence(
            self.frame[chosen].reset_index(drop=True),
            tuple(p for p, keep in zip(self.profiles, chosen, strict=bool(self.profiles)) if keep),
            self.cards[chosen],
            self.company[chosen],
            self.table[chosen],
            of_some(self.gains, chosen),
            self.controls,
            None if self.designs is None else {h: X[chosen] for h, X in self.designs.items()},
            None if self.offsets is None else {h: o[chosen] for h, o in self.offsets.items()},
            None if self.placed is None else self.placed[chosen],
        )

    def without(self, companies: Ints) -> Evidence:
        """Return the trials and controls of other companies."""
        waited = self.controls.of(~np.isin(self.controls.company, companies))
        return replace(self.of(~np.isin(self.company, companies)), controls=waited)

    def with_profiles(self) -> Evidence:
        """Return the same trials with their profiles, read from the frame."""
        controls = replace(self.controls, profiles=_encoded(self.controls.frame))
        return replace(self, profiles=_encoded(self.frame), controls=controls)

    def everyone(self) -> pd.DataFrame:
        """Return the answers of each trial's company, and behind them those of each control."""
        fields = list(PROFILE_FIELDS)
        if not len(self.controls):
            return self.frame[fields]
        return pd.concat([self.frame[fields], self.controls.frame[fields]], ignore_index=True)

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
    waited = controls_of(frame) & first_of(gains.period) & ~np.isnan(gains.change)
    # Labels of trials first, so that their number is that of the companies that tried something.
    order = np.concatenate((np.flatnonzero(tried), np.flatnonzero(waited)))
    company, table = (_labels(frame[name].iloc[order]) for name in ("company", "table"))
    n = int(tried.sum())
    # A copy of no more columns than are asked for: of a million trials it is 0.3 GB otherwise.
    columns = [*PROFILE_FIELDS, "company", "state"] if for_fit else list(frame)
    kept = frame.loc[tried, columns].reset_index(drop=True)
    card = frame.loc[tried, "intervention"]
    evidence = Evidence(
        frame=kept,
        profiles=(),
        cards=pd.Index(menu.ids).get_indexer(pd.Index(card, dtype=object)).astype(np.int64),
        company=company[:n],
        table=table[:n],
        gains=of_some(gains, tried),
        controls=Controls(
            frame=frame.loc[waited, list(PROFILE_FIELDS)].reset_index(drop=True),
            profiles=(),
            change=gains.change[waited],
            variance=gains.variance[waited],
            company=company[n:],
            table=table[n:],
        ),
        placed=None if for_fit else share_placed(frame)[tried],
    )
    return evidence.with_profiles() if with_profiles else evidence


def _encoded(frame: pd.DataFrame) -> tuple[Encoded, ...]:
    return tuple(encoded(one) for one in frame[list(PROFILE_FIELDS)].to_dict("records"))


def encoded(answers: Mapping[Any, Any]) -> Encoded:
    """Return the numbers of a trial's profile; NaN, as tables have it, is unknown."""
    known = {name: None if value != value else value for name, value in answers.items()}
    return encode(known)


def _labels(names: pd.Series[str]) -> Ints:
    codes, _ = pd.factorize(names)
    return codes.astype(np.int64)


def answered(evidence: Evidence, head: Head) -> tuple[Bools, Array]:
    """Return which trials answer a question by themselves, and the answer of each trial (n,).

    A trial that goes on says that it started and leaves open whether it finishes; its scores count
    as measured. One that stopped says nothing of the gain if finished, nor does one of several in
    a measured period: what those tell together is in ``gain_rows``.
    """
    state, gain = evidence.state, evidence.gains.gain
    if head == "started":
        known = np.isin(state, ("not_started", "started", "stopped", "finished"))
        return known, (state != "not_started").astype(np.float64)
    if head == "completed":
        return np.isin(state, ("stopped", "finished")), (state == "finished").astype(np.float64)
    return np.isin(state, ("started", "finished")) & ~np.isnan(gain), gain

"""Where companies stand at the start: culture by province, sector group and size class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from matcher.arrays import Array
from matcher.disclosure import FEWEST, Told, beside_total, is_few
from matcher.evaluation.findings import Estimate
from matcher.evaluation.intervals import student
from matcher.trials.columns import CONTROL
from matcher.vocabulary import SECTOR_GROUPS, SIZE_CLASSES, TERMS, sector_group, size_class

Dimension = Literal["province", "sector_group", "size_class"]

DIMENSIONS: Mapping[Dimension, tuple[str, ...]] = {
    "province": tuple(TERMS["province"]),
    "sector_group": SECTOR_GROUPS,
    "size_class": SIZE_CLASSES,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The culture at the start in one group of companies, on the 1-6 scale."""

    n: int
    mean: Estimate
    """With an interval of 80 % of the mean (Student's t); None at the ends with one company."""
    sd: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a dimension; ``value`` None are the companies of which it is not known."""

    value: str | None
    standing: Standing | None
    """None where it is hidden; a group without companies is left out altogether."""


@dataclass(frozen=True)
class Baseline:
    """The culture at the start."""

    all: Standing | None
    """All companies that were measured; None when they are too few."""
    groups: Mapping[Dimension, tuple[Group, ...]]
    n: Told
    """How many were measured; hidden where the few that were not, or had no trial, would follow."""


def companies_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per company: its first by start date, a measured culture before an empty one.

    Controls count too: they were measured at the start as well.
    """
    ordered = frame.assign(_unmeasured=frame["culture_baseline"].isna()).sort_values(
        ["_unmeasured", "start_date"], kind="stable", na_position="last"
    )
    return ordered.drop_duplicates("company").drop(columns="_unmeasured").sort_index()


def baseline_of(frame: pd.DataFrame) -> Baseline:
    """Return the culture at the start of the companies in a canonical frame of trials."""
    companies = companies_of(frame)
    measured = companies[companies["culture_baseline"].notna()]
    score = measured["culture_baseline"].to_numpy(float)
    with_trial = frame.loc[frame["intervention"] != CONTROL, "company"].nunique()
    beside = (len(companies) - len(measured), len(companies) - with_trial)
    few = [n for n in beside if is_few(n)]
    return Baseline(
        _standing(score) if len(score) >= FEWEST else None,
        {
            name: _groups(_values(measured, name), score, known, few)
            for name, known in DIMENSIONS.items()
        },
        Told(FEWEST, None) if few else Told(len(score), len(score)),
    )


def _values(companies: pd.DataFrame, dimension: Dimension) -> list[str | None]:
    if dimension == "size_class":
        return [None if pd.isna(n) else size_class(int(n)) for n in companies["employees"]]
    if dimension == "sector_group":
        return [
            None if pd.isna(letter) or not letter else sector_group(letter, scheme)
            for letter, scheme in zip(companies["sector"], companies["sbi_version"], strict=True)
        ]
    return [None if pd.isna(value) else str(value) for value in companies["province"]]


def _groups(
    values: Sequence[str | None], score: Array, known: Sequence[str], few: Sequence[int]
) -> tuple[Group, ...]:
    members = {
        value: score[[i for i, own in enumerate(values) if own == value]]
        for value in (*known, None)
    }
    members = {value: own for value, own in members.items() if len(own)}
    # The few that are not shown here would follow as well, were every group shown.
    told = beside_total([*(len(own) for own in members.values()), *few])
    return tuple(
        Group(value, None if count.exact is None else _standing(own))
        for (value, own), count in zip(members.items(), told, strict=False)
    )


def _standing(score: Array) -> Standing:
    sd = float(score.std(ddof=1)) if len(score) > 1 else None
    return Standing(len(score), student(score), sd)

"""What a stand-alone estimator keeps of the rows it was given, and in which units it learns.

Nothing here depends on the order or the parts in which rows came, except by rounding.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from matcher.arrays import Array
from matcher.regression.groups import codes_of
from matcher.regression.rows import Rows
from matcher.regression.sums import Sums

Unit = Literal["column", "block"] | None
"""What scales are per: the SD of a column, of a block, or one of the column's own units."""

_CONSTANT = 1e-12
"""A variance below this share of the mean square is rounding: the column is constant."""


def read_groups(groups: ArrayLike | None, n: int) -> NDArray[np.str_]:
    """Return labels (n, n_groupings) as text, empty for rows of no group.

    Takes (n,) or (n, n_groupings) whole numbers, negative for no group, or text, empty for none;
    what is missing (None, NaN, NA) is no group in either.

    Raises
    ------
    ValueError
        If the shape is another or a number is not whole.
    """
    if groups is None:
        return np.zeros((n, 0), np.str_)
    labels = np.asarray(groups)
    if labels.dtype.kind == "U" and not isinstance(groups, np.ndarray):
        labels = np.asarray(groups, dtype=object)  # a list: NaN beside words became the word 'nan'
    labels = labels[:, None] if labels.ndim == 1 else labels
    if labels.ndim != 2 or len(labels) != n:
        raise ValueError(
            f"groups must be (n,) or (n, n_groupings) with n = {n}, got {np.shape(groups)}"
        )
    if labels.dtype.kind in "iu":
        return np.where(labels < 0, "", labels.astype(np.str_))
    if labels.dtype.kind in "US":
        return labels.astype(np.str_)
    missing = pd.isna(labels)
    told = np.full(labels.shape, "", dtype=object)
    told[~missing] = [_label(one) for one in labels[~missing]]
    return told.astype(np.str_)


def _label(one: object) -> str:
    if isinstance(one, float | np.floating):
        if not float(one).is_integer():
            raise ValueError(
                f"groups must be whole numbers or text, got {one}; -1 or a missing one is no group"
            )
        one = int(one)
    if isinstance(one, int | np.integer) and not isinstance(one, bool):
        return "" if one < 0 else str(one)
    return str(one)


@dataclass(frozen=True)
class Batch:
    """Rows as they are, with labels as text."""

    X: Array
    y: NDArray[Any]
    labels: NDArray[np.str_]
    weight: Array
    variance: Array | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.y)

    def __add__(self, other: Batch) -> Batch:
        """Return the rows of both."""
        if (self.variance is None) != (other.variance is None):
            raise ValueError("variance must be given for all rows or for none")
        self._same_columns(other.X.shape[1], other.labels.shape[1])
        variance = None
        if self.variance is not None and other.variance is not None:
            variance = np.concatenate((self.variance, other.variance))
        return Batch(
            np.concatenate((self.X, other.X)),
            np.concatenate((self.y, other.y)),
            np.concatenate((self.labels, other.labels)),
            np.concatenate((self.weight, other.weight)),
            variance,
        )

    def _same_columns(self, p: int, n_groupings: int) -> None:
        if (self.X.shape[1], self.labels.shape[1]) != (p, n_groupings):
            raise ValueError(
                f"{p} columns and {n_groupings} groupings were given after {self.X.shape[1]} and "
                f"{self.labels.shape[1]}"
            )

    @property
    def counted(self) -> bool:
        """Return whether any row counts other than once."""
        return bool((self.weight != 1).any())

    def rows(self, units: Units, y: Array) -> Rows:
        """Return the rows in the units to learn in, with outcomes y (n,) in theirs."""
        groups = tuple(codes_of(labels).astype(np.int64) for labels in self.labels.T)
        variance = None if self.variance is None else self.variance / units.outcome**2
        return Rows(units.design(self.X), y, groups, variance)


@dataclass(frozen=True)
class Store:
    """Rows while they are fewer than columns, or have error variances; after that their sums."""

    reference: Array
    """Where [X y] is measured from: the first row. It only keeps rounding small (p + 1,)."""
    batch: Batch | None
    sums: Sums | None
    """Of [1, X, y], from the reference."""

    @staticmethod
    def of(batch: Batch) -> Store:
        """Keep rows."""
        first = np.column_stack((batch.X[:1], batch.y[:1]))
        reference = first[0] if len(first) else np.zeros(first.shape[1])
        return Store(reference, batch, None)._compact()

    def __add__(self, other: Store) -> Store:
        """Return the store of both."""
        if self.batch is not None and other.batch is not None:
            return replace(self, batch=self.batch + other.batch)._compact()
        for store in (self, other):
            if store.batch is not None and store.batch.variance is not None:
                raise ValueError("variance must be given for all rows or for none")
        mine, theirs = self._summed(), other._summed()
        if theirs.products.shape != mine.products.shape or (
            theirs.labels.shape[1] != mine.labels.shape[1]
        ):
            raise ValueError("merged estimators must have the same columns and groupings")
        move = np.eye(len(theirs.products))
        move[0, 1:] = other.reference - self.reference
        return Store(self.reference, None, mine + theirs.transformed(move))

    @property
    def n(self) -> float:
        """Return the number of rows, as often as they count."""
        return self._means()[0]

    def _means(self) -> tuple[float, Array, Array]:
        """Return n, and per column of [X y] the mean and mean square from the reference."""
        if self.batch is None:
            sums = self._summed()
            products = sums.products
            return sums.n, products[0, 1:] / sums.n, products.diagonal()[1:] / sums.n
        Z = np.column_stack((self.batch.X, self.batch.y)) - self.reference
        n = float(self.batch.weight.sum())
        return n, self.batch.weight @ Z / n, self.batch.weight @ Z**2 / n

    def _compact(self) -> Store:
        batch = self.batch
        if batch is None or batch.variance is not None:
            return self
        if len(batch) < batch.X.shape[1] and not batch.counted:
            return self
        return Store(self.reference, None, self._summed())

    def _summed(self) -> Sums:
        if self.sums is not None:
            return self.sums
        batch = self.batch
        assert batch is not None
        X = batch.X - self.reference[:-1]
        X = np.column_stack((np.ones(len(batch)), X))
        y = batch.y - self.reference[-1]
        return Sums.of(X, y, tuple(batch.labels.T), batch.weight)

    def units(self, centred: bool, unit: Unit, blocks: Sequence[Sequence[int]]) -> Units:
        """Return the units of these rows, with columns in the order of their blocks."""
        _, shift, square = self._means()
        origin = self.reference + shift if centred else np.zeros(len(shift))
        # About the mean, or about zero: n times the mean square from the reference, moved.
        away = shift if centred else -self.reference
        square_there = square - 2 * shift * away + away**2
        constant = square_there <= _CONSTANT * np.maximum(square, away**2)
        variance = np.where(constant, 0.0, np.maximum(square_there, 0))
        order = np.array([column for block in blocks for column in block], np.intp)
        outcome = float(_size(variance[-1]))
        columns = _sizes(variance[:-1], unit, blocks)
        return Units(origin[:-1][order], columns, origin[-1], outcome, centred, order)

    def sums_in(self, units: Units) -> Sums:
        """Return the sums of the design and outcome in the units to learn in."""
        sums = self._summed()
        q = len(sums.products)
        column = 1 / np.append(units.columns, units.outcome)
        order = np.append(1 + units.order, q - 1)
        origin = np.append(units.origin, units.outcome_origin)
        matrix = np.zeros((q, q))
        matrix[0, 0] = 1
        matrix[order, np.arange(1, q)] = column
        matrix[0, 1:] = (self.reference[order - 1] - origin) * column
        return sums.transformed(matrix if units.centred else matrix[:, 1:])


def _size(variance: Array) -> Array:
    """Return SDs, 1 where nothing varies."""
    return np.where(variance > 0, np.sqrt(variance), 1.0)


def _sizes(variance: Array, unit: Unit, blocks: Sequence[Sequence[int]]) -> Array:
    """Return what each column is measured in (p,), given variances; in the order of the blocks."""
    if unit == "column":
        return _size(np.concatenate([variance[list(block)] for block in blocks]))
    width = [len(block) for block in blocks]
    whole = np.array([variance[list(block)].sum() for block in blocks])
    return np.repeat(_size(whole) if unit == "block" else np.ones(len(blocks)), width)


@dataclass(frozen=True)
class Units:
    """Where columns and outcome are measured from, and in what, when scales are learned."""

    origin: Array
    columns: Array
    """What each column is measured in: 1 where nothing varies or columns stay as they are (p,)."""
    outcome_origin: float
    outcome: float
    centred: bool
    """Whether there is an intercept: a first column of ones, and the rest about their means."""
    order: NDArray[np.intp]
    """Columns in the order of their blocks."""

    def design(self, X: Array) -> Array:
        """Return the design matrix of X (n, p): ordered, centred and scaled."""
        Z = (X[:, self.order] - self.origin) / self.columns
        return np.column_stack((np.ones(len(X)), Z)) if self.centred else Z

    def coefficients(self, w: Array) -> tuple[Array, float]:
        """Return coefficients per unit of X (p,), and the intercept, from those of the design."""
        slope = np.zeros(len(self.order))
        slope[self.order] = self.outcome * w[int(self.centred) :] / self.columns
        if not self.centred:
            return slope, 0.0
        middle = self.outcome_origin + self.outcome * w[0]
        return slope, float(middle - slope[self.order] @ self.origin)

    def design_mean(self, prior_mean: Array) -> Array:
        """Return the prior mean of the design's coefficients, from that per unit of X (p,)."""
        mean: Array = prior_mean[self.order] * self.columns / self.outcome
        return np.append(0.0, mean) if self.centred else mean


def read_blocks(
    blocks: Mapping[Any, Any] | Sequence[Hashable] | None,
    n_columns: int,
    names: Sequence[str] | None = None,
) -> dict[Hashable, list[int]]:
    """Return the columns of each block, in the order in which blocks are named.

    Raises
    ------
    ValueError
        If a column is in no block, in two, or does not exist, or a mask is of other columns.
    """
    if blocks is None:
        return {"all": list(range(n_columns))}
    if not isinstance(blocks, Mapping):
        labels = list(blocks)
        if len(labels) != n_columns:
            raise ValueError(f"blocks name {len(labels)} columns, X has {n_columns}")
        return {
            label: [i for i, one in enumerate(labels) if one == label]
            for label in dict.fromkeys(labels)
        }
    place = {name: i for i, name in enumerate(names if names is not None else ())}
    found = {name: _columns_of(name, columns, n_columns, place) for name, columns in blocks.items()}
    listed = [column for columns in found.values() for column in columns]
    if sorted(listed) != list(range(n_columns)):
        missing = sorted(set(range(n_columns)) - set(listed))
        double = sorted({column for column in listed if listed.count(column) > 1})
        raise ValueError(
            f"every column belongs to one block: in none {missing}, in more than one {double}"
        )
    return {name: columns for name, columns in found.items() if columns}


def _columns_of(
    block: Hashable, columns: Any, n_columns: int, place: Mapping[str, int]
) -> list[int]:
    if isinstance(columns, slice):
        return list(range(n_columns))[columns]
    several = isinstance(columns, Iterable) and not isinstance(columns, str)
    listed = list(columns) if several else [columns]
    if several and listed and all(isinstance(one, bool | np.bool_) for one in listed):
        if len(listed) != n_columns:
            raise ValueError(
                f"block {block!r} is a mask of {len(listed)} columns, X has {n_columns}"
            )
        return [column for column, inside in enumerate(listed) if inside]
    listed = [place.get(one, one) if isinstance(one, str) else one for one in listed]
    unknown = [one for one in listed if not _is_column(one, n_columns)]
    if unknown:
        raise ValueError(f"blocks name columns that X does not have: {unknown}")
    return [int(one) for one in listed]


def _is_column(one: Any, n_columns: int) -> bool:
    is_number = isinstance(one, int | np.integer) and not isinstance(one, bool)
    return bool(is_number and 0 <= one < n_columns)

"""Rows that belong together: labels per grouping, and sums per group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matcher.arrays import Array


@dataclass(frozen=True)
class Layout:
    """How groupings enter: the largest apart, the others as columns of 0 and 1."""

    sizes: tuple[int, ...]
    """Number of groups of each grouping."""
    apart: int | None
    """The grouping to integrate out, if there is any."""
    codes: NDArray[np.intp]
    """Its group of each row, -1 for none (n,)."""
    columns: Array
    """The groups of the others (n, n_columns)."""

    @staticmethod
    def of(groups: Sequence[NDArray[Any]]) -> Layout:
        """Lay out labels (n,) per grouping; the first of the largest stands apart."""
        codes = [codes_of(labels) for labels in groups]
        sizes = tuple(int(code.max(initial=-1)) + 1 for code in codes)
        if not codes:
            return Layout((), None, np.zeros(0, np.intp), np.zeros((0, 0)))
        apart = int(np.argmax(sizes))
        columns = [
            code[:, None] == np.arange(size)
            for i, (code, size) in enumerate(zip(codes, sizes, strict=True))
            if i != apart
        ]
        n = len(codes[0])
        return Layout(sizes, apart, codes[apart], np.hstack((np.zeros((n, 0)), *columns)))

    @property
    def n_apart(self) -> int:
        """Return the number of groups of the grouping that stands apart."""
        return 0 if self.apart is None else self.sizes[self.apart]

    def spans(self) -> dict[int, slice]:
        """Return the columns of each grouping that has columns."""
        spans, start = {}, 0
        for i, size in enumerate(self.sizes):
            if i != self.apart:
                spans[i] = slice(start, start + size)
                start += size
        return spans


def membership(codes: NDArray[np.intp], size: int, weight: Array) -> csr_array:
    """Return the matrix (size, n) that totals rows per group; a code of -1 is in none."""
    inside = np.flatnonzero(codes >= 0)
    places = (codes[inside], inside)
    return csr_array((weight[inside], places), shape=(size, len(weight)))


def cells(groups: Sequence[NDArray[Any]], n: int) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the distinct combinations of labels (K, n_groupings) and the cell of each row."""
    if not len(groups):
        return np.zeros((0, 0), np.int64), np.full(n, -1)
    labels, cell = np.unique(np.column_stack(groups), axis=0, return_inverse=True)
    return labels, cell.reshape(n)


def codes_of(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Return 0, 1, ... per group, and -1 for rows of no group."""
    outside = labels == "" if labels.dtype.kind == "U" else labels < 0
    codes = np.full(len(labels), -1, np.intp)
    codes[~outside] = np.unique(labels[~outside], return_inverse=True)[1].reshape(-1)
    return codes

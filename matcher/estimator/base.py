"""What the stand-alone estimators share: parameters, the prior they mean, and rows in parts."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from matcher.arrays import Array
from matcher.estimator.rows import Batch, Store, Unit, Units, read_blocks, read_groups
from matcher.regression.evidence import evidence_of
from matcher.regression.kernel_form import KernelEvidence, Posterior, condition
from matcher.regression.prior import Block, Family, Prior, Scale
from matcher.regression.rows import Rows
from matcher.regression.scales import learn_scales
from matcher.regression.sums import Sums
from matcher.regression.weight_form import WeightPosterior, condition_by_weights

Kept = TypeVar("Kept", Store, Batch)
Learned = TypeVar("Learned")

PerBlock = float | Mapping[Any, float] | None


def _check_scale(name: str, median: float, spread: float) -> None:
    if not 0 < median < np.inf:
        raise ValueError(f"{name} median must be > 0, got {median!r}")
    if not 0 <= spread < np.inf:
        raise ValueError(f"{name} spread must be >= 0, got {spread!r}")


def batch_of(
    X: Array,
    y: NDArray[Any],
    groups: ArrayLike | None,
    sample_weight: ArrayLike | None,
    variance: Array | None = None,
    *,
    first: bool,
) -> Batch:
    """Return the rows that count: of a first part there must be any."""
    weight = _check_sample_weight(
        sample_weight,
        X,
        dtype=np.float64,
        ensure_non_negative=True,
        allow_all_zero_weights=not first,
    )
    labels = read_groups(groups, len(X))
    counts = weight > 0
    if counts.all():
        return Batch(X, y, labels, weight, variance)
    return Batch(X[counts], y[counts], labels[counts], weight[counts], variance)


def posterior_of(
    source: Rows | Sums, prior: Prior, weight: Array | None = None
) -> Posterior | WeightPosterior:
    """Return the posterior by the cheaper form, at scales brought to where there is no slope.

    Raises
    ------
    ValueError
        If rows or sums do not fit the prior, as both forms say.
    """
    few = isinstance(source, Rows) and len(source.y) < len(prior.mean)
    if isinstance(source, Rows) and few and weight is None:
        scales = learn_scales(KernelEvidence(source, prior), sharpen=True)
        return condition(source, prior, scales)
    scales = learn_scales(evidence_of(source, prior, weight), sharpen=True)
    return condition_by_weights(source, prior, scales, weight)


@dataclass(frozen=True)
class Fitted:
    """One head, learned."""

    posterior: Posterior | WeightPosterior
    units: Units
    coef: Array
    intercept: float

    def linear(self, X: Array) -> tuple[Array, Array]:
        """Return posterior mean and variance of the linear predictor, in the outcome's units."""
        variance = self.posterior.variance(self.units.design(X))
        mean = X @ self.coef + self.intercept
        return mean, self.units.outcome**2 * np.maximum(variance, 0)


class Hierarchical(BaseEstimator, ABC, Generic[Kept, Learned]):
    """Parameters, what they mean for the prior, and what is kept, common to both estimators."""

    _family: Family
    _intercept_sd: float
    _kept: Kept
    _known: Learned | None
    """What was learned of all that is kept; None after new rows."""

    def __init__(
        self,
        blocks: Mapping[Any, Any] | Sequence[Hashable] | None = None,
        *,
        prior_mean: ArrayLike | None = None,
        prior_median: PerBlock = None,
        prior_spread: PerBlock = 1.0,
        group_median: float = 0.3,
        group_spread: float = 1.0,
        fit_intercept: bool = True,
        unit: Unit = "column",
    ) -> None:
        self.blocks = blocks
        self.prior_mean = prior_mean
        self.prior_median = prior_median
        self.prior_spread = prior_spread
        self.group_median = group_median
        self.group_spread = group_spread
        self.fit_intercept = fit_intercept
        self.unit = unit

    def merge(self, other: Self) -> Self:
        """Add the rows that another estimator was given.

        Raises
        ------
        TypeError
            If the other is of another kind.
        ValueError
            If it has other columns, or the same in another order; other groupings; or parameters
            that mean another prior. Without names columns go by their place, with a warning.
        """
        self._check_like(other)
        return self._keep(other._kept, first=False)

    def _check_like(self, other: Self) -> None:
        """Refuse an estimator whose rows mean something else; sums would not show it."""
        if type(other) is not type(self):
            name = type(self).__name__
            raise TypeError(f"a {name} merges with a {name}, got a {type(other).__name__}")
        check_is_fitted(self)
        check_is_fitted(other)
        if other.n_features_in_ != self.n_features_in_:
            raise ValueError(
                f"the other was fitted with {other.n_features_in_} features, "
                f"{type(self).__name__} with {self.n_features_in_}"
            )
        self._check_names(getattr(other, "feature_names_in_", None))
        mine, theirs = self._meaning(), other._meaning()
        different = [name for name, value in mine.items() if value != theirs[name]]
        if different:
            told = "; ".join(f"{name} is {theirs[name]}, not {mine[name]}" for name in different)
            raise ValueError(f"merged estimators must have the same prior and units: {told}")

    def _check_names(self, theirs: NDArray[Any] | None) -> None:
        """Compare names of columns as scikit-learn does with those of a table."""
        mine = getattr(self, "feature_names_in_", None)
        if mine is None and theirs is None:
            return
        if mine is None or theirs is None:
            has, fitted = ("does not have", "with") if theirs is None else ("has", "without")
            warnings.warn(
                f"the other {has} feature names, but {type(self).__name__} was fitted {fitted} "
                "feature names",
                UserWarning,
                stacklevel=4,
            )
        elif list(mine) != list(theirs):
            raise ValueError(
                "The feature names should match those that were passed during fit, in the same "
                f"order: got {list(theirs)}, fitted with {list(mine)}"
            )

    def _meaning(self) -> dict[str, object]:
        """Return what parameters mean for prior and units, in terms of columns by number."""
        noise = self._noise()
        columns = self._columns()
        scales = {tuple(sorted(c)): self._hyperprior(name) for name, c in columns.items()}
        mean = np.zeros(self.n_features_in_) if self.prior_mean is None else self.prior_mean
        return {
            "blocks": sorted(map(list, scales)),
            "prior_mean": np.asarray(mean, dtype=np.float64).tolist(),
            "prior_median": [scales[block][0] for block in sorted(scales)],
            "prior_spread": [scales[block][1] for block in sorted(scales)],
            "group_median": self.group_median,
            "group_spread": self.group_spread,
            "noise_median": noise.median,
            "noise_spread": noise.spread,
            "fit_intercept": bool(self.fit_intercept),
            "unit": self.unit,
        }

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_kept")

    def _keep(self, kept: Kept, *, first: bool) -> Self:
        self._kept = kept if first else self._kept + kept
        self._known = None
        return self

    def _learned(self) -> Learned:
        """Return what the rows tell, learned at the first use after new ones."""
        check_is_fitted(self)
        if self._known is None:
            self._known = self._learn()
        return self._known

    @abstractmethod
    def _learn(self) -> Learned:
        """Return what the rows that are kept tell."""

    def _columns(self) -> dict[Hashable, list[int]]:
        names = getattr(self, "feature_names_in_", None)
        return read_blocks(self.blocks, self.n_features_in_, names)

    def _check_parameters(self) -> None:
        if self.unit not in ("column", "block", None):
            raise ValueError(f"unit must be 'column', 'block' or None, got {self.unit!r}")
        noise = self._noise()
        _check_scale("group", self.group_median, self.group_spread)
        _check_scale("noise", noise.median, noise.spread)
        for block in self._columns():
            median, spread = self._hyperprior(block)
            _check_scale(f"prior of block {block!r}:", 1.0 if median is None else median, spread)
        mean = self.prior_mean
        if mean is not None:
            mean = np.asarray(mean, dtype=np.float64)
            if mean.shape != (self.n_features_in_,) or not np.isfinite(mean).all():
                raise ValueError(
                    f"prior_mean must be {self.n_features_in_} finite numbers, got {mean}"
                )

    def _units(self, store: Store) -> Units:
        return store.units(self.fit_intercept, self.unit, tuple(self._columns().values()))

    def _prior(self, units: Units, n_groupings: int) -> Prior:
        columns = self._columns()
        blocks = [Block("intercept", slice(0, 1), Scale(self._intercept_sd))]
        blocks, start = (blocks, 1) if units.centred else ([], 0)
        for place, (name, members) in enumerate(columns.items()):
            median, spread = self._hyperprior(name)
            if median is None:
                # All blocks together explain half of the variance, each an equal part of it.
                parts = 1 if self.unit == "block" else len(members)
                median = float(np.sqrt(0.5 / (len(columns) * parts)))
            where = slice(start, start + len(members))
            # By place: names are the caller's, and 1 is not "1", nor "intercept" the intercept.
            blocks.append(Block(str(place), where, Scale(median, spread)))
            start += len(members)
        mean = np.zeros(self.n_features_in_) if self.prior_mean is None else self.prior_mean
        return Prior(
            units.design_mean(np.asarray(mean, dtype=np.float64)),
            tuple(blocks),
            {str(i): Scale(self.group_median, self.group_spread) for i in range(n_groupings)},
            self._noise(),
            self._family,
        )

    def _noise(self) -> Scale:
        return Scale(1.0)  # the probit's noise is 1 by definition

    def _hyperprior(self, block: Hashable) -> tuple[float | None, float]:
        median, spread = self.prior_median, self.prior_spread
        if isinstance(median, Mapping):
            median = median.get(block)
        if isinstance(spread, Mapping):
            spread = spread.get(block, 1.0)
        return median, 1.0 if spread is None else spread

    def _block_scales(self, fit: Fitted) -> dict[Hashable, float]:
        sds = fit.posterior.scales.blocks
        return {
            name: sds[str(place)] * fit.units.outcome for place, name in enumerate(self._columns())
        }

    def _group_scales(self, fit: Fitted) -> Array:
        return np.array([*fit.posterior.scales.groups.values()]) * fit.units.outcome

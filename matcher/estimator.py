"""The hierarchical regression as scikit-learn estimators, for anyone's design matrix.

They know nothing of companies: a matrix, the block of each column, and labels of rows that belong
together. Scales are learned by marginal likelihood. Few rows are held in the kernel form, many in
sums (``posterior.py``, ``moments.py``); the answer is the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from matcher.estimator_rows import Batch, Store, Units, read_blocks, read_groups
from matcher.moments import WeightPosterior
from matcher.posterior import Array, Block, Family, Posterior, Prior, Rows, Scale, condition
from matcher.weight_form import condition_by_weights, learn_scales_by_weights, learn_sharp_scales

PerBlock = float | Mapping[Any, float] | None


def _check_scale(name: str, median: float, spread: float) -> None:
    if not 0 < median < np.inf:
        raise ValueError(f"{name} median must be > 0, got {median!r}")
    if not 0 <= spread < np.inf:
        raise ValueError(f"{name} spread must be >= 0, got {spread!r}")


def _batch(
    X: Array,
    y: NDArray[Any],
    groups: ArrayLike | None,
    sample_weight: ArrayLike | None,
    variance: Array | None = None,
) -> Batch:
    """Return the rows that count."""
    weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    labels = read_groups(groups, len(X))
    counts = weight > 0
    if counts.all():
        return Batch(X, y, labels, weight, variance)
    return Batch(X[counts], y[counts], labels[counts], weight[counts], variance)


def _condition(
    rows: Rows, prior: Prior, weight: Array | None = None
) -> Posterior | WeightPosterior:
    """Return the posterior by the cheaper form, at scales brought to where there is no slope."""
    n, p = rows.X.shape
    if n < p and weight is None:
        return condition(rows, prior, learn_sharp_scales(rows, prior))
    sd = learn_scales_by_weights(rows, prior, sharpen=True, weight=weight)
    return condition_by_weights(rows, prior, sd, weight)


@dataclass(frozen=True)
class _Fit:
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


class _Hierarchical(BaseEstimator):
    """Parameters and what they mean for the prior, common to both estimators."""

    _family: Family
    _intercept_sd: float

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
        scale_columns: bool = True,
    ) -> None:
        self.blocks = blocks
        self.prior_mean = prior_mean
        self.prior_median = prior_median
        self.prior_spread = prior_spread
        self.group_median = group_median
        self.group_spread = group_spread
        self.fit_intercept = fit_intercept
        self.scale_columns = scale_columns

    def _columns(self) -> dict[Hashable, list[int]]:
        names = getattr(self, "feature_names_in_", None)
        return read_blocks(self.blocks, self.n_features_in_, names)

    def _check_parameters(self) -> None:
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

    def _order(self) -> NDArray[np.intp]:
        return np.array([c for columns in self._columns().values() for c in columns], np.intp)

    def _prior(self, units: Units, n_groupings: int) -> Prior:
        columns = self._columns()
        blocks = [Block("intercept", slice(0, 1), Scale(self._intercept_sd))]
        blocks, start = (blocks, 1) if units.centred else ([], 0)
        for name, members in columns.items():
            median, spread = self._hyperprior(name)
            if median is None:
                # All blocks together explain half of the variance, each an equal part of it.
                median = float(np.sqrt(0.5 / (len(columns) * len(members))))
            where = slice(start, start + len(members))
            blocks.append(Block(str(name), where, Scale(median, spread)))
            start += len(members)
        mean = np.zeros(self.n_features_in_) if self.prior_mean is None else self.prior_mean
        return Prior(
            units.design_mean(np.asarray(mean, dtype=np.float64)),
            tuple(blocks),
            (Scale(self.group_median, self.group_spread),) * n_groupings,
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

    def _block_scales(self, fit: _Fit) -> dict[Hashable, float]:
        sd = fit.posterior.sd[int(fit.units.centred) :] * fit.units.outcome
        return {name: float(one) for name, one in zip(self._columns(), sd, strict=False)}

    def _group_scales(self, fit: _Fit) -> Array:
        prior = fit.posterior.prior
        first = len(prior.blocks)
        scales: Array = fit.posterior.sd[first : first + len(prior.groups)] * fit.units.outcome
        return scales


class HierarchicalRegressor(RegressorMixin, _Hierarchical):
    """Bayesian linear regression whose blocks of columns each have a prior scale of their own.

    ``y = intercept + X @ w + effect of each grouping + noise``. The scales of blocks, groupings
    and noise are learned by marginal likelihood under log-normal hyperpriors; group effects are
    integrated out. Columns are taken in units of their SD and the outcome in units of its own.

    Parameters
    ----------
    blocks : mapping, sequence or None, default=None
        Name to columns (numbers, names or a slice), or one label per column. None: one block.
    prior_mean : array-like of shape (n_features,), default=None
        Expected coefficients, per unit of X as ``coef_``. None: zero.
    prior_median : float or mapping, default=None
        Median of the scale of a block's coefficients, in SDs of the outcome per SD of a column.
        None: blocks explain half the variance together, equal parts each.
    prior_spread : float or mapping, default=1.0
        SD of the log of that scale; 0 fixes it.
    group_median, group_spread, noise_median, noise_spread : float
        The same for the groupings and the noise, in SDs of the outcome.
    fit_intercept : bool, default=True
        Without, columns and outcome are taken from zero instead of from their means.
    scale_columns : bool, default=True
        Without, a scale is per unit of the column.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Posterior mean of the coefficients, in the outcome's unit per unit of X.
    intercept_ : float
        Posterior mean of the intercept, in the outcome's unit.
    block_scales_ : dict
        Learned scale per block, in the outcome's unit per SD of a column.
    group_scales_ : ndarray of shape (n_groupings,)
        Learned SD of each grouping's effects, in the outcome's unit.
    noise_ : float
        Learned SD of the noise, in the outcome's unit.
    log_evidence_ : float
        Log density of the outcomes at these scales.

    Notes
    -----
    Rows may come in parts (``partial_fit``, ``merge``). What is kept decides the answer, not how
    it came: the scales are learned from all of it, at the first use after new rows, until the
    slope is zero. Kept are sums, p^2 numbers and p per combination of groups; the rows themselves
    while they are fewer than columns or have error variances of their own.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006, section 3.5.
    """

    _family: Family = "gaussian"
    _intercept_sd = 10.0

    def __init__(
        self,
        blocks: Mapping[Any, Any] | Sequence[Hashable] | None = None,
        *,
        prior_mean: ArrayLike | None = None,
        prior_median: PerBlock = None,
        prior_spread: PerBlock = 1.0,
        group_median: float = 0.3,
        group_spread: float = 1.0,
        noise_median: float = 0.7,
        noise_spread: float = 1.0,
        fit_intercept: bool = True,
        scale_columns: bool = True,
    ) -> None:
        super().__init__(
            blocks,
            prior_mean=prior_mean,
            prior_median=prior_median,
            prior_spread=prior_spread,
            group_median=group_median,
            group_spread=group_spread,
            fit_intercept=fit_intercept,
            scale_columns=scale_columns,
        )
        self.noise_median = noise_median
        self.noise_spread = noise_spread

    def _noise(self) -> Scale:
        return Scale(self.noise_median, self.noise_spread)

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        variance: ArrayLike | None = None,
    ) -> Self:
        """Learn from X (n, p) and y (n,), forgetting what was learned before.

        Parameters
        ----------
        X, y : array-like of shape (n, p) and (n,)
            Finite numbers.
        groups : array-like of shape (n,) or (n, n_groupings), default=None
            Labels of rows that share an effect; negative or empty for none.
        sample_weight : array-like of shape (n,), default=None
            How many times each row counts.
        variance : array-like of shape (n,), default=None
            Known error variance of each outcome, on top of the noise.

        Raises
        ------
        ValueError
            If shapes disagree, a number is not finite, or a parameter is out of its range.
        """
        self._store = self._read(X, y, groups, sample_weight, variance, first=True)
        self._fit: _Fit | None = None
        self._learned()
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        variance: ArrayLike | None = None,
    ) -> Self:
        """Add rows, as in ``fit``; any split of the rows gives the same posterior."""
        first = not hasattr(self, "_store")
        new = self._read(X, y, groups, sample_weight, variance, first)
        self._store = new if first else self._store + new
        self._fit = None
        return self

    def merge(self, other: HierarchicalRegressor) -> Self:
        """Add the rows that another estimator was given."""
        check_is_fitted(self)
        check_is_fitted(other)
        self._store = self._store + other._store
        self._fit = None
        return self

    def predict(self, X: ArrayLike, return_std: bool = False) -> Array | tuple[Array, Array]:
        """Return the expected outcome (n,); on request the SD of a new outcome of a new group."""
        check_is_fitted(self)
        design: Array = validate_data(self, X, reset=False, dtype=np.float64)
        mean, variance = self._learned().linear(design)
        if not return_std:
            return mean
        return mean, np.sqrt(variance + np.sum(self.group_scales_**2) + self.noise_**2)

    def _read(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None,
        sample_weight: ArrayLike | None,
        variance: ArrayLike | None,
        first: bool,
    ) -> Store:
        design: Array
        outcomes: Array
        design, outcomes = validate_data(self, X, y, y_numeric=True, dtype=np.float64, reset=first)
        self._check_parameters()
        known = None if variance is None else np.asarray(variance, dtype=np.float64)
        if known is not None:
            if sample_weight is not None:
                raise ValueError("give sample_weight or variance, not both")
            n = len(design)
            if known.shape != (n,) or not (np.isfinite(known) & (known >= 0)).all():
                raise ValueError(f"variance must be {n} finite numbers of 0 or more")
        outcomes = outcomes.astype(np.float64)
        return Store.of(_batch(design, outcomes, groups, sample_weight, known))

    def _learned(self) -> _Fit:
        if self._fit is None:
            self._fit = self._learn()
        return self._fit

    def _learn(self) -> _Fit:
        store = self._store
        units = store.units(self.fit_intercept, self.scale_columns, self._order())
        posterior: Posterior | WeightPosterior
        batch = store.batch
        if batch is not None:
            prior = self._prior(units, batch.labels.shape[1])
            y = (batch.y - units.outcome_origin) / units.outcome
            posterior = _condition(batch.rows(units, y), prior)
        else:
            sums = store.sums_in(units)
            prior = self._prior(units, sums.labels.shape[1])
            sd = learn_scales_by_weights(sums, prior, sharpen=True)
            posterior = condition_by_weights(sums, prior, sd)
        return _Fit(posterior, units, *units.coefficients(posterior.mean))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_store")

    @property
    def coef_(self) -> Array:
        """Return the posterior mean of the coefficients."""
        check_is_fitted(self)
        return self._learned().coef

    @property
    def intercept_(self) -> float:
        """Return the posterior mean of the intercept."""
        check_is_fitted(self)
        return self._learned().intercept

    @property
    def block_scales_(self) -> dict[Hashable, float]:
        """Return the learned scale per block."""
        check_is_fitted(self)
        return self._block_scales(self._learned())

    @property
    def group_scales_(self) -> Array:
        """Return the learned SD of each grouping's effects."""
        check_is_fitted(self)
        return self._group_scales(self._learned())

    @property
    def noise_(self) -> float:
        """Return the learned SD of the noise."""
        check_is_fitted(self)
        fit = self._learned()
        return float(fit.posterior.sd[-1] * fit.units.outcome)

    @property
    def log_evidence_(self) -> float:
        """Return the log density of the outcomes."""
        check_is_fitted(self)
        fit = self._learned()
        return float(fit.posterior.log_evidence - self._store.n * np.log(fit.units.outcome))


class HierarchicalClassifier(ClassifierMixin, _Hierarchical):
    """Bayesian probit regression whose blocks of columns each have a prior scale of their own.

    ``P(y = 1) = Phi(intercept + X @ w + effect of each grouping)``, approximated by expectation
    propagation. Of more than two classes, each is asked against the rest, and the probabilities
    are made to sum to one.

    Parameters
    ----------
    blocks, prior_mean, prior_median, prior_spread, group_median, group_spread, fit_intercept, \
scale_columns
        As in ``HierarchicalRegressor``, in units of the probit's own noise, which is 1. With more
        than two classes the prior mean holds for each.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Posterior mean of the coefficients, in probits per unit of X.
    intercept_ : ndarray of shape (1,) or (n_classes,)
    block_scales_ : list of dict
        Learned scale per block, one mapping per row of ``coef_``.
    group_scales_ : ndarray of shape (1 or n_classes, n_groupings)
    log_evidence_ : float
        Log probability of the answers, summed over the rows of ``coef_``.

    Notes
    -----
    The rows are kept: an answer's weight depends on all the others. Rows may come in parts, and
    the answer does not depend on how.

    References
    ----------
    C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006,
    sections 3.6 and 3.9.
    """

    _family: Family = "probit"
    _intercept_sd = 3.0

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn from X (n, p) and classes y (n,), forgetting what was learned before.

        Parameters
        ----------
        X, y : array-like of shape (n, p) and (n,)
            Finite numbers, and the class of each row.
        groups : array-like of shape (n,) or (n, n_groupings), default=None
            Labels of rows that share an effect; negative or empty for none.
        sample_weight : array-like of shape (n,), default=None
            How many times each row counts: 0, or 1 and more.

        Raises
        ------
        ValueError
            If shapes disagree, a number is not finite, there is one class, or a parameter is out
            of its range.
        """
        self._batch = self._read(X, y, groups, sample_weight, first=True)
        self._named: NDArray[Any] | None = None
        self._fits: list[_Fit] | None = None
        self._learned()
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Add rows, as in ``fit``; ``classes`` names those that have no row yet."""
        first = not hasattr(self, "_batch")
        new = self._read(X, y, groups, sample_weight, first)
        self._batch = new if first else self._batch + new
        if first:
            self._named = None
        if classes is not None:
            self._named = _union(self._named, np.asarray(classes))
        self._fits = None
        return self

    def merge(self, other: HierarchicalClassifier) -> Self:
        """Add the rows that another estimator was given."""
        check_is_fitted(self)
        check_is_fitted(other)
        self._batch = self._batch + other._batch
        if other._named is not None:
            self._named = _union(self._named, other._named)
        self._fits = None
        return self

    def decision_function(self, X: ArrayLike) -> Array:
        """Return the probit of P(class) for a new group: (n,) for two classes, else (n, K)."""
        check_is_fitted(self)
        design: Array = validate_data(self, X, reset=False, dtype=np.float64)
        columns: list[Array] = []
        for fit in self._learned():
            mean, variance = fit.linear(design)
            # P(y = 1) = E Phi(f) = Phi(mean / sqrt(1 + variance)), GPML equation 3.82.
            columns.append(mean / np.sqrt(1 + variance + np.sum(self._group_scales(fit) ** 2)))
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class (n, n_classes), in the order of ``classes_``."""
        chance: Array = ndtr(self.decision_function(X))
        if chance.ndim == 1:
            return np.column_stack((1 - chance, chance))
        total = chance.sum(axis=1, keepdims=True)
        shares: Array = chance / np.maximum(total, np.finfo(float).tiny)
        return shares

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class (n,)."""
        probit = self.decision_function(X)
        chosen = (probit > 0).astype(int) if probit.ndim == 1 else probit.argmax(axis=1)
        classes: NDArray[Any] = self.classes_[chosen]
        return classes

    def _read(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None,
        sample_weight: ArrayLike | None,
        first: bool,
    ) -> Batch:
        design: Array
        answers: NDArray[Any]
        design, answers = validate_data(self, X, y, dtype=np.float64, reset=first)
        check_classification_targets(answers)
        self._check_parameters()
        batch = _batch(design, answers, groups, sample_weight)
        if not (batch.weight >= 1).all():
            raise ValueError("an answer counts 0 times, or once or more: sample_weight is between")
        return batch

    def _learned(self) -> list[_Fit]:
        if self._fits is None:
            self._fits = self._learn()
        return self._fits

    def _learn(self) -> list[_Fit]:
        batch, classes = self._batch, self.classes_
        if len(classes) < 2:
            raise ValueError(
                f"a classifier needs two classes, y holds one class: {classes[0]!r}; "
                "partial_fit takes the names of others in classes"
            )
        answers = np.zeros(len(batch))
        store = Store.of(Batch(batch.X, answers, batch.labels, batch.weight))
        units = store.units(self.fit_intercept, self.scale_columns, self._order())
        prior = self._prior(units, batch.labels.shape[1])
        weight = batch.weight if batch.counted else None
        fits = []
        for positive in classes[1:] if len(classes) == 2 else classes:
            rows = batch.rows(units, (batch.y == positive).astype(np.float64))
            posterior = _condition(rows, prior, weight)
            fits.append(_Fit(posterior, units, *units.coefficients(posterior.mean)))
        return fits

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_batch")

    @property
    def classes_(self) -> NDArray[Any]:
        """Return the classes, sorted."""
        check_is_fitted(self)
        return _union(self._named, self._batch.y)

    @property
    def coef_(self) -> Array:
        """Return the posterior mean of the coefficients."""
        check_is_fitted(self)
        return np.array([fit.coef for fit in self._learned()])

    @property
    def intercept_(self) -> Array:
        """Return the posterior mean of the intercepts."""
        check_is_fitted(self)
        return np.array([fit.intercept for fit in self._learned()])

    @property
    def block_scales_(self) -> list[dict[Hashable, float]]:
        """Return the learned scale per block, for each row of ``coef_``."""
        check_is_fitted(self)
        return [self._block_scales(fit) for fit in self._learned()]

    @property
    def group_scales_(self) -> Array:
        """Return the learned SD of each grouping's effects, for each row of ``coef_``."""
        check_is_fitted(self)
        return np.array([self._group_scales(fit) for fit in self._learned()])

    @property
    def log_evidence_(self) -> float:
        """Return the log probability of the answers."""
        check_is_fitted(self)
        return float(sum(fit.posterior.log_evidence for fit in self._learned()))


def _union(named: NDArray[Any] | None, y: NDArray[Any]) -> NDArray[Any]:
    return np.unique(y) if named is None else np.union1d(named, y)

"""The hierarchical regression of numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from matcher.estimator.base import Fitted, Hierarchical, PerBlock, batch_of, posterior_of
from matcher.estimator.rows import Store, Unit
from matcher.regression.prior import Array, Family, Scale


class HierarchicalRegressor(RegressorMixin, Hierarchical[Store, Fitted]):
    """Bayesian linear regression whose blocks of columns each have a prior scale of their own.

    ``y = intercept + X @ w + effect of each grouping + noise``. The scales of blocks, groupings
    and noise are learned by marginal likelihood under log-normal hyperpriors; group effects are
    integrated out. Columns are taken in units of their SD and the outcome in units of its own.

    Parameters
    ----------
    blocks : mapping, sequence or None, default=None
        Name to columns (numbers, names, a mask, a slice, or one of them), or one label per column.
        None: one block.
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
    unit : {"column", "block", None}, default="column"
        What a scale is per: the SD of each column; the SD of the block (root of its columns' summed
        variances), so that columns that belong together keep their proportions, as products with a
        category and the columns of a kernel do; or one unit of each column.

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

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> model = HierarchicalRegressor({"first": 0, "second": 1}).fit(X, 3 + 2 * X[:, 0])
    >>> model.coef_.round(2), round(model.intercept_, 2)
    (array([2., 0.]), 3.0)
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
        unit: Unit = "column",
    ) -> None:
        super().__init__(
            blocks,
            prior_mean=prior_mean,
            prior_median=prior_median,
            prior_spread=prior_spread,
            group_median=group_median,
            group_spread=group_spread,
            fit_intercept=fit_intercept,
            unit=unit,
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
            Labels of rows that share an effect; negative, empty or missing for none.
        sample_weight : array-like of shape (n,), default=None
            How many times each row counts.
        variance : array-like of shape (n,), default=None
            Known error variance of each outcome, on top of the noise.

        Raises
        ------
        ValueError
            If shapes disagree, a number is not finite, or a parameter is out of its range.
        """
        self._keep(self._read(X, y, groups, sample_weight, variance, first=True), first=True)
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
        """Add rows, as in ``fit``; any split of the rows gives the same posterior.

        After the first part, one in which no row counts adds nothing. ValueError as for ``fit``.
        """
        first = not self.__sklearn_is_fitted__()
        kept = self._read(X, y, groups, sample_weight, variance, first)
        return self._keep(kept, first=first)

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
        return Store.of(batch_of(design, outcomes, groups, sample_weight, known, first=first))

    def _learn(self) -> Fitted:
        store = self._kept
        units = self._units(store)
        batch = store.batch
        if batch is not None:
            prior = self._prior(units, batch.labels.shape[1])
            y = (batch.y - units.outcome_origin) / units.outcome
            posterior = posterior_of(batch.rows(units, y), prior)
        else:
            sums = store.sums_in(units)
            posterior = posterior_of(sums, self._prior(units, sums.labels.shape[1]))
        return Fitted(posterior, units, *units.coefficients(posterior.mean))

    @property
    def coef_(self) -> Array:
        """Return the posterior mean of the coefficients."""
        return self._learned().coef

    @property
    def intercept_(self) -> float:
        """Return the posterior mean of the intercept."""
        return self._learned().intercept

    @property
    def block_scales_(self) -> dict[Hashable, float]:
        """Return the learned scale per block."""
        return self._block_scales(self._learned())

    @property
    def group_scales_(self) -> Array:
        """Return the learned SD of each grouping's effects."""
        return self._group_scales(self._learned())

    @property
    def noise_(self) -> float:
        """Return the learned SD of the noise."""
        fit = self._learned()
        return fit.posterior.scales.noise * fit.units.outcome

    @property
    def log_evidence_(self) -> float:
        """Return the log density of the outcomes."""
        fit = self._learned()
        return float(fit.posterior.log_evidence - self._kept.n * np.log(fit.units.outcome))

"""The hierarchical regression of classes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from matcher.estimator.base import Fitted, Hierarchical, batch_of, posterior_of
from matcher.estimator.rows import Batch, Store
from matcher.regression.prior import Array, Family


class HierarchicalClassifier(ClassifierMixin, Hierarchical[Batch, list[Fitted]]):
    """Bayesian probit regression whose blocks of columns each have a prior scale of their own.

    ``P(y = 1) = Phi(intercept + X @ w + effect of each grouping)``, approximated by expectation
    propagation. Of more than two classes, each is asked against the rest, and the probabilities
    are made to sum to one.

    Parameters
    ----------
    blocks, prior_mean, prior_median, prior_spread, group_median, group_spread, fit_intercept, \
unit
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
            Labels of rows that share an effect; negative, empty or missing for none.
        sample_weight : array-like of shape (n,), default=None
            How many times each row counts: 0, or 1 and more.

        Raises
        ------
        ValueError
            If shapes disagree, a number is not finite, there is one class, or a parameter is out
            of its range.
        """
        self._keep(self._read(X, y, groups, sample_weight, first=True), first=True)
        self._named: NDArray[Any] | None = None
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
        """Add rows, as in ``fit``; ``classes`` names those that have no row yet.

        After the first part, one in which no row counts adds nothing. ValueError as for ``fit``,
        but that there is one class only is told when it is asked what was learned.
        """
        first = not self.__sklearn_is_fitted__()
        self._keep(self._read(X, y, groups, sample_weight, first), first=first)
        if first:
            self._named = None
        if classes is not None:
            self._named = _union(self._named, np.asarray(classes))
        return self

    def merge(self, other: Self) -> Self:
        """Add the rows that another estimator was given, and the classes it was told.

        Raises
        ------
        TypeError, ValueError
            As in ``HierarchicalRegressor``; other classes are no reason, as in ``partial_fit``.
        """
        super().merge(other)
        if other._named is not None:
            self._named = _union(self._named, other._named)
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
        batch = batch_of(design, answers, groups, sample_weight, first=first)
        if not (batch.weight >= 1).all():
            raise ValueError("an answer counts 0 times, or once or more: sample_weight is between")
        return batch

    def _learn(self) -> list[Fitted]:
        batch, classes = self._kept, self.classes_
        if len(classes) < 2:
            raise ValueError(
                f"a classifier needs two classes, y holds one class: {classes[0]!r}; "
                "partial_fit takes the names of others in classes"
            )
        answers = np.zeros(len(batch))
        store = Store.of(Batch(batch.X, answers, batch.labels, batch.weight))
        units = self._units(store)
        prior = self._prior(units, batch.labels.shape[1])
        weight = batch.weight if batch.counted else None
        fits = []
        for positive in classes[1:] if len(classes) == 2 else classes:
            rows = batch.rows(units, (batch.y == positive).astype(np.float64))
            posterior = posterior_of(rows, prior, weight)
            fits.append(Fitted(posterior, units, *units.coefficients(posterior.mean)))
        return fits

    @property
    def classes_(self) -> NDArray[Any]:
        """Return the classes, sorted."""
        check_is_fitted(self)
        return _union(self._named, self._kept.y)

    @property
    def coef_(self) -> Array:
        """Return the posterior mean of the coefficients."""
        return np.array([fit.coef for fit in self._learned()])

    @property
    def intercept_(self) -> Array:
        """Return the posterior mean of the intercepts."""
        return np.array([fit.intercept for fit in self._learned()])

    @property
    def block_scales_(self) -> list[dict[Hashable, float]]:
        """Return the learned scale per block, for each row of ``coef_``."""
        return [self._block_scales(fit) for fit in self._learned()]

    @property
    def group_scales_(self) -> Array:
        """Return the learned SD of each grouping's effects, for each row of ``coef_``."""
        return np.array([self._group_scales(fit) for fit in self._learned()])

    @property
    def log_evidence_(self) -> float:
        """Return the log probability of the answers."""
        return float(sum(fit.posterior.log_evidence for fit in self._learned()))


def _union(named: NDArray[Any] | None, y: NDArray[Any]) -> NDArray[Any]:
    return np.unique(y) if named is None else np.union1d(named, y)

"""The hierarchical regression as scikit-learn estimators, for anyone's design matrix.

They know nothing of companies: a matrix, the block of each column, and labels of rows that belong
together. Scales are learned by marginal likelihood. Few rows are held in the kernel form, many in
sums (``regression.kernel_form``, ``regression.sums``); the answer is the same.
"""

from matcher.estimator.classifier import HierarchicalClassifier
from matcher.estimator.regressor import HierarchicalRegressor

__all__ = ["HierarchicalClassifier", "HierarchicalRegressor"]

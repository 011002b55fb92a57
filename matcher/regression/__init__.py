"""Hierarchical Bayesian regression: knows numbers only, nothing of companies or cards."""

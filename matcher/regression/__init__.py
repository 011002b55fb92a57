"""Hierarchical Bayesian regression, by rows or by sums; it knows nothing of companies."""

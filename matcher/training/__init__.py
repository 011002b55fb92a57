"""Trials to a fitted model."""

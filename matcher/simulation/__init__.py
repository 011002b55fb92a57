"""Invented worlds with a known truth."""

"""A company and a card as numbers."""

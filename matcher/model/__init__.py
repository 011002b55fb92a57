"""A fitted model, and how it is kept."""

"""The ranking and what is read of it."""

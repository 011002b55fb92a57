"""A lottery with known chances: who tries what next."""

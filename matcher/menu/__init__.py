"""The menu card: the interventions that can be advised."""

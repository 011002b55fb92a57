"""Leermatch: matching companies to the learning interventions that fit them."""

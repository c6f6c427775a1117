"""Adopt: a model that a team already has becomes a candidate."""

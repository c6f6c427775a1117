"""Validate: a Great Expectations suite decides whether a dataset version may become current."""

from safety_tasks.validate.verb import make_current, read_validation, validate_dataset

__all__ = ["make_current", "read_validation", "validate_dataset"]

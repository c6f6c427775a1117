"""Validate: a Great Expectations suite decides whether a dataset version may become current."""

from safety_tasks.validate.current import adopt_version, make_current
from safety_tasks.validate.report_verb import report_dataset
from safety_tasks.validate.suspicion_queue import review_labels
from safety_tasks.validate.thresholds import load_validation
from safety_tasks.validate.verb import read_validation, validate_dataset

__all__ = [
    "adopt_version",
    "load_validation",
    "make_current",
    "read_validation",
    "report_dataset",
    "review_labels",
    "validate_dataset",
]

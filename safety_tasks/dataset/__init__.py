"""Dataset: what a person wants of a version: list, look, compare, prove, take out."""

from safety_tasks.dataset.comparing import diff_versions
from safety_tasks.dataset.exporting import export_version
from safety_tasks.dataset.listing import list_dataset_versions
from safety_tasks.dataset.proving import verify_version
from safety_tasks.dataset.showing import show_holdout, show_version

__all__ = [
    "diff_versions",
    "export_version",
    "list_dataset_versions",
    "show_holdout",
    "show_version",
    "verify_version",
]

"""Ingest: from delivered batches to an immutable dataset version.

The verbs are imported when they are first asked for: a child that decodes pictures is of this package too, and starts
in half the time without what only its parent needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from safety_tasks.ingest.batch import ingest_batch
    from safety_tasks.ingest.deliver import deliver_folder
    from safety_tasks.ingest.holdout import extend_holdout
    from safety_tasks.ingest.intake import take_in_batch
    from safety_tasks.ingest.listing import newly_stuck
    from safety_tasks.ingest.pending import (
        find_batches,
        ingest_pending,
        merge_taken,
        take_in_pending,
    )
    from safety_tasks.ingest.purge import purge_picture
    from safety_tasks.ingest.quarantine import prune_quarantine, refuse_batch
    from safety_tasks.ingest.versions import merge_batches

__all__ = [
    "deliver_folder",
    "extend_holdout",
    "find_batches",
    "ingest_batch",
    "ingest_pending",
    "merge_batches",
    "merge_taken",
    "newly_stuck",
    "prune_quarantine",
    "purge_picture",
    "refuse_batch",
    "take_in_batch",
    "take_in_pending",
]
_HOMES: Final = {
    "deliver_folder": "deliver",
    "extend_holdout": "holdout",
    "find_batches": "pending",
    "ingest_batch": "batch",
    "ingest_pending": "pending",
    "merge_batches": "versions",
    "merge_taken": "pending",
    "newly_stuck": "listing",
    "prune_quarantine": "quarantine",
    "purge_picture": "purge",
    "refuse_batch": "quarantine",
    "take_in_batch": "intake",
    "take_in_pending": "pending",
}


def __getattr__(name: str) -> Any:
    """Import a verb (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""Ingest: from delivered batches to an immutable dataset version."""

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

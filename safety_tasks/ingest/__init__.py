"""Ingest: from a delivered batch to an immutable dataset version."""

from safety_tasks.ingest.batch import ingest_batch, quarantine_batch, ready_batches
from safety_tasks.ingest.deliver import deliver_folder
from safety_tasks.ingest.pending import ingest_pending

__all__ = ["deliver_folder", "ingest_batch", "ingest_pending", "quarantine_batch", "ready_batches"]

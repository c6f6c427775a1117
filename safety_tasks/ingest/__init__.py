"""Ingest: from a delivered batch to an immutable dataset version."""

from safety_tasks.ingest.batch import ingest_batch, ready_batches

__all__ = ["ingest_batch", "ready_batches"]

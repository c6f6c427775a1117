"""Open a delivery with the limits of the settings, in scratch space of its own that goes with it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safety_tasks.config import work_dir
from safety_tasks.ingest.delivery import Delivery, read_delivery
from safety_tasks.ingest.limits import archive_limits, label_limits
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore


@contextmanager
def open_delivery(
    store: ObjectStore, batch_id: str, settings: IngestSettings, classes: tuple[str, ...]
) -> Iterator[Delivery]:
    """Give a delivery, an archive unpacked, for as long as it is read.

    Args:
        store: where the batch lies.
        batch_id: the folder under ``incoming/``.
        settings: limits of labels and archives.
        classes: hazard names; the index is the class id.

    Raises:
        BatchError: the delivery cannot be believed.
        StoreError: the store or scratch fails.
    """
    scratch = work_dir() / "ingest"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="batch-", dir=scratch) as folder:
        yield read_delivery(
            store,
            batch_id,
            classes,
            Path(folder),
            label_limits(settings),
            archive_limits(settings),
        )

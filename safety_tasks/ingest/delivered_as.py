"""What a batch was delivered as, read again for the items of it that lie in quarantine.

Rules: what can no longer be read is left out, and why is said; a class number without the name that it was delivered
with means nothing, so none is guessed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from safety_tasks.errors import BatchError, StoreError
from safety_tasks.ingest.delivery import batch_prefix
from safety_tasks.ingest.formats.yolo_names import read_yolo_names
from safety_tasks.ingest.opening import open_delivery
from safety_tasks.records.batch import BatchInfo
from safety_tasks.settings import IngestSettings
from safety_tasks.store.base import ObjectStore, read_if_there


@dataclass(frozen=True)
class DeliveredAs:
    """What is known of a delivery.

    ``names`` are the class names of its numbers, None where it has no numbers or they cannot be read; ``problem`` says
    why not all could be read, else it is empty.
    """

    info: BatchInfo
    names: Mapping[int, str] | None
    scene_of: Callable[[str], str | None]
    camera_of: Callable[[str], str | None]
    problem: str


def read_delivered_as(
    store: ObjectStore, batch_id: str, settings: IngestSettings, classes: tuple[str, ...]
) -> DeliveredAs:
    """Read a batch again as far as it can be read; an archive is unpacked into scratch for it.

    Args:
        store: where the batch lay.
        batch_id: the batch.
        settings: limits of labels and archives.
        classes: hazard names; the index is the class id.
    """
    try:
        with open_delivery(store, batch_id, settings, classes) as delivery:
            names = read_yolo_names(delivery.source) if delivery.format == "yolo" else None
    except (BatchError, StoreError) as problem:
        info = _info(store, batch_id)
        return DeliveredAs(info, None, lambda file: None, lambda file: None, str(problem))
    return DeliveredAs(delivery.info, names, delivery.scene_of, delivery.camera_of, "")


def _info(store: ObjectStore, batch_id: str) -> BatchInfo:
    key = f"{batch_prefix(batch_id)}batch.json"
    try:
        found = read_if_there(store, key)
        if found is not None:
            return BatchInfo.from_json_bytes(found.payload, what=key, error=BatchError)
    except (BatchError, StoreError):
        pass  # the caller says that the delivery cannot be read
    return BatchInfo(batch_id=batch_id)

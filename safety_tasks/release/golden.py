"""Choose golden pictures: what a device must reproduce before it activates a model.

Rules: val pictures, never the holdout; small ones of different hazards first; the expected detections come from
the very file that ships.
"""

from typing import Final

from safety_tasks.bundle.layout import blob_key
from safety_tasks.inference.detector import Detector, above_thresholds
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import GoldenPicture
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.manifests import read_manifest

GOLDEN_PICTURES: Final = 3
_TRIED: Final = 24


def choose_golden(
    store: ObjectStore, detector: Detector, version: DatasetVersion, thresholds: dict[str, float]
) -> tuple[GoldenPicture, ...]:
    """Pick up to three val pictures, preferring those where the model finds something."""
    pictures = [p for p in read_manifest(store, version) if p.split == "val"]
    pictures.sort(key=lambda p: (not p.boxes, p.sha256))
    tried = []
    for picture in pictures[:_TRIED]:
        payload = store.get(picture.key).payload
        # From the lowest operating threshold on, as the device's self-test looks.
        found = detector.detect(decode_picture(payload, what=picture.key), min(thresholds.values()))
        kept = above_thresholds(found, detector.classes, thresholds)
        tried.append((picture, payload, kept))
    tried.sort(key=lambda item: -len({d.class_id for d in item[2]}))
    return tuple(
        GoldenPicture(
            picture=put_artifact(store, _key(picture), payload),
            detections=kept,
        )
        for picture, payload, kept in tried[:GOLDEN_PICTURES]
    )


def _key(picture: Picture) -> str:
    return blob_key(picture.sha256, picture.extension)

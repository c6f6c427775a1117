"""What a model says of the pictures of a dataset, kept so that no picture is looked at twice by one model.

Rules: parts are named by model and content and never changed, so a version reuses what its ancestors paid for and a
run that is cut off goes on where it was; only detections are kept, never pixels; a purged picture has none.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.store.base import ObjectStore, get_proved, put_artifact
from safety_tasks.store.bulk import in_order
from safety_tasks.store.manifests import get_picture
from safety_tasks.store.tables import decode_table, encode_table
from safety_tasks.validate.columns import flags

LOWEST_SCORE: Final = 0.05
PART_PICTURES: Final = 500
_WORKERS: Final = 8
_DETECTION: Final = pa.struct(
    [("class_id", pa.int32()), ("score", pa.float64())]
    + [(side, pa.float64()) for side in ("x1", "y1", "x2", "y2")]
)
# Corners are shares of the picture (0-1).
PREDICTION_SCHEMA: Final = pa.schema(
    [("sha256", pa.string()), ("detections", pa.list_(_DETECTION))]
)


def read_predictions(store: ObjectStore, model_sha256: str) -> pa.Table:
    """Return what a model has said so far (``PREDICTION_SCHEMA``), each picture once.

    Raises:
        ArtifactError: a part was altered.
        DatasetError: a part is no such table.
    """
    prefix = _prefix(model_sha256)
    parts = [PREDICTION_SCHEMA.empty_table()]
    for key in store.keys(prefix):
        payload = get_proved(store, key, key.removeprefix(prefix).removesuffix(".parquet"))
        parts.append(decode_table(payload, PREDICTION_SCHEMA, what=key))
    table = pa.concat_tables(parts)
    first = np.unique(np.asarray(table["sha256"].to_pylist(), dtype=str), return_index=True)[1]
    return table.take(pa.array(np.sort(first)))


def missing_rows(manifest: pa.Table, predictions: pa.Table) -> npt.NDArray[np.int64]:
    """Return the rows of the manifest that a model has not looked at."""
    known = pc.is_in(manifest["sha256"], value_set=predictions["sha256"].combine_chunks())
    return np.flatnonzero(~flags(known))


def predict(
    store: ObjectStore,
    detector: Detector,
    model_sha256: str,
    manifest: pa.Table,
    rows: Sequence[int] | npt.NDArray[np.int64],
    progress: Callable[[int, int], None],
) -> int:
    """Look at some pictures with a model and keep what it says, part by part.

    Args:
        store: where pictures are and parts go.
        detector: the model.
        model_sha256: its digest.
        manifest: ``PICTURE_SCHEMA``.
        rows: rows of the manifest.
        progress: called with pictures done and their total.

    Returns:
        how many had been purged.

    Raises:
        ArtifactError: a picture was altered or does not decode.
        ObjectNotFound: a picture's bytes are missing.
    """
    waiting: list[dict[str, object]] = []
    purged = 0
    for done, (picture, pixels) in enumerate(_pictures(store, manifest, rows), start=1):
        if pixels is None:
            purged += 1
        else:
            found = detector.detect(pixels, LOWEST_SCORE)
            waiting.append(
                {"sha256": picture.sha256, "detections": [_row(d, pixels.shape) for d in found]}
            )
        if waiting and (len(waiting) == PART_PICTURES or done == len(rows)):
            _keep(store, model_sha256, waiting)
            waiting = []
        progress(done, len(rows))
    return purged


def _pictures(
    store: ObjectStore, manifest: pa.Table, rows: Sequence[int] | npt.NDArray[np.int64]
) -> Iterator[tuple[Picture, npt.NDArray[np.uint8] | None]]:
    """Yield pictures, decoded by threads ahead of the model; None for those that were purged."""

    def bring(picture: Picture) -> tuple[Picture, npt.NDArray[np.uint8] | None]:
        try:
            payload = get_picture(store, picture)
        except DatasetError:
            return picture, None
        return picture, decode_picture(payload, what=picture.key)

    def wanted() -> Iterator[Picture]:
        for start in range(0, len(rows), PART_PICTURES):
            part = manifest.take(pa.array(rows[start : start + PART_PICTURES], pa.int64()))
            yield from (Picture.model_validate(row) for row in part.to_pylist())

    return in_order(bring, wanted(), lambda p: 3 * p.width_px * p.height_px, _WORKERS)


def _keep(store: ObjectStore, model_sha256: str, found: list[dict[str, object]]) -> None:
    payload = encode_table(pa.Table.from_pylist(found, schema=PREDICTION_SCHEMA))
    put_artifact(store, f"{_prefix(model_sha256)}{sha256_bytes(payload)}.parquet", payload)


def _prefix(model_sha256: str) -> str:
    return f"dataset/predictions/{model_sha256}/"


def _row(detection: Detection, shape: tuple[int, ...]) -> dict[str, float]:
    sides = (shape[1], shape[0]) * 2
    corners = (value / side for value, side in zip(detection.box_xyxy, sides, strict=True))
    return {
        "class_id": detection.class_id,
        "score": detection.score,
        **dict(zip(("x1", "y1", "x2", "y2"), corners, strict=True)),
    }

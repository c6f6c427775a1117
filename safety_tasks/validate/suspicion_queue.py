"""The verb ``review_labels``: where the champion contradicts the labels, as a queue for a person.

Rules: nothing is ever dropped or changed, a doubt is only shown; without a champion there is nothing to compare with,
which is an answer and not an error; labels of the holdout are doubted too, and each row says its split, since whoever
changes those changes the judge; what was trained on may have been learnt with its errors, so val and holdout say more.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa

from safety_tasks.bundle.reading import Served, read_part, read_served
from safety_tasks.class_map import require_extends
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, BundleRejected, ClassMapError, ObjectNotFound
from safety_tasks.inference.detector import Detector
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.picture import Picture
from safety_tasks.records.review import DoubtKind, LabelDoubt, LabelReview
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import read_manifest_table
from safety_tasks.validate.predictions import missing_rows, predict, read_predictions
from safety_tasks.validate.suspicion_csv import queue_csv
from safety_tasks.validate.suspicion_search import Found, compare
from safety_tasks.validate.suspicion_sheets import draw_queue

LIMIT: Final = 200
MOST_NEW: Final = 20_000
WORST: Final = 12
NO_CHAMPION: Final = "Nothing was released to stable yet: there is nothing to compare with."


def review_labels(
    store: ObjectStore,
    version: DatasetVersion,
    *,
    limit: int = LIMIT,
    most_new: int = MOST_NEW,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LabelReview:
    """Compare a version's labels with what the champion sees, and write the review queue.

    Args:
        store: where the version and the champion are.
        version: the version's record.
        limit: how many doubts the queue holds at most.
        most_new: how many pictures the champion looks at in one call; the others wait for the next call.
        progress: called with pictures looked at anew and their total.

    Returns:
        what was found; its queue and sheets lie under ``<version>/review/<model>/``.

    Raises:
        ArtifactError: a picture or a kept prediction was altered.
        ObjectNotFound: a picture's bytes are missing.
    """
    try:
        served = read_served(store, "stable")
        if served is None:
            return _nothing(version, NO_CHAMPION)
        detector = _champion(store, version, served)
    except (BundleRejected, ArtifactError, ClassMapError, ObjectNotFound) as problem:
        return _nothing(version, f"The champion cannot be asked: {problem}")
    model = served.document.model.sha256
    manifest = read_manifest_table(store, version)
    rows = missing_rows(manifest, read_predictions(store, model))
    purged = predict(store, detector, model, manifest, rows[:most_new], progress)
    found, pictures = compare(
        manifest, read_predictions(store, model), detector.classes, served.document.thresholds
    )
    doubts, shown = _worst(manifest, found[:limit], detector.classes)
    prefix = f"{version.prefix}/review/{model[:12]}"
    title = f"Label review of version {version.version_id} against release {served.document.release_seq}"
    sheets = tuple(
        _write(store, f"{prefix}/sheet-{number:02d}.jpg", sheet)
        for number, sheet in enumerate(draw_queue(store, doubts, shown, title=title), start=1)
    )
    _forget_others(store, prefix, sheets)
    counts = Counter(each.doubt.kind for each in found)
    return LabelReview(
        version_id=version.version_id,
        model_sha256=model,
        release_seq=served.document.release_seq,
        pictures=pictures,
        left=len(manifest) - pictures - purged,
        purged=purged,
        counts={kind: counts[kind] for kind in DoubtKind},
        queue=_write(store, f"{prefix}/queue.csv", queue_csv(doubts)),
        sheets=sheets,
        worst=_of_different_pictures(doubts),
    )


def _champion(store: ObjectStore, version: DatasetVersion, served: Served) -> Detector:
    model = served.document.model
    detector = Detector(read_part(store, model), what=model.key)
    # Fewer classes are fine: it speaks of those that it learnt.
    require_extends(version.classes, detector.classes, where=f"the champion {model.sha256[:12]}")
    return detector


def _nothing(version: DatasetVersion, problem: str) -> LabelReview:
    return LabelReview(
        version_id=version.version_id, model_sha256=None, release_seq=None, problem=problem
    )


def _worst(
    manifest: pa.Table, found: Sequence[Found], classes: Sequence[str]
) -> tuple[tuple[LabelDoubt, ...], list[Picture]]:
    """Return doubts as records, and the picture of each."""
    rows = manifest.take(pa.array([each.row for each in found], pa.int64())).to_pylist()
    pictures = [Picture.model_validate(row) for row in rows]
    doubts = (
        _record(each, picture, classes) for each, picture in zip(found, pictures, strict=True)
    )
    return tuple(doubts), pictures


def _of_different_pictures(doubts: Sequence[LabelDoubt]) -> tuple[LabelDoubt, ...]:
    """Return the worst doubt of each of the worst pictures."""
    first: dict[str, LabelDoubt] = {}
    for doubt in doubts:
        first.setdefault(doubt.picture_sha256, doubt)
    return tuple(first.values())[:WORST]


def _record(found: Found, picture: Picture, classes: Sequence[str]) -> LabelDoubt:
    doubt, seen = found.doubt, found.compared
    label = (
        None
        if doubt.label is None
        else (seen.label_class[doubt.label], seen.label_xyxy[doubt.label])
    )
    return LabelDoubt(
        kind=doubt.kind,
        score=doubt.score,
        picture_sha256=picture.sha256,
        file=picture.file,
        batch_id=picture.batch_id,
        scene=picture.scene,
        split=picture.split,
        label_hazard=None if label is None else classes[int(label[0])],
        label_xyxy=None if label is None else tuple(map(float, label[1])),
        model_hazard=classes[int(seen.said_class[doubt.said])],
        model_score=float(seen.said_score[doubt.said]),
        model_xyxy=tuple(map(float, seen.said_xyxy[doubt.said])),
    )


def _write(store: ObjectStore, key: str, payload: bytes) -> Artifact:
    """Write what can be made again: a later call, which has seen more pictures, replaces it."""
    store.put(key, payload)
    return Artifact(key=key, sha256=sha256_bytes(payload), size_bytes=len(payload))


def _forget_others(store: ObjectStore, prefix: str, sheets: Sequence[Artifact]) -> None:
    """Delete the sheets that an earlier, longer queue left."""
    kept = {sheet.key for sheet in sheets}
    for key in tuple(store.keys(f"{prefix}/sheet-")):
        if key not in kept:
            store.delete(key)

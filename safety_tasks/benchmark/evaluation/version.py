"""Labelled pictures of a dataset version, fetched and proved, to measure a model on.

Rules: the holdout unless another split is named, and never train unless train is; labels and scenes are the manifest's.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from safety_tasks.benchmark.evaluation.data import TRAIN_NOTE, EvaluationData, Sample, SplitName
from safety_tasks.class_map import require_same
from safety_tasks.errors import DatasetError
from safety_tasks.records.picture import Split
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.manifests import choose_version, fetch_pictures, read_manifest


def read_version(
    store: ObjectStore,
    version_id: str,
    classes: Sequence[str],
    folder: Path,
    split: SplitName | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> EvaluationData:
    """Bring one split of a dataset version into a folder.

    Args:
        store: where the version is.
        version_id: its id.
        classes: the model's hazards; the index is the class id.
        folder: a private folder for the pictures.
        split: the holdout if left out; ``test`` is another word for it.
        progress: called with pictures fetched and their total.

    Raises:
        ObjectNotFound: there is no such version, or a picture of it is missing.
        ClassMapError: its classes are not the model's.
        DatasetError: the split is empty, or a picture was purged.
        ArtifactError: the manifest or a picture was altered.
    """
    version = choose_version(store, version_id)
    require_same(classes, version.classes, where=f"dataset version {version_id}")
    wanted: Split = "holdout" if split is None or split == "test" else split
    pictures = [picture for picture in read_manifest(store, version) if picture.split == wanted]
    if not pictures:
        raise DatasetError(
            f"dataset version {version_id}: expected pictures in split {wanted}, found none. "
            "Choose another with --split."
        )
    paths = fetch_pictures(
        store,
        pictures,
        folder,
        splits=(wanted,),
        progress=lambda done: progress(done, len(pictures)),
    )
    samples = tuple(Sample(paths[p.sha256], p.file, p.boxes, p.scene) for p in pictures)
    return EvaluationData(samples, (TRAIN_NOTE,) if wanted == "train" else ())

"""Labelled pictures of a dataset version: its holdout, proved, with the manifest's labels and scenes."""

from pathlib import Path

import pytest
from support.made_versions import SOUND, write_version
from support.toy_runs import toy_dataset

from safety_tasks.benchmark.evaluation.data import TRAIN_NOTE
from safety_tasks.benchmark.evaluation.version import read_version
from safety_tasks.errors import ClassMapError, DatasetError, ObjectNotFound
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest

CLASSES = ("smoke", "fire", "person_down")


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Give a version of drawn pictures."""
    return toy_dataset(local_store)


def test_a_version_gives_its_holdout(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Labels and scenes are the manifest's, files are proved and local; train comes only by name."""
    held = [p for p in read_manifest(local_store, version) if p.split == "holdout"]
    calls: list[tuple[int, int]] = []
    data = read_version(
        local_store,
        version.version_id,
        CLASSES,
        tmp_path / "pictures",
        progress=lambda done, total: calls.append((done, total)),
    )
    assert [(s.file, s.boxes, s.scene) for s in data.samples] == [
        (p.file, p.boxes, p.scene) for p in held
    ]
    assert all(sample.path.is_file() for sample in data.samples)
    assert (data.notes, data.scenes_known) == ((), True)
    assert calls[-1] == (len(held), len(held))
    same = read_version(local_store, version.version_id, CLASSES, tmp_path / "pictures", "test")
    assert same == data
    train = read_version(local_store, version.version_id, CLASSES, tmp_path / "more", "train")
    assert train.notes == (TRAIN_NOTE,)
    assert len(train.samples) == version.splits["train"].pictures


def test_a_version_that_does_not_fit_is_refused(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Other classes, another id and an empty split are errors."""
    with pytest.raises(ClassMapError, match=f"dataset version {version.version_id}"):
        read_version(local_store, version.version_id, ("smoke",), tmp_path)
    with pytest.raises(ObjectNotFound):
        read_version(local_store, "0" * 16, CLASSES, tmp_path)
    only_train = write_version(local_store, SOUND[:2]).version_id
    with pytest.raises(DatasetError, match="expected pictures in split holdout, found none"):
        read_version(local_store, only_train, CLASSES, tmp_path)

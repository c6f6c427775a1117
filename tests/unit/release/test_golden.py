"""Golden pictures: val only, telling ones first, with the detections of the very file that ships."""

import pytest
from support.toy_runs import publish_toy, toy_dataset
from toy_models import strong_model, toy_model

from safety_tasks.bundle.reading import read_part, read_served
from safety_tasks.edge.self_test import self_test
from safety_tasks.errors import ReleaseError
from safety_tasks.inference.detector import Detector
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.release import golden
from safety_tasks.release.golden import choose_golden
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.store.tables import encode_manifest

HALF = dict.fromkeys(("smoke", "fire", "person_down"), 0.5)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def with_pictures(
    store: LocalStore, version: DatasetVersion, splits: dict[str, str]
) -> DatasetVersion:
    """Return the version with each split renamed; splits that are not named are left out."""
    pictures = [
        p.model_copy(update={"split": splits[p.split]})
        for p in read_manifest(store, version)
        if p.split in splits
    ]
    payload = encode_manifest(pictures)
    return version.model_copy(
        update={"manifest": put_artifact(store, f"m/{len(payload)}-{sorted(splits)}", payload)}
    )


def test_without_val_there_are_none(local_store: LocalStore, version: DatasetVersion) -> None:
    """The holdout and train are not taken instead."""
    bare = with_pictures(local_store, version, {"train": "train", "holdout": "holdout"})
    detector = Detector(strong_model(), what="m")
    assert choose_golden(local_store, detector, bare, HALF) == ()


def test_a_release_without_golden_pictures_is_not_published(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """No device would take it, so it never becomes what a channel serves."""
    bare = with_pictures(local_store, version, {"train": "train", "holdout": "holdout"})
    with pytest.raises(ReleaseError, match="golden"):
        publish_toy(local_store, bare, "r1")
    assert list(local_store.keys("channels/")) == []


def test_golden_pictures_are_val_pictures(local_store: LocalStore, version: DatasetVersion) -> None:
    """Each is a val picture with every hazard drawn in it found."""
    val = {p.sha256: p for p in read_manifest(local_store, version) if p.split == "val"}
    chosen = choose_golden(local_store, Detector(strong_model(), what="m"), version, HALF)
    assert {item.picture.sha256 for item in chosen} == set(val)
    for item in chosen:
        labels = val[item.picture.sha256].boxes
        assert {d.class_id for d in item.detections} == {box.class_id for box in labels}
        assert local_store.get(item.picture.key).payload


def test_three_at_most_and_the_telling_ones_first(
    local_store: LocalStore, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many val pictures three are kept, those with detections before those without."""
    many = with_pictures(local_store, version, {"train": "val", "val": "val"})
    blind = Detector(toy_model(gains=(0, 0, 0)), what="m")
    assert [len(g.detections) for g in choose_golden(local_store, blind, many, HALF)] == [0, 0, 0]
    chosen = choose_golden(local_store, Detector(strong_model(), what="m"), many, HALF)
    assert [len(item.detections) for item in chosen] == [3, 3, 3]
    monkeypatch.setattr(golden, "GOLDEN_PICTURES", 1)
    assert len(choose_golden(local_store, blind, many, HALF)) == 1


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.25, 0.5])
def test_a_published_release_passes_its_own_self_test(
    local_store: LocalStore, version: DatasetVersion, threshold: float
) -> None:
    """Detections between a low operating threshold and the default score belong to the golden ones."""
    faint = toy_model(gains=(0.15, 0.22, 0.8))
    publish_toy(local_store, version, "r1", faint, threshold=threshold)
    served = read_served(local_store, "stable")
    assert served is not None
    parts = [read_part(local_store, item.picture) for item in served.document.golden]
    self_test(read_part(local_store, served.document.model), parts, served.document)
    count = sum(gain >= threshold for gain in (0.15, 0.22, 0.8))
    # The third val picture shows nothing: a sound installation must stay silent there.
    counts = sorted(len(item.detections) for item in served.document.golden)
    assert counts == [0, *([count] * (len(parts) - 1))]

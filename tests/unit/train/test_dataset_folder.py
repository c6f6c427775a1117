"""The folder for the training framework: train and val in YOLO's layout, the holdout never."""

from pathlib import Path

import pytest
import yaml
from support.toy_runs import toy_dataset

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError
from safety_tasks.records.picture import Picture
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_manifest
from safety_tasks.train.dataset_folder import write_dataset_folder


@pytest.fixture
def pictures(local_store: LocalStore) -> tuple[Picture, ...]:
    """Ingest the drawn dataset; one picture of val loses its boxes, to be a background."""
    every = list(read_manifest(local_store, toy_dataset(local_store)))
    index = next(i for i, p in enumerate(every) if p.split == "val")
    every[index] = every[index].model_copy(update={"boxes": (), "label_sha256": sha256_bytes(b"")})
    return tuple(every)


def test_nothing_gives_empty_folders(local_store: LocalStore, tmp_path: Path) -> None:
    """Without pictures the layout is there, and empty."""
    document = write_dataset_folder(local_store, [], ["smoke"], tmp_path / "d")
    assert yaml.safe_load(document.read_text())["names"] == {0: "smoke"}
    assert [p.name for p in sorted((tmp_path / "d").rglob("*")) if p.is_file()] == ["data.yaml"]


def test_each_picture_has_its_label_beside_it(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """Pictures and labels of train and val lie in twin folders; a background has an empty label."""
    folder = tmp_path / "d"
    write_dataset_folder(local_store, pictures, ["smoke", "fire", "person_down"], folder)
    for split in ("train", "val"):
        mine = {p.sha256: p for p in pictures if p.split == split}
        images = {p.stem: p for p in (folder / "images" / split).iterdir()}
        labels = {p.stem: p for p in (folder / "labels" / split).iterdir()}
        assert set(images) == set(labels) == set(mine)
        for name, picture in mine.items():
            assert images[name].read_bytes() == local_store.get(picture.key).payload
            assert labels[name].read_text() == picture.label_text()
    backgrounds = sum(not p.boxes for p in pictures if p.split in ("train", "val"))
    assert sum(not p.read_text() for p in (folder / "labels").rglob("*.txt")) == backgrounds > 1


def test_the_holdout_is_never_written(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """No file of the folder is a holdout picture or its label, and its objects are not even read."""
    held = {p.sha256 for p in pictures if p.split == "holdout"}
    for picture in pictures:
        if picture.split == "holdout":
            (Path(local_store.uri) / picture.key).unlink()
    write_dataset_folder(local_store, pictures, ["smoke"], tmp_path / "d")
    assert held
    assert not held & {path.stem for path in (tmp_path / "d").rglob("*")}


@pytest.mark.parametrize("name", ["d", "with: colon", "with # hash", "한글 폴더", "'quoted'"])
def test_the_document_names_folder_and_classes(
    local_store: LocalStore, tmp_path: Path, name: str
) -> None:
    """Names that YAML would read as something else stay text."""
    classes = ["smoke", "no", "1", "null", "a: b", "화재"]
    document = write_dataset_folder(local_store, [], classes, tmp_path / name)
    found = yaml.safe_load(document.read_text("utf-8"))
    assert found == {
        "path": str(tmp_path / name),
        "train": "images/train",
        "val": "images/val",
        "names": dict(enumerate(classes)),
    }


def test_what_lay_there_before_is_gone(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """A retry starts from nothing: no picture of an earlier try, no cache."""
    folder = tmp_path / "d"
    write_dataset_folder(local_store, pictures, ["smoke"], folder)
    (folder / "labels" / "train.cache").write_bytes(b"stale")
    write_dataset_folder(local_store, pictures[:1], ["smoke"], folder)
    assert not (folder / "labels" / "train.cache").exists()
    assert len(list(folder.rglob("*.png"))) == (pictures[0].split != "holdout")


def test_an_altered_picture_is_not_trained_on(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """An object whose bytes are not its name stops the run."""
    victim = next(p for p in pictures if p.split == "train")
    local_store.put(victim.key, b"poison")
    with pytest.raises(ArtifactError, match="altered or cut"):
        write_dataset_folder(local_store, pictures, ["smoke"], tmp_path / "d")

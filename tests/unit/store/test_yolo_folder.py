"""The YOLO folder: proved pictures, proved labels, links where they can be made, a document that means what it says."""

import logging
import os
from pathlib import Path

import pytest
import yaml
from support.placed import picture as made

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, DatasetError, ObjectNotFound
from safety_tasks.records.picture import SPLITS, Picture, Split
from safety_tasks.store.local import LocalStore
from safety_tasks.store.picture_cache import PictureCache
from safety_tasks.store.yolo_folder import write_yolo_folder

CLASSES = ("smoke", "fire")


@pytest.fixture
def pictures(local_store: LocalStore) -> tuple[Picture, ...]:
    """Store a picture for each split; that of val is a background."""
    rows = []
    for split in SPLITS:
        payload = f"picture of {split}".encode()
        boxes = {"boxes": ()} if split == "val" else {}
        rows.append(made(split, f"s-{split}", split, sha256=sha256_bytes(payload), **boxes))
        local_store.put(rows[-1].key, payload)
    return tuple(rows)


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "copied"])
def test_pictures_and_labels(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path, linked: bool
) -> None:
    """Each picture of the splits has its label beside it, empty for a background; the others are not read."""
    for row in pictures[2:]:
        local_store.delete(row.key)
    cache = PictureCache(tmp_path / "cache")
    calls: list[int] = []
    done = write_yolo_folder(
        local_store,
        iter(pictures),
        CLASSES,
        tmp_path / "d",
        splits=("train", "val"),
        link_from=cache if linked else None,
        progress=calls.append,
    )
    assert (done.linked, done.copied, calls) == ((2, 0, [1, 2]) if linked else (0, 2, [1, 2]))
    for row in pictures[:2]:
        path = tmp_path / "d" / "images" / row.split / f"{row.sha256}.jpg"
        assert path.read_bytes() == local_store.get(row.key).payload
        assert (path.stat().st_nlink > 1) == linked
        label = tmp_path / "d" / "labels" / row.split / f"{row.sha256}.txt"
        assert label.read_text() == row.label_text()
        assert label.stat().st_nlink == 1
    assert len([p for p in (tmp_path / "d").rglob("*") if p.is_file()]) == 5


def test_without_links_it_copies_and_says_so(
    local_store: LocalStore,
    pictures: tuple[Picture, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On another file system the pictures are copied, and how many is said once."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    with caplog.at_level(logging.WARNING, "safety_tasks"):
        done = write_yolo_folder(
            local_store,
            pictures,
            CLASSES,
            tmp_path / "d",
            splits=("train", "val"),
            link_from=PictureCache(tmp_path / "cache"),
        )
    assert (done.linked, done.copied) == (0, 2)
    assert "2 of 2 pictures copied" in caplog.text
    for path in (tmp_path / "d" / "images").rglob("*.jpg"):
        assert sha256_bytes(path.read_bytes()) == path.stem
        assert path.stat().st_nlink == 1


@pytest.mark.parametrize("what", ["label", "altered", "missing"])
def test_what_is_not_proved_is_not_written(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path, what: str
) -> None:
    """Boxes that are not the label's, an altered picture, a missing one: an error, and no document."""
    row = pictures[0]
    errors = {"label": DatasetError, "altered": ArtifactError, "missing": ObjectNotFound}
    if what == "label":
        row = row.model_copy(update={"boxes": ()})
    elif what == "altered":
        local_store.put(row.key, b"poison")
    else:
        local_store.delete(row.key)
    with pytest.raises(errors[what]):
        write_yolo_folder(
            local_store, [row], CLASSES, tmp_path / "d", splits=("train",), link_from=None
        )
    assert not (tmp_path / "d" / "data.yaml").exists()


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        ((), {}),
        (("train",), {}),
        (("holdout",), {"test": "images/holdout"}),
        (("val", "holdout", "incident"), {"test": "images/holdout", "incident": "images/incident"}),
        (("reserve",), {"reserve": "images/reserve"}),
    ],
)
def test_the_document(
    local_store: LocalStore, tmp_path: Path, splits: tuple[Split, ...], expected: dict[str, str]
) -> None:
    """Train and val are always named, for the framework asks for both; a judge is never called train."""
    done = write_yolo_folder(
        local_store, [], CLASSES, tmp_path / "d", splits=splits, link_from=None
    )
    found = yaml.safe_load(done.document.read_text())
    assert found == {
        "path": str(tmp_path / "d"),
        "train": "images/train",
        "val": "images/val",
        **expected,
        "names": dict(enumerate(CLASSES)),
    }
    for split in ("train", "val", *splits):
        assert (tmp_path / "d" / "images" / split).is_dir()


def test_an_old_link_is_replaced_not_written_through(
    local_store: LocalStore, pictures: tuple[Picture, ...], tmp_path: Path
) -> None:
    """Private copies over a folder of links leave the cache as it was."""
    cache = PictureCache(tmp_path / "cache")
    for link_from in (cache, None):
        write_yolo_folder(
            local_store, pictures, CLASSES, tmp_path / "d", splits=("train",), link_from=link_from
        )
    copy = tmp_path / "d" / "images" / "train" / f"{pictures[0].sha256}.jpg"
    copy.write_bytes(b"rewritten in place")
    assert cache.path_of(pictures[0]).read_bytes() == b"picture of train"

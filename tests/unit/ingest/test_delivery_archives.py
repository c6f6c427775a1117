"""A delivery may be one archive, which is read like the folder that it holds."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.archives import tar_of, zip_of

from safety_tasks.errors import BatchError
from safety_tasks.ingest.delivery import Delivery, read_delivery
from safety_tasks.ingest.formats.archives import ArchiveLimits
from safety_tasks.ingest.formats.labels import LabelLimits, ParsedLabel
from safety_tasks.store.local import LocalStore

CLASSES = ("smoke", "fire", "person_down")
Read = Callable[..., Delivery]
FOLDER: Mapping[str, str | bytes] = {
    "classes.txt": "smoke\nfire\nperson_down\n",
    "images/a.jpg": "picture",
    "labels/a.txt": "1 0.5 0.5 0.2 0.2\n",
}


@pytest.fixture
def read(local_store: LocalStore, tmp_path: Path) -> Read:
    """Give a reader of a batch ``b`` of these files and a marker."""

    def read_files(
        files: Mapping[str, str | bytes], limits: ArchiveLimits | None = None
    ) -> Delivery:
        for name, content in ({"_READY": ""} | dict(files)).items():
            payload = content if isinstance(content, bytes) else content.encode()
            local_store.put(f"incoming/b/{name}", payload)
        scratch = tmp_path / "scratch"
        return read_delivery(
            local_store, "b", CLASSES, scratch, LabelLimits(), limits or ArchiveLimits()
        )

    return read_files


def packed(files: Mapping[str, str | bytes], make: Callable[..., bytes] = zip_of) -> bytes:
    """Return files as an archive."""
    return make([(n, c if isinstance(c, bytes) else c.encode()) for n, c in files.items()])


@pytest.mark.parametrize(
    "files",
    [
        FOLDER,
        {"export.zip": packed(FOLDER)},
        {"export.ZIP": packed({f"top/{name}": content for name, content in FOLDER.items()})},
        {"export.tar": packed(FOLDER, tar_of)},
        {"export.tgz": packed(FOLDER, lambda members: tar_of(members, "gz"))},
        {"export.tar.xz": packed(FOLDER, lambda members: tar_of(members, "xz"))},
    ],
)
def test_a_folder_and_its_archive_are_the_same(read: Read, files: Mapping[str, bytes]) -> None:
    """Pictures, labels and format do not depend on the packing; nothing is left over."""
    found = read(files)
    assert (found.format, found.pictures, found.orphans) == ("yolo", ("images/a.jpg",), ())
    assert found.source.read("images/a.jpg", 100) == b"picture"
    label = found.labels.label_of("images/a.jpg", 10, 10)
    assert isinstance(label, ParsedLabel)
    assert [box.class_id for box in label.boxes] == [1]
    assert found.labels.raw_of("images/a.jpg") == ("labels/a.txt", b"1 0.5 0.5 0.2 0.2\n")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.zip": packed(FOLDER), "b.zip": packed(FOLDER)}, "found a.zip and b.zip"),
        ({"a.zip": packed(FOLDER), "images/x.jpg": ""}, "found a.zip and images/x.jpg"),
        ({"a.zip": "none"}, "incoming/b/a.zip: expected"),
        ({"a.zip": packed({"../a.jpg": ""})}, "incoming/b/a.zip: expected plain relative names"),
        ({"a.zip": packed({})}, "incoming/b/a.zip/: expected class names"),
        (
            {"a.zip": packed({**FOLDER, "manifest.csv": ""}), "manifest.csv": ""},
            "expected one manifest.csv, found one beside the archive and one in it",
        ),
        (
            {"a.zip": packed({**FOLDER, "batch.json": "{}"}), "batch.json": "{}"},
            "expected one batch.json, found one beside the archive and one in it",
        ),
        ({"a.zip": packed({**FOLDER, "images/b.zip": packed(FOLDER), "c.rar": ""})}, ""),
    ],
)
def test_archives_as_deliveries(read: Read, files: Mapping[str, bytes], message: str) -> None:
    """One archive alone is a delivery; an archive within is an unexpected file and is not opened."""
    if not message:
        assert [row[:2] for row in read(files).orphans] == [
            ("c.rar", "unexpected_file"),
            ("images/b.zip", "unexpected_file"),
        ]
        return
    with pytest.raises(BatchError) as caught:
        read(files)
    assert message in str(caught.value)


def test_an_archive_beyond_the_cap_is_not_brought_here(read: Read, tmp_path: Path) -> None:
    """An archive that is larger than all it may hold is refused by the listing alone."""
    with pytest.raises(BatchError, match=r"a\.zip: expected ≤ 100 bytes"):
        read({"a.zip": packed(FOLDER)}, ArchiveLimits(max_total_bytes=100))
    assert not (tmp_path / "scratch").exists()


def test_what_lies_beside_an_archive_counts(read: Read) -> None:
    """``batch.json`` and ``manifest.csv`` may lie beside the archive or in it."""
    info = '{"batch_id": "b", "source": "line 3"}'
    beside = read(
        {
            "a.zip": packed(FOLDER),
            "manifest.csv": "file,scene\na.jpg,s\n",
            "batch.json": info,
        }
    )
    assert (beside.info.source, beside.scene_of("images/a.jpg")) == ("line 3", "s")


def test_what_lies_in_an_archive_counts(read: Read) -> None:
    """Likewise in it."""
    inner = {
        "manifest.csv": "file,scene\na.jpg,s\n",
        "batch.json": '{"batch_id": "b", "site": "x"}',
    }
    within = read({"a.zip": packed({**FOLDER, **inner})})
    assert (within.info.site, within.scene_of("images/a.jpg")) == ("x", "s")


def test_the_archive_itself_does_not_stay(read: Read, tmp_path: Path) -> None:
    """Once unpacked it takes no room in scratch."""
    read({"a.zip": packed(FOLDER)})
    assert [path.name for path in (tmp_path / "scratch").iterdir()] == ["members"]

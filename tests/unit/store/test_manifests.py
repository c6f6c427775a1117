"""Dataset versions in the store: rows survive, ids name content, an altered record is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.stored_versions import picture, write

from safety_tasks.errors import ArtifactError, ClassMapError, DatasetError, ObjectNotFound
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion, Holdout, Tombstone
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import (
    CURRENT_KEY,
    fetch_pictures,
    lineage,
    list_versions,
    purged_pictures,
    read_current,
    read_manifest,
    read_manifest_table,
    read_version,
    tombstone_key,
    version_id_of,
)
from safety_tasks.store.tables import PICTURE_SCHEMA, encode_manifest


def artifact(digit: str) -> Artifact:
    """Return an artifact of no content."""
    return Artifact(key="k", sha256=digit * 64, size_bytes=0)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"batches": ("b2", "b1")}, True),
        ({"ledger_rows": 7}, True),
        ({"batches": ("b1",)}, False),
        ({"classes": ("fire", "smoke")}, False),
        ({"classes_sha256": "c" * 64}, False),
        ({"manifest": artifact("c")}, False),
        ({"ledger": artifact("c")}, False),
        ({"signatures": (artifact("c"),)}, False),
        ({"holdout": Holdout(sha256="c" * 64)}, False),
        ({"holdout": Holdout(sha256="0" * 64, sign_off=artifact("c"))}, False),
        ({"parent_id": "0" * 16}, False),
        ({"synthetic": True}, False),
        ({"backgrounds_declared": True}, False),
    ],
)
def test_an_id_names_all_that_makes_a_version(change: dict[str, Any], same: bool) -> None:
    """Only the order of batches and what follows from the rest is free: everything else gives another id."""
    version = DatasetVersion(
        version_id="0" * 16,
        parent_id=None,
        classes=("smoke", "fire"),
        classes_sha256="a" * 64,
        batches=("b1", "b2"),
        synthetic=False,
        backgrounds_declared=False,
        manifest=artifact("a"),
        ledger=artifact("b"),
        ledger_rows=0,
        signatures=(),
        holdout=Holdout(sha256="0" * 64),
        splits={},
    )
    changed = version.model_copy(update=change)
    assert (version_id_of(changed.to_dict()) == version_id_of(version.to_dict())) is same


@pytest.mark.parametrize(
    "change",
    [
        {"version_id": "0" * 16},
        {"synthetic": False},
        {"backgrounds_declared": True},
        {"batches": ("b1", "b2")},
        {"classes": ("fire",)},
        {"parent_id": "1" * 16},
        {"holdout": Holdout(sha256="1" * 64)},
    ],
)
def test_an_altered_record_is_refused(local_store: LocalStore, change: dict[str, Any]) -> None:
    """A version record that was edited in place is not read."""
    version = write(local_store)
    altered = version.model_copy(update=change).to_json_bytes()
    local_store.put(f"{version.prefix}/version.json", altered)
    with pytest.raises(DatasetError, match="do not train on it"):
        read_version(local_store, version.version_id)


def test_classes_that_are_not_of_their_digest_are_refused(local_store: LocalStore) -> None:
    """A version whose names and class-map digest disagree would swap hazards."""
    version = write(local_store, classes=("fire",))
    with pytest.raises(ClassMapError, match="expected the class map"):
        read_version(local_store, version.version_id)


def test_versions_are_listed_with_their_lineage(local_store: LocalStore) -> None:
    """Every version has its id in the list; a lineage goes from the newest to the first."""
    assert list_versions(local_store) == ()
    first = write(local_store)
    second = write(local_store, parent_id=first.version_id)
    assert set(list_versions(local_store)) == {first.version_id, second.version_id}
    assert lineage(local_store, second) == (second, first)


def test_a_missing_or_broken_record(local_store: LocalStore) -> None:
    """A version that is not there is not found; one that is no record is a DatasetError."""
    with pytest.raises(ObjectNotFound):
        read_version(local_store, "0" * 16)
    local_store.put(f"dataset/versions/{'0' * 16}/version.json", b"{}")
    with pytest.raises(DatasetError, match="expected a DatasetVersion"):
        read_version(local_store, "0" * 16)


def test_an_altered_manifest_is_refused(local_store: LocalStore) -> None:
    """Rows that were swapped for others do not pass the record's digest."""
    version = write(local_store, (picture(b"1"),))
    assert read_manifest_table(local_store, version).schema.names == PICTURE_SCHEMA.names
    local_store.put(version.manifest.key, encode_manifest([picture(b"2")]))
    for read in (read_manifest, read_manifest_table):
        with pytest.raises(ArtifactError):
            read(local_store, version)


def test_current_is_none_then_a_pointer_then_refused(local_store: LocalStore) -> None:
    """No pointer is None; a broken one is a DatasetError, not a fresh start."""
    assert read_current(local_store) is None
    local_store.put(CURRENT_KEY, b"{}")
    with pytest.raises(DatasetError, match="expected a CurrentDataset"):
        read_current(local_store)


def test_fetched_pictures_are_proved(local_store: LocalStore, tmp_path: Path) -> None:
    """Only the wanted splits are brought; a spoilt local file is brought anew, an altered object refused."""
    mine, other = picture(b"mine"), picture(b"other", split="holdout")
    local_store.put(mine.key, b"mine")
    folder, done = tmp_path / "pictures", list[int]()
    for _ in range(2):
        paths = fetch_pictures(
            local_store, (mine, other), folder, splits=("train",), progress=done.append
        )
        assert {name: path.read_bytes() for name, path in paths.items()} == {mine.sha256: b"mine"}
        paths[mine.sha256].write_bytes(b"spoilt")
    assert done == [1, 1]
    local_store.put(mine.key, b"forged")
    with pytest.raises(ArtifactError):
        fetch_pictures(local_store, (mine,), tmp_path / "fresh", splits=("train",))


def test_a_purged_picture_says_so(local_store: LocalStore, tmp_path: Path) -> None:
    """Bytes that are missing are not found; of a purged picture it is said when and why it went."""
    gone = picture(b"gone")
    with pytest.raises(ObjectNotFound):
        fetch_pictures(local_store, (gone,), tmp_path, splits=("train",))
    grave = Tombstone(
        picture_sha256=gone.sha256,
        size_bytes=4,
        purged_by="Lee",
        why="asked for",
        at="noon",
        versions=(),
        runs=(),
        releases=(),
    )
    local_store.put(tombstone_key(gone.sha256), grave.to_json_bytes())
    assert purged_pictures(local_store) == {gone.sha256}
    with pytest.raises(DatasetError, match="purged at noon: asked for"):
        fetch_pictures(local_store, (gone,), tmp_path, splits=("train",))


def test_a_process_that_read_a_manifest_ends_well(local_store: LocalStore) -> None:
    """Reading starts no thread of Arrow's, one of which may abort the process at exit; it ends with 0."""
    version = write(local_store, tuple(picture(bytes([n])) for n in range(50)))
    code = (
        "import sys; from pathlib import Path\n"
        "from safety_tasks.store.local import LocalStore\n"
        "from safety_tasks.store.manifests import read_ledger, read_manifest, read_version\n"
        "threads = lambda: len(list(Path('/proc/self/task').iterdir()))\n"
        "store = LocalStore(Path(sys.argv[1])); version = read_version(store, sys.argv[2])\n"
        "before = threads(); pictures = read_manifest(store, version)\n"
        "print(len(pictures), len(read_ledger(store, version)), threads() - before)\n"
    )
    command = [sys.executable, "-c", code, local_store.uri, version.version_id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "50 0 0\n", "")

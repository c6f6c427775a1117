"""Dataset versions in the store: rows survive, ids name content, an altered record is refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, DatasetError, ObjectNotFound
from safety_tasks.records.dataset import (
    SPLITS,
    Box,
    DatasetVersion,
    LedgerKind,
    LedgerRow,
    Picture,
    SplitSummary,
)
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import (
    CURRENT_KEY,
    encode_ledger,
    encode_manifest,
    fetch_pictures,
    read_current,
    read_ledger,
    read_manifest,
    read_version,
    version_id_of,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SHARE = st.floats(1e-6, 1.0)
BOX = st.builds(
    Box, class_id=st.integers(0, 9), x_center=SHARE, y_center=SHARE, width=SHARE, height=SHARE
)
PICTURE = st.builds(
    Picture,
    sha256=st.binary(max_size=4).map(sha256_bytes),
    extension=st.sampled_from(["jpg", "png"]),
    width_px=st.integers(1, 65535),
    height_px=st.integers(1, 65535),
    phash=st.integers(0, 2**64 - 1),
    file=TEXT,
    batch_id=st.just("b1"),
    scene=TEXT,
    split=st.sampled_from(SPLITS),
    boxes=st.lists(BOX, max_size=3).map(tuple),
)
ROW = st.builds(
    LedgerRow,
    batch_id=st.just("b1"),
    item=TEXT,
    kind=st.sampled_from(LedgerKind),
    action=st.sampled_from(["dropped", "changed"]),
    reason=st.just("some_reason"),
    detail=TEXT,
)
NO_SPLIT = SplitSummary(pictures=0, scenes=0, background_pictures=0, hazards={})


def picture(payload: bytes, **changes: Any) -> Picture:
    """Return a manifest row."""
    values = {"extension": "jpg", "width_px": 64, "height_px": 48, "phash": 1, "file": "f.jpg"}
    places = {"batch_id": "b1", "scene": "s", "split": "train", "boxes": ()}
    return Picture.model_validate(values | places | {"sha256": sha256_bytes(payload)} | changes)


def write(
    store: LocalStore, pictures: tuple[Picture, ...] = (), ledger: tuple[LedgerRow, ...] = ()
) -> DatasetVersion:
    """Write a version as ingest does."""
    manifest, rows = encode_manifest(pictures), encode_ledger(ledger)
    facts: dict[str, Any] = {
        "batches": ("b1",),
        "classes": ("smoke",),
        "parent_id": None,
        "synthetic": True,
        "backgrounds_declared": False,
    }
    version_id = version_id_of(sha256_bytes(manifest), sha256_bytes(rows), **facts)
    prefix = f"dataset/versions/{version_id}"
    version = DatasetVersion(
        version_id=version_id,
        manifest=put_artifact(store, f"{prefix}/manifest.parquet", manifest),
        ledger=put_artifact(store, f"{prefix}/ledger.parquet", rows),
        ledger_rows=len(ledger),
        splits=dict.fromkeys(SPLITS, NO_SPLIT),
        **facts,
    )
    put_artifact(store, f"{prefix}/version.json", version.to_json_bytes())
    return version


@hypothesis_settings(max_examples=40, deadline=None)
@given(pictures=st.lists(PICTURE, max_size=5, unique_by=lambda p: p.sha256), rows=st.lists(ROW))
def test_rows_survive(
    tmp_path_factory: pytest.TempPathFactory, pictures: list[Picture], rows: list[LedgerRow]
) -> None:
    """Pictures come back by digest and ledger rows in order, equal in every field."""
    store = LocalStore(tmp_path_factory.mktemp("store"))
    version = write(store, tuple(pictures), tuple(rows))
    assert read_version(store, version.version_id) == version
    assert read_manifest(store, version) == tuple(sorted(pictures, key=lambda p: p.sha256))
    assert read_ledger(store, version) == tuple(rows)


@given(st.lists(PICTURE, max_size=5, unique_by=lambda p: p.sha256))
def test_order_does_not_matter(pictures: list[Picture]) -> None:
    """The same pictures in another order are the same manifest, byte for byte."""
    assert encode_manifest(pictures) == encode_manifest(reversed(pictures))


IDENTITY: dict[str, Any] = {
    "manifest_sha256": "a" * 64,
    "ledger_sha256": "b" * 64,
    "batches": ("b1", "b2"),
    "classes": ("smoke", "fire"),
    "parent_id": None,
    "synthetic": False,
    "backgrounds_declared": False,
}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"batches": ("b2", "b1")}, True),
        ({"batches": ("b1",)}, False),
        ({"classes": ("fire", "smoke")}, False),
        ({"manifest_sha256": "c" * 64}, False),
        ({"ledger_sha256": "c" * 64}, False),
        ({"parent_id": "0" * 16}, False),
        ({"synthetic": True}, False),
        ({"backgrounds_declared": True}, False),
    ],
)
def test_an_id_names_all_that_makes_a_version(change: dict[str, Any], same: bool) -> None:
    """Only the order of batches is free: everything else gives another id."""
    assert (version_id_of(**(IDENTITY | change)) == version_id_of(**IDENTITY)) is same


@pytest.mark.parametrize(
    "change",
    [
        {"version_id": "0" * 16},
        {"synthetic": False},
        {"backgrounds_declared": True},
        {"batches": ("b1", "b2")},
        {"classes": ("fire",)},
        {"parent_id": "1" * 16},
    ],
)
def test_an_altered_record_is_refused(local_store: LocalStore, change: dict[str, Any]) -> None:
    """A version record that was edited in place is not read."""
    version = write(local_store)
    altered = version.model_copy(update=change).to_json_bytes()
    local_store.put(f"{version.prefix}/version.json", altered)
    with pytest.raises(DatasetError, match="do not train on it"):
        read_version(local_store, version.version_id)


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
    local_store.put(version.manifest.key, encode_manifest([picture(b"2")]))
    with pytest.raises(ArtifactError):
        read_manifest(local_store, version)


LEDGER = LedgerRow(
    batch_id="b1", item="i", kind=LedgerKind.BOX, action="changed", reason="r", detail=""
)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "expected Parquet"),
        (b"PAR1PAR1", "expected Parquet"),
        (b"not parquet", "expected Parquet"),
        (encode_ledger([LEDGER]), "expected picture rows"),
    ],
)
def test_bytes_that_are_no_manifest(local_store: LocalStore, payload: bytes, message: str) -> None:
    """A digest that fits does not help bytes which hold no pictures: they are a DatasetError."""
    forged = write(local_store).model_copy(
        update={"manifest": put_artifact(local_store, "m", payload)}
    )
    with pytest.raises(DatasetError, match=message):
        read_manifest(local_store, forged)


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

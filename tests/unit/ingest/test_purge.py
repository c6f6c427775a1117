"""A purged picture is gone from everywhere, cannot come back, and what cannot be undone is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.toy_runs import publish_toy, toy_dataset

from safety_tasks.config import work_dir
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import DatasetError
from safety_tasks.ingest import ingest_batch, purge_picture
from safety_tasks.ingest.quarantine import list_items
from safety_tasks.records.dataset import DatasetVersion, PurgeReport
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import (
    get_picture,
    read_ledger,
    read_manifest,
    read_tombstone,
    read_version,
)

Deliver = Callable[..., None]
MakePicture = Callable[..., bytes]
LABEL = "0 .5 .5 .2 .2"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a private work folder."""
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    return work_dir()


@pytest.fixture
def person(make_picture: MakePicture) -> bytes:
    """Give the picture that must go."""
    return make_picture(77)


@pytest.fixture
def version(
    local_store: LocalStore,
    deliver: Deliver,
    make_picture: MakePicture,
    settings: Settings,
    person: bytes,
    scratch: Path,
) -> DatasetVersion:
    """Give a version that holds the picture, delivered twice under other names."""
    pictures = {f"{n}.jpg": (make_picture(n), LABEL) for n in range(6)}
    deliver(
        local_store, "b1", {**pictures, "person.jpg": (person, LABEL), "twin.jpg": (person, LABEL)}
    )
    return ingest_batch(local_store, "b1", settings.ingest, settings.classes)


def purge(
    store: LocalStore, payload: bytes, current: DatasetVersion | None, *, releases: bool = False
) -> PurgeReport:
    """Purge as the privacy officer Lee."""
    return purge_picture(
        store,
        sha256_bytes(payload),
        current=current,
        purged_by="Lee",
        why="asked for",
        from_releases=releases,
    )


def holds(store: LocalStore, payload: bytes) -> list[str]:
    """Return the keys of all objects that are the picture."""
    return [key for key in store.keys("") if store.get(key).payload == payload]


def test_its_bytes_are_gone_everywhere(
    local_store: LocalStore, version: DatasetVersion, person: bytes, scratch: Path
) -> None:
    """Objects, deliveries under any name, local copies and signature go; a version without it is made, and says so."""
    copy = scratch / "train" / "run" / f"{sha256_bytes(person)}.jpg"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(person)
    assert len(holds(local_store, person)) == 3
    report = purge(local_store, person, version)
    assert holds(local_store, person) == []
    assert not copy.exists()
    assert len(report.removed) == 5  # the object, its label, two delivered files, the local copy
    assert report.version is not None
    assert sha256_bytes(person) not in {
        p.sha256 for p in read_manifest(local_store, report.version)
    }
    (row,) = [r for r in read_ledger(local_store, report.version) if r.action.value == "purged"]
    assert row.file in ("images/person.jpg", "images/twin.jpg")
    assert "Lee: asked for" in row.observed
    assert read_version(local_store, report.version.version_id).parent_id == version.version_id
    assert not local_store.exists(version.signatures[0].key)


def test_the_old_version_says_that_it_was_purged(
    local_store: LocalStore, version: DatasetVersion, person: bytes
) -> None:
    """Whoever reads the picture through an older version learns that it was purged, when and why."""
    picture = next(
        p for p in read_manifest(local_store, version) if p.sha256 == sha256_bytes(person)
    )
    purge(local_store, person, version)
    with pytest.raises(DatasetError, match=r"it was purged at .*: asked for"):
        get_picture(local_store, picture)


def test_it_cannot_come_back(
    local_store: LocalStore,
    version: DatasetVersion,
    person: bytes,
    deliver: Deliver,
    settings: Settings,
    make_picture: MakePicture,
) -> None:
    """Delivered again, it is dropped with a row in the ledger, and is in no quarantine."""
    report = purge(local_store, person, version)
    assert report.version is not None
    deliver(local_store, "b2", {"back.jpg": (person, LABEL), "new.jpg": (make_picture(9), LABEL)})
    limits = settings.ingest.model_copy(update={"max_quarantined_share": 0.5})
    later = ingest_batch(
        local_store, "b2", limits, settings.classes, base_version=report.version.version_id
    )
    noted = {row.file: row.rule for row in read_ledger(local_store, later) if row.batch_id == "b2"}
    assert noted == {"images/back.jpg": "purged_picture"}
    assert list_items(local_store) == ()


def test_a_purge_that_was_cut_is_finished_by_the_next(
    local_store: LocalStore,
    version: DatasetVersion,
    person: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut after any deletion, the next purge removes the rest and makes the same version."""
    deletions = 0
    delete = local_store.delete

    def cut(key: str) -> bool:
        nonlocal deletions
        deletions += 1
        if deletions == 2:
            raise KeyboardInterrupt
        return delete(key)

    monkeypatch.setattr(local_store, "delete", cut)
    with pytest.raises(KeyboardInterrupt):
        purge(local_store, person, version)
    assert holds(local_store, person) != []
    assert read_tombstone(local_store, sha256_bytes(person)) is not None
    report = purge(local_store, person, version)
    assert holds(local_store, person) == []
    assert report.version is not None
    again = purge(local_store, person, report.version)
    assert (again.version, again.tombstone) == (None, report.tombstone)


def test_it_is_taken_out_of_quarantine(
    local_store: LocalStore,
    deliver: Deliver,
    make_picture: MakePicture,
    settings: Settings,
    person: bytes,
    scratch: Path,
) -> None:
    """A picture that never came into a version is removed from quarantine all the same."""
    deliver(
        local_store, "b1", {"p.jpg": (person, "9 .5 .5 .2 .2"), "a.jpg": (make_picture(1), LABEL)}
    )
    limits = settings.ingest.model_copy(update={"max_quarantined_share": 0.5})
    version = ingest_batch(local_store, "b1", limits, settings.classes)
    assert len(list_items(local_store)) == 1
    report = purge(local_store, person, version)
    assert report.version is None
    assert holds(local_store, person) == []
    assert list_items(local_store) == ()


def test_releases_and_runs_are_named(local_store: LocalStore, scratch: Path) -> None:
    """A golden picture of a release stays unless it is asked for, and is told; so are samples, which go."""
    version = toy_dataset(local_store)
    publish_toy(local_store, version, "run1")
    golden = next(key for key in local_store.keys("releases/blobs/") if key.endswith(".png"))
    payload = local_store.get(golden).payload
    report = purge(local_store, payload, version)
    assert report.tombstone.releases == ("1",)
    assert any(golden in line and "--from-releases" in line for line in report.left)
    assert holds(local_store, payload) == [golden]
    purge(local_store, payload, report.version, releases=True)
    assert holds(local_store, payload) == []


def test_an_unknown_picture_or_no_reason_is_refused(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """Nothing is written for a picture that nobody knows, nor without a reason."""
    before = list(local_store.keys(""))
    with pytest.raises(DatasetError, match="found none with sha256"):
        purge(local_store, b"never seen", version)
    with pytest.raises(DatasetError, match="expected who purges and why"):
        purge_picture(local_store, "0" * 64, current=version, purged_by="Lee", why=" ")
    assert list(local_store.keys("")) == before

"""A local folder becomes a batch whole, marker last, or not at all."""

import shutil
from pathlib import Path

import pytest

from safety_tasks.errors import BatchError, StoreError
from safety_tasks.ingest import deliver_folder, find_batches
from safety_tasks.records.batch import BatchInfo, BatchKind
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore


def _folder(tmp_path: Path, layout: str = "") -> Path:
    folder = tmp_path / "own"
    for kind in ("images", "labels"):
        (folder / layout / kind).mkdir(parents=True)
    (folder / layout / "images" / "1.jpg").write_bytes(b"picture")
    (folder / layout / "labels" / "1.txt").write_text("")
    (folder / "data.yaml").write_text("names: [smoke, fire, person_down]")
    (folder / ".hidden").write_text("not delivered")
    (folder / "link.jpg").symlink_to(folder / layout / "images" / "1.jpg")
    return folder


@pytest.mark.parametrize("layout", ["", "train", "valid"])
def test_a_folder_is_delivered_as_it_is(
    local_store: LocalStore, settings: Settings, tmp_path: Path, layout: str
) -> None:
    """Files arrive under their own paths, hidden ones and links do not, and the batch is ready."""
    seen: list[tuple[int, int]] = []
    count = deliver_folder(
        local_store, _folder(tmp_path, layout), "own", progress=lambda *now: seen.append(now)
    )
    inner = f"incoming/own/{layout}/" if layout else "incoming/own/"
    assert count == 3
    assert set(local_store.keys("incoming/")) == {
        f"{inner}images/1.jpg",
        f"{inner}labels/1.txt",
        "incoming/own/data.yaml",
        "incoming/own/batch.json",
        "incoming/own/_READY",
    }
    assert find_batches(local_store, settings.ingest).pending == ("own",)
    assert seen[-1] == (4, 4)


def test_backgrounds_are_only_what_was_said(local_store: LocalStore, tmp_path: Path) -> None:
    """The batch says that empty labels are backgrounds only if the caller did; a batch.json of its own stands."""
    folder = _folder(tmp_path)
    deliver_folder(local_store, folder, "a")
    deliver_folder(local_store, folder, "b", empty_label_is_background=True)
    (folder / "batch.json").write_text('{"batch_id": "c"}')
    deliver_folder(local_store, folder, "c", empty_label_is_background=True)
    said = [b'"empty_label_is_background":true' in _info(local_store, name) for name in "abc"]
    assert said == [False, True, False]


def test_a_delivery_that_is_cut_is_not_ready(
    local_store: LocalStore,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When an upload fails, the marker is not written, so nothing of the batch is ingested."""
    put = local_store.put

    def fail_at_labels(key: str, payload: bytes, **conditions: object) -> str:
        if "labels" in key:
            raise StoreError("connection lost")
        return put(key, payload, **conditions)  # type: ignore[arg-type]

    monkeypatch.setattr(local_store, "put", fail_at_labels)
    with pytest.raises(StoreError):
        deliver_folder(local_store, _folder(tmp_path), "own")
    assert find_batches(local_store, settings.ingest).waiting == ("own",)


def test_unfit_folders_and_names_are_refused(local_store: LocalStore, tmp_path: Path) -> None:
    """No folder, no pictures, a batch that is there, a name that is none: each is said."""
    folder = _folder(tmp_path)
    deliver_folder(local_store, folder, "own")
    with pytest.raises(BatchError, match="expected a new batch"):
        deliver_folder(local_store, folder, "own")
    with pytest.raises(BatchError, match="zip or tar of one, found neither"):
        deliver_folder(local_store, tmp_path / "none", "other")
    with pytest.raises(BatchError, match="name"):
        deliver_folder(local_store, folder, "my batch")
    (folder / "images" / "1.jpg").unlink()
    with pytest.raises(BatchError, match="expected pictures"):
        deliver_folder(local_store, folder, "other")


def test_an_archive_is_delivered_as_one_file(local_store: LocalStore, tmp_path: Path) -> None:
    """A zip goes as it is with the marker beside it, and with a batch.json only where something was said."""
    archive = Path(shutil.make_archive(str(tmp_path / "own"), "zip", _folder(tmp_path)))
    assert deliver_folder(local_store, archive, "zipped") == 1
    deliver_folder(local_store, archive, "said", empty_label_is_background=True)
    names = {
        batch: [key.rpartition("/")[2] for key in local_store.keys(f"incoming/{batch}/")]
        for batch in ("zipped", "said")
    }
    assert names == {
        "zipped": ["_READY", "own.zip"],
        "said": ["_READY", "batch.json", "own.zip"],
    }


@pytest.mark.parametrize("kind", list(BatchKind))
def test_a_folder_without_hazards_gets_its_empty_labels(
    local_store: LocalStore, tmp_path: Path, kind: BatchKind
) -> None:
    """Who says that a whole folder holds no hazard need not write empty files; in no other kind are labels made up."""
    folder = _folder(tmp_path)
    (folder / "images" / "2.png").write_bytes(b"picture")
    deliver_folder(local_store, folder, "own", kind=kind)
    info = BatchInfo.from_json_bytes(_info(local_store, "own"), what="batch.json")
    harmless = kind in (BatchKind.FALSE_ALARM, BatchKind.BACKGROUND)
    assert (info.kind, info.empty_means_background) == (kind, harmless)
    assert local_store.exists("incoming/own/labels/2.txt") is harmless


def test_no_empty_label_hides_one_right_beside_its_picture(
    local_store: LocalStore, tmp_path: Path
) -> None:
    """A label beside the picture itself is its label, so none is made up that would come before it."""
    folder = _folder(tmp_path)
    (folder / "images" / "2.png").write_bytes(b"picture")
    (folder / "images" / "2.txt").write_text("0 .5 .5 .2 .2")
    deliver_folder(local_store, folder, "own", kind=BatchKind.BACKGROUND)
    assert not local_store.exists("incoming/own/labels/2.txt")
    assert local_store.exists("incoming/own/images/2.txt")


def _info(store: LocalStore, name: str) -> bytes:
    return store.get(f"incoming/{name}/batch.json").payload

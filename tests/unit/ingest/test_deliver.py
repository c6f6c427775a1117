"""A local folder becomes a batch whole, marker last, or not at all."""

from pathlib import Path

import pytest

from safety_tasks.errors import BatchError, StoreError
from safety_tasks.ingest import deliver_folder, ready_batches
from safety_tasks.store.local import LocalStore


def _folder(tmp_path: Path, layout: str = "") -> Path:
    folder = tmp_path / "own"
    for kind in ("images", "labels"):
        (folder / layout / kind).mkdir(parents=True)
    (folder / layout / "images" / "1.jpg").write_bytes(b"picture")
    (folder / layout / "labels" / "1.txt").write_text("")
    (folder / "data.yaml").write_text("names: [smoke, fire, person_down]")
    (folder / "notes.doc").write_text("not delivered")
    return folder


@pytest.mark.parametrize("layout", ["", "train", "valid"])
def test_a_folder_is_delivered_as_it_is(
    local_store: LocalStore, tmp_path: Path, layout: str
) -> None:
    """Pictures, labels and names arrive under their own paths, other files do not, and the batch is ready."""
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
    assert ready_batches(local_store, ()) == ("own",)
    assert seen[-1] == (3, 3)


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
    local_store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    assert ready_batches(local_store, ()) == ()


def test_unfit_folders_and_names_are_refused(local_store: LocalStore, tmp_path: Path) -> None:
    """No folder, no pictures, no class names, a batch that is there, a name that is none: each is said."""
    folder = _folder(tmp_path)
    deliver_folder(local_store, folder, "own")
    with pytest.raises(BatchError, match="expected a new batch"):
        deliver_folder(local_store, folder, "own")
    with pytest.raises(BatchError, match="expected a YOLO folder, found none"):
        deliver_folder(local_store, tmp_path / "none", "other")
    with pytest.raises(BatchError, match="name"):
        deliver_folder(local_store, folder, "my batch")
    (folder / "data.yaml").unlink()
    with pytest.raises(BatchError, match="expected class names"):
        deliver_folder(local_store, folder, "other")
    (folder / "data.yaml").write_text("names: [smoke]")
    (folder / "images" / "1.jpg").unlink()
    with pytest.raises(BatchError, match="found no picture"):
        deliver_folder(local_store, folder, "other")


def _info(store: LocalStore, name: str) -> bytes:
    return store.get(f"incoming/{name}/batch.json").payload

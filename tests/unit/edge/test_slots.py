"""The two install places: only what proves is active, whatever lies on the disk."""

from pathlib import Path

import pytest
from support.toy_runs import publish_toy
from toy_models import toy_model, weak_model

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.edge import agent
from safety_tasks.edge.agent import poll_once
from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.errors import BundleRejected
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore


@pytest.fixture
def installed(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> DeviceFolder:
    """Install release 1 in A and release 2 in B."""
    publish_toy(local_store, version, "r1")
    poll_once(local_store, device, "cam-1", "stable")
    publish_toy(local_store, version, "r2", weak_model())
    poll_once(local_store, device, "cam-1", "stable")
    return device


def active(device: DeviceFolder) -> tuple[str, int] | None:
    """Return slot and release of what is active."""
    found = device.active()
    return (found.active.slot, found.active.release_seq) if found else None


def test_a_new_device_has_nothing(device: DeviceFolder) -> None:
    """No slot is active, the first install goes to A, and any release is new."""
    assert device.active() is None
    assert (device.inactive_slot(), device.floor()) == ("A", 0)


def test_the_active_slot_proves(installed: DeviceFolder) -> None:
    """Release 2 is active in B, so A may be written."""
    assert active(installed) == ("B", 2)
    assert installed.inactive_slot() == "A"


@pytest.mark.parametrize("name", ["model.onnx", "release.json"])
@pytest.mark.parametrize("payload", [b"", b"\x00" * 64, None])
def test_a_spoiled_slot_falls_back_to_the_other(
    installed: DeviceFolder, name: str, payload: bytes | None
) -> None:
    """A bad block in the active slot brings the one before back; both bad is nothing."""
    for slot, left in (("B", ("A", 1)), ("A", None)):
        path = installed.root / "slots" / slot / name
        path.unlink()
        if payload is not None:
            path.write_bytes(payload)
        assert active(installed) == left


@pytest.mark.parametrize("replayed", [False, True])
def test_a_fallen_back_device_repairs_itself_but_takes_nothing_older(
    local_store: LocalStore, installed: DeviceFolder, version: DatasetVersion, replayed: bool
) -> None:
    """The served release is installed anew over the spoiled slot; a replayed one is not new."""
    if replayed:
        publish_toy(local_store, version, "r3", toy_model(gains=(0.9, 0.9, 0.9)))
        middle = local_store.get(pointer_key("stable")).payload
        publish_toy(local_store, version, "r4")
        poll_once(local_store, installed, "cam-1", "stable")  # release 4 in A, 2 in B
        local_store.put(pointer_key("stable"), middle)
    slot = "A" if replayed else "B"
    (installed.root / "slots" / slot / "model.onnx").write_bytes(b"")
    status = poll_once(local_store, installed, "cam-1", "stable")
    assert status.outcome == ("kept_last_good" if replayed else "activated")
    assert active(installed) == ("B", 2)


@pytest.mark.parametrize("payload", [b"", b"{}", b"\x00" * 80])
def test_a_spoiled_active_file_stops_neither_detection_nor_updates(
    local_store: LocalStore, installed: DeviceFolder, version: DatasetVersion, payload: bytes
) -> None:
    """The newest slot that proves is taken, and the next poll mends the file."""
    (installed.root / "active.json").write_bytes(payload)
    assert active(installed) == ("B", 2)
    status = poll_once(local_store, installed, "cam-1", "stable")
    assert (status.outcome, status.active_release_seq) == ("up_to_date", 2)
    assert (installed.root / "active.json").read_bytes() != payload


def test_a_spoiled_floor_takes_no_update_and_keeps_detecting(
    local_store: LocalStore, installed: DeviceFolder, version: DatasetVersion
) -> None:
    """Without its floor the device cannot tell an old release, so it takes none."""
    (installed.root / "floor.json").write_bytes(b"")
    publish_toy(local_store, version, "r3")
    status = poll_once(local_store, installed, "cam-1", "stable")
    assert (status.outcome, status.active_release_seq) == ("kept_last_good", 2)
    assert "floor.json" in status.message


def test_a_slot_that_failed_its_self_test_is_never_fallen_back_to(
    local_store: LocalStore,
    installed: DeviceFolder,
    version: DatasetVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the active slot spoiled afterwards, the device runs nothing rather than what failed here."""
    publish_toy(local_store, version, "r3")

    def fails(*_: object) -> None:
        raise BundleRejected("golden picture 0: other detections")

    monkeypatch.setattr(agent, "self_test", fails)
    assert poll_once(local_store, installed, "cam-1", "stable").outcome == "kept_last_good"
    assert active(installed) == ("B", 2)
    (installed.root / "slots" / "B" / "model.onnx").write_bytes(b"")
    assert active(installed) is None


def test_the_floor_never_falls(installed: DeviceFolder) -> None:
    """Activating an older slot leaves the floor where it was."""
    found = installed.active()
    assert found is not None
    installed.activate(found.active.model_copy(update={"release_seq": 1}))
    assert installed.floor() == 2


def test_no_part_of_an_earlier_install_is_left(installed: DeviceFolder) -> None:
    """Writing a slot empties it first."""
    path: Path = installed.write_slot("A", b"new")
    assert [each.name for each in path.parent.iterdir()] == ["model.onnx"]

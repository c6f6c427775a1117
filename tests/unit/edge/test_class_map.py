"""A device's class numbers never change their meaning: whoever listens to it would hear fire for smoke."""

from pathlib import Path

import pytest
from support.toy_runs import publish_toy
from toy_models import CLASSES, toy_model

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.class_map import class_map_digest
from safety_tasks.edge.agent import poll_once
from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.release import DeviceStatus
from safety_tasks.store.local import LocalStore

SWAPPED, FEWER = ("fire", "smoke", "person_down"), ("smoke", "fire")


def publish(
    store: LocalStore, version: DatasetVersion, run_id: str, classes: tuple[str, ...]
) -> None:
    """Publish a model of some classes, on a channel that forgot what it served."""
    (Path(store.uri) / pointer_key("stable")).unlink(missing_ok=True)
    changes = {"classes": classes, "classes_sha256": class_map_digest(classes)}
    publish_toy(store, version.model_copy(update=changes), run_id, toy_model(classes=classes))


def poll(store: LocalStore, device: DeviceFolder) -> DeviceStatus:
    """Poll stable once."""
    return poll_once(store, device, "cam-1", "stable")


def test_a_new_device_knows_no_classes(local_store: LocalStore, device: DeviceFolder) -> None:
    """Before the first release any class map is new, and the status names none."""
    assert device.classes() == ()
    assert poll(local_store, device).classes_sha256 is None


@pytest.mark.parametrize(
    ("before", "after", "taken"),
    [
        (CLASSES, CLASSES, True),
        (FEWER, CLASSES, True),
        (CLASSES, FEWER, False),
        (CLASSES, SWAPPED, False),
        (FEWER, SWAPPED, False),
        (CLASSES, ("smoke", "fire", "fallen"), False),
    ],
)
def test_only_the_same_classes_perhaps_grown_are_taken(
    local_store: LocalStore,
    device: DeviceFolder,
    version: DatasetVersion,
    before: tuple[str, ...],
    after: tuple[str, ...],
    taken: bool,
) -> None:
    """A class moved, renamed or removed: the last good model stays, and the message says how to mend it."""
    publish(local_store, version, "r1", before)
    assert poll(local_store, device).classes_sha256 == class_map_digest(before)
    publish(local_store, version, "r2", after)
    status = poll(local_store, device)
    if taken:
        assert (status.outcome, status.classes_sha256) == ("activated", class_map_digest(after))
        assert device.classes() == after
        return
    assert (status.outcome, status.active_release_seq) == ("kept_last_good", 1)
    assert "expected classes that begin with 0 smoke" in status.message
    assert "Restore the order" in status.message
    assert status.classes_sha256 == class_map_digest(before)


def test_the_classes_outlive_both_slots(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """With no slot left that proves, the device still knows what its numbers mean."""
    publish(local_store, version, "r1", CLASSES)
    poll(local_store, device)
    (device.root / "slots" / "A" / "model.onnx").write_bytes(b"")
    assert device.active() is None
    assert device.classes() == CLASSES
    publish(local_store, version, "r2", SWAPPED)
    status = poll(local_store, device)
    assert status.outcome == "nothing_installed"
    assert "expected classes that begin with" in status.message
    publish(local_store, version, "r3", CLASSES)
    assert poll(local_store, device).outcome == "activated"


def test_falling_back_forgets_no_class(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """On the older slot with fewer classes, the numbers given since are still taken."""
    publish(local_store, version, "r1", FEWER)
    poll(local_store, device)
    publish(local_store, version, "r2", CLASSES)
    poll(local_store, device)
    (device.root / "slots" / "B" / "model.onnx").write_bytes(b"")
    assert device.classes() == CLASSES
    publish(local_store, version, "r3", ("smoke", "fire", "fallen"))
    assert poll(local_store, device).outcome == "kept_last_good"


def test_a_floor_file_from_before_the_classes_is_read(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """A device whose floor holds a number alone takes its classes from the slot, and keeps them from then on."""
    publish(local_store, version, "r1", CLASSES)
    poll(local_store, device)
    (device.root / "floor.json").write_bytes(b'{"release_seq": 1}')
    assert (device.floor(), device.classes()) == (1, CLASSES)
    publish(local_store, version, "r2", SWAPPED)
    assert poll(local_store, device).outcome == "kept_last_good"

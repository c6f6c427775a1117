"""The agent: poll a channel, prove what it serves, install, self-test, activate, report.

Rules: whatever fails, the last good model stays active and detection goes on; a release below the floor is refused, and
so is one whose class numbers mean something else than the device's do; nothing of a release is used before its digest
is proved; the beacon tells what runs and why.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from safety_tasks.bundle.layout import beacon_key
from safety_tasks.bundle.reading import Served, read_document, read_part, read_pointer
from safety_tasks.class_map import require_extends
from safety_tasks.edge.self_test import self_test
from safety_tasks.edge.slots import ActiveSlot, DeviceFolder, Installed
from safety_tasks.errors import BundleRejected, SafetyTasksError, StoreError
from safety_tasks.records.release import Channel, ChannelPointer, DeviceStatus
from safety_tasks.store.base import ObjectStore

Outcome = Literal[
    "activated", "up_to_date", "kept_last_good", "nothing_published", "nothing_installed"
]


def poll_once(
    store: ObjectStore, device: DeviceFolder, device_id: str, channel: Channel
) -> DeviceStatus:
    """Bring the device to what its channel serves, if that proves.

    Args:
        store: where releases are.
        device: this device's folder.
        device_id: its name in the fleet.
        channel: the channel it follows.

    Returns:
        what runs now and how the poll ended; also written as the device's beacon.

    Raises:
        EdgeError: another agent holds the device.
    """
    with device.lock():
        try:
            outcome, message = _bring_up_to_date(store, device, channel)
        except (SafetyTasksError, OSError) as problem:
            message = str(problem)
            # A device without a model detects nothing: it must not sound as if it did.
            outcome = "kept_last_good" if device.active() is not None else "nothing_installed"
        status = _status(device, device_id, channel, outcome, message)
    try:
        store.put(beacon_key(device_id), status.to_json_bytes())
    except (StoreError, OSError) as problem:
        return status.model_copy(update={"message": f"{message} (no beacon: {problem})".strip()})
    return status


def run_agent(
    store: ObjectStore,
    device: DeviceFolder,
    device_id: str,
    channel: Channel,
    *,
    interval_s: float,
    report: Callable[[DeviceStatus], None],
    polls: int | None = None,
) -> None:
    """Poll again and again.

    Args:
        store: where releases are.
        device: this device's folder.
        device_id: its name in the fleet.
        channel: the channel it follows.
        interval_s: pause between polls.
        report: called with each status.
        polls: how many polls; None goes on for ever.
    """
    done = 0
    while polls is None or done < polls:
        if done:
            time.sleep(interval_s)
        report(poll_once(store, device, device_id, channel))
        done += 1


def _bring_up_to_date(
    store: ObjectStore, device: DeviceFolder, channel: Channel
) -> tuple[Outcome, str]:
    found = read_pointer(store, channel)
    if found is None:
        if device.active() is not None:
            return "kept_last_good", f"channel {channel} serves nothing any more"
        return "nothing_published", f"channel {channel} has no release yet"
    pointer, tag = found
    installed = device.active()
    if installed is not None and installed.active.document_sha256 == pointer.document.sha256:
        shown = {"unsigned_dangerously": pointer.unsigned_dangerously}
        device.activate(installed.active.model_copy(update=shown))
        return "up_to_date", ""
    floor = device.floor()
    # Cut between the switch and the floor, the slot knows a higher number than the floor does.
    floor = max(floor, installed.active.release_seq if installed is not None else 0)
    repair = installed is None or installed.active.release_seq < floor
    if pointer.release_seq < floor or (pointer.release_seq == floor and not repair):
        raise BundleRejected(
            f"channel {channel}: expected a release after {floor}, found {pointer.release_seq}. "
            "An older release must not come back: the channel was rolled back by force or replayed."
        )
    served = Served(pointer, tag, read_document(store, pointer))
    what = f"channel {channel}, release {pointer.release_seq}"
    require_extends(served.document.classes, device.classes(), where=what)
    _install(store, device, served)
    return "activated", f"release {pointer.release_seq}"


def _install(store: ObjectStore, device: DeviceFolder, served: Served) -> None:
    document, pointer = served.document, served.pointer
    _require_channel(served)
    model = read_part(store, document.model)
    golden = [read_part(store, item.picture) for item in document.golden]
    slot = device.inactive_slot()
    path = device.write_slot(slot, model)
    # Test what lies on the disk, not what came over the wire.
    self_test(path.read_bytes(), golden, document)
    device.complete_slot(slot, document)
    device.activate(
        ActiveSlot(
            slot=slot,
            release_seq=pointer.release_seq,
            document_sha256=pointer.document.sha256,
            unsigned_dangerously=pointer.unsigned_dangerously,
        )
    )


def _require_channel(served: Served) -> None:
    pointer: ChannelPointer = served.pointer
    if served.document.channel != pointer.channel:
        raise BundleRejected(
            f"release {pointer.release_seq}: expected a release for {pointer.channel}, found one for "
            f"{served.document.channel}."
        )


def _status(
    device: DeviceFolder, device_id: str, channel: Channel, outcome: Outcome, message: str
) -> DeviceStatus:
    installed: Installed | None = device.active()
    return DeviceStatus(
        device_id=device_id,
        channel=channel,
        active_release_seq=installed.active.release_seq if installed else None,
        model_sha256=installed.document.model.sha256 if installed else None,
        classes_sha256=installed.document.classes_sha256 if installed else None,
        slot=installed.active.slot if installed else None,
        outcome=outcome,
        message=message,
        unsigned_dangerously=bool(installed and installed.active.unsigned_dangerously),
        polled_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )

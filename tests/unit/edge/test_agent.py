"""The agent's outcomes: it takes what proves, and otherwise keeps what runs."""

import json
from pathlib import Path

import pytest
from support.toy_runs import publish_toy
from support.watched_store import DownStore, WatchedStore
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.bundle.layout import beacon_key, pointer_key
from safety_tasks.bundle.reading import read_served
from safety_tasks.digests import sha256_bytes
from safety_tasks.edge.agent import poll_once, run_agent
from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.errors import EdgeError
from safety_tasks.inference.detector import Detector
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.release import DeviceStatus
from safety_tasks.store.local import LocalStore


def poll(store: LocalStore, device: DeviceFolder) -> tuple[str, int | None, str | None]:
    """Poll stable once; give outcome, release and slot."""
    status = poll_once(store, device, "cam-1", "stable")
    return status.outcome, status.active_release_seq, status.slot


def runs(device: DeviceFolder) -> str | None:
    """Return the digest of the model that runs, after it was really loaded."""
    installed = device.active()
    if installed is None:
        return None
    Detector.load(installed.model_path)
    return sha256_bytes(installed.model_path.read_bytes())


STRONG, WEAK = sha256_bytes(strong_model()), sha256_bytes(weak_model())


def test_nothing_published(local_store: LocalStore, device: DeviceFolder) -> None:
    """A new device on an empty channel runs nothing and says so in its beacon."""
    assert poll(local_store, device) == ("nothing_published", None, None)
    beacon = local_store.get(beacon_key("cam-1")).payload
    assert json.loads(beacon)["outcome"] == "nothing_published"


def test_a_release_is_activated_then_up_to_date(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """The first poll installs, the next changes nothing."""
    publish_toy(local_store, version, "r1")
    assert poll(local_store, device) == ("activated", 1, "A")
    assert poll(local_store, device) == ("up_to_date", 1, "A")
    assert runs(device) == STRONG
    assert device.floor() == 1


def test_slots_alternate(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """Each release goes into the place that does not run."""
    for number, slot in enumerate("ABAB", start=1):
        gains = (1.0, 1.0, 1.0 - number / 100)
        publish_toy(local_store, version, f"r{number}", toy_model(gains=gains))
        assert poll(local_store, device) == ("activated", number, slot)
        assert device.floor() == number


def test_the_beacon_is_the_status(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """What the fleet reads is what the poll returned."""
    publish_toy(local_store, version, "r1")
    status = poll_once(local_store, device, "cam-1", "stable")
    stored = local_store.get(beacon_key("cam-1")).payload
    assert DeviceStatus.model_validate_json(stored) == status
    assert (status.model_sha256, status.unsigned_dangerously) == (STRONG, False)


def served_key(store: LocalStore, part: str) -> str:
    """Return the key of a part of what stable serves."""
    served = read_served(store, "stable")
    assert served is not None
    keys = {
        "pointer": pointer_key("stable"),
        "document": served.pointer.document.key,
        "model": served.document.model.key,
        "golden": served.document.golden[0].picture.key,
    }
    return keys[part]


@pytest.mark.parametrize("part", ["pointer", "document", "model", "golden"])
@pytest.mark.parametrize("payload", [b"", b"forged", None])
def test_what_does_not_prove_is_not_installed(
    local_store: LocalStore,
    device: DeviceFolder,
    version: DatasetVersion,
    part: str,
    payload: bytes | None,
) -> None:
    """Any part altered or gone: the last good model stays; whole again, it is installed."""
    publish_toy(local_store, version, "r1")
    poll(local_store, device)
    publish_toy(local_store, version, "r2", weak_model())
    path = Path(local_store.uri) / served_key(local_store, part)
    saved = path.read_bytes()
    path.unlink()
    if payload is not None:
        path.write_bytes(payload)
    for _ in range(3):
        assert poll(local_store, device) == ("kept_last_good", 1, "A")
        assert runs(device) == STRONG
    path.write_bytes(saved)
    assert poll(local_store, device) == ("activated", 2, "B")


@pytest.mark.parametrize("part", ["pointer", "document", "model", "golden"])
def test_a_new_device_takes_nothing_that_does_not_prove(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion, part: str
) -> None:
    """With no last good model the device runs nothing rather than something forged."""
    publish_toy(local_store, version, "r1")
    local_store.put(served_key(local_store, part), b"forged")
    assert poll(local_store, device) == ("nothing_installed", None, None)
    assert runs(device) is None


def test_an_older_release_does_not_come_back(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """A replayed pointer is refused, and the message says why."""
    publish_toy(local_store, version, "r1")
    poll(local_store, device)
    old = local_store.get(pointer_key("stable")).payload
    publish_toy(local_store, version, "r2", weak_model())
    poll(local_store, device)
    local_store.put(pointer_key("stable"), old)
    status = poll_once(local_store, device, "cam-1", "stable")
    assert (status.outcome, status.active_release_seq) == ("kept_last_good", 2)
    assert "An older release must not come back" in status.message


def test_a_channel_that_serves_nothing_any_more(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """A pointer that is gone does not take the model away."""
    publish_toy(local_store, version, "r1")
    poll(local_store, device)
    (Path(local_store.uri) / pointer_key("stable")).unlink()
    assert poll(local_store, device) == ("kept_last_good", 1, "A")


def test_with_the_store_down_detection_goes_on(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """No store, no beacon: the model stays and the status says both."""
    publish_toy(local_store, version, "r1")
    poll(local_store, device)
    down = DownStore(Path(local_store.uri))
    status = poll_once(down, device, "cam-1", "stable")
    assert (status.outcome, status.active_release_seq) == ("kept_last_good", 1)
    assert "could not read" in status.message
    assert "no beacon" in status.message
    assert runs(device) == STRONG


def test_a_full_disk_under_the_beacon_stops_no_agent(tmp_path: Path, device: DeviceFolder) -> None:
    """A beacon that cannot be written is said in the status, not raised."""
    store = WatchedStore(tmp_path / "store")

    def full(key: str) -> None:
        raise OSError(28, "No space left on device")

    store.before_write = full
    status = poll_once(store, device, "cam-1", "stable")
    assert status.outcome == "nothing_published"
    assert "No space left" in status.message


def test_two_agents_of_one_device(local_store: LocalStore, device: DeviceFolder) -> None:
    """The second agent is refused while the first holds the device."""
    with (
        device.lock(),
        pytest.raises(EdgeError, match="expected to be the only agent"),
    ):
        poll_once(local_store, device, "cam-1", "stable")


def test_the_agent_polls_as_often_as_told(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """No poll, then three: a release that comes in between is taken."""
    statuses: list[DeviceStatus] = []

    def report(status: DeviceStatus) -> None:
        statuses.append(status)
        if len(statuses) == 1:
            publish_toy(local_store, version, "r1")

    run_agent(local_store, device, "cam-1", "stable", interval_s=0, report=report, polls=0)
    assert statuses == []
    run_agent(local_store, device, "cam-1", "stable", interval_s=0, report=report, polls=3)
    assert [s.outcome for s in statuses] == ["nothing_published", "activated", "up_to_date"]

"""A device that stops at any fsync or rename of an installation: it always wakes with a proved model."""

import contextlib
import errno
import os
from pathlib import Path

import pytest
from support.crash import CrashError, crashing
from support.toy_runs import publish_toy, toy_dataset
from toy_models import strong_model, weak_model

from safety_tasks.digests import sha256_bytes
from safety_tasks.edge import agent
from safety_tasks.edge.agent import poll_once
from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.inference.detector import Detector
from safety_tasks.records.release import DeviceStatus
from safety_tasks.store.local import LocalStore

OLD, NEW = sha256_bytes(strong_model()), sha256_bytes(weak_model())
STEPS = 1 + 4 * 3  # the slot's folder; model, document, switch and floor: content, name, folder


@pytest.fixture
def store(local_store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """Serve release 2; releases lie elsewhere, so that only the device's own writes are steps."""
    version = toy_dataset(local_store)
    publish_toy(local_store, version, "r1")
    return local_store


@pytest.fixture
def root(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install release 1, publish release 2, and leave beacons out of the count."""
    folder = tmp_path / "device"
    assert poll(store, folder).outcome == "activated"
    publish_toy(store, toy_dataset(store), "r2", weak_model())
    monkeypatch.setattr(store, "put", lambda *_, **__: "")
    return folder


def poll(store: LocalStore, root: Path) -> DeviceStatus:
    """Poll as a freshly started agent."""
    return poll_once(store, DeviceFolder(root), "cam-1", "stable")


def running(root: Path) -> str:
    """Return the digest of what the camera loads after a restart."""
    installed = DeviceFolder(root).active()
    assert installed is not None
    Detector.load(installed.model_path)
    return sha256_bytes(installed.model_path.read_bytes())


def test_the_steps_of_an_installation(store: LocalStore, root: Path) -> None:
    """Thirteen steps; the first makes the slot's folder last, and every rename has its folder synced."""
    with crashing(None) as steps:
        assert poll(store, root).outcome == "activated"
    assert steps.done == ["fsync", *["fsync", "rename", "fsync"] * 4]
    assert len(steps.done) == STEPS


@pytest.mark.parametrize("step", range(STEPS))
def test_crash_at_each_step(store: LocalStore, root: Path, step: int) -> None:
    """Before the switch the old model runs, from then on the new; the next poll finishes the rest."""
    with pytest.raises(CrashError), crashing(step) as steps:
        poll(store, root)
    switched = steps.done.count("rename") >= 3
    assert running(root) == (NEW if switched else OLD)
    assert poll(store, root).outcome == ("up_to_date" if switched else "activated")
    assert running(root) == NEW
    assert DeviceFolder(root).floor() == 2


@pytest.mark.parametrize("first", range(0, STEPS, 2))
@pytest.mark.parametrize("second", [0, 3, 6, 9])
def test_two_crashes_in_a_row(store: LocalStore, root: Path, first: int, second: int) -> None:
    """A second crash, in the repair of the first, still leaves a proved model."""
    for step in (first, second):
        with contextlib.suppress(CrashError), crashing(step):
            poll(store, root)
        assert running(root) in (OLD, NEW)
    poll(store, root)
    assert running(root) == NEW


@pytest.mark.parametrize("step", range(STEPS))
def test_a_full_disk_at_each_step(store: LocalStore, root: Path, step: int) -> None:
    """The agent goes on, says why, and installs once there is room."""
    problem = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with crashing(step, problem):
        status = poll(store, root)
    assert status.outcome == "kept_last_good"
    assert "No space left on device" in status.message
    assert status.model_sha256 == running(root)
    assert poll(store, root).outcome in ("activated", "up_to_date")
    assert running(root) == NEW


@pytest.mark.parametrize("name", ["model.onnx", "release.json"])
def test_a_slot_cut_short_on_the_disk_is_not_active(
    store: LocalStore, root: Path, name: str
) -> None:
    """A file system that lost the end of a file is noticed by digest, and the other slot runs."""
    assert poll(store, root).outcome == "activated"
    path = root / "slots" / "B" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert running(root) == OLD
    assert poll(store, root).outcome == "activated"
    assert running(root) == NEW


def test_a_model_that_rots_between_write_and_test_is_not_activated(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The self-test reads the disk: what lies there broken is not switched to."""
    real = agent.self_test

    def on_bad_disk(model: bytes, golden: list[bytes], document: object) -> None:
        real(model[:-20], golden, document)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(agent, "self_test", on_bad_disk)
        assert poll(store, root).outcome == "kept_last_good"
    assert running(root) == OLD

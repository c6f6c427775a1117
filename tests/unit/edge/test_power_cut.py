"""Power may go at any write or test of an installation: afterwards a proved model runs, and the next poll finishes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.toy_runs import publish_toy
from toy_models import strong_model, toy_model, weak_model

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.edge import agent, slots
from safety_tasks.edge.agent import poll_once
from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.inference.detector import Detector
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore

STEPS = ("model.onnx", "release.json", "active.json", "floor.json")


class PowerCutError(BaseException):
    """The device loses power: nothing after this runs."""


def cut_at(patch: pytest.MonkeyPatch, step: int, *, after: bool) -> Callable[[], list[str]]:
    """Lose power at the n-th durable write, before or after it; return the names written so far."""
    names: list[str] = []
    real = slots.write_durably

    def write(path: Path, payload: bytes) -> None:
        if len(names) == step and not after:
            raise PowerCutError
        real(path, payload)
        names.append(path.name)
        if len(names) == step + 1 and after:
            raise PowerCutError

    patch.setattr(slots, "write_durably", write)
    return lambda: names


def running(device: DeviceFolder) -> str | None:
    """Return the digest of the active model after loading it as the camera would after a restart."""
    installed = device.active()
    if installed is None:
        return None
    Detector.load(installed.model_path)
    assert sha256_bytes(installed.model_path.read_bytes()) == installed.document.model.sha256
    return installed.document.model.sha256


def poll(store: LocalStore, root: Path) -> Any:
    """Poll as a freshly started agent."""
    return poll_once(store, DeviceFolder(root), "cam-1", "stable")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("earlier", [0, 1, 2])
def test_power_cut_at_each_write(
    local_store: LocalStore,
    version: DatasetVersion,
    tmp_path: Path,
    earlier: int,
    step: int,
    after: bool,
) -> None:
    """On a new device, and over one or two earlier installs, each cut leaves the old or the new model."""
    root = tmp_path / "device"
    old = None
    for number in range(earlier):
        model = toy_model(gains=(1, 1, 0.9 - number / 10))
        publish_toy(local_store, version, f"old{number}", model)
        assert poll(local_store, root).outcome == "activated"
        old = sha256_bytes(model)
    publish_toy(local_store, version, "new", strong_model())
    with pytest.MonkeyPatch.context() as patch:
        written = cut_at(patch, step, after=after)
        with pytest.raises(PowerCutError):
            poll(local_store, root)
        assert tuple(written()) == STEPS[: step + after]
    switched = "active.json" in STEPS[: step + after]
    assert running(DeviceFolder(root)) == (sha256_bytes(strong_model()) if switched else old)
    status = poll(local_store, root)
    assert status.outcome == ("up_to_date" if switched else "activated")
    assert running(DeviceFolder(root)) == sha256_bytes(strong_model())
    assert DeviceFolder(root).floor() == earlier + 1
    assert poll(local_store, root).outcome == "up_to_date"


def test_power_cut_in_the_self_test(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """A model that was never proved here does not count, even when the active slot is spoiled next."""
    root = tmp_path / "device"
    publish_toy(local_store, version, "r1")
    poll(local_store, root)
    publish_toy(local_store, version, "r2", weak_model())

    def cut(*_: object) -> None:
        raise PowerCutError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agent, "self_test", cut)
        with pytest.raises(PowerCutError):
            poll(local_store, root)
    assert running(DeviceFolder(root)) == sha256_bytes(strong_model())
    (root / "slots" / "A" / "model.onnx").write_bytes(b"")
    assert running(DeviceFolder(root)) is None
    assert poll(local_store, root).outcome == "activated"


def test_a_cut_before_the_floor_lets_no_older_release_in(
    local_store: LocalStore, version: DatasetVersion, tmp_path: Path
) -> None:
    """Release 3 runs but the floor still says 1: a replayed release 2 is refused all the same."""
    root = tmp_path / "device"
    publish_toy(local_store, version, "r1")
    poll(local_store, root)
    publish_toy(local_store, version, "r2", weak_model())
    replayed = local_store.get(pointer_key("stable")).payload
    publish_toy(local_store, version, "r3", toy_model(gains=(0.9, 0.9, 0.9)))
    with pytest.MonkeyPatch.context() as patch:
        cut_at(patch, STEPS.index("floor.json"), after=False)
        with pytest.raises(PowerCutError):
            poll(local_store, root)
    assert DeviceFolder(root).floor() == 1
    local_store.put(pointer_key("stable"), replayed)
    status = poll(local_store, root)
    assert (status.outcome, status.active_release_seq) == ("kept_last_good", 3)

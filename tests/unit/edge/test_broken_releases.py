"""Releases that prove by digest and are broken all the same: none is installed, and no agent stops."""

import pytest
from support.toy_runs import publish_toy
from toy_models import strong_model, toy_model

from safety_tasks.bundle.layout import document_key, pointer_key
from safety_tasks.bundle.reading import read_served
from safety_tasks.class_map import class_map_digest
from safety_tasks.digests import canonical_json, sha256_bytes
from safety_tasks.edge.agent import poll_once
from safety_tasks.edge.slots import DeviceFolder
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.store.local import LocalStore

STRONG = sha256_bytes(strong_model())


def poll(store: LocalStore, device: DeviceFolder) -> tuple[str, int | None, str | None]:
    """Poll stable once; give outcome, release and slot."""
    status = poll_once(store, device, "cam-1", "stable")
    return status.outcome, status.active_release_seq, status.slot


def runs(device: DeviceFolder) -> str | None:
    """Return the digest of the model that runs."""
    installed = device.active()
    if installed is None:
        return None
    return sha256_bytes(installed.model_path.read_bytes())


def republish(store: LocalStore, **changes: object) -> None:
    """Serve a changed document that proves: what a broken or hostile publisher could do."""
    served = read_served(store, "stable")
    assert served is not None
    values = served.document.model_dump(mode="json") | changes
    document = ReleaseDocument.model_validate(values)
    payload = document.to_json_bytes()
    store.put(document_key(document.release_seq), payload)
    pointer = served.pointer.model_dump(mode="json") | {
        "release_seq": document.release_seq,
        "document": {
            "key": document_key(document.release_seq),
            "sha256": sha256_bytes(payload),
            "size_bytes": len(payload),
        },
    }
    store.put(pointer_key("stable"), canonical_json(pointer))


def with_digest(*classes: str) -> dict[str, object]:
    """Return another class map that proves."""
    return {"classes": list(classes), "classes_sha256": class_map_digest(classes)}


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "canary"},
        {"golden": []},
        {"classes": ["smoke", "fire", "leak"]},
        {"classes_sha256": "0" * 64},
        with_digest("fire", "smoke", "person_down"),
        with_digest("smoke", "fire", "leak"),
        with_digest("smoke", "fire", "person_down", "leak"),
        with_digest(),
        {"imgsz_px": 128},
        {"thresholds": {}},
        {"thresholds": {"smoke": 0.5, "fire": 0.5}},
        {"thresholds": {"smoke": 0.5, "fire": 0.5, "person_down": 0.5, "leak": 0.5}},
    ],
)
def test_a_document_that_contradicts_itself_is_not_installed(
    local_store: LocalStore,
    device: DeviceFolder,
    version: DatasetVersion,
    changes: dict[str, object],
) -> None:
    """A proved document of another channel, without tests, or of other classes stops no agent."""
    publish_toy(local_store, version, "r1")
    poll(local_store, device)
    republish(local_store, release_seq=2, **changes)
    for _ in range(2):
        assert poll(local_store, device) == ("kept_last_good", 1, "A")
    assert runs(device) == STRONG


def test_a_failing_self_test_keeps_the_last_good_model(
    local_store: LocalStore, device: DeviceFolder, version: DatasetVersion
) -> None:
    """A model that gives other detections here is refused at each poll, without flapping."""
    publish_toy(local_store, version, "r1")
    poll(local_store, device)
    served = read_served(local_store, "stable")
    assert served is not None
    blind = toy_model(gains=(0, 0, 0))
    artifact = served.document.model.model_dump() | {
        "sha256": sha256_bytes(blind),
        "size_bytes": len(blind),
        "key": "blind.onnx",
    }
    local_store.put("blind.onnx", blind)
    republish(local_store, release_seq=2, model=artifact)
    for _ in range(3):
        status = poll_once(local_store, device, "cam-1", "stable")
        assert (status.outcome, status.active_release_seq) == ("kept_last_good", 1)
        assert "golden picture 0" in status.message
    assert (runs(device), device.floor()) == (STRONG, 1)

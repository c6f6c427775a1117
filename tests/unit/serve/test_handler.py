"""The handler loads only what proves, detects as a device does, and names what a caller did wrong."""

import json
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from support.local_endpoint import unpack
from support.toy_runs import hazards_of
from toy_models import png, toy_model, toy_picture

from safety_tasks.bundle.reading import Served, read_part
from safety_tasks.edge.predict import predict as edge_predict
from safety_tasks.errors import ArtifactError, BundleRejected, SafetyTasksError
from safety_tasks.inference.detector import Detector
from safety_tasks.serve import handler
from safety_tasks.serve.handler import input_fn, model_fn, output_fn, predict_fn
from safety_tasks.serve.model_archive import write_model_archive
from safety_tasks.store.local import LocalStore

Released = tuple[LocalStore, Served]


@pytest.fixture
def model_dir(released: Released, tmp_path: Path) -> Path:
    """Give an unpacked archive."""
    store, served = released
    document = served.document
    packed = write_model_archive(read_part(store, document.model), document.to_json_bytes())
    return unpack(packed, tmp_path / "model")


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Give the list of refusals, with their status, as the toolkit would send them."""
    told: list[tuple[int, str]] = []

    def note(status: int, message: str) -> Exception:
        told.append((status, message))
        return ArtifactError(message)

    monkeypatch.setattr(handler, "refusal", note)
    return told


def test_the_answer_is_a_devices(model_dir: Path, tmp_path: Path) -> None:
    """Detections equal those of the device's predict exactly, with what they were made by."""
    release = model_fn(str(model_dir))
    for index in range(4):
        file = tmp_path / f"{index}.png"
        file.write_bytes(png(toy_picture(hazards_of(index))))
        found = predict_fn(input_fn(bytearray(file.read_bytes()), "image/png"), release)
        thresholds = dict(release.document.thresholds)
        device = edge_predict(
            Detector.load(model_dir / "model.onnx"), thresholds, [file], tmp_path / "out"
        )
        assert found.detections == device.frames[0].detections
        assert len(found.detections) == 3
    text, kind = output_fn(found, "application/json")
    answer = json.loads(text)
    assert kind == "application/json"
    first = found.detections[0]
    assert answer["detections"][0] == {
        "class": release.document.classes[first.class_id],
        "score": first.score,
        "box_xyxy": list(first.box_xyxy),
    }
    assert (answer["width"], answer["height"], answer["release_seq"]) == (64, 64, 1)
    assert answer["model_sha256"] == release.document.model.sha256
    assert answer["dataset_version"] == release.document.dataset_version
    assert answer["thresholds"] == thresholds


def test_the_releases_thresholds_decide(model_dir: Path) -> None:
    """What lies below its hazard's threshold is not answered."""
    release = model_fn(str(model_dir))
    strict = release.document.model_copy(
        update={"thresholds": {"smoke": 1.0, "fire": 0.5, "person_down": 0.5}}
    )
    grey = toy_picture([(1, 3)])
    grey[:16, :16] = (0, 0, 250)  # nearly all red: smoke, with a score just below 1
    release = handler.LoadedRelease(release.detector, strict)
    found = predict_fn(grey, release)
    assert [each.class_id for each in found.detections] == [1]


def test_another_model_is_not_loaded(model_dir: Path) -> None:
    """A model that is not the document's, even one byte, is refused at the start."""
    (model_dir / "model.onnx").write_bytes(toy_model(gains=(0.9, 1.0, 1.0)))
    with pytest.raises(BundleRejected, match="expected model"):
        model_fn(str(model_dir))


@pytest.mark.parametrize("missing", ["model.onnx", "release.json"])
def test_a_missing_part_is_named(model_dir: Path, missing: str) -> None:
    """Without model or document nothing is served."""
    (model_dir / missing).unlink()
    with pytest.raises(SafetyTasksError, match=missing):
        model_fn(str(model_dir))


def test_a_document_without_a_threshold_is_refused(model_dir: Path) -> None:
    """A hazard without a threshold would be missed or always found: nothing is served."""
    path = model_dir / "release.json"
    values = json.loads(path.read_bytes())
    del values["thresholds"]["fire"]
    path.write_text(json.dumps(values))
    with pytest.raises(BundleRejected, match="threshold"):
        model_fn(str(model_dir))


def bomb() -> bytes:
    """Make a PNG of 30000 x 30000 pixels that is a few kilobytes long."""
    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(10**6))), (b"IEND", b"")
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b"", "image/jpeg", 400, "something else"),
        (b"no picture", "image/jpeg", 400, "something else"),
        (bomb(), "image/png", 400, "pixels"),
        (png(toy_picture([]))[:-20], "image/png", 400, "cut"),
        (png(toy_picture([])), "image/jpeg", 415, "found image/png"),
        (png(toy_picture([])), "text/plain", 415, "Content-Type"),
        (png(toy_picture([])), None, 415, "Content-Type"),
        ("text", "application/json", 415, "Content-Type"),
        (bytes(handler.MAX_BODY_BYTES + 1), "image/jpeg", 413, "at most"),
    ],
)
def test_bad_requests(
    body: bytes | str,
    kind: str | None,
    status: int,
    said: str,
    refusals: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is refused with its status and one sentence; none reaches the decoder but what is whole and small."""
    decoded: list[int] = []
    decode = handler.decode_picture
    spy = SimpleNamespace(run=lambda p, what: decoded.append(len(p)) or decode(p, what=what))
    monkeypatch.setattr(handler, "decode_picture", spy.run)
    with pytest.raises(ArtifactError):
        input_fn(body, kind)
    assert [found for found, _ in refusals] == [status]
    assert said in refusals[0][1]
    assert len(decoded) == (1 if said == "found image/png" else 0)


def test_a_whole_picture_of_noise_inside_is_refused(refusals: list[tuple[int, str]]) -> None:
    """Right markers around bytes that do not decode: 400."""
    payload = bytearray(png(toy_picture([])))
    payload[33:-12] = bytes(len(payload) - 45)
    with pytest.raises(ArtifactError):
        input_fn(bytes(payload), "image/png")
    assert refusals[0][0] == 400


@pytest.mark.parametrize("kind", ["image/png", "IMAGE/PNG", "image/png; q=1"])
def test_types_are_read_as_http_writes_them(kind: str) -> None:
    """Case and parameters of the type do not matter."""
    assert np.array_equal(input_fn(png(toy_picture([])), kind), toy_picture([]))


@pytest.mark.parametrize("accept", ["text/csv", "image/png"])
def test_other_answers_are_refused(
    accept: str, model_dir: Path, refusals: list[tuple[int, str]]
) -> None:
    """Only JSON is answered: 406 else."""
    found = predict_fn(toy_picture([]), model_fn(str(model_dir)))
    with pytest.raises(ArtifactError):
        output_fn(found, accept)
    assert refusals[0][0] == 406
    assert output_fn(found, "text/csv, */*;q=0.1")[1] == "application/json"

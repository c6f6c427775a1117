"""What SageMaker's inference toolkit calls: load a release, take a picture, detect, answer in JSON.

Rules: the detections are those of a device with the same release: the same decoder, model, thresholds; the model is
loaded once, and only if it is the one that its release document names; whatever a caller sends wrongly is answered
with 400, 406, 413 or 415 and one sentence, and no picture is decoded before its size is known.
Source: aws/sagemaker-inference-toolkit 1.10.1, ``transformer.py`` and ``errors.py``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from safety_tasks.class_map import require_digest, require_same
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, BundleRejected
from safety_tasks.inference.detector import Detector, above_thresholds
from safety_tasks.inference.picture_bounds import require_bounded
from safety_tasks.inference.pictures import decode_picture
from safety_tasks.records.release import Detection, ReleaseDocument

MODEL_FILE: Final = "model.onnx"
DOCUMENT_FILE: Final = "release.json"
JSON: Final = "application/json"
PICTURE_TYPES: Final = ("image/jpeg", "image/png")
MAX_BODY_BYTES: Final = 6_291_456  # what InvokeEndpoint takes


@dataclass(frozen=True)
class LoadedRelease:
    """A proved release, ready to detect."""

    detector: Detector
    document: ReleaseDocument


@dataclass(frozen=True)
class Found:
    """What was detected in a picture of so many pixels."""

    release: ReleaseDocument
    detections: tuple[Detection, ...]
    width_px: int
    height_px: int


def model_fn(model_dir: str) -> LoadedRelease:
    """Load a release from its folder.

    Raises:
        BundleRejected: model and document do not belong together.
        ArtifactError: a file is missing, or the model may not be loaded.
        ClassMapError: model, document and digest do not name the same classes.
    """
    folder = Path(model_dir)
    document = ReleaseDocument.from_json_bytes(
        _read(folder / DOCUMENT_FILE), what=DOCUMENT_FILE, error=BundleRejected
    )
    payload = _read(folder / MODEL_FILE)
    what = f"release {document.release_seq}"
    found = sha256_bytes(payload)
    if found != document.model.sha256:
        raise BundleRejected(
            f"{what}: expected model {document.model.sha256[:12]}…, found {found[:12]}…. Deploy the release again."
        )
    require_digest(document.classes, document.classes_sha256, where=what)
    detector = Detector(payload, what=what)
    require_same(document.classes, detector.classes, where=f"{what}, model")
    if detector.imgsz_px != document.imgsz_px or set(document.thresholds) != set(document.classes):
        raise BundleRejected(
            f"{what}: expected {document.imgsz_px} px and a threshold for each of {document.classes}, found "
            f"{detector.imgsz_px} px and thresholds of {sorted(document.thresholds)}. Publish again."
        )
    return LoadedRelease(detector, document)


def input_fn(body: bytes | bytearray | str, content_type: str | None) -> npt.NDArray[np.uint8]:
    """Return the picture of a request as (height, width, 3) uint8 BGR; raise a refusal of the toolkit's."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind not in PICTURE_TYPES or isinstance(body, str):
        raise refusal(415, f"Content-Type: expected {' or '.join(PICTURE_TYPES)}, found {kind!r}.")
    if len(body) > MAX_BODY_BYTES:
        raise refusal(413, f"body: expected at most {MAX_BODY_BYTES} bytes, found {len(body)}.")
    payload = bytes(body)
    try:
        bounds = require_bounded(payload)
        picture = decode_picture(payload, what="the picture")
    except ArtifactError as problem:
        raise refusal(400, f"body: {problem}") from None
    if bounds.kind != kind:
        raise refusal(415, f"body: expected {kind} as its Content-Type says, found {bounds.kind}.")
    return picture


def predict_fn(data: npt.NDArray[np.uint8], model: LoadedRelease) -> Found:
    """Detect in a picture: what reaches its hazard's operating threshold, best first."""
    thresholds = dict(model.document.thresholds)
    found = model.detector.detect(data, min(thresholds.values()))
    kept = above_thresholds(found, model.detector.classes, thresholds)
    return Found(model.document, kept, data.shape[1], data.shape[0])


def output_fn(prediction: Found, accept: str | None) -> tuple[str, str]:
    """Return the answer as JSON text, with its type; raise a refusal of the toolkit's."""
    wanted = {
        part.partition(";")[0].strip().lower() for part in (accept or JSON).split(",") if part
    }
    if not wanted & {JSON, "application/*", "*/*"}:
        raise refusal(406, f"Accept: expected {JSON}, found {', '.join(sorted(wanted))!r}.")
    return json.dumps(answer_of(prediction)), JSON


def answer_of(found: Found) -> dict[str, Any]:
    """Return the answer in plain types; boxes are x1 y1 x2 y2 in pixels of the picture, scores 0-1."""
    release = found.release
    return {
        "detections": [
            {
                "class": release.classes[each.class_id],
                "score": each.score,
                "box_xyxy": list(each.box_xyxy),
            }
            for each in found.detections
        ],
        "width": found.width_px,
        "height": found.height_px,
        "release_seq": release.release_seq,
        "model_sha256": release.model.sha256,
        "dataset_version": release.dataset_version,
        "thresholds": dict(release.thresholds),
    }


def refusal(status: int, message: str) -> Exception:
    """Return the toolkit's error for a request that is the caller's mistake; outside its container, one of the tree."""
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in message)[:500]
    try:
        from sagemaker_inference.errors import (  # type: ignore[import-not-found]
            GenericInferenceToolkitError,
        )
    except ImportError:
        return ArtifactError(plain)
    error: Exception = GenericInferenceToolkitError(status, plain)
    return error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ArtifactError(f"{path.name}: expected a file, found: {problem}.") from None

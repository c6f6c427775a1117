"""Run a released or candidate model on pictures.

Rules: the class map and size come from the model's own metadata, and where it has the class map's digest, the names
must be those of it; the graph is judged before the runtime opens it; one picture at a time, as a camera delivers them.
"""

import json
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from safety_tasks.class_map import require_digest
from safety_tasks.errors import ArtifactError
from safety_tasks.inference.decode import decode
from safety_tasks.inference.letterbox import letterbox, to_blob, to_picture_xyxy
from safety_tasks.inference.model_checks import check_model
from safety_tasks.records.release import Detection

META_CLASSES: Final = "safety.classes"
META_CLASSES_SHA256: Final = "safety.classes_sha256"
META_IMGSZ: Final = "safety.imgsz_px"


class Detector:
    """A model ready to run on one-thread CPU (by default)."""

    def __init__(self, payload: bytes, *, what: str, threads: int = 1) -> None:
        """Load a model.

        Args:
            payload: the ONNX file.
            what: its name for messages.
            threads: intra-op threads.

        Raises:
            ArtifactError: the file breaks a rule, lacks metadata, or the runtime refuses it.
            ClassMapError: its class names are not those of its digest.
        """
        model = check_model(payload, what=what)
        meta = {entry.key: entry.value for entry in model.metadata_props}
        try:
            names = json.loads(meta[META_CLASSES])
            if not isinstance(names, list):
                raise TypeError("the class map is no list")
            self.classes: tuple[str, ...] = tuple(str(name) for name in names)
            self.imgsz_px = int(meta[META_IMGSZ])
        except (KeyError, ValueError, TypeError) as problem:
            raise ArtifactError(
                f"{what}: expected metadata {META_CLASSES} and {META_IMGSZ}, found "
                f"{sorted(meta)}. Export the model with this project's export stage."
            ) from problem
        if META_CLASSES_SHA256 in meta:  # a model of other makers has names alone
            require_digest(self.classes, meta[META_CLASSES_SHA256], where=what)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                payload, options, providers=["CPUExecutionProvider"]
            )
        except Exception as problem:  # the runtime raises bare RuntimeError subclasses
            raise ArtifactError(f"{what}: the runtime refused it: {problem}.") from problem
        (model_input,), (output,) = self._session.get_inputs(), self._session.get_outputs()
        expected = [1, 3, self.imgsz_px, self.imgsz_px]
        rows = 4 + len(self.classes)
        if (
            list(model_input.shape) != expected
            or list(output.shape)[:2] != [1, rows]
            or len(output.shape) != 3
            or {model_input.type, output.type} != {"tensor(float)"}
        ):
            raise ArtifactError(
                f"{what}: expected input {expected} and output [1, {rows}, anchors] of floats, found "
                f"{model_input.shape} {model_input.type} and {output.shape} {output.type}."
            )
        self._input_name = model_input.name
        self._what = what

    def detect(
        self, picture: npt.NDArray[np.uint8], min_score: float = 0.25
    ) -> tuple[Detection, ...]:
        """Detect hazards in one picture.

        Args:
            picture: (height, width, 3) uint8 BGR.
            min_score: detections below are dropped (0-1).

        Returns:
            detections, best first, boxes x1 y1 x2 y2 in pixels of the picture.
        """
        square, placement = letterbox(picture, self.imgsz_px)
        output = self.run_raw(to_blob(square))
        boxes, scores, classes = decode(output[0], min_score)
        boxes = to_picture_xyxy(boxes, placement)
        return tuple(
            Detection(
                class_id=int(class_id),
                score=min(1.0, float(score)),
                box_xyxy=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            )
            for box, score, class_id in zip(boxes, scores, classes, strict=True)
        )

    def run_raw(self, blob: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run the graph: (1, 3, imgsz, imgsz) float32 RGB 0-1 to (1, 4 + classes, anchors) float32.

        Raises:
            ArtifactError: the runtime fails, or the output is not finite.
        """
        try:
            (output,) = self._session.run(None, {self._input_name: blob})
        except Exception as problem:  # the runtime raises bare RuntimeError subclasses
            raise ArtifactError(
                f"{self._what}: expected the model to run, found: {problem}."
            ) from problem
        if not np.isfinite(output).all():
            raise ArtifactError(
                f"{self._what}: expected finite output, found NaN or infinity. Export it again."
            )
        return output  # type: ignore[no-any-return]


def load_detector(path: Path, *, threads: int = 1) -> Detector:
    """Load a model from a file.

    Raises:
        ArtifactError: the file is missing or not allowed.
        ClassMapError: its class names are not those of its digest.
    """
    try:
        payload = path.read_bytes()
    except OSError as problem:
        raise ArtifactError(f"{path}: expected an ONNX model, found: {problem}.") from problem
    return Detector(payload, what=str(path), threads=threads)


def above_thresholds(
    detections: tuple[Detection, ...], classes: tuple[str, ...], thresholds: dict[str, float]
) -> tuple[Detection, ...]:
    """Keep the detections that reach their hazard's operating threshold."""
    return tuple(d for d in detections if d.score >= thresholds[classes[d.class_id]])

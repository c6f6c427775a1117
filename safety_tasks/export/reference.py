"""Write the reference model: plain FP32 ONNX with the metadata that the inference path reads.

Rules: one picture a run, fixed size, opset 17 (loads on every runtime in use since 2022); metadata tells what it
detects, how it is fed and where it comes from, in our words and in the framework's, which must say the same; the file
is judged as a foreign one would be, and its form and size must be those of the network that was trained.
"""

import json
from pathlib import Path
from typing import Any, Final

import onnx

from safety_tasks.class_map import require_same
from safety_tasks.errors import ArtifactError
from safety_tasks.framework_env import prepare_framework
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.heads import count_places
from safety_tasks.inference.model_checks import check_model
from safety_tasks.inference.model_metadata import META_THRESHOLDS, with_metadata
from safety_tasks.records.training import TrainingRun

OPSET: Final = 17
MIN_ONNXRUNTIME: Final = "1.12"  # the first that knows opset 17 (its table of versions)
_IR_VERSION: Final = 8  # and the form of the file that goes with it
MAX_REFERENCE_BYTES: Final = 32 * 1024 * 1024  # YOLOv8n takes 12 MB
PREPROCESSING: Final = {
    "resize": "letterbox: aspect kept, bilinear, centred",
    "pad": 114,
    "colour": "RGB",
    "scale": "1/255",
    "input": "(1, 3, S, S) float32",
}


def export_graph(
    weights: Path, run: TrainingRun, classes: tuple[str, ...]
) -> tuple[onnx.ModelProto, Any]:
    """Export weights to an ONNX graph.

    Args:
        weights: the training run's ``.pt``.
        run: its record.
        classes: hazard names; the index is the class id.

    Returns:
        the graph, without our metadata, and the framework's model for the parity check.

    Raises:
        ClassMapError: the weights hold other classes.
    """
    prepare_framework()
    from ultralytics import YOLO  # type: ignore[attr-defined]

    model = YOLO(str(weights), task="detect")
    found = tuple(model.names[index] for index in sorted(model.names))
    require_same(classes, found, where=f"weights of run {run.run_id}")
    path = Path(
        model.export(
            format="onnx",
            imgsz=run.recipe.imgsz_px,
            opset=OPSET,
            simplify=True,
            dynamic=False,
            batch=1,
            device="cpu",
            verbose=False,
        )
    )
    graph = onnx.load_model(path)
    graph.ir_version = min(graph.ir_version, _IR_VERSION)
    return graph, YOLO(str(weights), task="detect").model


def finish_reference(
    graph: onnx.ModelProto,
    run: TrainingRun,
    classes: tuple[str, ...],
    thresholds: dict[str, float] | None,
) -> bytes:
    """Return the reference model's file.

    Args:
        graph: as ``export_graph`` gives it.
        run: the training run.
        classes: hazard names; the index is the class id.
        thresholds: operating threshold by hazard (0-1), None while they are not chosen yet.

    Raises:
        ArtifactError: it breaks a rule.
    """
    what, imgsz_px = f"run {run.run_id}", run.recipe.imgsz_px
    more = origin(run) | _framework_words(classes, imgsz_px)
    more["safety.preprocessing"] = json.dumps(PREPROCESSING)
    if thresholds is not None:
        more[META_THRESHOLDS] = json.dumps(thresholds)
    payload = with_metadata(graph, classes, imgsz_px, more)
    _require_form(check_model(payload, what=what), imgsz_px, len(classes), what)
    if len(payload) > MAX_REFERENCE_BYTES:
        raise ArtifactError(
            f"{what}: expected at most {MAX_REFERENCE_BYTES} bytes, as the network has weights for, found "
            f"{len(payload)}. Look what the export wrote into it."
        )
    Detector(payload, what=what)  # which proves that the runtime takes it
    return payload


def origin(run: TrainingRun) -> dict[str, str]:
    """Return the metadata that tells where a model comes from, and what it needs to run."""
    return {
        "safety.dataset_version": run.dataset_version,
        "safety.run_id": run.run_id,
        "safety.recipe": run.recipe.name,
        "safety.recipe_sha256": run.recipe.digest(),
        "safety.code_sha256": run.code_sha256,
        "safety.opset": str(OPSET),
        "safety.min_onnxruntime": MIN_ONNXRUNTIME,
    }


def _framework_words(classes: tuple[str, ...], imgsz_px: int) -> dict[str, str]:
    """Return what the training framework reads when it loads an ONNX file."""
    return {
        "names": str(dict(enumerate(classes))),
        "task": "detect",
        "stride": "32",
        "imgsz": str([imgsz_px, imgsz_px]),
        "batch": "1",
        "channels": "3",
    }


def _require_form(model: onnx.ModelProto, imgsz_px: int, classes: int, what: str) -> None:
    wanted = ([1, 3, imgsz_px, imgsz_px], [1, 4 + classes, count_places(imgsz_px)])
    found = tuple(
        [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (model.graph.input[0], model.graph.output[0])
    )
    versions = [opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")]
    if found != wanted or versions != [OPSET]:
        raise ArtifactError(
            f"{what}: expected input and output {wanted[0]} and {wanted[1]} of opset {OPSET}, found {found[0]} and "
            f"{found[1]} of {versions}. The framework exports another form than this version reads."
        )

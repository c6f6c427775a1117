"""Write the reference model: plain FP32 ONNX with the metadata that the inference path reads.

Rules: one picture a run, fixed size, opset 17 (loads on every runtime in use since 2022); metadata holds the
class map with its digest, size, dataset version, recipe and code version; the file is judged as a foreign one would be.
"""

from pathlib import Path
from typing import Any, Final

import onnx

from safety_tasks.class_map import require_same
from safety_tasks.framework_env import prepare_framework
from safety_tasks.inference.model_checks import check_model
from safety_tasks.inference.model_metadata import with_metadata
from safety_tasks.records.training import TrainingRun

OPSET: Final = 17


def write_reference(weights: Path, run: TrainingRun, classes: tuple[str, ...]) -> tuple[bytes, Any]:
    """Export weights to ONNX.

    Args:
        weights: the training run's ``.pt``.
        run: its record.
        classes: hazard names; the index is the class id.

    Returns:
        the ONNX file, and the framework's model for the parity check.

    Raises:
        ArtifactError: the export breaks a rule.
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
    more = {
        "safety.dataset_version": run.dataset_version,
        "safety.run_id": run.run_id,
        "safety.recipe": run.recipe.name,
        "safety.recipe_sha256": run.recipe.digest(),
        "safety.code_sha256": run.code_sha256,
    }
    payload = with_metadata(graph, classes, run.recipe.imgsz_px, more)
    check_model(payload, what=f"run {run.run_id}")
    return payload, YOLO(str(weights), task="detect").model

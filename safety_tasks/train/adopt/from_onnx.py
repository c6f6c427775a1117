"""Make an ONNX file from elsewhere a model of ours.

Rules: it is judged before any runtime opens it; the graph is not touched, only its metadata is replaced; one square
picture in, boxes and scores a class out, all sizes fixed; scores are probabilities, which a trial run shows.
"""

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_checks import check_model
from safety_tasks.inference.model_metadata import META_CLASSES, with_metadata
from safety_tasks.train.adopt.names import names_in, require_classes

_MAX_TEXT: Final = 65536
_MIN_PX, _MAX_PX = 64, 1280
_AGAIN: Final = (
    "Export it again: yolo export format=onnx imgsz=640 batch=1 dynamic=False half=False nms=False."
)


def take_onnx(
    payload: bytes,
    *,
    what: str,
    classes: Sequence[str],
    said: Sequence[str] | None,
    imgsz_px: int | None,
    more: Mapping[str, str],
) -> tuple[bytes, int]:
    """Judge a file and give it our metadata.

    Args:
        payload: the ONNX file.
        what: its name for messages.
        classes: the class map that it must have.
        said: the names of its numbers, as a person gave them.
        imgsz_px: the size of its pictures, as a person gave it; it must be the graph's.
        more: further metadata.

    Returns:
        the file with our metadata, and the side of its input in pixels.

    Raises:
        ArtifactError: it may not be loaded, or is no detector of this form.
        ClassMapError: it has other classes.
    """
    graph = check_model(payload, what=what)
    meta = {entry.key: entry.value for entry in graph.metadata_props}
    task = meta.get("task", "detect")
    if task != "detect":
        raise ArtifactError(f"{what}: expected a detector, found a model for {task[:60]!r}.")
    size = _size_of(graph, what, len(classes))
    for name, stated in (("--imgsz", imgsz_px), ("its metadata", _stated_size(meta))):
        if stated is not None and stated != size:
            raise ArtifactError(
                f"{what}: expected pictures of {stated} px as {name} says, found an input of {size} px. "
                "The input's size is fixed in the file: leave --imgsz away, or export it again at that size."
            )
    require_classes(_names(meta), said, classes, where=what)
    ours = with_metadata(graph, classes, size, more)
    _try_out(Detector(ours, what=what), size, what)
    return ours, size


def _size_of(graph: onnx.ModelProto, what: str, classes: int) -> int:
    """Return the side of the input square in pixels, having proved the forms of input and output."""
    given, answer = graph.graph.input[0], graph.graph.output[0]
    taken, made = _shape(given), _shape(answer)
    kinds = {value.type.tensor_type.elem_type for value in (given, answer)}
    fits = (
        len(taken) == 4
        and taken[:2] == (1, 3)
        and taken[2] == taken[3]
        and type(taken[2]) is int
        and _MIN_PX <= taken[2] <= _MAX_PX
        and len(made) == 3
        and made[:2] == (1, 4 + classes)
        and type(made[2]) is int
        and made[2] > 0
        and kinds == {onnx.TensorProto.FLOAT}
    )
    if not fits:
        names = ", ".join(sorted(onnx.TensorProto.DataType.Name(kind) for kind in kinds))
        raise ArtifactError(
            f"{what}: expected input (1, 3, S, S) with S of {_MIN_PX} to {_MAX_PX} and output (1, {4 + classes}, N), "
            f"fixed, of FLOAT; found {_text(taken)} and {_text(made)} of {names}. {_AGAIN}"
        )
    return int(taken[2])


def _shape(value: onnx.ValueInfoProto) -> tuple[int | str, ...]:
    return tuple(
        int(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?"
        for dim in value.type.tensor_type.shape.dim
    )


def _text(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(str(side)[:20] for side in shape[:8])})"


def _names(meta: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the class names of the file: ours where an export of this system wrote them, else the framework's."""
    if META_CLASSES in meta:
        try:
            return names_in(json.loads(meta[META_CLASSES]))
        except (ValueError, RecursionError):
            return None
    return names_in(_literal(meta.get("names", "")))


def _stated_size(meta: Mapping[str, str]) -> int | None:
    found = _literal(meta.get("imgsz", ""))
    if isinstance(found, (list, tuple)) and len(found) == 2 and found[0] == found[1]:
        found = found[0]
    return found if type(found) is int else None


def _literal(text: str) -> Any:
    """Return the Python value that a text writes down, without running anything; None where it is none."""
    if not text or len(text) > _MAX_TEXT:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _try_out(detector: Detector, size: int, what: str) -> None:
    generator = np.random.default_rng(0)
    for blob in (
        np.full((1, 3, size, size), 114 / 255, np.float32),
        generator.random((1, 3, size, size), np.float32),
    ):
        scores = detector.run_raw(blob)[0, 4:]
        low, high = float(scores.min()), float(scores.max())
        if low < -1e-3 or high > 1 + 1e-3:
            raise ArtifactError(
                f"{what}: expected scores of 0 to 1, found {low:.3g} to {high:.3g}. {_AGAIN}"
            )

"""Tiny detectors that see colours, and pictures for them: a real ONNX file in milliseconds, no training.

The picture is cut into 4 x 4 cells. Hazard 0 is red, 1 green, 2 blue: a cell's score for a hazard is how much of
its colour the cell holds beyond the others, times a gain; each cell answers with one box, the cell itself.
Inputs, outputs and metadata are those of the reference model.
"""

import json
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from safety_tasks.class_map import class_map_digest
from safety_tasks.records.picture import Box

CLASSES = ("smoke", "fire", "person_down")
CELLS = 4
BACKGROUND_GREY = 114
_OPSET = 17


def toy_graph(
    *,
    classes: Sequence[str] = CLASSES,
    imgsz_px: int = 64,
    gains: Sequence[float] = (1.0, 1.0, 1.0),
    box_scale: float = 1.0,
    metadata: dict[str, str] | None = None,
) -> onnx.ModelProto:
    """Build the graph.

    Args:
        classes: hazard names, at most three.
        imgsz_px: the side of the input square, a multiple of 4.
        gains: score of a cell that is wholly of a hazard's colour (0-1), a hazard.
        box_scale: side of a box as a share of its cell.
        metadata: replaces the metadata of the reference model.
    """
    cell = imgsz_px // CELLS
    kernel = np.full((len(classes), 3, cell, cell), -0.5 / cell**2, np.float32)
    for index in range(len(classes)):
        kernel[index, index] = 1.0 / cell**2
        kernel[index] *= gains[index]
    middle = (np.arange(CELLS, dtype=np.float32) + 0.5) * cell
    x_center, y_center = np.meshgrid(middle, middle)
    side = np.full(CELLS**2, cell * box_scale, np.float32)
    boxes = np.stack([x_center.ravel(), y_center.ravel(), side, side])[None]
    tensors = {
        "kernel": kernel,
        "zero": np.array(0, np.float32),
        "one": np.array(1, np.float32),
        "flat": np.array([1, len(classes), CELLS**2], np.int64),
        "boxes": boxes,
    }
    shape = [1, 3, imgsz_px, imgsz_px]
    nodes = [
        helper.make_node("Conv", ["images", "kernel"], ["cells"], strides=[cell, cell]),
        helper.make_node("Clip", ["cells", "zero", "one"], ["clipped"]),
        helper.make_node("Reshape", ["clipped", "flat"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1),
    ]
    rows = [1, 4 + len(classes), CELLS**2]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, rows)],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    if metadata is None:
        metadata = {
            "safety.classes": json.dumps(list(classes)),
            "safety.classes_sha256": class_map_digest(classes),
            "safety.imgsz_px": str(imgsz_px),
        }
    helper.set_model_props(model, metadata)
    return model


def toy_model(**choices: Any) -> bytes:
    """Return the ONNX file of ``toy_graph(**choices)``."""
    payload: bytes = toy_graph(**choices).SerializeToString()
    return payload


def strong_model() -> bytes:
    """Return a model that finds every drawn hazard, each box exact."""
    return toy_model()


def weak_model() -> bytes:
    """Return a model whose boxes are too small to match a label: it finds, but never right."""
    return toy_model(gains=(0.6, 0.6, 0.6), box_scale=0.5)


def toy_picture(
    hazards: Sequence[tuple[int, int]], *, side_px: int = 64, grey: int = BACKGROUND_GREY
) -> npt.NDArray[np.uint8]:
    """Draw a (side, side, 3) uint8 BGR picture: each (class id, cell 0-15) is a cell of full colour."""
    picture = np.full((side_px, side_px, 3), grey, np.uint8)
    cell = side_px // CELLS
    for class_id, position in hazards:
        top, left = (position // CELLS) * cell, (position % CELLS) * cell
        colour = np.zeros(3, np.uint8)
        colour[2 - class_id] = 255  # RGB channel of the hazard, in BGR order
        picture[top : top + cell, left : left + cell] = colour
    return picture


def toy_boxes(hazards: Sequence[tuple[int, int]]) -> tuple[Box, ...]:
    """Return the labels of ``toy_picture(hazards)``."""
    return tuple(
        Box(
            class_id=class_id,
            x_center=(position % CELLS + 0.5) / CELLS,
            y_center=(position // CELLS + 0.5) / CELLS,
            width=1 / CELLS,
            height=1 / CELLS,
        )
        for class_id, position in hazards
    )


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    """Encode a picture without loss."""
    ok, encoded = cv2.imencode(".png", picture)
    assert ok
    return encoded.tobytes()

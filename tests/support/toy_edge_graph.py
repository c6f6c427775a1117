"""A tiny graph of an edge variant's form that sees colours: built by hand in milliseconds, no training, no cut."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from safety_tasks.inference.heads import BEST, BINS, BOXES, CLASSES, STRIDES, head_shapes

SIDE = 64


def edge_graph(side_px: int = SIDE, *, high: float = 1.0) -> onnx.ModelProto:
    """Build an edge graph that sees colours: each place scores by the colour of its cell, its box is the cell.

    Args:
        side_px: the side of the square.
        high: what logits are multiplied with.
    """
    tensors = {"rows": np.array([1, 3, -1], np.int64), "high": np.array(high, np.float32)}
    nodes = [
        helper.make_node("Transpose", ["frame"], ["bytes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["bytes"], ["planes"], to=TensorProto.FLOAT),
    ]
    for stride in STRIDES:
        kernel = np.full((3, 3, stride, stride), -0.5 / stride**2, np.float32)
        for hazard in range(3):
            kernel[hazard, 2 - hazard] = 1 / stride**2
        tensors[f"kernel{stride}"] = kernel * np.float32(8 / 255)
        tensors[f"bias{stride}"] = np.full(3, -4, np.float32)
        given = ["planes", f"kernel{stride}", f"bias{stride}"]
        nodes += [
            helper.make_node("Conv", given, [f"cells{stride}"], strides=[stride, stride]),
            helper.make_node("Reshape", [f"cells{stride}", "rows"], [f"flat{stride}"]),
        ]
    shapes = head_shapes(side_px, 3)
    bins = np.full(shapes[BOXES], -50, np.float32).reshape(1, 4, BINS, -1)
    bins[:, :, :2] = 0  # as likely 0 as 1: half a cell to each side
    tensors["bins"] = bins.reshape(shapes[BOXES])
    nodes += [
        helper.make_node("Concat", [f"flat{stride}" for stride in STRIDES], ["plain"], axis=2),
        helper.make_node("Mul", ["plain", "high"], [CLASSES]),
        helper.make_node("ReduceMax", [CLASSES], [BEST], axes=[1], keepdims=0),
        helper.make_node("Identity", ["bins"], [BOXES]),
    ]
    graph = helper.make_graph(
        nodes,
        "edge",
        [helper.make_tensor_value_info("frame", TensorProto.UINT8, [1, side_px, side_px, 3])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

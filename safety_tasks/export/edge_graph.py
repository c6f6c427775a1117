"""Cut a reference model into an edge variant: camera bytes in, raw heads out.

Rules: the cut lies right behind the detector's last convolutions, so the dense decode of thousands of places that score
nothing is never computed; the heads are found by following the graph back from its output, not by names, which other
makers choose; scaling by 1/255 and BGR → RGB are folded into the first convolution, so a frame goes in as it lies in
memory; every weight else is the reference's, bit by bit.
"""

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.heads import BEST, BINS, BOXES, CLASSES, STRIDES, head_shapes

INPUT: Final = "frame"


def cut_graph(
    reference: onnx.ModelProto, imgsz_px: int, classes: int, *, what: str
) -> onnx.ModelProto:
    """Return the edge graph of a reference model, without metadata.

    Args:
        reference: a YOLOv8 detector as the training framework exports it; it is not changed.
        imgsz_px: the side of its input square.
        classes: how many hazards it knows.
        what: its name for messages.

    Raises:
        ArtifactError: it has another structure, so it has no edge variant.
    """
    model = onnx.ModelProto()
    model.CopyFrom(reference)
    graph = model.graph
    heads = _heads(model, imgsz_px, classes, what)
    _fold_input(graph, imgsz_px, what)
    del graph.output[:]
    _join_heads(graph, heads, classes)
    for name, shape in head_shapes(imgsz_px, classes).items():
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    _prune(graph)
    del graph.value_info[:]
    return onnx.shape_inference.infer_shapes(model)


def _heads(
    model: onnx.ModelProto, imgsz_px: int, classes: int, what: str
) -> dict[str, tuple[str, ...]]:
    """Return the tensors of box bins and of class logits, each in order of strides."""
    inferred = onnx.shape_inference.infer_shapes(model).graph
    shapes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*inferred.value_info, *inferred.output)
    }
    weights = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    made_by = {name: node for node in model.graph.node for name in node.output}
    found: dict[tuple[int, ...], str] = {}
    waiting, seen = [model.graph.output[0].name], set()
    while waiting:
        name = waiting.pop()
        node = made_by.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        # The decode has a convolution of its own, which weighs the bins: 16 channels to one.
        if node.op_type == "Conv" and weights.get(node.input[1]) != (1, BINS, 1, 1):
            found[shapes.get(name, ())] = name
            continue
        waiting.extend(node.input)
    sides = [imgsz_px // stride for stride in STRIDES]
    wanted = {
        head: [(1, channels, side, side) for side in sides]
        for head, channels in ((BOXES, 4 * BINS), (CLASSES, classes))
    }
    if set(found) != {shape for heads in wanted.values() for shape in heads}:
        raise ArtifactError(
            f"{what}: expected the six heads of a YOLOv8 detector before its decode, {wanted}, found "
            f"{sorted(found)}. It has no edge variant; the reference model serves every device."
        )
    return {head: tuple(found[shape] for shape in heads) for head, heads in wanted.items()}


def _join_heads(graph: onnx.GraphProto, heads: dict[str, tuple[str, ...]], classes: int) -> None:
    """Lay the strides of each head in a row, and give the best logit of each place."""
    for head, channels in ((BOXES, 4 * BINS), (CLASSES, classes)):
        shape = f"{head}.shape"
        rows = np.array([1, channels, -1], np.int64)
        graph.initializer.append(numpy_helper.from_array(rows, shape))
        flat = [f"{name}.flat" for name in heads[head]]
        for name, row in zip(heads[head], flat, strict=True):
            graph.node.append(helper.make_node("Reshape", [name, shape], [row], name=row))
        graph.node.append(helper.make_node("Concat", flat, [head], name=head, axis=2))
    graph.node.append(
        helper.make_node("ReduceMax", [CLASSES], [BEST], name=BEST, axes=[1], keepdims=0)
    )


def _fold_input(graph: onnx.GraphProto, imgsz_px: int, what: str) -> None:
    """Take (1, S, S, 3) uint8 BGR in place of (1, 3, S, S) float32 RGB 0-1."""
    old = graph.input[0].name
    users = [node for node in graph.node if old in node.input]
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    if len(users) != 1 or users[0].op_type != "Conv" or users[0].input[1] not in tensors:
        raise ArtifactError(
            f"{what}: expected one convolution on the input, found "
            f"{', '.join(node.op_type for node in users) or 'nothing'}. It has no edge variant."
        )
    first = users[0]
    weight = numpy_helper.to_array(tensors[first.input[1]])
    folded = np.ascontiguousarray(weight[:, ::-1] / np.float32(255)).astype(np.float32)
    name = f"{first.input[1]}.from_bytes"
    graph.initializer.append(numpy_helper.from_array(folded, name))
    first.input[0], first.input[1] = "frame_chw", name
    nodes = [
        helper.make_node(
            "Transpose", [INPUT], ["frame_bytes"], name="frame_to_chw", perm=[0, 3, 1, 2]
        ),
        helper.make_node(
            "Cast", ["frame_bytes"], ["frame_chw"], name="frame_to_float", to=TensorProto.FLOAT
        ),
    ]
    for node in reversed(nodes):
        graph.node.insert(0, node)
    shape = [1, imgsz_px, imgsz_px, 3]
    graph.input[0].CopyFrom(helper.make_tensor_value_info(INPUT, TensorProto.UINT8, shape))


def _prune(graph: onnx.GraphProto) -> None:
    """Drop what no output hangs on."""
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    left = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(left)
